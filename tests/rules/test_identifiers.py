"""Numbers of persons (examples of the standards, or synthetic), and telling kinds of number apart."""

from collections.abc import Callable
from datetime import date

import pytest

from app.kernel.errors import InvalidInput
from app.kernel.identifiers import (
    Checked,
    IdentityNumber,
    IdentityNumberKind,
    NumberKind,
    Sex,
    check_identity_number,
    eighteen_digits_from,
    explain,
)
from app.kernel.identifiers.citizen import check_digit_of
from app.kernel.periods import DatePeriod
from app.reference.divisions import was_in_force

TODAY = date(2026, 11, 21)
EXAMPLE = "11010519491231002X"  # the example that GB 11643 itself prints


def known_anywhere(_code: str, _period: DatePeriod) -> bool:
    return True


def judged(
    raw: str | float, area_known: Callable[[str, DatePeriod], bool] = was_in_force
) -> Checked[IdentityNumber]:
    return check_identity_number(raw, on=TODAY, area_known=area_known)


def error_codes(checked: Checked[object]) -> list[str]:
    return [reason.code for reason in checked.reasons]


def warning_codes(checked: Checked[object]) -> list[str]:
    return [reason.code for reason in checked.warnings]


def with_check_digit(seventeen: str) -> str:
    return seventeen + check_digit_of(seventeen)


@pytest.mark.parametrize(
    ("number", "kind", "born_on", "sex", "area_code", "country_code"),
    [
        (EXAMPLE, IdentityNumberKind.CITIZEN, date(1949, 12, 31), Sex.FEMALE, "110105", None),
        ("110103198506150011", IdentityNumberKind.CITIZEN, date(1985, 6, 15), Sex.MALE, "110103", None),
        ("110104200002290025", IdentityNumberKind.CITIZEN, date(2000, 2, 29), Sex.FEMALE, "110104", None),
        ("310103197901010038", IdentityNumberKind.CITIZEN, date(1979, 1, 1), Sex.MALE, "310103", None),
        (
            "810000199408230021",
            IdentityNumberKind.HONG_KONG_MACAO_TAIWAN_RESIDENCE,
            date(1994, 8, 23),
            Sex.FEMALE,
            "810000",
            None,
        ),
        (
            "830000199201300022",
            IdentityNumberKind.HONG_KONG_MACAO_TAIWAN_RESIDENCE,
            date(1992, 1, 30),
            Sex.FEMALE,
            "830000",
            None,
        ),
        (
            "911398199012310021",
            IdentityNumberKind.PERMANENT_RESIDENCE_2023,
            date(1990, 12, 31),
            Sex.FEMALE,
            "110000",
            "KAZ",
        ),
        (
            "KAZ110090123105",
            IdentityNumberKind.PERMANENT_RESIDENCE_2017,
            date(1990, 12, 31),
            Sex.FEMALE,
            "110000",
            "KAZ",
        ),
    ],
)
def test_a_true_number_says_who_is_meant(
    number: str, kind: IdentityNumberKind, born_on: date, sex: Sex, area_code: str, country_code: str | None
) -> None:
    checked = judged(number)
    value = checked.require()
    assert checked.warnings == ()
    assert (value.number, value.kind, value.born_on, value.sex, value.area_code, value.country_code) == (
        number,
        kind,
        born_on,
        sex,
        area_code,
        country_code,
    )


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("", ["identity_number_missing"]),
        (" \u3000\u200b", ["identity_number_missing"]),
        ("110105199002310015", ["identity_number_birth_date"]),
        ("110105199002310011", ["identity_number_birth_date", "identity_number_check_digit"]),
        ("110105194912310021", ["identity_number_check_digit"]),
        (with_check_digit("11010519000229001"), ["identity_number_birth_date"]),  # 1900 was no leap year
        (with_check_digit("11010520261122001"), ["identity_number_birth_in_future"]),
        (with_check_digit("11010519051121001"), ["identity_number_age_implausible"]),
        (with_check_digit("11010519000101001"), ["identity_number_age_implausible"]),
        ("1101051949123100", ["identity_number_length"]),
        ("11010519491231002X5", ["identity_number_length", "identity_number_characters"]),
        ("11O10519491231002X", ["identity_number_characters"]),
        ("110105X9491231002X", ["identity_number_characters"]),
        ("张三", ["identity_number_length", "identity_number_characters"]),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", ["identity_number_characters"]),
        ("H12345678", ["identity_number_travel_permit"]),
        ("M1234567890", ["identity_number_travel_permit"]),
        ("911398199012310022", ["permanent_residence_check_digit"]),
        (with_check_digit("91199919901231002"), ["permanent_residence_country_unknown"]),
        ("KAZ110090123106", ["permanent_residence_check_digit"]),
        ("KAZ110090133105", ["identity_number_birth_date", "permanent_residence_check_digit"]),
        ("QQQ110090123100", ["permanent_residence_country_unknown", "permanent_residence_check_digit"]),
    ],
)
def test_a_wrong_number_is_told_everything_at_once(number: str, codes: list[str]) -> None:
    checked = judged(number)
    assert error_codes(checked) == codes
    assert checked.value is None
    with pytest.raises(InvalidInput) as refusal:
        checked.require()
    assert refusal.value.reasons == checked.reasons


