"""Reads of sources and their proposals: an institution's own, an officer's those of the agency's area."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from app.access.unit import Unit
from app.directory.institutions.tables import InstitutionRow
from app.kernel.errors import NotFound, Refused
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.queries import stands_within
from app.training.attendance.rules.sources import source_revoked
from app.training.attendance.states import SourceStanding
from app.training.attendance.tables import SourceProposalRow, SourceRow

CODE_SECRET = "attendance_source.code_secret"  # noqa: S105 - the name of a field
"""Name of the sealed field; its owner is the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSource:
    """A proposal, the source that came of it (if any), and whose it is."""

    proposal: SourceProposalRow
    source: SourceRow | None
    institution_name: str

    @property
    def standing(self) -> SourceStanding:
        """How far it is."""
        if self.source is None:
            return SourceStanding.PROPOSED
        return SourceStanding.IN_FORCE if self.source.revoked_at is None else SourceStanding.REVOKED


async def require_source(unit: Unit) -> SourceRow:
    """The calling device or platform. Raises Refused (``source_revoked``) when it is none any more."""
    source = await unit.session.get(SourceRow, unit.actor.principal_id)
    if source is None or source.revoked_at is not None:
        raise Refused([source_revoked()])
    return source


async def sources_in_scope(unit: Unit, *, cursor: str | None, limit: int) -> Page[SourceRow]:
    """Registered sources, oldest first."""
    found = select(SourceRow).where(_in_scope(unit, col(SourceRow.institution_id)))
    if cursor is not None:
        found = found.where(col(SourceRow.source_id) > decode_cursor(cursor, UUID)[0])
    rows = (await unit.session.scalars(found.order_by(col(SourceRow.source_id)).limit(limit + 1))).all()
    following = encode_cursor(rows[limit - 1].source_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def proposals_in_scope(
    unit: Unit, *, cursor: str | None, limit: int
) -> Page[tuple[SourceProposalRow, UUID | None]]:
    """Proposals, oldest first, each with the source that came of it."""
    found = (
        select(SourceProposalRow, SourceRow.source_id)
        .join(SourceRow, col(SourceRow.proposal_id) == SourceProposalRow.proposal_id, isouter=True)
        .where(_in_scope(unit, col(SourceProposalRow.institution_id)))
    )
    if cursor is not None:
        found = found.where(col(SourceProposalRow.proposal_id) > decode_cursor(cursor, UUID)[0])
    rows = (
        await unit.session.execute(found.order_by(col(SourceProposalRow.proposal_id)).limit(limit + 1))
    ).all()
    following = encode_cursor(rows[limit - 1][0].proposal_id) if len(rows) > limit else None
    return Page(tuple((proposal, source_id) for proposal, source_id in rows[:limit]), following)


async def standing_sources(
    unit: Unit, *, standing: SourceStanding | None = None, cursor: str | None, limit: int
) -> Page[StandingSource]:
    """Proposals with what became of them, the newest first, and whose they are."""
    found = (
        select(SourceProposalRow, SourceRow, InstitutionRow.name)
        .join(SourceRow, col(SourceRow.proposal_id) == SourceProposalRow.proposal_id, isouter=True)
        .join(InstitutionRow, col(InstitutionRow.institution_id) == SourceProposalRow.institution_id)
        .where(_in_scope(unit, col(SourceProposalRow.institution_id)))
    )
    if standing is SourceStanding.PROPOSED:
        found = found.where(col(SourceRow.source_id).is_(None))
    elif standing is not None:
        is_in_force = standing is SourceStanding.IN_FORCE
        found = found.where(
            col(SourceRow.source_id).is_not(None),
            col(SourceRow.revoked_at).is_(None) if is_in_force else col(SourceRow.revoked_at).is_not(None),
        )
    if cursor is not None:
        found = found.where(col(SourceProposalRow.proposal_id) < decode_cursor(cursor, UUID)[0])
    newest_first = col(SourceProposalRow.proposal_id).desc()
    rows = (await unit.session.execute(found.order_by(newest_first).limit(limit + 1))).all()
    shown = tuple(
        StandingSource(proposal=proposal, source=source, institution_name=name)
        for proposal, source, name in rows[:limit]
    )
    following = encode_cursor(shown[-1].proposal.proposal_id) if len(rows) > limit else None
    return Page(shown, following)


async def find_source(unit: Unit, source_id: UUID) -> SourceRow:
    """A source in the caller's scope. Raises NotFound."""
    row = await unit.session.scalar(
        select(SourceRow).where(
            col(SourceRow.source_id) == source_id, _in_scope(unit, col(SourceRow.institution_id))
        )
    )
    if row is None:
        raise NotFound
    return row


async def find_proposal(unit: Unit, proposal_id: UUID) -> tuple[SourceProposalRow, bool]:
    """A proposal in the caller's scope, and whether it is registered. Raises NotFound."""
    row = await unit.session.scalar(
        select(SourceProposalRow).where(
            col(SourceProposalRow.proposal_id) == proposal_id,
            _in_scope(unit, col(SourceProposalRow.institution_id)),
        )
    )
    if row is None:
        raise NotFound
    registered = await unit.session.scalar(
        select(SourceRow.source_id).where(col(SourceRow.proposal_id) == proposal_id)
    )
    return row, registered is not None


async def live_names_of(unit: Unit, institution_id: UUID) -> set[str]:
    """Names of an institution's sources in force and of its proposals not yet registered."""
    found = (
        select(SourceProposalRow.name)
        .join(SourceRow, col(SourceRow.proposal_id) == SourceProposalRow.proposal_id, isouter=True)
        .where(col(SourceProposalRow.institution_id) == institution_id, col(SourceRow.revoked_at).is_(None))
    )
    return set((await unit.session.scalars(found)).all())


def _in_scope(unit: Unit, institution: Mapped[UUID]) -> ColumnElement[bool]:
    """An institution sees its own; an officer those of institutions in the subtree of the agency's division."""
    if unit.actor.is_institution:
        return institution == unit.actor.institution()
    scope = unit.actor.division_code
    if scope is None:
        return false()
    return institution.in_(
        select(InstitutionRow.institution_id).where(stands_within(col(InstitutionRow.division_code), scope))
    )
