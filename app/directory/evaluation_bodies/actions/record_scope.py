"""Recording what a body may assess (评价范围备案): occupation, levels, period, document."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.evaluation_bodies.queries import require_body_in_scope
from app.directory.evaluation_bodies.rules import reasons_against_levels
from app.directory.institutions.rules import reasons_against_occupation, reasons_against_period
from app.kernel.errors import Refused
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel, facts_of

_INSERT = text("""
    INSERT INTO evaluation_body_scope
      (body_id, occupation_edition, occupation_code, lowest_rank, highest_rank, in_force, document_number, recorded_by)
    VALUES (:body_id, :edition, :code, :lowest_rank, :highest_rank, daterange(:starts_on, :ends_before),
      :document_number, :actor)
""")


async def record_scope(
    unit: Unit,
    *,
    body_id: UUID,
    occupation_edition: int,
    occupation_code: str,
    lowest: SkillLevel,
    highest: SkillLevel,
    starts_on: date,
    ends_before: date | None,
    document_number: str,
) -> None:
    """Let a body assess an occupation from the lowest to the highest level over ``[starts_on, ends_before)``.

    ``starts_on`` may lie in the past: the filing (备案) happened outside, the directory copies it. Raises NotFound
    outside the agency's area, Refused with every reason; an overlap is refused by the database (``scope_overlaps``).
    """
    await require_body_in_scope(unit, body_id)
    known = occupations().get().find(occupation_edition, occupation_code) is not None
    reasons = [
        *reasons_against_occupation(occupation_edition, occupation_code, known=known),
        *reasons_against_levels(lowest, highest),
        *reasons_against_period(starts_on, ends_before, field="ends_before"),
    ]
    if reasons:
        raise Refused(reasons)
    await unit.session.execute(
        _INSERT,
        {
            "body_id": body_id,
            "edition": occupation_edition,
            "code": occupation_code,
            "lowest_rank": facts_of(lowest).rank,
            "highest_rank": facts_of(highest).rank,
            "starts_on": starts_on,
            "ends_before": ends_before,
            "document_number": document_number,
            "actor": unit.actor.principal_id,
        },
    )
    details = {
        "edition": occupation_edition,
        "code": occupation_code,
        "lowest": lowest,
        "highest": highest,
        "starts_on": starts_on.isoformat(),
    }
    await record_event(
        unit,
        "evaluation_body:scope_recorded",
        subject_kind="evaluation_body",
        subject_id=body_id,
        details=details,
    )
    await announce(unit, "evaluation_body:scope_recorded", {"body_id": str(body_id), **details})
