"""Close a class: all reasons at once, else entry and certificate of each trainee who earned them, together."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.actions.issue_completion_certificates import issue_completion_certificates
from app.archive.certificates.actions.request_linking import request_linking
from app.archive.records.actions.append_attended_periods import append_attended_periods
from app.archive.records.actions.append_completions import append_completions
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.kernel.clock import law_date
from app.kernel.errors import Conflict, NotFound, Refused
from app.policy.values import value_of
from app.training.completion.queries import (
    ClassAtClosing,
    class_at_closing,
    open_corrections,
    trainees_at_closing,
)
from app.training.completion.rules import (
    ClosingFacts,
    TraineeVerdict,
    Verdict,
    judge_all,
    reasons_against_closing,
)

_CLOSE = text("SELECT close_opening(:closed_by, :opening_id)")


@dataclass(frozen=True, slots=True)
class ClosedOpening:
    """What closing came to; ``record_numbers`` by person for those who earned an entry."""

    verdicts: tuple[TraineeVerdict, ...]
    record_numbers: dict[UUID, str]


async def close_opening(unit: Unit, keys: KeyRing, *, opening_id: UUID) -> ClosedOpening:
    """Raises NotFound for another institution's class, Refused with every reason.

    An institution's system may close as well as its operators: closing judges nothing. Whom it gives an entry follows
    from presence that devices sent and from results that two entered and confirmed, the second of them a person.
    """
    found = await class_at_closing(unit, opening_id, unit.actor.institution())
    if found is None:
        raise NotFound
    facts = await facts_at_closing(unit, keys, opening_id, found)
    reasons = reasons_against_closing(facts)
    if reasons:
        raise Refused(reasons)
    if not await unit.session.scalar(
        _CLOSE, {"opening_id": opening_id, "closed_by": unit.actor.principal_id}
    ):
        raise Conflict
    closed = await archive_earned(unit, keys, found, facts)
    await record_event(
        unit,
        "opening:closed",
        subject_kind="opening",
        subject_id=opening_id,
        details={verdict: sum(each.verdict is verdict for each in closed.verdicts) for verdict in Verdict},
    )
    await announce(
        unit, "opening.closed", {"opening_id": str(opening_id), "records": len(closed.record_numbers)}
    )
    return closed


async def archive_earned(
    unit: Unit, keys: KeyRing, found: ClassAtClosing, facts: ClosingFacts
) -> ClosedOpening:
    """Judge every trainee, append the entries that are missing, issue 培训合格证书, and ask for their links."""
    verdicts = judge_all(facts)
    record_numbers = await append_completions(
        unit,
        opening_id=found.opening_id,
        division_code=found.division_code,
        persons=[each.trainee.person_id for each in verdicts if each.verdict is Verdict.EARNED],
    )
    # Whoever came has that on record, passed or not: 生活费补贴 is paid by the day attended.
    await append_attended_periods(
        unit,
        opening_id=found.opening_id,
        division_code=found.division_code,
        persons=[
            each.trainee.person_id
            for each in verdicts
            if each.trainee.is_matched and each.trainee.credited_minutes > 0
        ],
    )
    await issue_completion_certificates(
        unit,
        keys,
        opening_id=found.opening_id,
        division_code=found.division_code,
        persons=list(record_numbers),
    )
    # What the network had confirmed before the class closed is linked now, not when it is asked again.
    await request_linking(unit, record_numbers)
    return ClosedOpening(verdicts, record_numbers)


async def facts_at_closing(
    unit: Unit, keys: KeyRing, opening_id: UUID, found: ClassAtClosing
) -> ClosingFacts:
    """Everything the rules of closing need; the threshold is that of the day the last session ended."""
    rule_day = law_date(found.last_session_ends_at) if found.last_session_ends_at else unit.today
    threshold = value_of("completion_attendance_bp", on=rule_day, division=found.division_code)
    return ClosingFacts(
        state=found.state,
        now=unit.now,
        last_session_ends_at=found.last_session_ends_at,
        held_sessions=found.held_sessions,
        planned_minutes=found.planned_minutes,
        attendance_bp_min=threshold.number,
        attendance_citation=threshold.citation,
        open_corrections=await open_corrections(unit, opening_id),
        trainees=await trainees_at_closing(unit, keys, opening_id),
    )
