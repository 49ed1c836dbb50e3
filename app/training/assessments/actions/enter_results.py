"""An institution enters results of an assessment (录入成绩); again before confirmation makes a new revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Refused
from app.training.assessments.queries import find_opening, sitting_of
from app.training.assessments.rules import GivenResult, reasons_against_entering

_ENTER = text("""
    INSERT INTO assessment_result (person_id, opening_id, attempt, revision, outcome, score_hundredths,
      exemption_reason, entered_by)
    SELECT given.person_id, CAST(:opening_id AS uuid), CAST(:attempt AS smallint), given.revision, given.outcome,
      given.score, given.exemption, CAST(:by AS uuid)
    FROM unnest(CAST(:persons AS uuid[]), CAST(:revisions AS smallint[]), CAST(:outcomes AS text[]),
      CAST(:scores AS integer[]), CAST(:exemptions AS text[]))
      AS given (person_id, revision, outcome, score, exemption)
""")


@dataclass(frozen=True, slots=True)
class Entered:
    """How many results got a new revision, and how many said what was already there."""

    entered: int
    unchanged: int


async def enter_results(
    unit: Unit, *, opening_id: UUID, attempt: int, results: Sequence[GivenResult]
) -> Entered:
    """All or nothing. Raises NotFound, Refused with the defects of every row."""
    opening = await find_opening(unit, opening_id, lock=True)
    sitting = await sitting_of(unit, opening_id, attempt, opening_state=opening.state)
    reasons = reasons_against_entering(sitting, results)
    if reasons:
        raise Refused(reasons)
    known = sitting.candidates
    fresh = [result for result in results if not result.equals(known[result.line_id])]
    await unit.session.execute(
        _ENTER,
        {
            "opening_id": opening_id,
            "attempt": attempt,
            "by": unit.actor.principal_id,
            "persons": [known[result.line_id].person_id for result in fresh],
            "revisions": [known[result.line_id].revision + 1 for result in fresh],
            "outcomes": [result.outcome.value for result in fresh],
            "scores": [result.score_hundredths for result in fresh],
            "exemptions": [result.exemption_reason for result in fresh],
        },
    )
    await record_event(
        unit,
        "assessment_result:entered",
        subject_kind="opening",
        subject_id=opening_id,
        details={"attempt": attempt, "entered": len(fresh), "unchanged": len(results) - len(fresh)},
    )
    return Entered(len(fresh), len(results) - len(fresh))
