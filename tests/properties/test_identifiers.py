"""What check digits promise, for any number; and what masks and errors never give away."""

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from app.kernel.identifiers import (
    check_bank_card_number,
    check_credit_code,
    check_identity_number,
    eighteen_digits_from,
    explain,
    sound_citizen_number,
)
from app.kernel.identifiers.citizen import check_digit_of
from app.kernel.masking import mask_in_error, mask_number_own_institution, mask_number_public
from app.kernel.periods import DatePeriod, add_months

TODAY = date(2026, 11, 21)
ALPHABET = "0123456789X"


def known_anywhere(_code: str, _period: DatePeriod) -> bool:
    return True


def is_valid(number: str) -> bool:
    return check_identity_number(number, on=TODAY, area_known=known_anywhere).is_valid


births = st.dates(date(1920, 1, 1), TODAY)
orders = st.integers(0, 999).map(lambda n: f"{n:03}")
# 11-82: the codes of provinces; the first digit is never 9, which marks permanent residence cards.
areas = st.builds("{:02}{:04}".format, st.integers(11, 82), st.integers(0, 9999))


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    seventeen = draw(areas) + draw(births).strftime("%Y%m%d") + draw(orders)
    return seventeen + check_digit_of(seventeen)


@given(identity_numbers())
def test_a_number_with_its_check_digit_holds_and_reads_back(number: str) -> None:
    checked = check_identity_number(number, on=TODAY, area_known=known_anywhere)
    value = checked.require()
    assert value.number == number
    assert value.born_on.strftime("%Y%m%d") == number[6:14]


@given(identity_numbers(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(number: str, place: int, other: str) -> None:
    assume(number[place] != other)
    assert not is_valid(number[:place] + other + number[place + 1 :])


@given(identity_numbers(), st.integers(0, 16))
def test_every_swap_of_neighbors_is_found(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    assert not is_valid(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(
    areas,
    st.dates(date(1890, 1, 1), TODAY + timedelta(days=400)),
    orders,
    st.sampled_from([*ALPHABET, "", "x", "？"]),
)
def test_the_short_check_of_long_lists_says_what_the_long_one_says(
    area: str, born_on: date, order: str, last: str
) -> None:
    seventeen = area + born_on.strftime("%Y%m%d") + order
    for text in (
        seventeen + last,
        seventeen + check_digit_of(seventeen),
        seventeen[:6] + "19990231" + order + last,
    ):
        sound = sound_citizen_number(text, on=TODAY)
        checked = check_identity_number(text, on=TODAY, area_known=known_anywhere).value
        if sound is not None:
            assert checked is not None
            assert (sound, sound.area_code, sound.born_on, sound.sex) == (
                checked,
                checked.area_code,
                checked.born_on,
                checked.sex,
            )
        elif "1" <= text[0] <= "7" and text.isupper() | text.isdigit():
            assert checked is None


@given(areas, st.dates(date(1920, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_fifteen_digits_and_back(area: str, born_on: date, order: int) -> None:
    fifteen = f"{area}{born_on:%y%m%d}{order:03}"
    checked = check_identity_number(fifteen, on=TODAY, area_known=known_anywhere)
    value = checked.require()
    assert value.number == eighteen_digits_from(fifteen)
    assert value.number[:6] + value.number[8:17] == fifteen
    assert value.born_on == born_on


@given(identity_numbers())
def test_masks_leave_no_seven_characters_in_a_row(number: str) -> None:
    for mask in (mask_number_public, mask_number_own_institution, mask_in_error):
        masked = mask(number)
        assert len(masked) == len(number)
        assert not any(number[start : start + 7] in masked for start in range(12))
        assert number[6:14] not in masked


@given(st.one_of(st.text(max_size=300), st.floats(), st.integers()))
def test_whatever_is_typed_gets_an_answer_that_does_not_repeat_it(raw: str | float) -> None:
    checks = (
        check_identity_number(raw, on=TODAY, area_known=known_anywhere),
        check_credit_code(raw, on=TODAY, area_known=known_anywhere),
        check_bank_card_number(raw),
    )
    for checked in checks:
        assert checked.is_valid != bool(checked.reasons)
        for reason in checked.reasons:
            shown = reason.value or ""
            assert sum(char.isalnum() for char in shown) <= 2
            assert len(shown) <= 32
    assert explain(raw, on=TODAY, area_known=known_anywhere).kind.label


credit_alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(
    st.sampled_from(["52110000MJ0000018W", "12110000400000018T", "91110105MA0000015F"]),
    st.integers(0, 17),
    st.sampled_from(credit_alphabet),
)
def test_every_single_wrong_character_of_a_credit_code_is_found(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    wrong = code[:place] + other + code[place + 1 :]
    assert not check_credit_code(wrong, on=TODAY, area_known=known_anywhere).is_valid


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(-600, 600))
def test_counting_months_lands_in_the_month_and_never_later_than_the_day(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


@given(
    st.dates(date(2020, 1, 1), date(2020, 3, 1)),
    st.integers(1, 40),
    st.dates(date(2020, 1, 1), date(2020, 3, 1)),
    st.integers(1, 40),
)
def test_periods_overlap_exactly_when_they_share_a_day(
    one: date, days: int, other: date, other_days: int
) -> None:
    first = DatePeriod(one, one + timedelta(days=days))
    second = DatePeriod(other, other + timedelta(days=other_days))
    shared = any(second.covers(one + timedelta(days=n)) for n in range(days))
    assert first.overlaps(second) == second.overlaps(first) == shared
