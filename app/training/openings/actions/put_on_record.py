"""Putting a filing on record (备案): the directory gate opens, sessions may be held."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.filing import read_filing_case
from app.training.openings.queries.lists import last_filing
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.commitment import AcceptedCommitment, reasons_against_commitment
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.rules.review import reasons_against_review
from app.training.openings.states import OpeningState

_SERIAL = text("SELECT nextval('opening_record_serial')")
_RECORD = text("""
    INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by)
    VALUES (:opening_id, :filing_no, :filed_at, :filed_by, :record_number, :actor)
    RETURNING recorded_at
""")


async def put_on_record(unit: Unit, *, opening_id: UUID) -> str:
    """Put a filed opening on record; returns its record number (``K``, division, year, serial).

    The rules judge again: time passed and checks came in since the filing. Raises NotFound outside the officer's
    area, Refused with every reason (``filing_late`` once the first session has begun).
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    refusal = reasons_against_review(OpeningState(row.state))
    if refusal:
        raise Refused(refusal)
    filing = await last_filing(unit.session, row)
    case = await read_filing_case(unit, row, filed_at=filing.filed_at)
    accepted = AcceptedCommitment(filing.commitment_version, filing.commitment_digest)
    reasons = [
        *reasons_against_filing(case.facts),
        *reasons_against_commitment(case.commitment, accepted, on=unit.today),
    ]
    if reasons:
        raise Refused(reasons)
    serial = (await unit.session.execute(_SERIAL)).scalar_one()
    record_number = f"K{row.division_code}{unit.today.year}{serial:06}"
    recorded = await unit.session.execute(
        _RECORD,
        {
            "opening_id": opening_id,
            "filing_no": filing.filing_no,
            "filed_at": filing.filed_at,
            "filed_by": filing.filed_by,
            "record_number": record_number,
            "actor": unit.actor.principal_id,
        },
    )
    await next_version(unit, row, state=OpeningState.ON_RECORD, on_record_at=recorded.scalar_one())
    details = {"filing_no": filing.filing_no, "record_number": record_number}
    await record_event(
        unit, "opening:put_on_record", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "opening:put_on_record", {"opening_id": str(opening_id), **details})
    return record_number
