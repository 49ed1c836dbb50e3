"""Decide whether the bank did pay what it had rejected: by a second officer, who then calls the claim paid."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.disbursements.rules.confirmations import REASONS
from app.subsidies.disbursements.states import ConfirmationDecision

_DECIDE = text("SELECT * FROM decide_payment_confirmation(:actor, :confirmation_id, :decision, :reason)")


async def decide_payment_confirmation(
    unit: Unit, *, confirmation_id: UUID, decision: ConfirmationDecision, reason: str
) -> None:
    """Confirmed, claim (or advance) and ledger move as by the bank's own answer.

    Raises NotFound outside the area, Refused for whoever proposed, reviewed or approved, when it was decided before,
    and for a confirmation of what the bank no longer contradicts.
    """
    asked = {
        "actor": unit.actor.principal_id,
        "confirmation_id": confirmation_id,
        "decision": decision,
        "reason": reason,
    }
    said = (await unit.session.execute(_DECIDE, asked)).one()
    if said.outcome == "confirmation_unknown":
        raise NotFound
    if said.outcome in REASONS:
        raise Refused([REASONS[said.outcome]])
    await record_event(
        unit,
        f"payment_confirmation:{decision}",
        subject_kind="payment_confirmation",
        subject_id=confirmation_id,
        details={"reason": reason},
    )
    if decision is ConfirmationDecision.REFUSED:
        return
    kind = "claim" if said.claim_id is not None else "advance"
    subject_id: UUID = said.claim_id or said.advance_id
    await record_event(
        unit,
        "payment:settled",
        subject_kind=kind,
        subject_id=subject_id,
        details={"confirmation_id": str(confirmation_id)},
    )
    await announce(unit, f"{kind}.paid", {f"{kind}_id": str(subject_id), "reject_code": None})
