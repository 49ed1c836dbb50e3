"""Facts of closing, in one read each: the class with what its entries will copy, and every trainee on the roster."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.masking import mask_name_public
from app.training.completion.rules import TraineeFacts
from app.training.rosters.queries import NAME_FIELD

_CLASS_SHOWN = text("""
    SELECT course_opening.state, course_opening.opening_id, course_opening.division_code, sessions.*,
      (SELECT count(*) FROM session_held WHERE session_held.opening_id = course_opening.opening_id) AS held_sessions
    FROM course_opening
    CROSS JOIN LATERAL (
      SELECT min(starts_at) AS starts_at, max(ends_at) AS ends_at,
        coalesce(sum(extract(epoch FROM ends_at - starts_at)) / 60, 0)::integer AS planned_minutes
      FROM course_session
      WHERE course_session.opening_id = course_opening.opening_id AND canceled_at IS NULL
    ) AS sessions
    WHERE course_opening.opening_id = :opening_id
      AND (CAST(:institution_id AS uuid) IS NULL OR course_opening.institution_id = :institution_id)
""")
_CLASS = text(f"{_CLASS_SHOWN.text} FOR UPDATE OF course_opening")
_TRAINEES = text("""
    SELECT line.line_id, line.person_id, line.name_sealed, line.sheet_line,
      line.state = 'matched' AS is_matched, line.check_id,
      coalesce(presence.credited_minutes, 0)::integer AS credited_minutes,
      best.outcome, best.attempt, best.score_hundredths,
      best.outcome IS DISTINCT FROM 'pass' AND EXISTS (
        SELECT FROM assessment_result AS entered
        WHERE entered.person_id = line.person_id AND entered.opening_id = line.opening_id
          AND NOT EXISTS (
            SELECT FROM assessment_confirmation AS done
            WHERE done.person_id = entered.person_id AND done.opening_id = entered.opening_id
              AND done.attempt = entered.attempt)) AS has_unconfirmed_result
    FROM roster_line AS line
    LEFT JOIN LATERAL (
      SELECT sum(confirmed_presence.credited_minutes) AS credited_minutes FROM confirmed_presence
      JOIN course_session USING (session_id)
      WHERE confirmed_presence.person_id = line.person_id AND confirmed_presence.opening_id = line.opening_id
        AND course_session.canceled_at IS NULL
    ) AS presence ON true
    LEFT JOIN LATERAL (
      SELECT confirmation.outcome, confirmation.attempt, result.score_hundredths
      FROM assessment_confirmation AS confirmation
      JOIN assessment_result AS result USING (person_id, opening_id, attempt, revision)
      WHERE confirmation.person_id = line.person_id AND confirmation.opening_id = line.opening_id
      ORDER BY confirmation.outcome IN ('pass', 'exempt') DESC, confirmation.attempt DESC LIMIT 1
    ) AS best ON true
    WHERE line.opening_id = :opening_id AND line.withdrawn_at IS NULL
    ORDER BY line.name_initials, line.line_id
""")
_ENROLLMENTS = text("""
    SELECT line.opening_id, course_opening.name AS opening_name, training_institution.name AS institution_name,
      course_opening.state, line.added_at, line.withdrawn_at,
      (SELECT min(starts_at) FROM course_session
       WHERE course_session.opening_id = line.opening_id AND canceled_at IS NULL) AS first_session_at,
      (SELECT max(ends_at) FROM course_session
       WHERE course_session.opening_id = line.opening_id AND canceled_at IS NULL) AS last_session_ends_at
    FROM roster_line AS line
    JOIN course_opening USING (opening_id)
    JOIN training_institution ON training_institution.institution_id = course_opening.institution_id
    WHERE line.person_id = ANY(:persons)
    ORDER BY line.added_at DESC, line.opening_id
""")
_LINES = text("""
    SELECT person_id, line_id, name_sealed, sheet_line FROM roster_line WHERE opening_id = :opening_id
""")
_IS_OPENING_OF = text("""
    SELECT EXISTS (SELECT FROM course_opening WHERE opening_id = :opening_id AND institution_id = :institution_id)
""")
_OPEN_CORRECTIONS = text("""
    SELECT count(*) FROM presence_correction WHERE opening_id = :opening_id AND decision IS NULL