def test_age_is_plausible_through_the_last_day_of_120() -> None:
    assert judged(with_check_digit("11010519051122001")).is_valid


@pytest.mark.parametrize(
    "typed",
    [
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "110105\u300019491231\u00a0002X\u200b\ufeff",
        "'11010519491231002X",
        '="11010519491231002X"',
        "11010519491231002X\r\n",
        "11010519491231002Ⅹ",
        "11010519491231002Х",
        "11010519491231002×",
    ],
)
def test_spelling_of_the_keyboard_does_not_matter(typed: str) -> None:
    assert judged(typed).require().number == EXAMPLE


@pytest.mark.parametrize(
    "cell",
    [
        "1.10105E+17",
        "1.1010519491231e+17",
        "1E17",
        "110105194912310000.0",
        1.10105194912310e17,
        110105194912310020,
        "110105194912319000",
        float("inf"),
        pytest.param(10**5000, id="huge"),
    ],
)
def test_a_number_that_a_spreadsheet_has_rounded_is_never_guessed(cell: str | float) -> None:
    checked = judged(cell)
    assert error_codes(checked) == ["identity_number_lost_digits"]
    assert "文本" in checked.reasons[0].remedy


def test_three_zeros_that_pass_the_check_only_raise_doubt() -> None:
    days = (f"194912{day:02}" for day in range(1, 32))
    number = next(f"110105{day}1000" for day in days if check_digit_of(f"110105{day}100") == "0")
    checked = judged(number)
    assert checked.is_valid
    assert warning_codes(checked) == ["identity_number_trailing_zeros"]


@pytest.mark.parametrize("cell", [float("nan"), 1.5, 42, -7])
def test_any_other_numeric_cell_is_a_wrong_length(cell: float) -> None:
    assert "identity_number_length" in error_codes(judged(cell))


@pytest.mark.parametrize("typed", ["610104620927690", 610104620927690, 610104620927690.0])
def test_fifteen_digits_become_eighteen_with_a_warning(typed: str | float) -> None:
    checked = judged(typed)
    value = checked.require()
    assert value.number == "610104196209276908"
    assert value.fifteen_digits == "610104620927690"
    assert warning_codes(checked) == ["identity_number_fifteen_digits"]
    assert value == judged("610104196209276908").require()


def test_orders_from_996_meant_people_past_a_hundred() -> None:
    assert eighteen_digits_from("110105991231997")[6:10] == "1899"
    assert eighteen_digits_from("110105491231995")[6:10] == "1949"


