"""A filing officer decides a proposed correction of attendance (核实考勤更正); never the one who proposed it."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Reason, Refused
from app.training.attendance.queries.presence import opening_for_officer
from app.training.attendance.rules.corrections import (
    DecisionFacts,
    already_decided,
    correction_overlaps,
    opening_not_open,
    reasons_against_deciding,
)
from app.training.attendance.states import CorrectionOutcome, PresenceVerdict

_STATE = text("SELECT session_id, proposed_by, decision FROM correction_state(:opening_id, :correction_id)")
_APPLY = text("SELECT apply_presence_correction(:decider, :opening_id, :correction_id, :verdict, :reason)")
_REFUSED: dict[CorrectionOutcome, Reason] = {
    CorrectionOutcome.ALREADY_DECIDED: already_decided(),
    CorrectionOutcome.OPENING_NOT_OPEN: opening_not_open(),
    CorrectionOutcome.DOUBLE_PRESENCE: correction_overlaps(),
}


async def decide_correction(
    unit: Unit, *, opening_id: UUID, correction_id: UUID, verdict: PresenceVerdict, reason: str | None
) -> None:
    """Raises NotFound outside the officer's area, Refused (``double_presence``, ``correction_decided``…)."""
    opening_state = await opening_for_officer(unit, opening_id)
    correction = (
        await unit.session.execute(_STATE, {"opening_id": opening_id, "correction_id": correction_id})
    ).one_or_none()
    if correction is None:
        raise NotFound
    reasons = reasons_against_deciding(
        DecisionFacts(
            opening_state=opening_state,
            decision=correction.decision,
            proposed_by=correction.proposed_by,
            decided_by=unit.actor.principal_id,
            verdict=verdict,
            verdict_reason=reason,
        )
    )
    if reasons:
        raise Refused(reasons)
    outcome = CorrectionOutcome(
        await unit.session.scalar(
            _APPLY,
            {
                "decider": unit.actor.principal_id,
                "opening_id": opening_id,
                "correction_id": correction_id,
                "verdict": verdict.value,
                "reason": reason,
            },
        )
    )
    if outcome in _REFUSED:
        raise Refused([_REFUSED[outcome]])
    assert outcome is CorrectionOutcome.DECIDED
    await record_event(
        unit,
        f"presence_correction:{verdict}",
        subject_kind="presence_correction",
        subject_id=correction_id,
        details={"opening_id": str(opening_id), "session_id": str(correction.session_id)},
    )
    await announce(
        unit,
        "presence_correction.decided",
        {"opening_id": str(opening_id), "correction_id": str(correction_id), "decision": verdict.value},
    )
