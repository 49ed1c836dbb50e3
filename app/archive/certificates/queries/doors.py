"""Reads and decisions of agencies, always through doors that store who looked (I10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.archive.certificates.queries.pictures import Picture
from app.archive.certificates.queries.sealed_numbers import open_number
from app.archive.records.states import Purpose
from app.audit.events import note_misses
from app.db.crypto import KeyRing
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor

_READ = text("""
    SELECT person_id, is_asked_person, certificate, number_sealed, name_sealed
    FROM read_certificates(:actor, :agency, :purpose, :case_number, :request, CAST(:numbers AS bytea[]),
      CAST(:persons AS bytea[]), :asked)
""")
_CANDIDATES = text("""
    SELECT person_id, certificate, number_sealed, entries, scopes
    FROM read_candidates(:actor, :agency, :purpose, :case_number, :request, :asked)
""")
_WAITING = text("""
    SELECT * FROM certificates_waiting(:actor, CAST(:after_at AS timestamptz), CAST(:after_id AS uuid), :limit)
""")
_CONFLICTS = text("""
    SELECT * FROM certificate_conflicts(CAST(:after_at AS timestamptz), CAST(:after_id AS uuid), :limit)
""")
_RATES = text("SELECT * FROM certificate_match_rates()")


@dataclass(frozen=True, slots=True)
class Case:
    """Why an agency looks."""

    purpose: Purpose
    number: str


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person found, the proved name (None without one), and a certificate (None when there is none to show)."""

    person_id: UUID
    is_asked_person: bool
    name: str | None
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """A certificate, the completions of its person, and what its body may assess (None: not in the directory)."""

    picture: Picture
    entries: list[dict[str, Any]]
    scopes: list[dict[str, Any]] | None


async def read_certificates(
    unit: Unit, keys: KeyRing, case: Case, *, numbers: Sequence[bytes] = (), persons: Sequence[bytes] = ()
) -> list[FoundPerson]:
    """Certificates by digests of their number, or all of the person found by digests of the identity number.

    Nobody found leaves a row as well.
    """
    asked = {**_reader(unit, case), "numbers": list(numbers), "persons": list(persons), "asked": None}
    rows = (await unit.session.execute(_READ, asked)).all()
    await note_misses(unit, purpose=case.purpose, case_number=case.number, missed=0 if rows else 1)
    return [
        FoundPerson(
            person_id=row.person_id,
            is_asked_person=row.is_asked_person,
            name=None
            if row.name_sealed is None
            else keys.open(row.name_sealed, name="person_name.name", owner=row.person_id),
            picture=None
            if row.certificate is None
            else Picture(open_number(keys, row.number_sealed, row.person_id), row.certificate),
        )
        for row in rows
    ]


async def read_candidates(unit: Unit, keys: KeyRing, case: Case, certificate_id: UUID) -> Candidates:
    """Raises NotFound."""
    row = (
        await unit.session.execute(_CANDIDATES, {**_reader(unit, case), "asked": certificate_id})
    ).one_or_none()
    if row is None:
        raise NotFound
    return Candidates(
        Picture(open_number(keys, row.number_sealed, row.person_id), row.certificate), row.entries, row.scopes
    )


async def open_conflicts(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Certificates whose number another person holds; those answered longest ago first."""
    after_at, after_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    asked = {"after_at": after_at, "after_id": after_id, "limit": limit + 1}
    rows = (await unit.session.execute(_CONFLICTS, asked)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else encode_cursor(last.answered_at, last.certificate_id)
    return Page(tuple(rows[:limit]), following)


async def waiting_certificates(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Certificates of the area that the network has not confirmed, longest first; nothing of the holders."""
    after_at, after_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    asked = {
        "actor": unit.actor.principal_id,
        "after_at": after_at,
        "after_id": after_id,
        "limit": limit + 1,
    }
    rows = (await unit.session.execute(_WAITING, asked)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else encode_cursor(last.submitted_at, last.certificate_id)
    return Page(tuple(rows[:limit]), following)


async def match_rates(unit: Unit) -> Sequence[Row[Any]]:
    """Counts by evaluation body."""
    return (await unit.session.execute(_RATES)).all()


def _reader(unit: Unit, case: Case) -> dict[str, Any]:
    return {
        "actor": unit.actor.principal_id,
        "agency": unit.actor.agency(),
        "request": unit.actor.request_id,
        "purpose": case.purpose,
        "case_number": case.number,
    }
