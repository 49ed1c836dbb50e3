"""Recording a further qualification paper (资质证照), e.g. a renewed school license."""

from uuid import UUID

from app.access.unit import Unit
from app.audit.events import record_event
from app.directory.institutions import rules
from app.directory.institutions.actions.register_institution import Qualification, insert_qualification
from app.directory.institutions.queries import require_institution_in_scope
from app.kernel.errors import InvalidInput


async def add_qualification(unit: Unit, *, institution_id: UUID, qualification: Qualification) -> UUID:
    """Raises NotFound for an institution outside the agency's area, InvalidInput for an empty validity."""
    await require_institution_in_scope(unit, institution_id)
    reasons = rules.reasons_against_period(
        qualification.starts_on, qualification.ends_before, field="ends_before"
    )
    if reasons:
        raise InvalidInput(reasons)
    qualification_id = await insert_qualification(unit, institution_id, qualification)
    await record_event(
        unit,
        "institution:qualification_added",
        subject_kind="institution",
        subject_id=institution_id,
        details={"qualification_id": str(qualification_id), "kind": qualification.kind},
    )
    return qualification_id
