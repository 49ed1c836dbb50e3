"""Write a debt off (核销): one officer proposes, another decides."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.recoveries.queries import read_recovery
from app.subsidies.recoveries.rules import REASONS, more_than_owed
from app.subsidies.recoveries.states import WriteOffDecision

_PROPOSE = text("SELECT propose_write_off(:actor, :recovery_id, :proposal_id, :amount_fen, :reason)")
_DECIDE = text("SELECT decide_write_off(:actor, :proposal_id, :decision, :reason)")


async def propose_write_off(unit: Unit, *, recovery_id: UUID, amount_fen: int, reason: str) -> UUID:
    """Raises NotFound outside the area, Refused for more than is owed or beside an open proposal."""
    proposal_id = uuid7()
    outcome: str = (
        await unit.session.execute(
            _PROPOSE,
            {
                "actor": unit.actor.principal_id,
                "recovery_id": recovery_id,
                "proposal_id": proposal_id,
                "amount_fen": amount_fen,
                "reason": reason,
            },
        )
    ).scalar_one()
    if outcome == "recovery_unknown":
        raise NotFound
    if outcome == "more_than_owed":
        raise Refused([more_than_owed()])
    if outcome in REASONS:
        raise Refused([REASONS[outcome]])
    await record_event(
        unit,
        "recovery:write_off_proposed",
        subject_kind="recovery",
        subject_id=recovery_id,
        details={"proposal_id": str(proposal_id), "amount_fen": amount_fen},
    )
    return proposal_id


async def decide_write_off(
    unit: Unit, *, recovery_id: UUID, proposal_id: UUID, decision: WriteOffDecision, reason: str
) -> None:
    """Raises NotFound outside the area, Refused for the proposer and when it was decided before."""
    recovery = await read_recovery(unit, recovery_id)
    if str(proposal_id) not in {each["proposal_id"] for each in recovery.write_offs}:
        raise NotFound
    outcome: str = (
        await unit.session.execute(
            _DECIDE,
            {
                "actor": unit.actor.principal_id,
                "proposal_id": proposal_id,
                "decision": decision,
                "reason": reason,
            },
        )
    ).scalar_one()
    if outcome == "write_off_unknown":
        raise NotFound
    if outcome in REASONS:
        raise Refused([REASONS[outcome]])
    await record_event(
        unit,
        "recovery:write_off_decided",
        subject_kind="recovery",
        subject_id=recovery_id,
        details={"proposal_id": str(proposal_id), "decision": decision},
    )
