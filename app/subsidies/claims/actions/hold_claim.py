"""暂停: a claim stands still before approval and payment; anybody in the agency, or a machine, may do so."""

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.states import HoldCause, Step

_STORE = text("""
    INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)
    VALUES (:person_id, :claim_id, :cause, :reason, :actor)
""")


async def hold_claim(unit: Unit, found: FoundClaim, *, cause: HoldCause, reason: str) -> None:
    """Raises ``Refused``; the database refuses a second hold for the same cause."""
    check_step(unit, Step.HOLD, found)
    await unit.session.execute(
        _STORE,
        {
            "person_id": found.person_id,
            "claim_id": found.claim_id,
            "cause": cause.value,
            "reason": reason,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit, "claim:held", subject_kind="claim", subject_id=found.claim_id, details={"cause": cause.value}
    )
    await announce(unit, "claim.held", {"claim_id": str(found.claim_id), "cause": cause.value})
