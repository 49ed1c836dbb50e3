"""An institution schedules the completion assessment or a resit (安排结业考核、补考)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.policy.values import value_of
from app.training.assessments.queries import assessments_of, find_opening
from app.training.assessments.rules import ScheduleFacts, reasons_against_scheduling
from app.training.assessments.states import AssessmentMethod
from app.training.assessments.tables import AssessmentRow


async def schedule_assessment(
    unit: Unit, *, opening_id: UUID, scheduled_at: datetime, venue: str, method: AssessmentMethod
) -> AssessmentRow:
    """The next attempt of the class. Raises NotFound for another institution's, Refused with every reason."""
    opening = await find_opening(unit, opening_id, lock=True)
    earlier = await assessments_of(unit, opening_id)
    last = earlier[-1][1] if earlier else None

    def number(key: str) -> int:
        return value_of(key, on=unit.today, division=opening.division_code).number

    reasons = reasons_against_scheduling(
        ScheduleFacts(
            opening_state=opening.state,
            attempt=len(earlier) + 1,
            scheduled_at=scheduled_at,
            now=unit.now,
            training_ends_at=opening.training_ends_at,
            deadline=timedelta(days=number("assessment_deadline_days")),
            resits_max=number("resit_attempts_max"),
            candidates=last.failed + last.absent if last else 0,
            open_results=last.candidates - last.confirmed if last else 0,
        )
    )
    if reasons:
        raise Refused(reasons)
    stored = await unit.session.scalars(
        insert(AssessmentRow)
        .values(
            opening_id=opening_id,
            attempt=len(earlier) + 1,
            scheduled_at=scheduled_at,
            venue=venue,
            method=method,
            scheduled_by=unit.actor.principal_id,
        )
        .returning(AssessmentRow)
    )
    assessment = stored.one()
    await record_event(
        unit,
        "assessment:scheduled",
        subject_kind="opening",
        subject_id=opening_id,
        details={"attempt": assessment.attempt, "method": method.value},
    )
    await announce(
        unit, "assessment.scheduled", {"opening_id": str(opening_id), "attempt": assessment.attempt}
    )
    return assessment
