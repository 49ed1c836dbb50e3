"""Reads of the directory of programs; all of them public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.large_lists import name_contains, plan_each
from app.directory.programs.rules import ProgramContent, ProgramFacts
from app.directory.programs.tables import ProgramRow, ProgramVersionRow
from app.kernel.errors import NotFound, Reason
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.policy.values import value_of
from app.reference.occupations import occupations
from app.reference.queries import stands_within
from app.reference.training_kinds import find_training_mode, find_training_type


@dataclass(frozen=True, slots=True)
class ProgramVersion:
    """A version and the division whose directory it stands in."""

    division_code: str
    row: ProgramVersionRow


async def list_programs(
    session: AsyncSession,
    *,
    as_of: date,
    within: str | None,
    occupation_code: str | None,
    skill_level: str | None,
    training_type: str | None = None,
    text: str | None,
    cursor: str | None,
    limit: int,
) -> Page[ProgramVersion]:
    """Programs by the version that was in force on a day, in the order of their first publication."""
    found = _versions().where(col(ProgramVersionRow.in_force).contains(as_of))
    if within is not None:
        found = found.where(stands_within(col(ProgramRow.division_code), within))
    if occupation_code is not None:
        found = found.where(col(ProgramVersionRow.occupation_code) == occupation_code)
    if skill_level is not None:
        found = found.where(col(ProgramVersionRow.skill_level) == skill_level)
    if training_type is not None:
        found = found.where(col(ProgramVersionRow.training_type) == training_type)
    if text:
        found = found.where(name_contains(col(ProgramVersionRow.name), text))
    if cursor is not None:
        (after,) = decode_cursor(cursor, UUID)
        found = found.where(col(ProgramVersionRow.program_id) > after)
    await plan_each(session)
    rows = await session.execute(found.order_by(col(ProgramVersionRow.program_id)).limit(limit + 1))
    shown = [ProgramVersion(division_code, row) for division_code, row in rows]
    following = encode_cursor(shown[limit - 1].row.program_id) if len(shown) > limit else None
    return Page(tuple(shown[:limit]), following)


async def programs_of_occupations(
    session: AsyncSession, codes: Sequence[tuple[int, str]], *, as_of: date, most: int
) -> Sequence[ProgramVersion]:
    """Programs in force on a day for any of these occupations (edition and code), by name."""
    wanted = tuple_(col(ProgramVersionRow.occupation_edition), col(ProgramVersionRow.occupation_code))
    found = (
        _versions()
        .where(col(ProgramVersionRow.in_force).contains(as_of), wanted.in_(codes))
        .order_by(col(ProgramVersionRow.name), col(ProgramVersionRow.program_id))
        .limit(most)
    )
    return [ProgramVersion(division_code, row) for division_code, row in await session.execute(found)]


async def versions_of(session: AsyncSession, program_id: UUID) -> Sequence[ProgramVersion]:
    """Every version of a program, oldest first. Raises NotFound for an unknown program."""
    rows = await session.execute(
        _versions()
        .where(col(ProgramVersionRow.program_id) == program_id)
        .order_by(col(ProgramVersionRow.version))
    )
    versions = [ProgramVersion(division_code, row) for division_code, row in rows]
    if not versions:
        raise NotFound(
            [Reason(code="program_unknown", message="项目目录中没有这个项目", remedy="请在项目目录中查询")]
        )
    return versions


async def find_version(
    session: AsyncSession, program_id: UUID, version: int | None, *, on: date
) -> int | None:
    """The given version of a program if there is one; without ``version`` the one in force on the day, if any."""
    wanted = (
        col(ProgramVersionRow.in_force).contains(on)
        if version is None
        else col(ProgramVersionRow.version) == version
    )
    found = await session.execute(
        select(func.max(col(ProgramVersionRow.version))).where(
            col(ProgramVersionRow.program_id) == program_id, wanted
        )
    )
    known: int | None = found.scalar_one()
    return known


def facts_about(
    content: ProgramContent, *, division_code: str, today: date, last_starts_on: date | None = None
) -> ProgramFacts:
    """What code lists and policy say about a version on the day it would begin."""
    safety = value_of("safety_content_required", on=today, division=division_code)
    return ProgramFacts(
        content=content,
        today=today,
        occupation_known=occupations().get().find(content.occupation_edition, content.occupation_code)
        is not None,
        type_known=find_training_type(content.training_type, content.starts_on) is not None,
        mode_known=find_training_mode(content.training_mode, content.starts_on) is not None,
        safety_required=safety.flag,
        safety_citation=safety.citation,
        last_starts_on=last_starts_on,
    )


def _versions() -> Select[str, ProgramVersionRow]:
    return (
        select(col(ProgramRow.division_code), ProgramVersionRow)
        .join(ProgramVersionRow, col(ProgramVersionRow.program_id) == col(ProgramRow.program_id))
        .execution_options(populate_existing=True)
    )
