"""Reads of the archive: by the person, by the institution of a class, and by agencies through the doors."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.archive.records.tables import RecordEntry
from app.kernel.clock import parse_instant
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

_PERSON_GROUP = text("SELECT person_group(:person_id)")
_AGENCY_AND_OFFICER = text("""
    SELECT principal.principal_id, principal.display_name, principal.kind, agency.agency_id, agency.name
    FROM principal JOIN agency USING (agency_id) WHERE principal.principal_id = ANY(:principals)
""")
_READ_RECORDS = text("""
    SELECT ordinal, asked_person_id, name_sealed, name_person_id, entry
    FROM read_records(:actor, :agency, :purpose, :case_number, :request, CAST(:digests AS bytea[]))
""")
_READ_ENTRY = text("""
    SELECT entry, corrections FROM read_entry(:actor, :agency, :purpose, :case_number, :request, :record_number)
""")
_OPEN_CORRECTIONS = text("""
    SELECT correction_id, record_number, division_code, kind, proposed_at, proposed_by
    FROM open_corrections(CAST(:divisions AS text[]))
    WHERE CAST(:after_at AS timestamptz) IS NULL OR (proposed_at, correction_id) > (:after_at, :after_id)
    ORDER BY proposed_at, correction_id LIMIT :page
""")
_READ_CORRECTION = text("""
    SELECT correction, entry, is_superseded FROM read_correction(:actor, :agency, :request, :correction_id)
""")


async def person_group(unit: Unit, person_id: UUID) -> list[UUID]:
    """All person ids read as one with this one; a merge moves no row."""
    return list((await unit.session.scalars(_PERSON_GROUP, {"person_id": person_id})).all())


async def entries_of_persons(unit: Unit, persons: Sequence[UUID]) -> Sequence[RecordEntry]:
    """Every entry, superseded and revoked ones included, oldest first."""
    chosen = (
        select(RecordEntry)
        .where(col(RecordEntry.person_id).in_(persons))
        .order_by(
            col(RecordEntry.appended_at),
            col(RecordEntry.entry_id),
        )
    )
    return (await unit.session.scalars(chosen)).all()


async def entries_of_opening(unit: Unit, opening_id: UUID) -> Sequence[RecordEntry]:
    """The entries a class led to, for its institution."""
    chosen = (
        select(RecordEntry)
        .where(col(RecordEntry.opening_id) == opening_id)
        .order_by(col(RecordEntry.record_number))
    )
    return (await unit.session.scalars(chosen)).all()


async def officers_named(unit: Unit, principals: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Display name and agency of each officer or agency system."""
    rows = await unit.session.execute(_AGENCY_AND_OFFICER, {"principals": list(principals)})
    return {row.principal_id: row for row in rows}


async def read_records(
    unit: Unit, *, purpose: str, case_number: str, digests: Sequence[bytes]
) -> Sequence[Row[Any]]:
    """Entries by digests of numbers; the access rows are stored by the same statement (I10)."""
    return (
        await unit.session.execute(
            _READ_RECORDS,
            {
                **_reader(unit),
                "purpose": purpose,
                "case_number": case_number,
                "digests": list(digests),
            },
        )
    ).all()


async def read_entry(unit: Unit, *, purpose: str, case_number: str, record_number: str) -> Row[Any] | None:
    """One entry with its corrections by record number; logged as above. None when there is none."""
    return (
        await unit.session.execute(
            _READ_ENTRY,
            {
                **_reader(unit),
                "purpose": purpose,
                "case_number": case_number,
                "record_number": record_number,
            },
        )
    ).one_or_none()


async def open_corrections(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Corrections waiting for a second person in the officer's area, oldest first; numbers and dates only."""
    at, last = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    prefix = prefix_of(unit.actor.division_code or "")
    asked = {"divisions": [prefix], "after_at": at, "after_id": last, "page": limit + 1}
    rows = (await unit.session.execute(_OPEN_CORRECTIONS, asked)).all()
    more = None
    if len(rows) > limit:
        more = encode_cursor(rows[limit - 1].proposed_at.isoformat(), rows[limit - 1].correction_id)
    return Page(tuple(rows[:limit]), more)


async def read_correction(unit: Unit, correction_id: UUID) -> Row[Any] | None:
    """A proposed correction with its entry; logged as a look at the person."""
    reader = _reader(unit)
    return (
        await unit.session.execute(_READ_CORRECTION, {**reader, "correction_id": correction_id})
    ).one_or_none()


def _reader(unit: Unit) -> dict[str, Any]:
    return {
        "actor": unit.actor.principal_id,
        "agency": unit.actor.agency(),
        "request": unit.actor.request_id,
    }
