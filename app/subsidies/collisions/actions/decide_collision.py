"""Decide a collision, once: payment goes on when what was paid twice is back, or when nothing was."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import UNSOURCED, NotFound, Reason, Refused
from app.subsidies.collisions.states import CollisionDecision

_DECIDE = text("SELECT decide_collision(:actor, :collision_id, :decision, :reason)")
_DECIDED = Reason(
    code="collision_already_decided",
    message="这项重复享受已有处理结果",
    remedy="无需再次处理",
    citation=UNSOURCED,
)


async def decide_collision(
    unit: Unit, collision_id: UUID, *, decision: CollisionDecision, reason: str
) -> None:
    """Raises NotFound outside the officer's area or without a live grant, Refused when it is decided."""
    outcome = await unit.session.scalar(
        _DECIDE,
        {
            "actor": unit.actor.principal_id,
            "collision_id": collision_id,
            "decision": decision.value,
            "reason": reason,
        },
    )
    if outcome == "absent":
        raise NotFound
    if outcome != "decided":
        raise Refused([_DECIDED])
    details = {"decision": decision.value}
    await record_event(
        unit,
        "merge_collision:decided",
        subject_kind="merge_collision",
        subject_id=collision_id,
        details=details,
    )
    await announce(unit, "merge_collision.decided", {"collision_id": str(collision_id), **details})
