"""Reads of collisions: benefits, days and areas, through the door (0022); nothing that names the person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel, facts_of
from app.subsidies.collisions.states import KEY_GROUP_LABELS
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, period_in_words

_LIST = text("""
    SELECT collision_id, alias_id, found_at, key_group, benefit_line, skill_level, period, one, other, decision,
      decision_reason, decided_at
    FROM list_collisions(:scope, :is_open, :asked, :before, :page)
""")
_TOLD = re.compile(r"year-[1-4]|[0-9]{4}(-[0-9]{2})?")
"""Other periods are ids of classes, which say nothing to a reader."""


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

    @property
    def as_benefit(self) -> Mapping[str, Any]:
        """What both are, as ``benefit_title`` reads it."""
        return {
            "kind": None,
            "key_group": self.key_group,
            "benefit_line": self.benefit_line,
            "skill_level": self.skill_level,
            "period": self.period,
        }


async def list_collisions(
    unit: Unit, *, is_open: bool | None, cursor: str | None, limit: int
) -> Page[Collision]:
    """Those that touch the officer's area, newest first."""
    (before,) = decode_cursor(cursor, UUID) if cursor else (None,)
    scope = unit.actor.division_code
    assert scope is not None
    asked = {
        "scope": prefix_of(scope),
        "is_open": is_open,
        "asked": None,
        "before": before,
        "page": limit + 1,
    }
    rows = (await unit.session.execute(_LIST, asked)).all()
    shown = tuple(Collision(**row._mapping) for row in rows[:limit])
    return Page(shown, encode_cursor(shown[-1].collision_id) if len(rows) > limit else None)


async def find_collision(unit: Unit, collision_id: UUID) -> Collision | None:
    """One that touches the officer's area."""
    asked = {
        "scope": prefix_of(unit.actor.division_code or ""),
        "is_open": None,
        "asked": collision_id,
        "before": None,
        "page": 1,
    }
    row = (await unit.session.execute(_LIST, asked)).one_or_none()
    return None if row is None else Collision(**row._mapping)


def benefit_title(benefit: Mapping[str, Any]) -> str:
    """What a benefit is for, in words: kind, occupation, level, period."""
    kind = benefit["kind"]
    parts = [KIND_LABELS[BenefitKind(kind)] if kind else KEY_GROUP_LABELS[benefit["key_group"]]]
    parts.append(occupations().get().line_names.get(benefit["benefit_line"], ""))
    if benefit["skill_level"] != SkillLevel.NONE:
        parts.append(facts_of(SkillLevel(benefit["skill_level"])).name)
    if _TOLD.fullmatch(benefit["period"]):
        parts.append(period_in_words(benefit["period"]))
    return " ".join(filter(None, parts))
