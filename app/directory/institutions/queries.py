"""Reads of the directory of institutions; all of them public, none returns personal data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.unit import Unit
from app.db.large_lists import name_contains, plan_each
from app.directory.institutions.rules import (
    InstitutionFacts,
    StandingPeriod,
    public_phone,
    reasons_against_division,
)
from app.directory.institutions.states import Standing
from app.directory.institutions.tables import DesignationRow, InstitutionRow, QualificationRow, StandingRow
from app.kernel.errors import NotFound, Reason
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.kernel.periods import DatePeriod
from app.reference.divisions import covers, divisions
from app.reference.queries import stands_within


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionDetail:
    """An institution with what was in force on ``as_of`` and every standing it ever had."""

    institution: InstitutionFacts
    standings: tuple[StandingPeriod, ...]
    qualifications: Sequence[QualificationRow]
    designations: Sequence[DesignationRow]


async def list_institutions(
    session: AsyncSession,
    *,
    as_of: date,
    within: str | None,
    occupation_code: str | None,
    standing: Standing | None,
    text: str | None,
    cursor: str | None,
    limit: int,
) -> Page[InstitutionFacts]:
    """Institutions that stood in the directory on a day, in the order of their registration."""
    found = _with_standing(as_of)
    if within is not None:
        found = found.where(stands_within(col(InstitutionRow.division_code), within))
    if standing is not None:
        found = found.where(col(StandingRow.standing) == standing)
    if occupation_code is not None:
        found = found.where(_designated(occupation_code, as_of))
    if text:
        found = found.where(name_contains(col(InstitutionRow.name), text))
    if cursor is not None:
        (after,) = decode_cursor(cursor, UUID)
        found = found.where(col(InstitutionRow.institution_id) > after)
    await plan_each(session)
    rows = await session.execute(found.order_by(col(InstitutionRow.institution_id)).limit(limit + 1))
    shown = [_facts(row, standing_then) for row, standing_then in rows]
    following = encode_cursor(shown[limit - 1].institution_id) if len(shown) > limit else None
    return Page(tuple(shown[:limit]), following)


async def read_institution(session: AsyncSession, institution_id: UUID, *, as_of: date) -> InstitutionDetail:
    """One institution. Raises NotFound."""
    found = await session.execute(
        _with_standing(as_of, outer=True).where(col(InstitutionRow.institution_id) == institution_id)
    )
    row = found.one_or_none()
    if row is None:
        raise institution_not_found()
    return InstitutionDetail(
        institution=_facts(*row),
        standings=await standings_of(session, institution_id),
        qualifications=await qualifications_of(session, institution_id, on=as_of),
        designations=await designations_of(session, institution_id, on=as_of),
    )


async def standings_of(session: AsyncSession, institution_id: UUID) -> tuple[StandingPeriod, ...]:
    """Every standing, oldest first."""
    rows = await session.scalars(
        select(StandingRow)
        .where(col(StandingRow.institution_id) == institution_id)
        .order_by(func.lower(col(StandingRow.in_force)))
        .execution_options(populate_existing=True)
    )
    return tuple(
        StandingPeriod(Standing(row.standing), period_of(row.in_force), row.document_number) for row in rows
    )


async def qualifications_of(
    session: AsyncSession, institution_id: UUID, *, on: date
) -> Sequence[QualificationRow]:
    """Papers valid on a day."""
    rows = await session.scalars(
        select(QualificationRow)
        .where(
            col(QualificationRow.institution_id) == institution_id,
            col(QualificationRow.in_force).contains(on),
        )
        .order_by(col(QualificationRow.qualification_id))
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def designations_of(
    session: AsyncSession, institution_id: UUID, *, on: date
) -> Sequence[DesignationRow]:
    """Designations in force on a day."""
    rows = await session.scalars(
        select(DesignationRow)
        .where(
            col(DesignationRow.institution_id) == institution_id, col(DesignationRow.in_force).contains(on)
        )
        .order_by(
            col(DesignationRow.occupation_edition),
            col(DesignationRow.occupation_code),
            col(DesignationRow.division_code),
        )
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def names_of(session: AsyncSession, institutions: Iterable[UUID]) -> dict[UUID, str]:
    """The name of each institution on record."""
    found = await session.execute(
        select(col(InstitutionRow.institution_id), col(InstitutionRow.name)).where(
            col(InstitutionRow.institution_id).in_(list(institutions))
        )
    )
    return {row.institution_id: row.name for row in found}


async def require_institution_in_scope(unit: Unit, institution_id: UUID) -> None:
    """Raises NotFound when the institution is not in the area of the caller's agency today."""
    found = await unit.session.execute(
        select(col(InstitutionRow.division_code)).where(col(InstitutionRow.institution_id) == institution_id)
    )
    division_code = found.scalar_one_or_none()
    if division_code is None or not is_in_scope(unit, division_code):
        raise institution_not_found()


def is_in_scope(unit: Unit, division_code: str) -> bool:
    """Whether a division is in the area of the caller's agency today."""
    scope = unit.actor.division_code
    return scope is not None and covers(scope, division_code, unit.today)


def division_reasons(unit: Unit, code: str, *, field: str) -> tuple[Reason, ...]:
    """Why the caller's agency cannot act for a division today."""
    known = divisions().get().find(code, unit.today) is not None
    return reasons_against_division(code, known=known, in_scope=is_in_scope(unit, code), field=field)


def institution_not_found() -> NotFound:
    """The refusal for an id the directory does not know."""
    return NotFound(
        [Reason(code="institution_unknown", message="机构目录中没有这家机构", remedy="请在机构目录中查询")]
    )


def period_of(stored: object) -> DatePeriod:
    """A stored ``daterange`` as a period of law."""
    lower = getattr(stored, "lower", None)
    return DatePeriod(lower or date.min, getattr(stored, "upper", None))


def _with_standing(as_of: date, *, outer: bool = False) -> Select[InstitutionRow, str]:
    on_that_day = and_(
        col(StandingRow.institution_id) == col(InstitutionRow.institution_id),
        col(StandingRow.in_force).contains(as_of),
    )
    return (
        select(InstitutionRow, col(StandingRow.standing))
        .join(StandingRow, on_that_day, isouter=outer)
        .execution_options(populate_existing=True)
    )


def _designated(occupation_code: str, as_of: date) -> ColumnElement[bool]:
    return exists().where(
        col(DesignationRow.institution_id) == col(InstitutionRow.institution_id),
        col(DesignationRow.occupation_code) == occupation_code,
        col(DesignationRow.in_force).contains(as_of),
    )


def _facts(row: InstitutionRow, standing: str | None) -> InstitutionFacts:
    return InstitutionFacts(
        institution_id=row.institution_id,
        unified_social_credit_code=row.unified_social_credit_code,
        name=row.name,
        kind=row.kind,
        division_code=row.division_code,
        address=row.address,
        public_phone=public_phone(row.contact_phone),
        standing=Standing(standing) if standing else None,
    )
