"""Pay again what the bank finally rejected, or what waits for an account: the same benefit, a corrected account."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.disbursements.rules.refusals import RETRY_REASONS

_RETRY = text("SELECT retry_payment(:actor, :claim_id, CAST(:account_id AS uuid), :reason)")


async def retry_payment(unit: Unit, *, claim_id: UUID, account_id: UUID | None, reason: str) -> None:
    """Raises NotFound outside the area, Refused when nothing was rejected, no account is good, or the payer decided."""
    outcome: str = (
        await unit.session.execute(
            _RETRY,
            {
                "actor": unit.actor.principal_id,
                "claim_id": claim_id,
                "account_id": account_id,
                "reason": reason,
            },
        )
    ).scalar_one()
    if outcome == "claim_unknown":
        raise NotFound
    if outcome in RETRY_REASONS:
        raise Refused([RETRY_REASONS[outcome]])
    await record_event(
        unit, "payment:retried", subject_kind="claim", subject_id=claim_id, details={"reason": reason}
    )
    await announce(unit, "claim.payment_retried", {"claim_id": str(claim_id)})
