"""Audit events (操作记录): one per act, in the transaction of its effect; never a name or an identity number.

When it happened is the server's to say (``registry_now()``); no channel may bring the time along.
"""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit

_INSERT = text("""
    INSERT INTO audit_event (principal_id, principal_kind, action, subject_kind, subject_id, request_id, details)
    VALUES (:principal_id, :principal_kind, :action, :subject_kind, :subject_id, :request_id, CAST(:details AS jsonb))
""")
_MISSED = text("SELECT note_misses(:actor, :agency, :purpose, :case_number, :request, :missed)")
_ANNOUNCE = text("INSERT INTO outbox_message (topic, payload) VALUES (:topic, CAST(:payload AS jsonb))")


async def record_event(
    unit: Unit,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | str,
    details: dict[str, Any] | None = None,
) -> None:
    """Store one act, named ``resource:verb`` in the past tense (``opening:filed``).

    The database refuses details that hold an identity number (``audit_event_no_identity_number``).
    """
    await unit.session.execute(
        _INSERT,
        {
            "principal_id": unit.actor.principal_id,
            "principal_kind": unit.actor.kind,
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": str(subject_id),
            "request_id": unit.actor.request_id,
            "details": orjson.dumps(details or {}, option=orjson.OPT_NON_STR_KEYS).decode(),
        },
    )


async def note_misses(unit: Unit, *, purpose: str, case_number: str, missed: int) -> None:
    """Store that an agency asked for so many numbers that nobody here has; the numbers are not kept."""
    if missed:
        await unit.session.execute(
            _MISSED,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "purpose": purpose,
                "case_number": case_number,
                "request": unit.actor.request_id,
                "missed": missed,
            },
        )


async def announce(unit: Unit, topic: str, payload: dict[str, Any]) -> None:
    """Put a message into the outbox; it leaves after the commit, at least once."""
    await unit.session.execute(_ANNOUNCE, {"topic": topic, "payload": orjson.dumps(payload).decode()})
