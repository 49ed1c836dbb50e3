"""Decide on a denial: confirmed or unfounded. Holds are released one by one, by officers who approve."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Conflict, NotFound
from app.subsidies.denials.rules import ALREADY_DECIDED
from app.subsidies.denials.states import DenialOutcome

_DECIDE = text("SELECT decide_denial(:actor, :denial_id, :outcome, :reason)")


async def decide_denial(unit: Unit, *, denial_id: UUID, outcome: DenialOutcome, reason: str) -> None:
    """Raises NotFound outside the area or without the permission there, Conflict when it was decided already."""
    answer = await unit.session.scalar(
        _DECIDE,
        {
            "actor": unit.actor.principal_id,
            "denial_id": denial_id,
            "outcome": outcome,
            "reason": reason,
        },
    )
    if answer == "absent":
        raise NotFound
    if answer == "already_decided":
        raise Conflict([ALREADY_DECIDED])
    details = {"outcome": outcome.value}
    await record_event(
        unit,
        "enrollment_denial:decided",
        subject_kind="enrollment_denial",
        subject_id=denial_id,
        details=details,
    )
    await announce(unit, "enrollment_denial.decided", {"denial_id": str(denial_id), **details})
