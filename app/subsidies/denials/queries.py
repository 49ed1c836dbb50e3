"""Reads of denials: the own ones, the work list without persons, one denial for a case through a door."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.denials.states import DenialOutcome

REASON_FIELD = "enrollment_denial.reason"
_LIST = text("SELECT * FROM list_denials(:prefix, :is_open, :after_at, :after_id, :page)")
_READ = text("""
    SELECT * FROM read_denial(:actor, :agency, :purpose, :case_number, :request, :prefix, :denial_id)
""")


_OWN = text("""
    SELECT opening_id, denied_at, outcome, outcome_reason, decided_at FROM enrollment_denial
    WHERE person_id = ANY (CAST(:persons AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class OwnDenial:
    """A denial as the person sees it."""

    opening_id: UUID
    denied_at: datetime
    outcome: DenialOutcome | None
    outcome_reason: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Denial:
    """A denial as an officer reads it for a case."""

    row: Row[Any]
    reason: str = field(repr=False)
    name: str | None = field(repr=False)


async def own_denials(unit: Unit, persons: Sequence[UUID]) -> dict[UUID, OwnDenial]:
    """What these person ids, read as one, have denied, by class."""
    rows = await unit.session.execute(_OWN, {"persons": list(persons)})
    return {
        row.opening_id: OwnDenial(
            row.opening_id,
            row.denied_at,
            None if row.outcome is None else DenialOutcome(row.outcome),
            row.outcome_reason,
            row.decided_at,
        )
        for row in rows
    }


async def list_denials(unit: Unit, *, is_open: bool, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Denials about classes of the officer's area, oldest first; nothing of persons."""
    at, denial_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    parameters = {
        "prefix": prefix_of(unit.actor.division_code or ""),
        "is_open": is_open,
        "after_at": at,
        "after_id": denial_id,
        "page": limit + 1,
    }
    rows = (await unit.session.execute(_LIST, parameters)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    more = None if last is None else encode_cursor(last.denied_at.isoformat(), last.denial_id)
    return Page(tuple(rows[:limit]), more)


async def read_denial(
    unit: Unit, keys: KeyRing, denial_id: UUID, *, purpose: Purpose, case_number: str
) -> Denial:
    """Who denies and why, for a case; logged as a look at that person. Raises NotFound."""
    parameters = {
        "actor": unit.actor.principal_id,
        "agency": unit.actor.agency(),
        "request": unit.actor.request_id,
        "purpose": purpose,
        "case_number": case_number,
        "prefix": prefix_of(unit.actor.division_code or ""),
        "denial_id": denial_id,
    }
    row = (await unit.session.execute(_READ, parameters)).one_or_none()
    if row is None:
        raise NotFound
    sealed = row.name_sealed
    return Denial(
        row,
        keys.open(row.reason_sealed, name=REASON_FIELD, owner=denial_id),
        None if sealed is None else keys.open(sealed, name=NAME_FIELD, owner=row.person_id),
    )
