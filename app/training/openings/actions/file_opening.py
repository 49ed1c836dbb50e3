"""Filing an opening (申报开班备案): server time decides, all defects at once."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.filing import FilingCase, read_filing_case
from app.training.openings.queries.scope import draft_to_edit
from app.training.openings.rules.commitment import AcceptedCommitment, reasons_against_commitment
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.states import OpeningState
from app.training.openings.tables import OpeningRow

_FILE = text("""
    INSERT INTO opening_filing
      (opening_id, filing_no, institution_id, program_id, program_version, occupation_edition, occupation_code,
       designated_division_code, filed_by, first_session_at, trainee_count, commitment_version, commitment_digest)
    VALUES
      (:opening_id, :filing_no, :institution_id, :program_id, :program_version, :occupation_edition,
       :occupation_code, :designated_division_code, :actor, :first_session_at, :trainee_count, :commitment_version,
       :commitment_digest)
""")


async def file_opening(unit: Unit, *, opening_id: UUID, commitment: AcceptedCommitment | None) -> None:
    """File the caller's draft. Raises NotFound, Refused with every reason against it.

    The time of filing is the database's (``filed_at`` is in no role's INSERT grant); a filing after the first session
    and a filing against a directory entry not valid today are refused by constraints as well.
    """
    row = await draft_to_edit(unit, opening_id)
    case = await read_filing_case(unit, row)
    reasons = [
        *reasons_against_filing(case.facts),
        *reasons_against_commitment(case.commitment, commitment, on=unit.today),
    ]
    if reasons:
        raise Refused(reasons)
    assert commitment is not None
    filing_no = (row.filing_no or 0) + 1
    await _insert_filing(unit, row, filing_no, case, commitment)
    await next_version(unit, row, state=OpeningState.FILED, filing_no=filing_no)
    details = {"filing_no": filing_no, "trainees": case.facts.roster.lines}
    await record_event(unit, "opening:filed", subject_kind="opening", subject_id=opening_id, details=details)
    await announce(
        unit,
        "opening:filed",
        {"opening_id": str(opening_id), "division_code": row.division_code, **details},
    )


async def _insert_filing(
    unit: Unit, row: OpeningRow, filing_no: int, case: FilingCase, commitment: AcceptedCommitment
) -> None:
    await unit.session.execute(
        _FILE,
        {
            "opening_id": row.opening_id,
            "filing_no": filing_no,
            "institution_id": row.institution_id,
            "program_id": row.program_id,
            "program_version": row.program_version,
            "occupation_edition": case.program.occupation_edition,
            "occupation_code": case.program.occupation_code,
            "designated_division_code": case.facts.directory.designated_division,
            "actor": unit.actor.principal_id,
            "first_session_at": min(session.starts_at for session in case.facts.sessions),
            "trainee_count": case.facts.roster.lines,
            "commitment_version": commitment.version,
            "commitment_digest": commitment.digest,
        },
    )
