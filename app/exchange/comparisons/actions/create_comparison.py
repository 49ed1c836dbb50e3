"""An officer opens a comparison: purpose and case first, the file afterwards."""

from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.exchange.verification.states import VerificationPurpose

_INSERT = """
INSERT INTO comparison (comparison_id, principal_id, agency_id, purpose, case_number) VALUES ($1, $2, $3, $4, $5)
"""


async def create_comparison(unit: Unit, *, purpose: VerificationPurpose, case_number: str) -> UUID:
    """The id under which the file is to be sent."""
    comparison_id: UUID = uuid7()
    await (await unit.driver()).execute(
        _INSERT, comparison_id, unit.actor.principal_id, unit.actor.agency(), purpose.value, case_number
    )
    await record_event(
        unit,
        "comparison:created",
        subject_kind="comparison",
        subject_id=comparison_id,
        details={"purpose": purpose.value},
    )
    return comparison_id
