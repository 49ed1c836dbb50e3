"""When the demo's classes are taught: one day of eight class hours, as hours and delivery of the program ask."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.kernel.clock import SHANGHAI

_HOURS = (("theory", time(9, 0), 180), ("practice", time(13, 0), 135), ("safety", time(15, 30), 45))
"""Theory 4, practice 3, safety 1 class hours of 45 minutes: ``ProgramPlan.hours``."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One planned session."""

    hours_kind: str
    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        """Its planned length."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    def body(self, teacher_id: str, *, venue: str, delivery: str) -> dict[str, Any]:
        """As the API takes a session."""
        return {
            "teacher_id": teacher_id,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "hours_kind": self.hours_kind,
            "delivery": delivery,
            "venue": venue,
        }


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of a day in Beijing time."""
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


def lessons_on(day: date) -> tuple[Lesson, ...]:
    """The three sessions of a teaching day."""
    lessons = []
    for kind, begins, minutes in _HOURS:
        starts_at = datetime.combine(day, begins, tzinfo=SHANGHAI)
        lessons.append(Lesson(kind, starts_at, starts_at + timedelta(minutes=minutes)))
    return tuple(lessons)
