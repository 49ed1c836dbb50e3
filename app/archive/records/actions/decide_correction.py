"""A second officer accepts or refuses a correction; accepting appends the superseding entry or revokes."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.actions.revoke_completion_certificate import revoke_completion_certificate
from app.archive.records.queries import read_correction
from app.archive.records.rules import CorrectionFacts, reasons_against_deciding, record_number
from app.archive.records.states import CorrectionKind, Decision, EntryState
from app.audit.events import announce, record_event
from app.kernel.errors import Conflict, NotFound, Refused
from app.reference.divisions import covers

_DECIDE = text("SELECT decide_correction(:actor, :correction_id, :verdict, :reason, :new_entry, :new_number)")
_SERIAL = text("SELECT nextval('record_serial')")


@dataclass(frozen=True, slots=True)
class DecidedCorrection:
    """What became of it; ``new_record_number`` when a superseding entry was appended."""

    record_number: str
    kind: CorrectionKind
    decision: Decision
    new_record_number: str | None


async def decide_correction(
    unit: Unit, *, correction_id: UUID, decision: Decision, reason: str
) -> DecidedCorrection:
    """Raises NotFound outside the officer's area, Refused with every reason, Conflict when decided meanwhile."""
    found = await read_correction(unit, correction_id)
    if found is None or not covers(unit.actor.division_code or "", found.entry["division_code"], unit.today):
        raise NotFound
    correction, entry = found.correction, found.entry
    kind = CorrectionKind(correction["kind"])
    state = (
        EntryState.REVOKED
        if entry["revoked_at"] is not None
        else EntryState.SUPERSEDED
        if found.is_superseded
        else EntryState.IN_FORCE
    )
    reasons = reasons_against_deciding(
        CorrectionFacts(
            is_open=correction["decision"] is None,
            proposed_by=UUID(correction["proposed_by"]),
            decided_by=unit.actor.principal_id,
            # An entry that is no longer in force can still be refused its correction.
            entry_state=state if decision is Decision.ACCEPTED else EntryState.IN_FORCE,
        )
    )
    if reasons:
        raise Refused(reasons)
    new_number = None
    if decision is Decision.ACCEPTED and kind is CorrectionKind.SUPERSEDE:
        serial = (await unit.session.execute(_SERIAL)).scalar_one()
        new_number = record_number(entry["division_code"], unit.today.year, serial)
    is_decided = (
        await unit.session.execute(
            _DECIDE,
            {
                "actor": unit.actor.principal_id,
                "correction_id": correction_id,
                "verdict": decision,
                "reason": reason,
                "new_entry": uuid7(),
                "new_number": new_number,
            },
        )
    ).scalar_one()
    if not is_decided:
        raise Conflict
    if decision is Decision.ACCEPTED and kind is CorrectionKind.REVOKE:
        await revoke_completion_certificate(
            unit, correction_id=correction_id, record_number=entry["record_number"]
        )
    decided = DecidedCorrection(entry["record_number"], kind, decision, new_number)
    await _tell(unit, correction_id, decided)
    return decided


async def _tell(unit: Unit, correction_id: UUID, decided: DecidedCorrection) -> None:
    """The audit event of the decision, and the message of what it changed."""
    await record_event(
        unit,
        "record:correction_decided",
        subject_kind="record",
        subject_id=decided.record_number,
        details={
            "correction_id": str(correction_id),
            "kind": decided.kind,
            "decision": decided.decision,
            "new_record_number": decided.new_record_number,
        },
    )
    if decided.decision is Decision.ACCEPTED:
        await announce(
            unit,
            f"record.{'revoked' if decided.kind is CorrectionKind.REVOKE else 'superseded'}",
            {"record_number": decided.record_number, "new_record_number": decided.new_record_number},
        )
