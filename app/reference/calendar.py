"""Working days (工作日) as the State Council's yearly notice on holidays publishes them.

Two sources: the notices that ``registry import calendar`` has loaded, and for other years the installed
``chinesecalendar`` package. A loaded notice wins on every day it names. Periods counted in days begin on the day after
(民法典 第二百零一条).

A year that neither covers. The notice for a year comes out in November of the year before; from then on periods run
into it. Exact questions (``is_working_day`` …) are refused with ``CalendarYearUnpublished``, never guessed. A
registry must go on working nevertheless, so whoever needs a day asks for a ``DueDay``, which is *never earlier than
the true one* and says ``is_provisional``. Why later: each period here either protects who is asked (补正, 复议,
公示: too short would take a right away, too long takes none) or measures an agency's own work (a lapse is noted too
late rather than wrongly). What is stored or told as a definite date (a notice's end, the last day of a 补正) is
then simply that date, at the least what the text asks for. A day off that is given once only (as on 3 September
2015) nobody can foresee.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

from app.kernel.errors import Reason, RegistryError
from app.reference.in_use import InUse

FIRST_YEAR: int = min(day.year for day in chinese_calendar.constants.holidays)
LAST_YEAR: int = max(day.year for day in chinese_calendar.constants.holidays)
"""The last year whose holidays the installed package knows."""

_DAY = timedelta(days=1)
_SATURDAY = 5
_FESTIVALS = (
    ((12, 29), (12, 31), 3),  # 元旦, as far as the next year's notice reaches back
    ((1, 1), (1, 3), 3),
    ((1, 18), (3, 1), 8),  # 春节: eve between 20 January and 19 February, then up to nine days
    ((4, 2), (4, 8), 3),  # 清明
    ((4, 27), (5, 8), 6),  # 劳动节
    ((5, 26), (6, 28), 3),  # 端午
    ((9, 2), (10, 11), 12),  # 中秋, 国庆
)
"""Between which days a festival's days off can lie, and how many weekdays they can be at the most.

From 全国年节及纪念日放假办法 (国务院令第795号) with days moved from weekends; a test holds it to every published year.
"""


class CalendarYearUnpublished(RegistryError):
    """A working-day question about a year outside the published ones."""

    code = "calendar_year_unpublished"
    title = "该年度放假安排尚未收录"


@dataclass(frozen=True, slots=True)
class DueDay:
    """A last day. ``is_provisional``: the year's holidays are not published; the true day is not later than this."""

    on: date
    is_provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidaySchedule:
    """The notice of one year: which days are off and which weekend days are worked in exchange.

    It may name last days of the year before (元旦). ``document`` is its number, ``published_on`` its day.
    """

    year: int
    off: frozenset[date]
    worked: frozenset[date]
    document: str
    published_on: date


class Schedules:
    """The loaded notices; of several for a year the one loaded last."""

    def __init__(self, loaded: Iterable[HolidaySchedule] = ()) -> None:
        self.by_year: Mapping[int, HolidaySchedule] = {each.year: each for each in loaded}
        self._days = {
            day: is_worked
            for each in self.by_year.values()
            for days, is_worked in ((each.off, False), (each.worked, True))
            for day in days
        }

    def says(self, on: date) -> bool | None:
        """Whether the day is worked by a loaded notice; None where none speaks of it."""
        named = self._days.get(on)
        if named is not None or on.year not in self.by_year:
            return named
        return on.weekday() < _SATURDAY


_schedules = InUse(Schedules)


def schedules() -> InUse[Schedules]:
    """The loaded notices this process works with."""
    return _schedules


def is_published(year: int) -> bool:
    """Whether the notice of the year is at hand."""
    return year in _schedules.get().by_year or FIRST_YEAR <= year <= LAST_YEAR


def is_working_day(on: date) -> bool:
    """Whether people work on that day (weekends that are worked in exchange count as working days).

    Raises ``CalendarYearUnpublished`` for a year whose notice is not at hand.
    """
    told = _schedules.get().says(on)
    if told is not None:
        return told
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise CalendarYearUnpublished([_unpublished(on.year)])
    return bool(chinese_calendar.is_workday(on))


def add_working_days(start: date, days: int) -> date:
    """The ``days``-th working day after ``start`` (before it, when negative); ``start`` itself when 0.

    The day of ``start`` is not counted. Raises ``CalendarYearUnpublished``.
    """
    step = _DAY if days >= 0 else -_DAY
    current, left = start, abs(days)
    while left:
        current += step
        left -= is_working_day(current)
    return current


def working_days_between(starts_on: date, ends_before: date) -> int:
    """Working days in ``[starts_on, ends_before)``; 0 when empty. Raises ``CalendarYearUnpublished``."""
    length = max((ends_before - starts_on).days, 0)
    return sum(is_working_day(starts_on + timedelta(days=offset)) for offset in range(length))


def due_after(start: date, days: int) -> DueDay:
    """The ``days``-th working day after ``start``; where a year is not published, a day that is not earlier.

    Raises ``CalendarYearUnpublished`` before ``FIRST_YEAR`` only.
    """
    current, left = start, days
    while left:
        current += _DAY
        if current.year > FIRST_YEAR and not is_published(current.year):
            return _not_earlier(current - _DAY, left)
        left -= is_working_day(current)
    return DueDay(current, is_provisional=False)


def working_day_from(on: date) -> DueDay:
    """The day itself when it is worked, else the next that is (民法典 第二百零三条); not earlier when unpublished."""
    return due_after(on - _DAY, 1)


def provisional_day(on: date) -> bool:
    """Whether a day of an unpublished year would be worked if it had no festivals: for showing alone."""
    return on.weekday() < _SATURDAY


def _not_earlier(start: date, days: int) -> DueDay:
    """Weekdays alone, and one more for each that a festival on the way could take; no weekend is worked."""
    allowed = 0
    while True:
        last = start
        for _ in range(days + allowed):
            last += _DAY * (3 if last.weekday() == _SATURDAY - 1 else 2 if last.weekday() == _SATURDAY else 1)
        wanted = sum(most for first, end, most in _festivals(start, last))
        if wanted == allowed:
            return DueDay(last, is_provisional=True)
        allowed = wanted


def _festivals(after: date, until: date) -> Iterable[tuple[date, date, int]]:
    for year in range(after.year, until.year + 1):
        for first, last, most in _FESTIVALS:
            begins, ends = date(year, *first), date(year, *last)
            if begins <= until and ends > after and not is_published(year):
                yield begins, ends, most


def _unpublished(year: int) -> Reason:
    if year < FIRST_YEAR:
        message = f"工作日历从{FIRST_YEAR}年起收录，无法判断{year}年的工作日"
        remedy = f"请使用{FIRST_YEAR}年及以后的日期"
    else:
        message = f"{year}年的节假日安排尚未收录，不能确定该年的工作日"
        remedy = (
            "国务院办公厅公布该年度放假安排后，请管理员用 registry import calendar 导入"
            "（或升级 chinesecalendar 软件包）；已登记的内容不受影响"
        )
    return Reason(code="calendar_year_unpublished", message=message, remedy=remedy, value=str(year))
