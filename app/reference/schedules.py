"""What stands against a holiday notice before it is loaded, and the notice that its rows make. Pure."""

from collections.abc import Sequence
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, InvalidInput, Reason
from app.reference.calendar import HolidaySchedule
from app.reference.rules import ListRow

HOLIDAYS = Citation("全国年节及纪念日放假办法（国务院令第795号）", "第二条")
OFF_WORDS = ("放假", "休", "off")
WORKED_WORDS = ("上班", "班", "worked")
LEAST_OFF = 13
"""全体公民放假的节日 come to thirteen days a year since 2025."""

_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
_SATURDAY = 5
_REACHES_BACK = 25
"""From which December day on the notice of a year may speak of the year before."""


def schedule_of(rows: Sequence[ListRow], *, year: int, document: str, published_on: date) -> HolidaySchedule:
    """The notice of ``year``. Raises ``InvalidInput`` with every defect of every row."""
    off: set[date] = set()
    worked: set[date] = set()
    reasons: list[Reason] = []
    for row in rows:
        day, found = _day(row, year)
        reasons += found
        word = row.get("name")
        if word not in OFF_WORDS + WORKED_WORDS:
            reasons.append(
                row.defect("name", "calendar_word_unknown", "安排无法识别", "请填写“放假”或“上班”")
            )
        if day is None:
            continue
        if day in off | worked:
            reasons.append(
                row.defect("code", "calendar_day_twice", f"{day_in_words(day)}出现了两次", "请保留正确的一行")
            )
        if word in WORKED_WORDS and day.weekday() < _SATURDAY:
            reasons.append(
                row.defect(
                    "name",
                    "calendar_exchange_on_weekday",
                    f"{day_in_words(day)}不是周末，无所谓调休上班",
                    "请删去或更正日期",
                )
            )
        (worked if word in WORKED_WORDS else off).add(day)
    reasons += _incomplete(off, year) if not reasons else []
    if reasons:
        raise InvalidInput(reasons)
    return HolidaySchedule(
        year=year, off=frozenset(off), worked=frozenset(worked), document=document, published_on=published_on
    )


def _day(row: ListRow, year: int) -> tuple[date | None, list[Reason]]:
    text = row.get("code").split("T")[0].split(" ")[0]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, [
            row.defect("code", "calendar_day_malformed", "日期无法识别", f"请写成{year}-01-01的形式")
        ]
    if not date(year - 1, 12, _REACHES_BACK) <= day <= date(year, 12, 31):
        wrong = row.defect(
            "code",
            "calendar_day_of_other_year",
            f"{day_in_words(day)}不属于{year}年的安排",
            "请核对年度和日期",
        )
        return None, [wrong]
    return day, []


def _incomplete(off: set[date], year: int) -> list[Reason]:
    missing = [date(year, *day) for day in _FIXED if date(year, *day) not in off]
    if not missing and len(off) >= LEAST_OFF:
        return []
    named = "、".join(str(day) for day in missing) or f"放假共{len(off)}天，少于{LEAST_OFF}天"
    return [
        Reason(
            code="calendar_incomplete",
            message=f"名单不全：{named}" + ("没有列为放假" if missing else ""),
            remedy="请按国务院办公厅通知列出全部放假日和调休上班日",
            field="file",
            citation=HOLIDAYS,
        )
    ]
