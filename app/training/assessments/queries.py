"""Reads of assessments and results. Officers see schedules and counts; persons only through the archive's doors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import covers
from app.training.assessments.rules import CandidateFacts, SittingFacts
from app.training.assessments.states import AssessmentMethod, Outcome, ResultState
from app.training.assessments.tables import AssessmentRow

ROSTER_NAME = "roster_line.name"
"""Name of the sealed field, as the roster seals it; its owner is the person."""

_OPENING = text("""
    SELECT opening.state, opening.division_code, law_date(opening.created_at) AS created_on, opening.institution_id,
      (SELECT max(session.ends_at) FROM course_session AS session
       WHERE session.opening_id = opening.opening_id AND session.canceled_at IS NULL) AS training_ends_at
    FROM course_opening AS opening WHERE opening.opening_id = :opening_id
""")
_LOCK = text("SELECT 1 FROM course_opening WHERE opening_id = :opening_id FOR NO KEY UPDATE")
_PASS_MARK = text("""
    SELECT (content ->> 'pass_score')::integer * 100 FROM opening_part
    WHERE opening_id = :opening_id AND part = 'assessment_plan'
""")
_LINES = text("SELECT line_id FROM roster_line WHERE opening_id = :opening_id AND withdrawn_at IS NULL")
_CANDIDATES = """
    SELECT line.person_id, line.line_id, line.name_sealed, latest.outcome, latest.score_hundredths,
      latest.exemption_reason, coalesce(latest.revision, 0) AS revision, latest.entered_by, latest.entered_at,
      done.confirmed_at, done.confirmed_by
    FROM roster_line AS line
    CROSS JOIN (SELECT CAST(:attempt AS smallint) AS attempt) AS asked
    LEFT JOIN assessment_confirmation AS done
      ON done.person_id = line.person_id AND done.opening_id = line.opening_id AND done.attempt = asked.attempt
    LEFT JOIN LATERAL (
      SELECT result.* FROM assessment_result AS result
      WHERE result.person_id = line.person_id AND result.opening_id = line.opening_id AND result.attempt = asked.attempt
        AND (done.revision IS NULL OR result.revision = done.revision)
      ORDER BY result.revision DESC LIMIT 1
    ) AS latest ON true
    WHERE line.opening_id = :opening_id AND line.withdrawn_at IS NULL
      AND (asked.attempt = 1 OR EXISTS (
        SELECT FROM assessment_confirmation AS before
        WHERE before.person_id = line.person_id AND before.opening_id = line.opening_id
          AND before.attempt = asked.attempt - 1 AND before.outcome IN ('fail', 'absent')))