""")
_LATE = text("""
    SELECT DISTINCT line.opening_id FROM roster_line AS line
    JOIN opening_closure USING (opening_id)
    WHERE line.state = 'matched' AND line.withdrawn_at IS NULL AND line.check_id IS NOT NULL
      AND EXISTS (SELECT FROM identity_check AS matched
                  WHERE matched.person_id = line.person_id AND matched.check_id = line.check_id
                    AND matched.recorded_at >= opening_closure.closed_at)
      AND (EXISTS (SELECT FROM assessment_confirmation AS passed
                   WHERE passed.person_id = line.person_id AND passed.opening_id = line.opening_id
                     AND passed.outcome IN ('pass', 'exempt'))
           AND NOT EXISTS (SELECT FROM record_entry AS entry
                           WHERE entry.person_id = line.person_id AND entry.opening_id = line.opening_id)
        OR EXISTS (SELECT FROM confirmed_presence AS present
                   JOIN course_session AS session USING (session_id)
                   WHERE present.person_id = line.person_id AND present.opening_id = line.opening_id
                     AND present.credited_minutes > 0 AND session.canceled_at IS NULL)
           AND NOT EXISTS (SELECT FROM record_entry AS entry
                           WHERE entry.person_id = line.person_id AND entry.opening_id = line.opening_id
                             AND entry.kind = 'attended_period'))
    LIMIT 100
""")


@dataclass(frozen=True, slots=True)
class ClassAtClosing:
    """A class as read for closing; unless only looked at, its row is locked until the end of the transaction."""

    opening_id: UUID
    state: str
    first_session_at: datetime | None
    last_session_ends_at: datetime | None
    held_sessions: int
    division_code: str
    planned_minutes: int


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a roster as its own institution is reminded of it; ``sheet_line`` is that of the imported file."""

    line_id: UUID
    masked_name: str
    sheet_line: int | None


async def class_at_closing(
    unit: Unit, opening_id: UUID, institution_id: UUID | None, *, lock: bool = True
) -> ClassAtClosing | None:
    """None when absent or another institution's; ``institution_id`` None is the registry itself.

    Without ``lock`` it is only looked at: what closing would come to now.
    """
    asked = {"opening_id": opening_id, "institution_id": institution_id}
    row = (await unit.session.execute(_CLASS if lock else _CLASS_SHOWN, asked)).one_or_none()
    if row is None:
        return None
    return ClassAtClosing(
        opening_id=row.opening_id,
        state=row.state,
        first_session_at=row.starts_at,
        last_session_ends_at=row.ends_at,
        held_sessions=row.held_sessions,
        division_code=row.division_code,
        planned_minutes=row.planned_minutes,
    )


async def trainees_at_closing(unit: Unit, keys: KeyRing, opening_id: UUID) -> Sequence[TraineeFacts]:
    """Everybody on the roster who was not withdrawn."""
    rows = await unit.session.execute(_TRAINEES, {"opening_id": opening_id})
    return [
        TraineeFacts(
            line_id=row.line_id,
            person_id=row.person_id,
            masked_name=_masked_name(keys, row),
            sheet_line=row.sheet_line,
            is_matched=row.is_matched,
            identity_check_id=row.check_id,
            credited_minutes=row.credited_minutes,
            outcome=row.outcome,
            attempt=row.attempt,
            score_hundredths=row.score_hundredths,
            has_unconfirmed_result=row.has_unconfirmed_result,
        )
        for row in rows
    ]


async def open_corrections(unit: Unit, opening_id: UUID) -> int:
    """How many presence corrections of the class wait for a decision."""
    return int((await unit.session.execute(_OPEN_CORRECTIONS, {"opening_id": opening_id})).scalar_one())


async def openings_with_late_matches(unit: Unit) -> Sequence[UUID]:
    """Closed classes with a trainee who passed or was present and whose real-name match came only after the closing."""
    return (await unit.session.scalars(_LATE)).all()


async def lines_of_opening(unit: Unit, keys: KeyRing, opening_id: UUID) -> dict[UUID, LineShown]:
    """By person: whose line of the roster it is, for the institution of the class."""
    return {
        row.person_id: LineShown(row.line_id, _masked_name(keys, row), row.sheet_line)
        for row in await unit.session.execute(_LINES, {"opening_id": opening_id})
    }


async def is_opening_of(unit: Unit, opening_id: UUID, institution_id: UUID) -> bool:
    """Whether the class exists and belongs to the institution."""
    found = await unit.session.execute(
        _IS_OPENING_OF, {"opening_id": opening_id, "institution_id": institution_id}
    )
    return bool(found.scalar_one())


async def enrollments_of_persons(unit: Unit, persons: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Every class these person ids were put on the roster of, newest first; for the person alone."""
    return (await unit.session.execute(_ENROLLMENTS, {"persons": list(persons)})).all()


def _masked_name(keys: KeyRing, row: Row[Any]) -> str:
    return mask_name_public(keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id))
