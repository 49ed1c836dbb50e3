"""Decide a collision, once: payment goes on when what was paid twice is back, or when nothing was."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import UNSOURCED, Citation, NotFound, Reason, Refused
from app.subsidies.collisions.states import CollisionDecision

_DECIDE = text("SELECT decide_collision(:actor, :collision_id, :decision, :reason)")
_ONCE = Citation("国办发〔2019〕24号", "四(十二)")
_REASONS: Mapping[str, Reason] = {
    "collision_already_decided": Reason(
        code="collision_already_decided",
        message="这项重复享受已有处理结果",
        remedy="无需再次处理",
        citation=UNSOURCED,
    ),
    "collision_claim_under_way": Reason(
        code="collision_claim_under_way",
        message="两项补贴相同，其中一件申领仍在办理；此时作出处理，同一补贴会发放两次",
        remedy="请先撤回、不予批准或取消拨付其中一件，或等银行给出最终结果后办理追回，再作处理",
        citation=_ONCE,
    ),
    "collision_without_recovery": Reason(
        code="collision_without_recovery",
        message="两项补贴均已发放，没有对其中任何一项立案追回",
        remedy="请先由审批人立案追回（原因选“重复享受”），再登记为已追回",
        field="decision",
        citation=_ONCE,
    ),
}


async def decide_collision(
    unit: Unit, collision_id: UUID, *, decision: CollisionDecision, reason: str
) -> None:
    """Raises NotFound outside the officer's area or without a live grant, Refused when it is decided
    or when what it would let go on pays twice.
    """
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
        raise Refused([_REASONS[outcome]])
    details = {"decision": decision.value}
    await record_event(
        unit,
        "merge_collision:decided",
        subject_kind="merge_collision",
        subject_id=collision_id,
        details=details,
    )
    await announce(unit, "merge_collision.decided", {"collision_id": str(collision_id), **details})
