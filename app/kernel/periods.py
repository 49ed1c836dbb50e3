"""Periods of law: half-open ``[starts_on, ends_before)``, and counting in months as statutes do."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class DatePeriod:
    """The days from ``starts_on`` up to, not including, ``ends_before``; ``None`` means "until further
    notice".

    Raises ``ValueError`` when it would contain no day.
    """

    starts_on: date
    ends_before: date | None = None

    def __post_init__(self) -> None:
        if self.ends_before is not None and self.ends_before <= self.starts_on:
            raise ValueError("a period must contain at least one day")

    @classmethod
    def through(cls, first_day: date, last_day: date) -> "DatePeriod":
        """The period that texts write as "first day to last day", both days included."""
        return cls(first_day, last_day + timedelta(days=1))

    @property
    def last_day(self) -> date | None:
        """The last day that belongs to the period; ``None`` while it is open."""
        return None if self.ends_before is None else self.ends_before - timedelta(days=1)

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies in the period."""
        return self.starts_on <= day and (self.ends_before is None or day < self.ends_before)

    def overlaps(self, other: "DatePeriod") -> bool:
        """Whether at least one day lies in both periods; adjacent periods do not overlap."""
        return (other.ends_before is None or self.starts_on < other.ends_before) and (
            self.ends_before is None or other.starts_on < self.ends_before
        )


def add_months(day: date, months: int) -> date:
    """``day`` moved by ``months`` (may be negative); a day the target month lacks becomes its last day.

    So 29 February plus 12 months is 28 February, which is how the 12-month claim window is counted.
    Raises ``ValueError`` outside the years 1 to 9999.
    """
    month_index = day.year * 12 + (day.month - 1) + months
    year, month = divmod(month_index, 12)
    if not 1 <= year <= 9999:
        raise ValueError("year out of range")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
