"""Lists and single views of openings: an institution's own, an officer's work list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.unit import Unit
from app.db.large_lists import name_contains, plan_each
from app.directory.institutions.tables import InstitutionRow
from app.directory.programs.tables import ProgramVersionRow
from app.kernel.clock import parse_instant
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.training.openings.queries.scope import in_sight, opening_not_found
from app.training.openings.states import OpeningState
from app.training.openings.tables import (
    ChangeRow,
    FilingRow,
    OpeningRow,
    RecordRow,
    ReturnRow,
)

_LAST_FILING = and_(
    col(FilingRow.opening_id) == col(OpeningRow.opening_id),
    col(FilingRow.filing_no) == col(OpeningRow.filing_no),
)
_FEW_INSTITUTIONS = 200


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
    # Between one county's hundred classes and a nation's million no one plan is right.
    await plan_each(unit.session)
    age = col(FilingRow.filed_at) if waits else col(OpeningRow.created_at)
    position = (age, col(OpeningRow.opening_id))
    found = select(col(OpeningRow.opening_id)).where(in_sight(unit))
    if waits:
        found = found.join(FilingRow, _LAST_FILING)
    if state is not None:
        found = found.where(col(OpeningRow.state) == state)
    if text:
        found = found.where(await _named(unit, text))
    if cursor is not None:
        last = decode_cursor(cursor, parse_instant, UUID)
        found = found.where(tuple_(*position) > last if waits else tuple_(*position) < last)
    order = position if waits else tuple(part.desc() for part in position)
    # What is told of each class is read for those of the page only.
    chosen = (
        found.order_by(*order)
        .limit(limit + 1)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    whole = _summaries().join(chosen, chosen.c.opening_id == col(OpeningRow.opening_id)).order_by(*order)
    shown = [_summary(row) for row in await unit.session.execute(whole)]
    following = None
    if len(shown) > limit:
        last_shown = shown[limit - 1]
        instant = last_shown.filed_at if waits else last_shown.opening.created_at
        assert instant is not None
        following = encode_cursor(instant.isoformat(), last_shown.opening.opening_id)
    return Page(tuple(shown[:limit]), following)


async def _named(unit: Unit, part: str) -> ColumnElement[bool]:
    """Classes with this part in their own name or their institution's.

    Few institutions are looked up first, so that their classes come by the index of institutions. A part that stands in
    the names of very many is compared while the list is walked: a page of it is full soon.
    """
    by_class = name_contains(col(OpeningRow.name), part)
    some = select(col(InstitutionRow.institution_id)).where(name_contains(col(InstitutionRow.name), part))
    some = some.limit(_FEW_INSTITUTIONS + 1)
    institutions = (await unit.session.scalars(some)).all()
    if not institutions:
        return by_class
    if len(institutions) <= _FEW_INSTITUTIONS:
        return or_(by_class, col(OpeningRow.institution_id).in_(institutions))
    holder = select(InstitutionRow).where(
        col(InstitutionRow.institution_id) == col(OpeningRow.institution_id),
        col(InstitutionRow.name).icontains(part, autoescape=True),
    )
    return or_(col(OpeningRow.name).icontains(part, autoescape=True), holder.exists())


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


async def summary_in_sight(unit: Unit, opening_id: UUID) -> OpeningSummary:
    """The summary of an opening that the caller may see. Raises NotFound."""
    found = await unit.session.execute(
        _summaries().where(col(OpeningRow.opening_id) == opening_id, in_sight(unit))
    )
    row = found.one_or_none()
    if row is None:
        raise opening_not_found()
    return _summary(row)


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
        .outerjoin(FilingRow, _LAST_FILING)
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
