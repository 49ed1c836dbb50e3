"""撤回: by the claimant, as long as no money is on its way; key and slot are given back."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event

_STORE = text("""
    INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)
    VALUES (:person_id, :claim_id, :reason, :actor)
""")


async def withdraw_claim(unit: Unit, *, person_id: UUID, claim_id: UUID, reason: str) -> None:
    """The database refuses when it is too late (``claim_step_in_order``)."""
    await unit.session.execute(
        _STORE,
        {
            "person_id": person_id,
            "claim_id": claim_id,
            "reason": reason,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(unit, "claim:withdrawn", subject_kind="claim", subject_id=claim_id)
    await announce(unit, "claim.withdrawn", {"claim_id": str(claim_id)})
