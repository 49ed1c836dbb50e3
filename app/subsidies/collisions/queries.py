"""Reads of collisions: benefits, days and areas, through the door (0022); nothing that names the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

_LIST = text("""
    SELECT collision_id, alias_id, found_at, key_group, benefit_line, skill_level, period, one, other, decision,
      decision_reason, decided_at
    FROM list_collisions(:scope, :is_open, NULL, :before, :page)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """Two benefits of one person for the same thing; ``one`` and ``other`` tell kind, day, area and claim."""

    collision_id: UUID
    alias_id: UUID
    found_at: datetime
    key_group: str
    benefit_line: str
    skill_level: str
    period: str
    one: Mapping[str, Any]
    other: Mapping[str, Any]
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None


async def list_collisions(
    unit: Unit, *, is_open: bool | None, cursor: str | None, limit: int
) -> Page[Collision]:
    """Those that touch the officer's area, newest first."""
    (before,) = decode_cursor(cursor, UUID) if cursor else (None,)
    scope = unit.actor.division_code
    assert scope is not None
    asked = {"scope": prefix_of(scope), "is_open": is_open, "before": before, "page": limit + 1}
    rows = (await unit.session.execute(_LIST, asked)).all()
    shown = tuple(Collision(**row._mapping) for row in rows[:limit])
    return Page(shown, encode_cursor(shown[-1].collision_id) if len(rows) > limit else None)
