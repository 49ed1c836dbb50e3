"""Decide on an objection (异议处理): upheld, the claim is reviewed anew; dismissed, it may be cleared."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Conflict, NotFound
from app.subsidies.notices.rules import ALREADY_DECIDED
from app.subsidies.notices.states import Decided, ObjectionOutcome

_DECIDE = text("SELECT decide_objection(:actor, :objection_id, :outcome, :reason)")


async def decide_objection(
    unit: Unit, *, objection_id: UUID, outcome: ObjectionOutcome, reason: str
) -> Decided:
    """``SENT_BACK`` when the claim went back to review, else ``DECIDED``.

    Raises NotFound outside the area or without the permission there, Conflict when it was decided already; the database
    refuses whoever reviewed or approved the claim (``objection_decided_by_others``).
    """
    answer = Decided(
        await unit.session.scalar(
            _DECIDE,
            {
                "actor": unit.actor.principal_id,
                "objection_id": objection_id,
                "outcome": outcome,
                "reason": reason,
            },
        )
    )
    if answer is Decided.ABSENT:
        raise NotFound
    if answer is Decided.ALREADY_DECIDED:
        raise Conflict([ALREADY_DECIDED])
    details = {"outcome": outcome.value, "is_sent_back": answer is Decided.SENT_BACK}
    await record_event(
        unit, "objection:decided", subject_kind="objection", subject_id=objection_id, details=details
    )
    await announce(unit, "objection.decided", {"objection_id": str(objection_id), **details})
    return answer
