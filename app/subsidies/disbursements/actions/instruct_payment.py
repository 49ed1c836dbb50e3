"""Let the database instruct a payment: benefit, budget, ledger and instruction together, or the reason why not yet."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.subsidies.disbursements.rules.pace import try_again_in
from app.subsidies.disbursements.states import Instructing, WaitReason

_CLAIM = text("SELECT instruct_payment(:person_id, :claim_id, :benefit_id, :instruction_id)")
_ADVANCE = text("SELECT instruct_advance(:advance_id, :instruction_id)")
_NOTE = text("SELECT note_payment_wait(:subject_id, :reason, :again_in)")
_DONE = {each.value: each for each in Instructing}
_WAIT_OF_CONSTRAINT = {
    "benefit_entry_in_force": WaitReason.ENTRY_NOT_IN_FORCE,
    "benefit_key_held": WaitReason.KEY_NOT_HELD,
    "claim_not_held": WaitReason.ON_HOLD,
    "benefit_person_comparable": WaitReason.PERSON_NOT_COMPARABLE,
    "benefit_not_held_elsewhere": WaitReason.HELD_FOR_REGISTRY,
    "benefit_registries_asked": WaitReason.REGISTRIES_NOT_ASKED,
    "log_in_time": WaitReason.LOG_LATE,
    "not_restored": WaitReason.RESTORED,
    "log_compared": WaitReason.LOG_NOT_COMPARED,
}


async def instruct_claim(unit: Unit, *, person_id: UUID, claim_id: UUID) -> Instructing | WaitReason:
    """One ordered claim. Nothing has been sent when this returns; a reason to wait is kept for officers to see."""
    asked = {
        "person_id": person_id,
        "claim_id": claim_id,
        "benefit_id": uuid7(),
        "instruction_id": uuid7(),
    }
    said = await _asked(unit, _CLAIM, asked)
    outcome = await _settle(unit, claim_id, said)
    if outcome in {Instructing.INSTRUCTED, Instructing.OFFSET_BY_ADVANCE}:
        await record_event(
            unit,
            "payment:instructed",
            subject_kind="claim",
            subject_id=claim_id,
            details={"outcome": outcome.value},
        )
    if outcome is Instructing.OFFSET_BY_ADVANCE:
        await announce(unit, "claim.paid", {"claim_id": str(claim_id)})
    return outcome


async def instruct_advance(unit: Unit, *, advance_id: UUID) -> Instructing | WaitReason:
    """One ordered advance, as above."""
    said = await _asked(unit, _ADVANCE, {"advance_id": advance_id, "instruction_id": uuid7()})
    outcome = await _settle(unit, advance_id, said)
    if outcome is Instructing.INSTRUCTED:
        await record_event(unit, "advance:instructed", subject_kind="advance", subject_id=advance_id)
    return outcome


async def _asked(unit: Unit, door: TextClause, asked: Mapping[str, UUID]) -> str:
    """What the door says, or the reason behind the constraint that refused."""
    try:
        async with unit.session.begin_nested():
            said: str = (await unit.session.execute(door, asked)).scalar_one()
    except IntegrityError as refusal:
        waits_for = _WAIT_OF_CONSTRAINT.get(_constraint_of(refusal))
        if waits_for is None:
            raise
        return waits_for.value
    return said


async def _settle(unit: Unit, subject_id: UUID, said: str) -> Instructing | WaitReason:
    if said in _DONE:
        return _DONE[said]
    reason = WaitReason(said)
    await unit.session.execute(
        _NOTE, {"subject_id": subject_id, "reason": reason, "again_in": try_again_in(reason)}
    )
    return reason


def _constraint_of(refusal: IntegrityError) -> str:
    cause = getattr(refusal.orig, "__cause__", None)
    return str(getattr(cause, "constraint_name", ""))
