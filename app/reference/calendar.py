"""Working days (工作日) as the State Council's yearly notice on holidays publishes them, through
``chinesecalendar``.

A year whose notice is not in the installed package is an error, never a guess: a deadline that crosses into
it cannot be told yet. Periods counted in days begin on the day after (民法典 第二百零一条).
"""

from datetime import date, timedelta

import chinese_calendar

from app.kernel.errors import Reason, RegistryError

FIRST_YEAR: int = min(day.year for day in chinese_calendar.constants.holidays)
LAST_YEAR: int = max(day.year for day in chinese_calendar.constants.holidays)
"""The last year whose holidays the installed package knows."""


class CalendarYearUnpublished(RegistryError):
    """A working-day question about a year outside the published ones."""

    code = "calendar_year_unpublished"
    title = "该年度放假安排尚未收录"


def is_working_day(on: date) -> bool:
    """Whether people work on that day (weekends that are worked in exchange count as working days).

    Raises ``CalendarYearUnpublished`` outside ``FIRST_YEAR``…``LAST_YEAR``.
    """
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise CalendarYearUnpublished([_unpublished(on.year)])
    return bool(chinese_calendar.is_workday(on))


def add_working_days(start: date, days: int) -> date:
    """The ``days``-th working day after ``start`` (before it, when negative); ``start`` itself when 0.

    The day of ``start`` is not counted. Raises ``CalendarYearUnpublished``.
    """
    step = timedelta(days=1 if days >= 0 else -1)
    current, left = start, abs(days)
    while left:
        current += step
        left -= is_working_day(current)
    return current


def working_days_between(starts_on: date, ends_before: date) -> int:
    """Working days in ``[starts_on, ends_before)``; 0 when empty. Raises ``CalendarYearUnpublished``."""
    length = max((ends_before - starts_on).days, 0)
    return sum(is_working_day(starts_on + timedelta(days=offset)) for offset in range(length))


def _unpublished(year: int) -> Reason:
    if year < FIRST_YEAR:
        message = f"工作日历从{FIRST_YEAR}年起收录，无法判断{year}年的工作日"
        remedy = f"请使用{FIRST_YEAR}年及以后的日期"
    else:
        message = f"{year}年的节假日安排尚未收录（已收录至{LAST_YEAR}年），暂时无法计算跨入该年的工作日期限"
        remedy = "国务院办公厅公布该年度放假安排后，请升级 chinesecalendar 软件包再办理；已登记的内容不受影响"
    return Reason(code="calendar_year_unpublished", message=message, remedy=remedy, value=str(year))
