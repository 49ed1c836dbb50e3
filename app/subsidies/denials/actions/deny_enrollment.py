"""Deny an enrollment (未参加): the person's own claims of the class that are not at the bank are held at once."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.kernel.errors import Conflict, NotFound
from app.subsidies.denials.queries import REASON_FIELD
from app.subsidies.denials.rules import ALREADY_DENIED

_DENY = text("SELECT deny_enrollment(:actor, :opening_id, :denial_id, :reason)")


async def deny_enrollment(unit: Unit, keys: KeyRing, *, opening_id: UUID, reason: str) -> UUID:
    """The id of the denial. Raises NotFound when the class has not enrolled the citizen, Conflict when denied before.

    Who denied stays with the registry: neither institution nor classmates are told.
    """
    denial_id = uuid7()
    answer = await unit.session.scalar(
        _DENY,
        {
            "actor": unit.actor.principal_id,
            "opening_id": opening_id,
            "denial_id": denial_id,
            "reason": keys.seal(reason, name=REASON_FIELD, owner=denial_id),
        },
    )
    if answer == "absent":
        raise NotFound
    if answer == "repeated":
        raise Conflict([ALREADY_DENIED])
    await record_event(unit, "enrollment:denied", subject_kind="course_opening", subject_id=opening_id)
    await announce(unit, "enrollment.denied", {"denial_id": str(denial_id), "opening_id": str(opening_id)})
    return denial_id
