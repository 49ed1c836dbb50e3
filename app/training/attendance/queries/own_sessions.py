"""The caller's own sessions that can be signed about now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit

_NOW = text("""
    SELECT session.session_id, opening.name AS opening_name, institution.name AS institution_name,
      session.starts_at, session.ends_at, session.venue, events.signed_in_at, events.signed_out_at
    FROM roster_line AS line
    JOIN course_opening AS opening USING (opening_id)
    JOIN training_institution AS institution ON institution.institution_id = opening.institution_id
    JOIN course_session AS session USING (opening_id)
    LEFT JOIN LATERAL (
      SELECT min(event.occurred_at) FILTER (WHERE event.kind = 'sign_in') AS signed_in_at,
        max(event.occurred_at) FILTER (WHERE event.kind = 'sign_out') AS signed_out_at
      FROM attendance_event AS event
      WHERE event.session_id = session.session_id AND event.person_id = line.person_id
    ) AS events ON true
    WHERE line.person_id IN (SELECT person_group(:person_id)) AND line.withdrawn_at IS NULL
      AND opening.state IN ('on_record', 'running') AND session.delivery = 'onsite'
      AND session.canceled_at IS NULL
      AND session.starts_at < CAST(:now AS timestamptz) + interval '4 hours'
      AND session.ends_at > CAST(:now AS timestamptz) - interval '4 hours'
    ORDER BY session.starts_at, session.session_id
""")
"""Four hours, as signing itself looks around: the highest margin a division may set; its rules judge the exact one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """A session around now, and what the person signed of it."""

    session_id: UUID
    opening_name: str
    institution_name: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    signed_in_at: datetime | None
    signed_out_at: datetime | None


async def own_sessions_now(unit: Unit) -> Sequence[OwnSession]:
    """Onsite sessions of the calling person's classes, from four hours before to four hours after, by time."""
    rows = await unit.session.execute(_NOW, {"person_id": unit.actor.person_id, "now": unit.now})
    return [OwnSession(**row._mapping) for row in rows]
