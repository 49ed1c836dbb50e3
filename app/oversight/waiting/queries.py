"""What waits in an officer's area: numbers, states and dates, nothing of persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.clock import SHANGHAI, parse_instant
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.oversight.waiting.states import Task
from app.policy.values import PolicyUndefined, value_of
from app.reference.calendar import CalendarYearUnpublished, add_working_days
from app.reference.divisions import prefix_of
from app.subsidies.claims.rules.deadlines import KEY_OF_STATE
from app.subsidies.claims.states import ClaimState

COUNTED_UP_TO = 1000
"""Counting ends here: whether 1,000 or 100,000 wait changes nothing for whoever begins with the oldest."""
_FAR_BACK = datetime(1970, 1, 1, tzinfo=UTC)
_CLAIMS = text("""
    SELECT state, waiting, pressing, oldest_at
    FROM claims_waiting(:prefix, CAST(:states AS text[]), CAST(:pressing AS timestamptz[]), :most)
""")
_TASKS = text("SELECT task, waiting, oldest_at FROM office_waiting(:prefix, :most)")
_APPEALS = text(
    "SELECT * FROM list_appeals(:prefix, CAST(:after_at AS timestamptz), CAST(:after_id AS uuid), :page)"
)
_HOLDS = text(
    "SELECT * FROM list_holds(:prefix, CAST(:after_at AS timestamptz), CAST(:after_id AS uuid), :page)"
)

_PRESENCE = text("""
    SELECT * FROM list_presence_corrections(
      :prefix, CAST(:after_at AS timestamptz), CAST(:after_id AS uuid), :page)
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many, since when; ``pressing`` of them are due by the next working day or overdue."""

    count: int
    pressing: int
    oldest_at: datetime | None

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count >= COUNTED_UP_TO


async def claims_waiting(unit: Unit, states: Sequence[ClaimState]) -> dict[ClaimState, Waiting]:
    """Claims of the officer's area by state."""
    division = unit.actor.division_code or ""
    rows = await unit.session.execute(
        _CLAIMS,
        {
            "prefix": prefix_of(division),
            "states": [state.value for state in states],
            "pressing": [pressing_before(state, unit.today, division) for state in states],
            "most": COUNTED_UP_TO,
        },
    )
    return {ClaimState(row.state): Waiting(row.waiting, row.pressing, row.oldest_at) for row in rows}


async def tasks_waiting(unit: Unit) -> dict[Task, Waiting]:
    """Everything else that waits in the officer's area."""
    prefix = prefix_of(unit.actor.division_code or "")
    rows = await unit.session.execute(_TASKS, {"prefix": prefix, "most": COUNTED_UP_TO})
    return {Task(row.task): Waiting(row.waiting, 0, row.oldest_at) for row in rows}


async def open_appeals(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Appeals that nobody has answered yet, oldest first."""
    return await _page(unit, _APPEALS, ("filed_at", "appeal_id"), limit, cursor)


async def open_holds(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Claims that stand still, longest first."""
    return await _page(unit, _HOLDS, ("placed_at", "hold_id"), limit, cursor)


async def open_presence_corrections(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Classes with corrections of attendance that nobody has decided yet, longest first."""
    return await _page(unit, _PRESENCE, ("oldest_at", "opening_id"), limit, cursor)


def pressing_before(state: ClaimState, today: date, division: str) -> datetime:
    """A claim that came into ``state`` before this instant is due by the next working day, or overdue.

    Long past where no period runs, or where the holidays of the year are not published: nothing is called pressing.
    """
    key = KEY_OF_STATE.get(state)
    if key is None:
        return _FAR_BACK
    try:
        days = value_of(key, on=today, division=division).number
        last = add_working_days(add_working_days(today, 1), -days)
    except (PolicyUndefined, CalendarYearUnpublished):
        return _FAR_BACK
    return datetime.combine(date.fromordinal(last.toordinal() + 1), time(), SHANGHAI)


async def _page(
    unit: Unit, asked: Any, position: tuple[str, str], limit: int, cursor: str | None
) -> Page[Row[Any]]:
    at, found = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    prefix = prefix_of(unit.actor.division_code or "")
    rows = (
        await unit.session.execute(
            asked, {"prefix": prefix, "after_at": at, "after_id": found, "page": limit + 1}
        )
    ).all()
    last = rows[limit - 1] if len(rows) > limit else None
    more = None
    if last is not None:
        more = encode_cursor(getattr(last, position[0]).isoformat(), getattr(last, position[1]))
    return Page(tuple(rows[:limit]), more)
