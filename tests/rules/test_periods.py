"""Dates of law: days of China, half-open periods, months as statutes count them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.kernel.clock import law_date, parse_instant, start_of_law_day, utc_now
from app.kernel.periods import DatePeriod, add_months


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 2, 28), 12, date(2026, 2, 28)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 12, 31), 1, date(2026, 1, 31)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 1, 15), -13, date(2023, 12, 15)),
        (date(2025, 1, 15), 0, date(2025, 1, 15)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last(day: date, months: int, moved: date) -> None:
    assert add_months(day, months) == moved


@pytest.mark.parametrize(("day", "months"), [(date(9999, 12, 1), 1), (date(1, 1, 1), -1)])
def test_months_outside_the_calendar_are_refused(day: date, months: int) -> None:
    with pytest.raises(ValueError, match="range"):
        add_months(day, months)


def test_a_period_is_half_open() -> None:
    period = DatePeriod(date(2025, 1, 1), date(2026, 1, 1))
    assert period.covers(date(2025, 1, 1))
    assert period.covers(date(2025, 12, 31))
    assert not period.covers(date(2026, 1, 1))
    assert not period.covers(date(2024, 12, 31))
    assert period.last_day == date(2025, 12, 31)
    assert period == DatePeriod.through(date(2025, 1, 1), date(2025, 12, 31))


def test_an_open_period_goes_on() -> None:
    period = DatePeriod(date(2025, 1, 1))
    assert period.covers(date(2999, 1, 1))
    assert period.last_day is None
    assert period.overlaps(DatePeriod(date(2030, 1, 1)))
    assert not period.overlaps(DatePeriod(date(2024, 1, 1), date(2025, 1, 1)))


@pytest.mark.parametrize(
    ("starts_on", "ends_before", "overlaps"),
    [
        (date(2024, 1, 1), date(2025, 1, 1), False),  # ends as the other begins
        (date(2024, 1, 1), date(2025, 1, 2), True),
        (date(2025, 12, 31), None, True),
        (date(2026, 1, 1), None, False),  # begins as the other ends
    ],
)
def test_adjacent_periods_share_no_day(starts_on: date, ends_before: date | None, overlaps: bool) -> None:
    year, other = DatePeriod(date(2025, 1, 1), date(2026, 1, 1)), DatePeriod(starts_on, ends_before)
    assert year.overlaps(other) is overlaps
    assert other.overlaps(year) is overlaps


@pytest.mark.parametrize("ends_before", [date(2025, 1, 1), date(2024, 1, 1)])
def test_a_period_without_a_day_is_refused(ends_before: date) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        DatePeriod(date(2025, 1, 1), ends_before)


def test_the_law_day_begins_in_china() -> None:
    assert law_date(datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(2025, 12, 31)
    assert law_date(datetime(2025, 12, 31, 16, 0, tzinfo=UTC)) == date(2026, 1, 1)
    assert law_date(datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=9)))) == date(2026, 1, 1)
    assert start_of_law_day(date(2026, 1, 1)) == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert utc_now().utcoffset() == timedelta(0)


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        law_date(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        parse_instant("2026-01-01T00:00:00")
    assert parse_instant("2026-01-01T00:00:00+08:00") == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
