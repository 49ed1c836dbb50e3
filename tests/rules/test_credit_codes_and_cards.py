"""Numbers of organizations (GB 32100) and of cards."""

from datetime import date

import pytest

from app.kernel.identifiers import (
    Checked,
    check_bank_card_number,
    check_card_identification_code,
    check_credit_code,
    check_social_security_card_number,
)
from app.reference.divisions import was_in_force

TODAY = date(2026, 11, 21)
SOCIAL_SECURITY_NUMBER = "11010519491231002X"  # the example that GB 11643 itself prints


def error_codes(checked: Checked[object]) -> list[str]:
    return [reason.code for reason in checked.reasons]


def warning_codes(checked: Checked[object]) -> list[str]:
    return [reason.code for reason in checked.warnings]


@pytest.mark.parametrize(
    ("code", "kind", "division_code"),
    [
        ("52110000MJ0000018W", "民办非企业单位", "110000"),
        ("12110000400000018T", "事业单位", "110000"),
        ("91110105MA0000015F", "企业", "110105"),
        ("91330100799655058B", "企业", "330100"),
        ("53640000MJX173680A", "基金会", "640000"),
        ("53640000MJX173672F", "基金会", "640000"),
        ("91350100M000100Y43", "企业", "350100"),
        ("９１１１０１０５ma0000015f", "企业", "110105"),
        ("91110105-MA000001-5F", "企业", "110105"),
    ],
)
def test_credit_codes_of_the_standard_hold(code: str, kind: str, division_code: str) -> None:
    checked = check_credit_code(code, on=TODAY, area_known=was_in_force)
    value = checked.require()
    assert (value.organization_kind, value.division_code, checked.warnings) == (kind, division_code, ())


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("", ["credit_code_missing"]),
        ("91110105MA0000015G", ["credit_code_check_digit"]),
        ("91110105MA0000016F", ["credit_code_check_digit", "credit_code_organization_check_digit"]),
        ("91110105MA0000016J", ["credit_code_organization_check_digit"]),
        ("9111O105MA0000015F", ["credit_code_characters"]),
        ("9111A105MA0000015F", ["credit_code_characters"]),
        ("91110105MA000001", ["credit_code_length"]),
        ("1.2110000400E+17", ["credit_code_lost_digits"]),
        ("培训学校", ["credit_code_length", "credit_code_characters"]),
    ],
)
def test_both_check_digits_of_a_credit_code_are_judged(code: str, codes: list[str]) -> None:
    assert error_codes(check_credit_code(code, on=TODAY, area_known=was_in_force)) == codes


@pytest.mark.parametrize("first_two", ["A1", "N2", "Y1"])
def test_departments_with_letters_are_legal(first_two: str) -> None:
    # stdnum.cn.uscc refuses these; the check character of each is tried out.
    body = f"{first_two}110000MJ0000018"
    outcomes = [
        check_credit_code(body + last, on=TODAY, area_known=was_in_force)
        for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"
    ]
    assert [outcome.warnings for outcome in outcomes if outcome.is_valid] == [()]


def test_unknown_department_or_division_of_a_credit_code_only_warns() -> None:
    outcomes = [
        check_credit_code(f"07110000MJ0000018{last}", on=TODAY, area_known=lambda _code, _period: False)
        for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"
    ]
    (valid,) = [outcome for outcome in outcomes if outcome.is_valid]
    assert warning_codes(valid) == ["credit_code_kind_unknown", "credit_code_area_unknown"]


@pytest.mark.parametrize(
    "number",
    ["4111111111111111", "6222021234567890128", "6222 0212 3456 7890 128", "6222-0212-3456-7890-128"],
)
def test_bank_cards_with_a_true_luhn_digit_hold(number: str) -> None:
    assert check_bank_card_number(number).require().number == number.replace(" ", "").replace("-", "")


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("", ["bank_card_missing"]),
        ("4111111111111112", ["bank_card_check_digit"]),
        ("6222021234567890000", ["bank_card_lost_digits"]),
        (6.22202123456789e18, ["bank_card_lost_digits"]),
        ("6.22202E+18", ["bank_card_lost_digits"]),
        ("411111111111", ["bank_card_length"]),
        ("41111111111111111111", ["bank_card_length"]),
        ("4111-1111-1111-111a", ["bank_card_characters"]),
    ],
)
def test_bank_cards_that_do_not_hold(number: str | float, codes: list[str]) -> None:
    assert error_codes(check_bank_card_number(number)) == codes


@pytest.mark.parametrize(
    ("number", "warnings"),
    [("A1234567X", []), ("12345678", []), (SOCIAL_SECURITY_NUMBER, ["card_number_unusual"])],
)
def test_an_unusual_social_security_card_number_only_warns(number: str, warnings: list[str]) -> None:
    checked = check_social_security_card_number(number)
    assert checked.is_valid
    assert warning_codes(checked) == warnings


def test_card_identification_code_is_32_hexadecimal_digits() -> None:
    assert check_card_identification_code("1101050000000000abcdef0000000000").is_valid
    assert error_codes(check_card_identification_code("110105")) == ["card_identification_code_form"]
    assert error_codes(check_card_identification_code("")) == ["card_identification_code_missing"]
    assert error_codes(check_card_identification_code(1.1e31)) == ["card_identification_code_lost_digits"]
