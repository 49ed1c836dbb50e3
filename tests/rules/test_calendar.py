"""Working days are those that were published; an unpublished year is said, never guessed."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

import pytest

from app.kernel.errors import InvalidInput
from app.reference import calendar
from app.reference.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    CalendarYearUnpublished,
    HolidaySchedule,
    Schedules,
    add_working_days,
    due_after,
    is_published,
    is_working_day,
    schedules,
    working_day_from,
    working_days_between,
)
from app.reference.rules import ListRow
from app.reference.schedules import schedule_of


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
    assert "registry import calendar" in reason.remedy


def test_deadline_that_crosses_into_an_unpublished_year_is_refused() -> None:
    with pytest.raises(CalendarYearUnpublished):
        add_working_days(date(LAST_YEAR, 12, 31), 1)


def test_year_before_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarYearUnpublished) as refused:
        is_working_day(date(2003, 12, 31))
    assert "2004" in refused.value.reasons[0].message


NEXT = LAST_YEAR + 1
UNPUBLISHED_WEEKEND_DAY = next(day for day in (date(NEXT, 3, n) for n in range(1, 8)) if day.weekday() == 5)


@pytest.fixture
def notice() -> Iterator[HolidaySchedule]:
    """A notice for the first year the package does not know; it takes the last of December before, too."""
    off = {date(NEXT - 1, 12, 31), *(date(NEXT, 1, n) for n in (1, 2, 3))}
    loaded = HolidaySchedule(
        year=NEXT,
        off=frozenset(off),
        worked=frozenset({UNPUBLISHED_WEEKEND_DAY}),
        document="国办发明电〔测试〕1号",
        published_on=date(LAST_YEAR, 11, 1),
    )
    schedules().adopt(Schedules([loaded]))
    yield loaded
    schedules().forget()


def test_a_loaded_notice_is_the_calendar_of_its_year(notice: HolidaySchedule) -> None:
    assert is_published(NEXT)
    assert not is_working_day(date(NEXT, 1, 2))
    assert is_working_day(UNPUBLISHED_WEEKEND_DAY)
    assert not is_working_day(UNPUBLISHED_WEEKEND_DAY + timedelta(days=1))
    # What it says of the year before stands over the package.
    assert not is_working_day(date(NEXT - 1, 12, 31))
    assert not due_after(date(NEXT - 1, 12, 20), 15).is_provisional
    with pytest.raises(CalendarYearUnpublished):
        is_working_day(date(NEXT + 1, 3, 2))


def test_a_day_that_is_not_published_yet_is_provisional_and_no_day_published_is() -> None:
    assert due_after(date(LAST_YEAR, 6, 1), 10).is_provisional is False
    assert due_after(date(LAST_YEAR, 6, 1), 10).on == add_working_days(date(LAST_YEAR, 6, 1), 10)
    crossing = due_after(date(LAST_YEAR, 12, 28), 10)
    assert crossing.is_provisional
    assert crossing.on.year == NEXT
    assert crossing.on.weekday() < 5
    assert crossing.on <= date(LAST_YEAR, 12, 28) + timedelta(days=24)
    assert due_after(date(NEXT, 7, 1), 3).is_provisional
    with pytest.raises(CalendarYearUnpublished):
        due_after(date(FIRST_YEAR - 2, 3, 1), 3)


@pytest.mark.parametrize("year", range(FIRST_YEAR + 1, LAST_YEAR + 1))
def test_a_provisional_day_is_never_earlier_than_the_true_one(year: int) -> None:
    """Every year the package knows, asked as if its notice were not out; the day it told, told again exactly."""
    starts = [date(year, 1, 1) + timedelta(days=offset) for offset in range(-20, 345, 3)]
    lengths = (1, 2, 3, 5, 10, 15, 20, 30)
    truth = {}
    for start, days in ((start, days) for start in starts for days in lengths):
        with suppress(CalendarYearUnpublished):
            truth[start, days] = add_working_days(start, days)
    known = calendar.LAST_YEAR
    calendar.LAST_YEAR = year - 1
    try:
        told = {asked: due_after(*asked) for asked, on in truth.items() if on.year == year}
    finally:
        calendar.LAST_YEAR = known
    assert told
    early = {asked: (due.on, truth[asked]) for asked, due in told.items() if due.on < truth[asked]}
    assert not early
    assert all(due.is_provisional for due in told.values())


def test_a_last_day_that_may_be_a_holiday_moves_beyond_it() -> None:
    assert working_day_from(date(2026, 2, 17)).on == date(2026, 2, 24)
    assert working_day_from(date(2026, 2, 24)).on == date(2026, 2, 24)
    moved = working_day_from(date(NEXT, 1, 1))
    assert moved.is_provisional
    assert moved.on > date(NEXT, 1, 3)


def rows(*cells: tuple[str, str]) -> list[ListRow]:
    return [
        ListRow(sheet=None, line=line, cells={"code": day, "name": word})
        for line, (day, word) in enumerate(cells, start=2)
    ]


FIXED = [(f"{NEXT}-{day}", "放假") for day in ("01-01", "05-01", "05-02", "10-01", "10-02", "10-03")]
OTHERS = [(f"{NEXT}-02-{day:02}", "休") for day in range(5, 12)]


def read(*cells: tuple[str, str]) -> HolidaySchedule:
    return schedule_of(
        rows(*cells), year=NEXT, document="国办发明电〔测试〕1号", published_on=date(LAST_YEAR, 11, 1)
    )


def test_a_notice_is_read_whole() -> None:
    schedule = read(*FIXED, *OTHERS, (str(UNPUBLISHED_WEEKEND_DAY), "上班"), (f"{LAST_YEAR}-12-31", "放假"))
    assert len(schedule.off) == 14
    assert schedule.worked == {UNPUBLISHED_WEEKEND_DAY}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([("正月初一", "放假")], "calendar_day_malformed"),
        ([(f"{NEXT + 1}-01-01", "放假")], "calendar_day_of_other_year"),
        ([(f"{LAST_YEAR}-12-24", "放假")], "calendar_day_of_other_year"),
        ([(f"{NEXT}-03-03", "补课")], "calendar_word_unknown"),
        ([(str(UNPUBLISHED_WEEKEND_DAY + timedelta(days=2)), "上班")], "calendar_exchange_on_weekday"),
        ([(f"{NEXT}-01-01", "上班")], "calendar_day_twice"),
    ],
)
def test_a_defect_of_a_notice_is_told_with_its_line(cells: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(*FIXED, *OTHERS, *cells)
    found = {reason.code: reason for reason in refused.value.reasons}
    assert found[code].line == 15


@pytest.mark.parametrize("cells", [OTHERS, FIXED, [*FIXED[1:], *OTHERS]])
def test_a_notice_without_its_statutory_days_is_incomplete(cells: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(*cells)
    assert [reason.code for reason in refused.value.reasons] == ["calendar_incomplete"]