"""
_ALL_CANDIDATES = text(_CANDIDATES)
_CANDIDATE_PAGE = text(
    _CANDIDATES
    + """
      AND (CAST(:after AS uuid) IS NULL OR line.line_id > :after)
      AND (CAST(:state AS text) IS NULL OR CAST(:state AS text) = CASE
        WHEN done.person_id IS NOT NULL THEN 'confirmed' WHEN latest.revision IS NOT NULL THEN 'entered'
        ELSE 'missing' END)
    ORDER BY line.line_id LIMIT :limit"""
)
_COUNTS = text("SELECT * FROM assessment_counts(:opening_id)")
_OUTCOMES = text("""
    SELECT line.person_id, line.line_id, best.attempt, best.outcome
    FROM roster_line AS line
    LEFT JOIN LATERAL (
      SELECT done.attempt, done.outcome FROM assessment_confirmation AS done
      WHERE done.person_id = line.person_id AND done.opening_id = line.opening_id
      ORDER BY done.attempt DESC LIMIT 1
    ) AS best ON true
    WHERE line.opening_id = :opening_id AND line.withdrawn_at IS NULL
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningFacts:
    """What an assessment needs of its class."""

    state: str
    division_code: str
    training_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How far an attempt is; no person."""

    candidates: int
    entered: int
    confirmed: int
    passed: int
    failed: int
    absent: int
    exempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """A candidate's newest result with the name, for the candidate's own institution."""

    line_id: UUID
    name: str
    state: ResultState
    revision: int
    outcome: Outcome | None
    score_hundredths: int | None
    exemption_reason: str | None
    entered_at: datetime | None
    entered_by: UUID | None
    confirmed_at: datetime | None
    confirmed_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraineeOutcome:
    """The confirmed outcome of the latest attempt of a trainee; both None while there is none."""

    line_id: UUID
    attempt: int | None
    outcome: Outcome | None


async def find_opening(unit: Unit, opening_id: UUID, *, lock: bool = False) -> OpeningFacts:
    """An opening of the calling institution or in the officer's area. Raises NotFound.

    ``lock`` makes entering, confirming and closing of one class wait for each other.
    """
    opening = (await unit.session.execute(_OPENING, {"opening_id": opening_id})).one_or_none()
    if opening is None or not _is_visible(unit, opening):
        raise NotFound
    if lock:
        await unit.session.execute(_LOCK, {"opening_id": opening_id})
        opening = (await unit.session.execute(_OPENING, {"opening_id": opening_id})).one()
    return OpeningFacts(
        state=opening.state, division_code=opening.division_code, training_ends_at=opening.training_ends_at
    )


async def assessments_of(unit: Unit, opening_id: UUID) -> list[tuple[AssessmentRow, Counts]]:
    """Scheduled assessments of a class in order, each with its counts."""
    counts = {
        row.attempt: Counts(**{name: value for name, value in row._mapping.items() if name != "attempt"})
        for row in await unit.session.execute(_COUNTS, {"opening_id": opening_id})
    }
    found = select(AssessmentRow).where(col(AssessmentRow.opening_id) == opening_id)
    rows = (await unit.session.scalars(found.order_by(col(AssessmentRow.attempt)))).all()
    return [(row, counts[row.attempt]) for row in rows]


async def sitting_of(unit: Unit, opening_id: UUID, attempt: int, *, opening_state: str) -> SittingFacts:
    """An attempt with all its candidates. Raises NotFound when it is not scheduled."""
    assessment = await _require_assessment(unit, opening_id, attempt)
    rows = await unit.session.execute(_ALL_CANDIDATES, {"opening_id": opening_id, "attempt": attempt})
    lines = await unit.session.scalars(_LINES, {"opening_id": opening_id})
    pass_mark = await unit.session.scalar(_PASS_MARK, {"opening_id": opening_id})
    return SittingFacts(
        opening_state=opening_state,
        attempt=attempt,
        method=AssessmentMethod(assessment.method),
        pass_mark_hundredths=pass_mark,
        scheduled_at=assessment.scheduled_at,
        now=unit.now,
        lines=frozenset(lines),
        candidates={
            row.line_id: CandidateFacts(
                person_id=row.person_id,
                line_id=row.line_id,
                outcome=Outcome(row.outcome) if row.outcome else None,
                score_hundredths=row.score_hundredths,
                exemption_reason=row.exemption_reason,
                revision=row.revision,
                entered_by=row.entered_by,
                is_confirmed=row.confirmed_at is not None,
            )
            for row in rows
        },
    )


async def results_of(
    unit: Unit,
    keys: KeyRing,
    opening_id: UUID,
    attempt: int,
    *,
    state: ResultState | None,
    cursor: str | None,
    limit: int,
) -> Page[ResultView]:
    """Candidates of an attempt with their results, also those who have none yet. Raises NotFound."""
    await find_opening(unit, opening_id)
    await _require_assessment(unit, opening_id, attempt)
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = (
        await unit.session.execute(
            _CANDIDATE_PAGE,
            {
                "opening_id": opening_id,
                "attempt": attempt,
                "after": after,
                "state": state.value if state else None,
                "limit": limit + 1,
            },
        )
    ).all()
    views = tuple(_view(keys, row) for row in rows[:limit])
    return Page(views, encode_cursor(views[-1].line_id) if len(rows) > limit else None)


async def outcomes_of(unit: Unit, opening_id: UUID) -> dict[UUID, TraineeOutcome]:
    """By person: the confirmed outcome of everybody on the roster who was not withdrawn."""
    return {
        row.person_id: TraineeOutcome(
            line_id=row.line_id, attempt=row.attempt, outcome=Outcome(row.outcome) if row.outcome else None
        )
        for row in await unit.session.execute(_OUTCOMES, {"opening_id": opening_id})
    }


async def _require_assessment(unit: Unit, opening_id: UUID, attempt: int) -> AssessmentRow:
    assessment = await unit.session.get(AssessmentRow, (opening_id, attempt))
    if assessment is None:
        raise NotFound
    return assessment


def _is_visible(unit: Unit, opening: Any) -> bool:
    if unit.actor.is_institution:
        return bool(opening.institution_id == unit.actor.institution())
    scope = unit.actor.division_code
    return scope is not None and covers(scope, opening.division_code, opening.created_on)


def _view(keys: KeyRing, row: Any) -> ResultView:
    state = ResultState.MISSING
    if row.outcome is not None:
        state = ResultState.ENTERED if row.confirmed_at is None else ResultState.CONFIRMED
    return ResultView(
        line_id=row.line_id,
        name=keys.open(row.name_sealed, name=ROSTER_NAME, owner=row.person_id),
        state=state,
        revision=row.revision,
        outcome=Outcome(row.outcome) if row.outcome else None,
        score_hundredths=row.score_hundredths,
        exemption_reason=row.exemption_reason,
        entered_at=row.entered_at,
        entered_by=row.entered_by,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
    )