@pytest.mark.parametrize(
    ("number", "is_known"),
    [
        (with_check_digit("11010319850615001"), True),  # 崇文区, abolished in 2010, in force at birth
        (with_check_digit("11010320150615001"), False),  # born after 崇文区 was gone
        (with_check_digit("11011819850615001"), True),  # 密云区 came in 2015: in force since birth
        (with_check_digit("99999919850615001"), False),
        (with_check_digit("11999919850615001"), False),
    ],
)
def test_an_area_is_judged_at_its_own_time_and_never_refused(number: str, is_known: bool) -> None:
    checked = judged(number if number[0] != "9" else with_check_digit("19" + number[2:17]))
    assert checked.is_valid
    assert warning_codes(checked) == ([] if is_known else ["identity_number_area_unknown"])


def test_the_area_is_asked_for_the_days_from_birth_to_today() -> None:
    asked: list[tuple[str, DatePeriod]] = []

    def remember(code: str, period: DatePeriod) -> bool:
        asked.append((code, period))
        return True

    judged(EXAMPLE, remember)
    judged("810000199408230021", remember)  # a residence permit has no area to look up
    assert asked == [("110105", DatePeriod.through(date(1949, 12, 31), TODAY))]


def test_two_digits_of_a_year_are_read_as_the_nearer_century_with_a_warning() -> None:
    young = check_identity_number("GBR110020010117", on=TODAY, area_known=known_anywhere)
    assert "permanent_residence_century_inferred" in warning_codes(young)
    old = check_identity_number("GBR110027010110", on=TODAY, area_known=known_anywhere)
    assert warning_codes(old) == []


def test_number_never_prints_itself() -> None:
    value = judged(EXAMPLE).require()
    for printed in (repr(value), str(value), f"{value}", repr(judged(EXAMPLE))):
        assert EXAMPLE not in printed
        assert EXAMPLE[6:14] not in printed
    assert repr(value) == "IdentityNumber(1****************X)"


@pytest.mark.parametrize(
    "number", ["110105199002310011", "H12345678", "KAZ110090133105", "110105194912310000"]
)
def test_reasons_show_the_masked_value_a_remedy_and_the_field(number: str) -> None:
    for reason in check_identity_number(
        number, on=TODAY, area_known=known_anywhere, field="trainee.number"
    ).reasons:
        assert reason.field == "trainee.number"
        assert reason.value is not None
        assert reason.value in reason.message
        assert set(reason.value[1:-1]) == {"*"}
        assert number not in reason.message + reason.remedy
        assert reason.remedy
        assert reason.citation is not None


@pytest.mark.parametrize(
    ("number", "kind", "is_valid"),
    [
        (EXAMPLE, NumberKind.CITIZEN, True),
        ("610104620927690", NumberKind.CITIZEN, True),
        ("110105199002310011", NumberKind.CITIZEN, False),
        ("810000199408230021", NumberKind.HONG_KONG_MACAO_TAIWAN_RESIDENCE, True),
        ("911398199012310021", NumberKind.PERMANENT_RESIDENCE_2023, True),
        ("911398199012310022", NumberKind.PERMANENT_RESIDENCE_2023, False),
        ("KAZ110090123105", NumberKind.PERMANENT_RESIDENCE_2017, True),
        ("52110000MJ0000018W", NumberKind.CREDIT_CODE, True),
        ("91110105MA0000015G", NumberKind.CREDIT_CODE, False),
        ("6222021234567890128", NumberKind.BANK_CARD, True),
        ("4111111111111112", NumberKind.BANK_CARD, False),
        ("1101050000000000ABCDEF0000000000", NumberKind.CARD_IDENTIFICATION_CODE, True),
        ("1.10105E+17", NumberKind.UNKNOWN, False),
        ("你好", NumberKind.UNKNOWN, False),
    ],
)
def test_the_kind_is_found_by_what_holds_and_else_by_shape(
    number: str, kind: NumberKind, is_valid: bool
) -> None:
    found = explain(number, on=TODAY, area_known=was_in_force)
    assert (found.kind, found.is_valid) == (kind, is_valid)
    assert found.kind.label
    assert "".join(part.text for part in found.positions) in {"", found.number}
    assert number not in repr(found)
