"""Lists and single views of openings: an institution's own, an officer's work list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.unit import Unit
from app.db.large_lists import plan_each
from app.directory.institutions.tables import InstitutionRow
from app.directory.programs.tables import ProgramVersionRow
from app.kernel.clock import parse_instant
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.training.openings.queries.scope import in_sight
from app.training.openings.states import OpeningState
from app.training.openings.tables import (
    ChangeRow,
    FilingRow,
    OpeningRow,
    RecordRow,
    ReturnRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningSummary:
    """An opening with the names around it and its last legal steps."""

    opening: OpeningRow
    institution_name: str
    program_name: str
    filed_at: datetime | None
    first_session_at: datetime | None
    record_number: str | None
    returned_reasons: Sequence[Mapping[str, Any]]


async def names_of_openings(unit: Unit, openings: Sequence[UUID]) -> dict[UUID, str]:
    """The names of these openings, as far as the caller may see them."""
    found = select(col(OpeningRow.opening_id), col(OpeningRow.name)).where(
        in_sight(unit), col(OpeningRow.opening_id).in_(openings)
    )
    return {row.opening_id: row.name for row in await unit.session.execute(found)}


async def list_openings(
    unit: Unit, *, state: OpeningState | None, text: str | None, cursor: str | None, limit: int
) -> Page[OpeningSummary]:
    """Openings the caller may see: what waits (``filed``) oldest filing first, everything else newest first."""
    waits = state is OpeningState.FILED
    age = col(FilingRow.filed_at) if waits else col(OpeningRow.created_at)
    position = tuple_(age, col(OpeningRow.opening_id))
    found = _summaries().where(in_sight(unit))
    if state is not None:
        found = found.where(col(OpeningRow.state) == state)
    if text:
        found = found.where(
            or_(
                col(OpeningRow.name).icontains(text, autoescape=True),
                col(InstitutionRow.name).icontains(text, autoescape=True),
            )
        )
    if cursor is not None:
        last = decode_cursor(cursor, parse_instant, UUID)
        found = found.where(position > last if waits else position < last)
    order = (age, col(OpeningRow.opening_id))
    ordered = found.order_by(*(order if waits else (part.desc() for part in order)))
    # Between one county's hundred classes and a nation's million no one plan is right.
    await plan_each(unit.session)
    rows = (await unit.session.execute(ordered.limit(limit + 1))).all()
    shown = [_summary(row) for row in rows]
    following = None
    if len(shown) > limit:
        last_shown = shown[limit - 1]
        instant = last_shown.filed_at if waits else last_shown.opening.created_at
        assert instant is not None
        following = encode_cursor(instant.isoformat(), last_shown.opening.opening_id)
    return Page(tuple(shown[:limit]), following)


async def counts_by_state(unit: Unit) -> dict[OpeningState, int]:
    """How many openings the caller may see stand in each state."""
    rows = await unit.session.execute(
        select(col(OpeningRow.state), func.count()).where(in_sight(unit)).group_by(col(OpeningRow.state))
    )
    counted = {OpeningState(state): count for state, count in rows}
    return {state: counted.get(state, 0) for state in OpeningState}


async def summary_of(session: AsyncSession, opening_id: UUID) -> OpeningSummary:
    """The summary of an opening that was found in the caller's sight before."""
    found = await session.execute(_summaries().where(col(OpeningRow.opening_id) == opening_id))
    return _summary(found.one())


async def last_filing(session: AsyncSession, opening: OpeningRow) -> FilingRow:
    """The filing under review of an opening that was filed."""
    found = await session.scalars(
        select(FilingRow).where(
            col(FilingRow.opening_id) == opening.opening_id, col(FilingRow.filing_no) == opening.filing_no
        )
    )
    return found.one()


async def changes_of(session: AsyncSession, opening_id: UUID) -> Sequence[ChangeRow]:
    """Every change of an opening, oldest first."""
    rows = await session.scalars(
        select(ChangeRow)
        .where(col(ChangeRow.opening_id) == opening_id)
        .order_by(col(ChangeRow.change_no))
        .execution_options(populate_existing=True)
    )
    return rows.all()


def _summaries() -> Any:
    return (
        select(
            OpeningRow,
            col(InstitutionRow.name).label("institution_name"),
            col(ProgramVersionRow.name).label("program_name"),
            col(FilingRow.filed_at),
            col(FilingRow.first_session_at),
            col(RecordRow.record_number),
            col(ReturnRow.reasons),
        )
        .join(InstitutionRow, col(InstitutionRow.institution_id) == col(OpeningRow.institution_id))
        .join(
            ProgramVersionRow,
            and_(
                col(ProgramVersionRow.program_id) == col(OpeningRow.program_id),
                col(ProgramVersionRow.version) == col(OpeningRow.program_version),
            ),
        )
        .outerjoin(
            FilingRow,
            and_(
                col(FilingRow.opening_id) == col(OpeningRow.opening_id),
                col(FilingRow.filing_no) == col(OpeningRow.filing_no),
            ),
        )
        .outerjoin(RecordRow, col(RecordRow.opening_id) == col(OpeningRow.opening_id))
        .outerjoin(
            ReturnRow,
            and_(
                col(ReturnRow.opening_id) == col(OpeningRow.opening_id),
                col(ReturnRow.filing_no) == col(OpeningRow.filing_no),
            ),
        )
        .execution_options(populate_existing=True)
    )


def _summary(row: Any) -> OpeningSummary:
    opening, institution_name, program_name, filed_at, first_session_at, record_number, reasons = row
    return OpeningSummary(
        opening=opening,
        institution_name=institution_name,
        program_name=program_name,
        filed_at=filed_at,
        first_session_at=first_session_at,
        record_number=record_number,
        returned_reasons=reasons or [],
    )
