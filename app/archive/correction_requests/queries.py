"""Reads of correction requests: the person's own, the work list without persons, one for a case through a door."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

GROUNDS_FIELD = "correction_request.grounds"
_OWN = text("""
    SELECT asked.request_id, asked.grounds_sealed, asked.filed_at, asked.due_on, asked.escalated_at, asked.answer,
      asked.answer_reason, asked.answered_at, entry.record_number, entry.kind, agreed.decision AS correction_decision
    FROM correction_request AS asked
    JOIN record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.entry_id
    LEFT JOIN record_correction AS agreed
      ON agreed.person_id = asked.person_id AND agreed.correction_id = asked.correction_id
    WHERE asked.person_id IN (SELECT person_group(:person_id))
    ORDER BY asked.filed_at DESC, asked.request_id DESC LIMIT 200
""")
_LIST = text("""
    SELECT * FROM list_correction_requests(:prefix, :is_open, :only_overdue, :after_at, :after_id, :page)
""")
_READ = text("""
    SELECT * FROM read_correction_request(:actor, :agency, :case_number, :request, :prefix, :request_id)
""")
_OVERDUE = text("""
    SELECT asked.person_id, asked.request_id, asked.due_on, entry.division_code
    FROM correction_request AS asked
    JOIN record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.entry_id
    WHERE asked.answer IS NULL AND asked.escalated_at IS NULL AND asked.due_on < :today
    ORDER BY asked.due_on, asked.request_id LIMIT :page FOR UPDATE OF asked SKIP LOCKED
""")


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request as its person sees it."""

    row: Row[Any]
    grounds: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestRead:
    """A request as an officer reads it for a case."""

    row: Row[Any]
    grounds: str = field(repr=False)
    name: str | None = field(repr=False)


async def own_requests(unit: Unit, keys: KeyRing) -> list[OwnRequest]:
    """The person's own, newest first, at most 200."""
    rows = await unit.session.execute(_OWN, {"person_id": unit.actor.person_id})
    return [OwnRequest(row, _grounds(keys, row)) for row in rows]


async def list_requests(
    unit: Unit, *, is_open: bool, only_overdue: bool, limit: int, cursor: str | None
) -> Page[Row[Any]]:
    """Requests about entries of the officer's area, oldest first; nothing of persons."""
    after, after_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    asked = {
        "prefix": prefix_of(unit.actor.division_code or ""),
        "is_open": is_open,
        "only_overdue": only_overdue,
        "after_at": after,
        "after_id": after_id,
        "page": limit + 1,
    }
    rows = (await unit.session.execute(_LIST, asked)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    more = None if last is None else encode_cursor(last.filed_at.isoformat(), last.request_id)
    return Page(tuple(rows[:limit]), more)


async def read_request(unit: Unit, keys: KeyRing, request_id: UUID, *, case_number: str) -> RequestRead:
    """Who asks and why, with the entry; logged as a look at that person. Raises NotFound."""
    asked = {
        "actor": unit.actor.principal_id,
        "agency": unit.actor.agency(),
        "case_number": case_number,
        "request": unit.actor.request_id,
        "prefix": prefix_of(unit.actor.division_code or ""),
        "request_id": request_id,
    }
    row = (await unit.session.execute(_READ, asked)).one_or_none()
    if row is None:
        raise NotFound
    sealed = row.name_sealed
    name = None if sealed is None else keys.open(sealed, name=NAME_FIELD, owner=row.person_id)
    return RequestRead(row, _grounds(keys, row), name)


async def overdue_requests(unit: Unit, page: int) -> Sequence[Row[Any]]:
    """Not answered by their last day and not escalated yet; locked for whoever asked first."""
    return (await unit.session.execute(_OVERDUE, {"today": unit.today, "page": page})).all()


def _grounds(keys: KeyRing, row: Row[Any]) -> str:
    return keys.open(row.grounds_sealed, name=GROUNDS_FIELD, owner=row.request_id)
