"""Reads of employers' listings: an employer's own, an officer's work list, lines through the door."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.directory.institutions.tables import InstitutionRow
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.queries import stands_within
from app.subsidies.listings.states import ListingState
from app.subsidies.listings.tables import EmployerListing, EmployerListingLine

NAME_FIELD = "employer_listing_line.name"
NUMBER_FIELD = "employer_listing_line.number"
"""Seal names of a line's values; the owner is the person."""

_COUNTS = text("SELECT lines, matched, not_matched, unchecked FROM listing_counts(:listing_id)")

_ENTERED = text("""
    SELECT person_id, record_number FROM record_entry
    WHERE listing_id = :listing_id AND person_id = ANY (CAST(:persons AS uuid[]))
      AND revoked_at IS NULL AND superseded_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class ListingCounts:
    """How the real-name check of a listing stands."""

    lines: int
    matched: int
    not_matched: int
    unchecked: int


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing with the employer's name and the counts of its lines."""

    listing: EmployerListing
    institution_name: str
    counts: ListingCounts

    @property
    def state(self) -> ListingState:
        """Filed until an officer has decided."""
        return ListingState(self.listing.decision or ListingState.FILED)


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line as its own employer sees it."""

    person_id: UUID
    name: str = field(repr=False)
    number: str = field(repr=False)
    key_group_code: str | None
    check_outcome: str | None
    record_number: str | None
    """The entry that the confirmed line led to; what is claimed on."""


async def list_listings(
    unit: Unit, *, state: ListingState | None, cursor: str | None, limit: int
) -> Page[ListingView]:
    """Listings the caller may see, newest first."""
    chosen = _joined().where(_in_sight(unit))
    if state is ListingState.FILED:
        chosen = chosen.where(col(EmployerListing.decision).is_(None))
    elif state is not None:
        chosen = chosen.where(col(EmployerListing.decision) == state)
    if cursor is not None:
        (before,) = decode_cursor(cursor, UUID)
        chosen = chosen.where(col(EmployerListing.listing_id) < before)
    ordered = chosen.order_by(col(EmployerListing.listing_id).desc()).limit(limit + 1)
    rows = (await unit.session.execute(ordered)).all()
    shown = [ListingView(row, name, await counts_of(unit, row.listing_id)) for row, name in rows[:limit]]
    more = encode_cursor(shown[-1].listing.listing_id) if len(rows) > limit else None
    return Page(tuple(shown), more)


async def get_listing(unit: Unit, listing_id: UUID) -> ListingView:
    """Raises NotFound for another employer's, and outside the officer's area."""
    chosen = _joined().where(_in_sight(unit), col(EmployerListing.listing_id) == listing_id)
    row = (await unit.session.execute(chosen)).one_or_none()
    if row is None:
        raise NotFound
    return ListingView(row[0], row[1], await counts_of(unit, listing_id))


async def counts_of(unit: Unit, listing_id: UUID) -> ListingCounts:
    """Numbers only: a work list shows no person."""
    return ListingCounts(*(await unit.session.execute(_COUNTS, {"listing_id": listing_id})).one())


async def list_own_lines(
    unit: Unit, keys: KeyRing, listing_id: UUID, *, cursor: str | None, limit: int
) -> Page[OwnLine]:
    """A page of the caller's own listing, which the caller has asked for before (``get_listing``)."""
    chosen = select(EmployerListingLine).where(col(EmployerListingLine.listing_id) == listing_id)
    if cursor is not None:
        (after,) = decode_cursor(cursor, UUID)
        chosen = chosen.where(col(EmployerListingLine.person_id) > after)
    ordered = chosen.order_by(col(EmployerListingLine.person_id)).limit(limit + 1)
    rows = (await unit.session.scalars(ordered)).all()
    asked = {"listing_id": listing_id, "persons": [row.person_id for row in rows[:limit]]}
    entered = {entry.person_id: entry.record_number for entry in await unit.session.execute(_ENTERED, asked)}
    shown = [
        OwnLine(
            person_id=row.person_id,
            name=keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id),
            number=keys.open(row.number_sealed, name=NUMBER_FIELD, owner=row.person_id),
            key_group_code=row.key_group_code,
            check_outcome=row.check_outcome,
            record_number=entered.get(row.person_id),
        )
        for row in rows[:limit]
    ]
    return Page(tuple(shown), encode_cursor(shown[-1].person_id) if len(rows) > limit else None)


def _joined() -> Any:
    return select(EmployerListing, col(InstitutionRow.name)).join(
        InstitutionRow, col(InstitutionRow.institution_id) == col(EmployerListing.institution_id)
    )


def _in_sight(unit: Unit) -> ColumnElement[bool]:
    if unit.actor.institution_id is not None:
        return col(EmployerListing.institution_id) == unit.actor.institution_id
    if unit.actor.division_code is not None:
        return stands_within(col(EmployerListing.division_code), unit.actor.division_code)
    return false()
