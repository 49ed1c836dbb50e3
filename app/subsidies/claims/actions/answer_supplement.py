"""Answer what was asked for (补正): by the claimant, or taken down at the counter."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound
from app.subsidies.claims.states import ClaimState

_BY_CLAIMANT = text("""
    UPDATE claim_supplement SET answered_at = registry_now(), answered_by = :actor, answer = CAST(:answer AS jsonb)
    WHERE person_id = :person_id AND claim_id = :claim_id AND answered_at IS NULL
""")
_AT_COUNTER = text("SELECT answer_supplement(:actor, :claim_id, CAST(:answer AS jsonb))")


async def answer_supplement(
    unit: Unit, *, person_id: UUID, claim_id: UUID, answers: Sequence[str], note: str | None
) -> ClaimState:
    """The claim is back before the agency. Raises ``NotFound`` when nothing is asked for."""
    sent = {
        "actor": unit.actor.principal_id,
        "person_id": person_id,
        "claim_id": claim_id,
        "answer": orjson.dumps({"answers": list(answers), "note": note}).decode(),
    }
    if unit.actor.is_agency:
        is_answered = (await unit.session.execute(_AT_COUNTER, sent)).scalar_one()
    else:
        answered = await unit.session.execute(_BY_CLAIMANT, sent)
        is_answered = answered.rowcount == 1  # type: ignore[attr-defined]
    if not is_answered:
        raise NotFound
    await record_event(
        unit,
        "claim:supplement_answered",
        subject_kind="claim",
        subject_id=claim_id,
        details={"answers": len(answers)},
    )
    await announce(unit, "claim.supplement_answered", {"claim_id": str(claim_id)})
    return ClaimState.SUBMITTED
