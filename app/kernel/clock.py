"""The one source of "now", and the one rule that turns instants into dates of law.

Deadlines and dates of effect are calendar days of Asia/Shanghai, wherever the server stands; instants are
stored in UTC.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Beijing time, the zone of every date of law (no daylight saving since 1991; the zone data know about
before).
"""


def utc_now() -> datetime:
    """The current instant, in UTC. The only call of ``datetime.now`` in the product."""
    return datetime.now(UTC)


def law_date(instant: datetime) -> date:
    """The calendar day in China at ``instant``. Raises ``ValueError`` for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI).date()


def start_of_law_day(day: date) -> datetime:
    """The instant (in UTC) at which ``day`` begins in China."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI).astimezone(UTC)


def day_in_words(day: date) -> str:
    """A date of law as people read it, in reasons, notices and pages alike: ``2026年3月1日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def instant_in_words(instant: datetime) -> str:
    """An instant as people read it, in Beijing: ``2026年3月1日 09:05``. Raises ``ValueError`` without a zone."""
    return f"{day_in_words(law_date(instant))} {instant.astimezone(SHANGHAI):%H:%M}"


def parse_instant(text: str) -> datetime:
    """The instant written as RFC 3339, in UTC. Raises ``ValueError`` when malformed or without a zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("instant out of range") from error
