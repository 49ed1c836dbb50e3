"""An institution proposes a device or platform as a source of attendance (申报考勤设备、平台)."""

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Refused
from app.training.attendance.queries.sources import live_names_of
from app.training.attendance.rules.sources import reasons_against_proposal
from app.training.attendance.states import SourceKind
from app.training.attendance.tables import SourceProposalRow


async def propose_source(unit: Unit, *, kind: SourceKind, name: str) -> SourceProposalRow:
    """Raises Refused (``source_name_taken``)."""
    institution_id = unit.actor.institution()
    reasons = reasons_against_proposal(name, await live_names_of(unit, institution_id))
    if reasons:
        raise Refused(reasons)
    stored = await unit.session.scalars(
        insert(SourceProposalRow)
        .values(
            proposal_id=uuid7(),
            institution_id=institution_id,
            kind=kind,
            name=name,
            proposed_by=unit.actor.principal_id,
        )
        .returning(SourceProposalRow)
    )
    proposal = stored.one()
    await record_event(
        unit,
        "attendance_source:proposed",
        subject_kind="attendance_source_proposal",
        subject_id=proposal.proposal_id,
        details={"kind": kind, "name": name},
    )
    return proposal
