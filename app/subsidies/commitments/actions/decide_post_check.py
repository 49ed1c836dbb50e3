"""事后核查: what was promised held, or it did not; then what is unpaid waits and what was paid becomes a case."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound, Refused
from app.subsidies.claims.queries.doors import read_claim
from app.subsidies.commitments.rules import REASONS
from app.subsidies.commitments.states import CheckOutcome

_DECIDE = text("SELECT decide_post_check(:actor, :claim_id, :outcome, :findings)")


async def decide_post_check(
    unit: Unit, keys: KeyRing, *, claim_id: UUID, outcome: CheckOutcome, findings: str
) -> None:
    """Raises NotFound outside the area or without a commitment, Refused for who decided the claim or a second time.

    Looking into the claim is logged as a look at its person. The alarm of a broken promise opens the recovery case
    (``app.subsidies.recoveries.actions.take_alarm``).
    """
    found = await read_claim(unit, keys, claim_id)
    asked = {
        "actor": unit.actor.principal_id,
        "claim_id": claim_id,
        "outcome": outcome.value,
        "findings": findings,
    }
    answer: str = (await unit.session.execute(_DECIDE, asked)).scalar_one()
    if answer == "absent":
        raise NotFound
    if answer in REASONS:
        raise Refused([REASONS[answer]])
    details = {"outcome": outcome.value}
    await record_event(unit, "claim:post_checked", subject_kind="claim", subject_id=claim_id, details=details)
    if outcome is CheckOutcome.FAILED:
        await announce(
            unit,
            "claim.commitment_broken",
            {"claim_id": str(claim_id), "record_number": found.picture["entry"]["record_number"]},
        )
