"""Skill levels (新八级工): eight, ranked apart from their code because the national numbers run backwards.

Source: 人力资源社会保障部关于健全完善新时代技能人才职业技能等级制度的意见（试行）, 2022-03 (secondary).
国家职业资格 knows only five.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from app.reference.packaged import read_rows

_EIGHT_LEVELS_FROM = date(2022, 3, 31)


class SkillLevel(StrEnum):
    """Code of a level. ``NONE`` is the code for training without a level, so that key columns are never
    null.
    """

    NONE = "none"
    APPRENTICE = "apprentice"
    LEVEL_5 = "level_5"
    LEVEL_4 = "level_4"
    LEVEL_3 = "level_3"
    LEVEL_2 = "level_2"
    LEVEL_1 = "level_1"
    SPECIAL_TECHNICIAN = "special_technician"
    CHIEF_TECHNICIAN = "chief_technician"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillLevelFacts:
    """One level. ``rank`` 1 (lowest) to 8; ``national_number`` 5 (lowest) to 1 as printed on certificates."""

    level: SkillLevel
    rank: int
    name: str
    national_number: int | None
    is_national_qualification: bool


@cache
def _facts() -> dict[SkillLevel, SkillLevelFacts]:
    return {
        SkillLevel(row["code"]): SkillLevelFacts(
            level=SkillLevel(row["code"]),
            rank=int(row["rank"]),
            name=row["name"],
            national_number=int(row["national_number"]) if row["national_number"] else None,
            is_national_qualification=row["is_national_qualification"] == "true",
        )
        for row in read_rows("skill_levels.csv")
    }


def facts_of(level: SkillLevel) -> SkillLevelFacts:
    """Rank, name and national number of a level; ``NONE`` has rank 0."""
    return _facts()[level]


def all_levels() -> tuple[SkillLevelFacts, ...]:
    """The eight levels, lowest first (without ``NONE``)."""
    return tuple(
        sorted((facts for facts in _facts().values() if facts.rank > 0), key=lambda facts: facts.rank)
    )


def levels_on(as_of: date) -> tuple[SkillLevelFacts, ...]:
    """``NONE`` and the levels in use on a day, lowest first: before the eight there were five.

    The text of 2022-03 is known by its month only, so the eight count from the last day of that month.
    """
    known = (facts_of(SkillLevel.NONE), *all_levels())
    if as_of >= _EIGHT_LEVELS_FROM:
        return known
    return tuple(facts for facts in known if facts.rank == 0 or facts.is_national_qualification)


def is_higher(level: SkillLevel, than: SkillLevel) -> bool:
    """Whether ``level`` stands above ``than``: by rank, never by number."""
    return facts_of(level).rank > facts_of(than).rank


def of_national_number(number: int) -> SkillLevel | None:
    """The level whose certificate prints this number (5…1), or ``None``."""
    return next((facts.level for facts in _facts().values() if facts.national_number == number), None)
