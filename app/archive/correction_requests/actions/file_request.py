"""Ask for the correction of an entry of one's own record."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.correction_requests.queries import GROUNDS_FIELD
from app.archive.correction_requests.rules import answer_due_on, reasons_against_requesting
from app.archive.records.states import EntryState
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound, Refused

_ENTRY = text("""
    SELECT person_id, entry_id, division_code, revoked_at, superseded_at FROM record_entry
    WHERE record_number = :record_number AND person_id IN (SELECT person_group(:person_id))
""")
_FILE = text("""
    INSERT INTO correction_request (person_id, request_id, entry_id, grounds_sealed, filed_by, due_on)
    VALUES (:person_id, :request_id, :entry_id, :grounds, :actor, :due_on)
""")


@dataclass(frozen=True, slots=True)
class FiledRequest:
    """A new request, and by when it is answered."""

    request_id: UUID
    due_on: date


async def file_request(unit: Unit, keys: KeyRing, *, record_number: str, grounds: str) -> FiledRequest:
    """Raises NotFound for somebody else's entry, Refused; one is open at a time (``correction_request_one_open``)."""
    found = (
        await unit.session.execute(
            _ENTRY, {"record_number": record_number, "person_id": unit.actor.person_id}
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    state = EntryState.IN_FORCE
    if found.revoked_at is not None:
        state = EntryState.REVOKED
    elif found.superseded_at is not None:
        state = EntryState.SUPERSEDED
    reasons = reasons_against_requesting(state)
    if reasons:
        raise Refused(reasons)
    filed = FiledRequest(uuid7(), answer_due_on(unit.today, found.division_code))
    await unit.session.execute(
        _FILE,
        {
            "person_id": found.person_id,
            "request_id": filed.request_id,
            "entry_id": found.entry_id,
            "grounds": keys.seal(grounds, name=GROUNDS_FIELD, owner=filed.request_id),
            "actor": unit.actor.principal_id,
            "due_on": filed.due_on,
        },
    )
    details = {"record_number": record_number, "due_on": filed.due_on.isoformat()}
    await record_event(
        unit,
        "correction_request:filed",
        subject_kind="correction_request",
        subject_id=filed.request_id,
        details=details,
    )
    await announce(
        unit,
        "correction_request.filed",
        {"request_id": str(filed.request_id), "division_code": found.division_code, **details},
    )
    return filed
