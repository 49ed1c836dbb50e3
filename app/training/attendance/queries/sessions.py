"""Reads of sessions, rosters and stored evidence, and the operating values that rules judge them by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.clock import start_of_law_day
from app.kernel.masking import mask_name_public
from app.policy.values import value_of
from app.training.attendance.rules.events import (
    AttendancePolicy,
    SessionFacts,
    TraineeFacts,
)
from app.training.attendance.rules.presence import Evidence
from app.training.attendance.states import EventKind
from app.training.attendance.tables import SourceRow
from app.training.openings.states import Delivery

ROSTER_NAME = "roster_line.name"
"""Name of the sealed field, as the roster seals it; its owner is the person."""

_SESSION = """
    SELECT session.session_id, session.opening_id, opening.state AS opening_state, opening.division_code,
      session.starts_at, session.ends_at, session.delivery, session.canceled_at IS NOT NULL AS is_canceled,
      opening.name AS opening_name, session.venue
    FROM course_session AS session JOIN course_opening AS opening USING (opening_id)
"""
_SESSIONS_BY_ID = text(
    _SESSION
    + " WHERE session.session_id = ANY (CAST(:sessions AS uuid[])) AND opening.institution_id = :institution"
)
_SESSIONS_OF_DAY = text(
    _SESSION
    + """ WHERE opening.institution_id = :institution AND opening.state IN ('on_record', 'running')
      AND session.canceled_at IS NULL AND session.starts_at < :until AND session.ends_at > :since
      ORDER BY session.starts_at, session.session_id"""
)
_TRAINEES = text("""
    SELECT person_id, line_id, opening_id, withdrawn_at FROM roster_line
    WHERE opening_id = ANY (CAST(:openings AS uuid[])) AND line_id = ANY (CAST(:lines AS uuid[]))
""")
_NAMES = text("""
    SELECT opening_id, line_id, person_id, name_sealed FROM roster_line
    WHERE opening_id = ANY (CAST(:openings AS uuid[])) AND withdrawn_at IS NULL
    ORDER BY opening_id, line_id
""")
_EVIDENCE = text("""
    SELECT event.person_id, event.session_id, event.kind, event.occurred_at, event.minutes
    FROM unnest(CAST(:persons AS uuid[]), CAST(:sessions AS uuid[])) AS wanted (person_id, session_id)
    JOIN attendance_event AS event USING (person_id, session_id)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSession:
    """A session of today as a source sees it, with references of its trainees: line id and masked name."""

    session: SessionFacts
    opening_name: str
    venue: str
    trainees: Sequence[tuple[UUID, str]]


async def sessions_by_id(
    unit: Unit, institution_id: UUID, session_ids: Sequence[UUID]
) -> dict[UUID, SessionFacts]:
    """Those of the sessions that belong to the institution; the others stay unknown."""
    rows = await unit.session.execute(
        _SESSIONS_BY_ID, {"sessions": list(session_ids), "institution": institution_id}
    )
    return {row.session_id: session_facts(row) for row in rows}


async def sessions_of_day(unit: Unit, source: SourceRow, keys: KeyRing, day: date) -> list[SourceSession]:
    """Sessions of the source's institution on a day of law, with everybody on their rosters."""
    since = start_of_law_day(day)
    rows = (
        await unit.session.execute(
            _SESSIONS_OF_DAY,
            {"institution": source.institution_id, "since": since, "until": since + timedelta(days=1)},
        )
    ).all()
    lines: dict[UUID, list[tuple[UUID, str]]] = {row.opening_id: [] for row in rows}
    for line in await unit.session.execute(_NAMES, {"openings": list(lines)}):
        name = keys.open(line.name_sealed, name=ROSTER_NAME, owner=line.person_id)
        lines[line.opening_id].append((line.line_id, mask_name_public(name)))
    return [
        SourceSession(
            session=session_facts(row),
            opening_name=row.opening_name,
            venue=row.venue,
            trainees=lines[row.opening_id],
        )
        for row in rows
    ]


async def trainees_by_line(
    unit: Unit, opening_ids: Sequence[UUID], line_ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], TraineeFacts]:
    """Lines of rosters by (opening, line)."""
    rows = await unit.session.execute(_TRAINEES, {"openings": list(opening_ids), "lines": list(line_ids)})
    return {(row.opening_id, row.line_id): TraineeFacts(**row._mapping) for row in rows}


async def evidence_of(
    unit: Unit, pairs: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], list[Evidence]]:
    """Stored events of (person, session) pairs."""
    found: dict[tuple[UUID, UUID], list[Evidence]] = {pair: [] for pair in pairs}
    rows = await unit.session.execute(
        _EVIDENCE,
        {"persons": [person for person, _ in pairs], "sessions": [session for _, session in pairs]},
    )
    for row in rows:
        found[row.person_id, row.session_id].append(
            Evidence(EventKind(row.kind), row.occurred_at, row.minutes)
        )
    return found


def session_facts(row: Row[tuple[object, ...]]) -> SessionFacts:
    """A session as the rules see it."""
    return SessionFacts(
        session_id=row.session_id,
        opening_id=row.opening_id,
        opening_state=row.opening_state,
        division_code=row.division_code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        delivery=Delivery(row.delivery),
        is_canceled=row.is_canceled,
    )


def policy_of(division_code: str, on: date) -> AttendancePolicy:
    """Operating values of a division on a day of law."""

    def number(key: str) -> int:
        return value_of(key, on=on, division=division_code).number

    return AttendancePolicy(
        margin=timedelta(minutes=number("attendance_margin_minutes")),
        late_after=timedelta(minutes=number("attendance_late_minutes")),
        reception=timedelta(days=number("correction_window_days")),
    )


def online_kinds_of(division_code: str, on: date) -> frozenset[EventKind]:
    """Kinds of evidence an online session needs (有签到、有记录、有测试)."""
    value = value_of("online_evidence_kinds", on=on, division=division_code)
    return frozenset(EventKind(choice.code) for choice in value.choices)
