"""Say what was found of a benefit that was paid here and, as a peer says, there too."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.exchange.peers.states import ContradictionFinding
from app.kernel.errors import Conflict, NotFound, Reason

_DECIDE = text("SELECT decide_contradiction(:actor, :hold, :finding, :reason)")


async def decide_contradiction(
    unit: Unit, *, hold_id: UUID, finding: ContradictionFinding, reason: str
) -> None:
    """Once, with its reason; a recovery is ordered by its own act. Raises NotFound outside the area, Conflict."""
    values = {"actor": unit.actor.principal_id, "hold": hold_id, "finding": finding.value, "reason": reason}
    said = await unit.session.scalar(_DECIDE, values)
    if said == "unknown":
        raise NotFound
    if said != "decided":
        raise Conflict(
            [Reason(code="contradiction_decided", message="这件矛盾已有结论", remedy="请刷新后查看结论")]
        )
    await record_event(
        unit,
        "contradiction:decided",
        subject_kind="peer_hold",
        subject_id=hold_id,
        details={"finding": finding.value},
    )
