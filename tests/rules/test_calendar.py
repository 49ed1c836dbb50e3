"""Working days are those that were published; an unpublished year is said, never guessed."""

from datetime import date

import pytest

from app.reference.calendar import (
    LAST_YEAR,
    CalendarYearUnpublished,
    add_working_days,
    is_working_day,
    working_days_between,
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 10, 1), False),
        (date(2024, 9, 29), True),  # a Sunday, worked in exchange for the National Day week
        (date(2024, 10, 12), True),  # a Saturday, likewise
        (date(2024, 10, 13), False),
        (date(2024, 10, 14), True),
        (date(2024, 2, 12), False),  # a Monday in the Spring Festival
    ],
)
def test_published_days(day: date, expected: bool) -> None:
    assert is_working_day(day) is expected


def test_counting_starts_the_day_after_and_skips_holidays() -> None:
    assert add_working_days(date(2024, 9, 30), 1) == date(2024, 10, 8)
    assert add_working_days(date(2024, 10, 11), 1) == date(2024, 10, 12)
    assert add_working_days(date(2024, 10, 5), 0) == date(2024, 10, 5)
    assert add_working_days(date(2024, 10, 8), -1) == date(2024, 9, 30)


def test_working_days_of_a_period() -> None:
    assert working_days_between(date(2024, 9, 30), date(2024, 10, 9)) == 2
    assert working_days_between(date(2024, 10, 9), date(2024, 9, 30)) == 0


def test_unpublished_year_is_refused_with_the_remedy() -> None:
    with pytest.raises(CalendarYearUnpublished) as refused:
        is_working_day(date(LAST_YEAR + 1, 3, 2))
    assert refused.value.code == "calendar_year_unpublished"
    (reason,) = refused.value.reasons
    assert str(LAST_YEAR + 1) in reason.message
    assert "chinesecalendar" in reason.remedy


def test_deadline_that_crosses_into_an_unpublished_year_is_refused() -> None:
    with pytest.raises(CalendarYearUnpublished):
        add_working_days(date(LAST_YEAR, 12, 31), 1)


def test_year_before_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarYearUnpublished) as refused:
        is_working_day(date(2003, 12, 31))
    assert "2004" in refused.value.reasons[0].message
