"""解除暂停: by an officer who approves in the area and did not place the hold."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound
from app.subsidies.claims.queries.doors import FoundClaim

_RELEASE = text("SELECT release_claim_hold(:actor, :hold_id, :reason)")


async def release_hold(unit: Unit, found: FoundClaim, *, hold_id: UUID, reason: str) -> None:
    """Raises ``NotFound`` when the claim has no such open hold; the database refuses whoever placed it."""
    is_open = any(
        each["hold_id"] == str(hold_id) and each["released_at"] is None for each in found.steps["holds"]
    )
    sent = {"actor": unit.actor.principal_id, "hold_id": hold_id, "reason": reason}
    if not is_open or not (await unit.session.execute(_RELEASE, sent)).scalar_one():
        raise NotFound
    await record_event(
        unit,
        "claim:hold_released",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={"hold": str(hold_id)},
    )
    await announce(unit, "claim.hold_released", {"claim_id": str(found.claim_id)})
