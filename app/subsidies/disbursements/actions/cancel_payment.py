"""Cancel what failed or was never instructed: the money goes back to its budget, the key to the person."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.disbursements.rules.refusals import CANCEL_REASONS

_CANCEL = text("SELECT cancel_payment(:actor, :claim_id, :reason)")


async def cancel_payment(unit: Unit, *, claim_id: UUID, reason: str) -> None:
    """Raises NotFound outside the area, Refused while the bank may still pay, has paid or says so."""
    outcome: str = (
        await unit.session.execute(
            _CANCEL, {"actor": unit.actor.principal_id, "claim_id": claim_id, "reason": reason}
        )
    ).scalar_one()
    if outcome == "absent":
        raise NotFound
    if outcome in CANCEL_REASONS:
        raise Refused([CANCEL_REASONS[outcome]])
    await record_event(
        unit, "payment:canceled", subject_kind="claim", subject_id=claim_id, details={"reason": reason}
    )
    await announce(unit, "claim.payment_canceled", {"claim_id": str(claim_id)})
