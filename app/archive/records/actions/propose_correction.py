"""Propose to correct or revoke an entry; a second officer decides."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.records.queries import read_entry
from app.archive.records.rules import EntryFacts, reasons_against_proposing
from app.archive.records.states import CorrectionKind, EntryState, Purpose
from app.audit.events import record_event
from app.kernel.errors import NotFound, Refused
from app.reference.divisions import covers

_PROPOSE = text("""
    INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by)
    VALUES (:person_id, :correction_id, :entry_id, :kind, CAST(:proposal AS jsonb), :reason, :proposed_by)
""")


async def propose_correction(
    unit: Unit,
    *,
    record_number: str,
    kind: CorrectionKind,
    changes: Mapping[str, Any],
    reason: str,
    case_number: str,
) -> UUID:
    """The id of the correction. Raises NotFound outside the officer's area, Refused with every reason."""
    found = await read_entry(
        unit, purpose=Purpose.RECORD_CORRECTION, case_number=case_number, record_number=record_number
    )
    if found is None or not covers(unit.actor.division_code or "", found.entry["division_code"], unit.today):
        raise NotFound
    reasons = reasons_against_proposing(_facts(found.entry, found.corrections), kind=kind, changes=changes)
    if reasons:
        raise Refused(reasons)
    correction_id = uuid7()
    await unit.session.execute(
        _PROPOSE,
        {
            "person_id": found.entry["person_id"],
            "correction_id": correction_id,
            "entry_id": found.entry["entry_id"],
            "kind": kind,
            "proposal": orjson.dumps(dict(changes)).decode(),
            "reason": reason,
            "proposed_by": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "record:correction_proposed",
        subject_kind="record",
        subject_id=record_number,
        details={"kind": kind, "correction_id": str(correction_id)},
    )
    return correction_id


def _facts(entry: Mapping[str, Any], corrections: list[dict[str, Any]]) -> EntryFacts:
    if entry["revoked_at"] is not None:
        state = EntryState.REVOKED
    elif any(
        each["kind"] == CorrectionKind.SUPERSEDE and each["decision"] == "accepted" for each in corrections
    ):
        state = EntryState.SUPERSEDED
    else:
        state = EntryState.IN_FORCE
    return EntryFacts(
        state=state,
        starts_on=date.fromisoformat(entry["starts_on"]),
        ends_on=date.fromisoformat(entry["ends_on"]),
        planned_minutes=entry["planned_minutes"] or 0,
        credited_minutes=entry["credited_minutes"] or 0,
        score_hundredths=entry["score_hundredths"],
        program_name=entry["program_name"] or "",
        has_open_correction=any(each["decision"] is None for each in corrections),
        is_certificate=entry["kind"] == "certificate",
    )
