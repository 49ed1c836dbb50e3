"""What an institution has in hand: its live classes, each with how far it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.training.openings.rules.next_step import NextStep, ProgressFacts, Urgency, next_step
from app.training.openings.states import OpeningState

_LIVE = text("""
    WITH live AS MATERIALIZED (
      SELECT opening_id, name, state, planned_size FROM course_opening
      WHERE institution_id = :institution_id AND state IN ('draft', 'returned', 'filed', 'on_record', 'running')
      ORDER BY opening_id DESC LIMIT :limit
    )
    SELECT live.*, sessions.first_session_at, sessions.last_session_ends_at, roster.*,
      (SELECT count(*) FROM opening_part WHERE opening_part.opening_id = live.opening_id) AS written_parts,
      EXISTS (SELECT FROM opening_teacher
              WHERE opening_teacher.opening_id = live.opening_id AND removed_at IS NULL) AS has_teachers,
      (SELECT count(*) FROM roster_line AS line
       WHERE live.state = 'running' AND line.opening_id = live.opening_id AND line.withdrawn_at IS NULL
         AND NOT EXISTS (SELECT FROM assessment_confirmation AS done
                         WHERE done.person_id = line.person_id AND done.opening_id = line.opening_id)) AS open_results
    FROM live
    CROSS JOIN LATERAL (
      SELECT min(starts_at) AS first_session_at, max(ends_at) AS last_session_ends_at FROM course_session
      WHERE course_session.opening_id = live.opening_id AND canceled_at IS NULL
    ) AS sessions
    CROSS JOIN LATERAL (
      SELECT count(*) AS trainees, count(*) FILTER (WHERE line.state = 'not_matched') AS not_matched,
        count(*) FILTER (WHERE line.state IN ('unverified', 'unavailable')) AS pending_checks
      FROM roster_line AS line WHERE line.opening_id = live.opening_id AND line.withdrawn_at IS NULL
    ) AS roster
    ORDER BY live.opening_id DESC
""")
_ORDER = {Urgency.NOW: 0, Urgency.SOON: 1, Urgency.WAITING: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOpening:
    """A class that is not over, with its next step."""

    opening_id: UUID
    name: str
    state: OpeningState
    planned_size: int
    trainees: int
    first_session_at: datetime | None
    step: NextStep


async def live_openings(unit: Unit, *, limit: int) -> list[LiveOpening]:
    """The newest ``limit`` live classes of the caller's institution: what is to be done now first, then by deadline."""
    asked = {"institution_id": unit.actor.institution(), "limit": limit}
    found = [_live(unit, row) for row in await unit.session.execute(_LIVE, asked)]
    return sorted(
        found,
        key=lambda each: (_ORDER[each.step.urgency], each.step.until is None, each.step.until or unit.now),
    )


def _live(unit: Unit, row: Any) -> LiveOpening:
    facts = ProgressFacts(
        state=OpeningState(row.state),
        now=unit.now,
        written_parts=row.written_parts,
        has_teachers=row.has_teachers,
        has_sessions=row.first_session_at is not None,
        trainees=row.trainees,
        not_matched=row.not_matched,
        pending_checks=row.pending_checks,
        open_results=row.open_results,
        first_session_at=row.first_session_at,
        last_session_ends_at=row.last_session_ends_at,
    )
    return LiveOpening(
        opening_id=row.opening_id,
        name=row.name,
        state=facts.state,
        planned_size=row.planned_size,
        trainees=row.trainees,
        first_session_at=row.first_session_at,
        step=next_step(facts),
    )
