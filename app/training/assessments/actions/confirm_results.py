"""Another person of the institution confirms results (确认成绩); from then on they are final."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.access.actor import PrincipalKind
from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.training.assessments.queries import find_opening, sitting_of
from app.training.assessments.rules import SeenResult, reasons_against_confirming, unconfirmed

_CONFIRM = text("""
    INSERT INTO assessment_confirmation (person_id, opening_id, attempt, revision, outcome, entered_by,
      confirmed_by)
    SELECT result.person_id, result.opening_id, result.attempt, result.revision, result.outcome, result.entered_by,
      CAST(:by AS uuid)
    FROM unnest(CAST(:persons AS uuid[]), CAST(:revisions AS smallint[])) AS seen (person_id, revision)
    JOIN assessment_result AS result
      ON result.person_id = seen.person_id AND result.opening_id = :opening_id AND result.attempt = :attempt
     AND result.revision = seen.revision
""")


async def confirm_results(
    unit: Unit, *, opening_id: UUID, attempt: int, seen: Sequence[SeenResult] | None
) -> int:
    """Confirm the results as seen, or every open one when ``seen`` is None; returns how many.

    All or nothing. Raises NotFound, Refused (``person_required``, ``second_person_required``, ``result_changed``,
    ``score_below_pass_mark``…) with every reason.
    """
    opening = await find_opening(unit, opening_id, lock=True)
    sitting = await sitting_of(unit, opening_id, attempt, opening_state=opening.state)
    chosen = unconfirmed(sitting) if seen is None else seen
    reasons = reasons_against_confirming(
        sitting,
        chosen,
        confirmed_by=unit.actor.principal_id,
        is_person=unit.actor.kind is PrincipalKind.INSTITUTION_OPERATOR,
    )
    if reasons:
        raise Refused(reasons)
    await unit.session.execute(
        _CONFIRM,
        {
            "opening_id": opening_id,
            "attempt": attempt,
            "by": unit.actor.principal_id,
            "persons": [sitting.candidates[result.line_id].person_id for result in chosen],
            "revisions": [result.revision for result in chosen],
        },
    )
    await record_event(
        unit,
        "assessment_result:confirmed",
        subject_kind="opening",
        subject_id=opening_id,
        details={"attempt": attempt, "confirmed": len(chosen)},
    )
    await announce(
        unit,
        "assessment.confirmed",
        {"opening_id": str(opening_id), "attempt": attempt, "confirmed": len(chosen)},
    )
    return len(chosen)
