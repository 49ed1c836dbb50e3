"""Attendance session by session: how many signed in, and the sheet of one session with who is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.clock import law_date
from app.kernel.errors import NotFound
from app.training.attendance.queries.sessions import ROSTER_NAME, online_kinds_of, session_facts
from app.training.attendance.rules.events import SessionFacts
from app.training.attendance.rules.presence import missing_evidence
from app.training.attendance.states import EventKind

_COUNTS = text("""
    SELECT session.session_id, signed.persons AS signed_in, stood.persons AS confirmed
    FROM course_session AS session
    CROSS JOIN LATERAL (
      SELECT count(DISTINCT event.person_id)::integer AS persons FROM attendance_event AS event
      WHERE event.session_id = session.session_id AND event.kind = 'sign_in'
    ) AS signed
    CROSS JOIN LATERAL (
      SELECT count(DISTINCT presence.person_id)::integer AS persons FROM confirmed_presence AS presence
      WHERE presence.session_id = session.session_id
    ) AS stood
    WHERE session.session_id = ANY (CAST(:sessions AS uuid[]))
""")
_EXPECTED = text("""
    SELECT count(*)::integer FROM roster_line WHERE opening_id = :opening_id AND withdrawn_at IS NULL
""")
_SESSION = text("""
    SELECT session.session_id, session.opening_id, opening.state AS opening_state, opening.division_code,
      session.starts_at, session.ends_at, session.delivery, session.canceled_at IS NOT NULL AS is_canceled,
      opening.name AS opening_name, session.venue
    FROM course_session AS session JOIN course_opening AS opening USING (opening_id)
    WHERE session.session_id = :session_id AND opening.institution_id = :institution_id
""")
_SHEET = text("""
    SELECT line.line_id, line.person_id, line.name_sealed, line.withdrawn_at, events.kinds, events.signed_in_at,
      events.signed_out_at, lower(presence.during) AS begins_at, upper(presence.during) AS ends_at,
      presence.credited_minutes, presence.correction_id IS NOT NULL AS is_corrected,
      EXISTS (SELECT FROM presence_correction AS correction
              WHERE correction.person_id = line.person_id AND correction.session_id = :session_id
                AND correction.decision IS NULL) AS has_open_correction,
      EXISTS (SELECT FROM refused_presence AS refused
              WHERE refused.person_id = line.person_id AND refused.session_id = :session_id) AS is_refused_double
    FROM roster_line AS line
    LEFT JOIN LATERAL (
      SELECT array_agg(DISTINCT event.kind) AS kinds,
        min(event.occurred_at) FILTER (WHERE event.kind = 'sign_in') AS signed_in_at,
        max(event.occurred_at) FILTER (WHERE event.kind = 'sign_out') AS signed_out_at
      FROM attendance_event AS event
      WHERE event.session_id = :session_id AND event.person_id = line.person_id
    ) AS events ON true
    LEFT JOIN confirmed_presence AS presence
      ON presence.person_id = line.person_id AND presence.session_id = :session_id
    WHERE line.opening_id = :opening_id AND (line.withdrawn_at IS NULL OR events.kinds IS NOT NULL)
    ORDER BY line.name_initials, line.line_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCounts:
    """How many trainees signed in, and of how many the presence stands."""

    signed_in: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One trainee in the session: what was sent, what stands, what is still missing."""

    line_id: UUID
    name: str
    withdrawn_at: datetime | None
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    present_from: datetime | None
    present_until: datetime | None
    credited_minutes: int
    is_corrected: bool
    is_refused_double: bool
    has_open_correction: bool
    missing: tuple[EventKind, ...]

    @property
    def is_present(self) -> bool:
        """Whether the presence stands."""
        return self.present_from is not None

    @property
    def has_come(self) -> bool:
        """Whether a sign-in or a standing presence says so."""
        return self.signed_in_at is not None or self.is_present


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSheet:
    """The attendance sheet of one session (考勤表)."""

    session: SessionFacts
    opening_name: str
    venue: str
    lines: Sequence[SheetLine]


async def counts_of(unit: Unit, session_ids: Sequence[UUID]) -> Mapping[UUID, SessionCounts]:
    """Per session; the caller has found out that the sessions are the caller's to see."""
    rows = await unit.session.execute(_COUNTS, {"sessions": list(session_ids)})
    return {row.session_id: SessionCounts(signed_in=row.signed_in, confirmed=row.confirmed) for row in rows}


async def expected_of(unit: Unit, opening_id: UUID) -> int:
    """How many trainees are on the roster now."""
    return int(await unit.session.scalar(_EXPECTED, {"opening_id": opening_id}) or 0)


async def own_session(unit: Unit, session_id: UUID) -> tuple[SessionFacts, str, str]:
    """A session of the calling institution, with the name of its class and its venue. Raises NotFound."""
    row = (
        await unit.session.execute(
            _SESSION, {"session_id": session_id, "institution_id": unit.actor.institution()}
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return session_facts(row), row.opening_name, row.venue


async def sheet_of(unit: Unit, keys: KeyRing, session_id: UUID) -> SessionSheet:
    """The sheet of a session of the calling institution. Raises NotFound."""
    session, opening_name, venue = await own_session(unit, session_id)
    rows = await unit.session.execute(_SHEET, {"session_id": session_id, "opening_id": session.opening_id})
    online_kinds = online_kinds_of(session.division_code, law_date(session.starts_at))
    return SessionSheet(
        session=session,
        opening_name=opening_name,
        venue=venue,
        lines=[_line(row, keys, session, online_kinds) for row in rows],
    )


def _line(
    row: Row[Any], keys: KeyRing, session: SessionFacts, online_kinds: frozenset[EventKind]
) -> SheetLine:
    missing = missing_evidence(
        [EventKind(kind) for kind in row.kinds or ()], delivery=session.delivery, online_kinds=online_kinds
    )
    return SheetLine(
        line_id=row.line_id,
        name=keys.open(row.name_sealed, name=ROSTER_NAME, owner=row.person_id),
        withdrawn_at=row.withdrawn_at,
        signed_in_at=row.signed_in_at,
        signed_out_at=row.signed_out_at,
        present_from=row.begins_at,
        present_until=row.ends_at,
        credited_minutes=row.credited_minutes or 0,
        is_corrected=bool(row.is_corrected),
        is_refused_double=row.is_refused_double and row.begins_at is None,
        has_open_correction=row.has_open_correction,
        missing=() if row.begins_at is not None else missing,
    )
