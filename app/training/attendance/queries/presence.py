"""Reads of presence and its corrections: institutions see their own trainees, officers read through a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.clock import law_date
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import covers
from app.training.attendance.queries.sessions import (
    ROSTER_NAME,
    evidence_of,
    online_kinds_of,
    session_facts,
)
from app.training.attendance.rules.events import SessionFacts
from app.training.attendance.rules.presence import attendance_rate_bp, missing_evidence, whole_minutes
from app.training.attendance.states import EventKind

_CREDITED = text("""
    SELECT presence.person_id, sum(presence.credited_minutes)::integer AS minutes
    FROM confirmed_presence AS presence JOIN course_session AS session USING (session_id)
    WHERE presence.opening_id = :opening_id AND session.canceled_at IS NULL
    GROUP BY presence.person_id
""")
_SESSIONS = text("""
    SELECT session.session_id, session.opening_id, opening.state AS opening_state, opening.division_code,
      session.starts_at, session.ends_at, session.delivery, session.canceled_at IS NOT NULL AS is_canceled
    FROM course_session AS session JOIN course_opening AS opening USING (opening_id)
    WHERE opening_id = :opening_id AND session.canceled_at IS NULL
    ORDER BY session.starts_at, session.session_id
""")
_LINES = text("""
    SELECT person_id, line_id, name_sealed, withdrawn_at FROM roster_line
    WHERE opening_id = :opening_id AND (CAST(:after AS uuid) IS NULL OR line_id > :after)
    ORDER BY line_id LIMIT :limit
""")
_PRESENCES = text("""
    SELECT person_id, session_id, lower(during) AS begins_at, upper(during) AS ends_at, credited_minutes,
      correction_id IS NOT NULL AS is_corrected
    FROM confirmed_presence WHERE opening_id = :opening_id AND person_id = ANY (CAST(:persons AS uuid[]))
""")
_REFUSED = text("""
    SELECT DISTINCT person_id, session_id FROM refused_presence
    WHERE opening_id = :opening_id AND person_id = ANY (CAST(:persons AS uuid[]))
""")
_OWN_OPENING = text("""
    SELECT state FROM course_opening WHERE opening_id = :opening_id AND institution_id = :institution_id
""")
_OFFICERS_OPENING = text("""
    SELECT state, division_code, law_date(created_at) AS created_on FROM course_opening WHERE opening_id = :opening_id
""")
_CORRECTIONS = text("""
    SELECT correction.correction_id, correction.session_id, line.line_id, line.name_sealed, correction.person_id,
      lower(correction.during) AS present_from, upper(correction.during) AS present_until, correction.reason,
      correction.proposed_at, correction.decision, correction.decision_reason, correction.decided_at
    FROM presence_correction AS correction JOIN roster_line AS line USING (person_id, opening_id)
    WHERE opening_id = :opening_id AND (CAST(:after AS uuid) IS NULL OR correction.correction_id > :after)
    ORDER BY correction.correction_id LIMIT :limit
""")
_READ_CORRECTIONS = text("""
    SELECT correction, name_sealed, person_id FROM read_presence_corrections(
      :actor, :agency, :purpose, :case_number, :request_id, :opening_id)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAttendance:
    """One trainee in one session."""

    session_id: UUID
    begins_at: datetime | None
    ends_at: datetime | None
    credited_minutes: int
    is_corrected: bool
    is_refused_double: bool
    missing: tuple[EventKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraineeAttendance:
    """One trainee of an opening: credited minutes over all sessions, and the rate in basis points."""

    line_id: UUID
    name: str
    withdrawn_at: datetime | None
    credited_minutes: int
    attendance_rate_bp: int
    sessions: Sequence[SessionAttendance]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningAttendance:
    """Attendance of an opening, a page of trainees at a time."""

    planned_minutes: int
    sessions: Sequence[SessionFacts]
    trainees: Page[TraineeAttendance]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """A correction as its institution or an officer reads it, with the trainee's name."""

    name: str
    fields: dict[str, Any]


async def credited_minutes_of(unit: Unit, opening_id: UUID) -> dict[UUID, int]:
    """Minutes credited to each person in the sessions of an opening that were not canceled."""
    rows = await unit.session.execute(_CREDITED, {"opening_id": opening_id})
    return {row.person_id: row.minutes for row in rows}


async def require_own_opening(unit: Unit, opening_id: UUID) -> str:
    """State of an opening of the calling institution. Raises NotFound."""
    state = await unit.session.scalar(
        _OWN_OPENING, {"opening_id": opening_id, "institution_id": unit.actor.institution()}
    )
    if state is None:
        raise NotFound
    return str(state)


async def opening_for_officer(unit: Unit, opening_id: UUID) -> str:
    """State of an opening in the officer's area as of the day it was drafted. Raises NotFound."""
    opening = (await unit.session.execute(_OFFICERS_OPENING, {"opening_id": opening_id})).one_or_none()
    scope = unit.actor.division_code
    if opening is None or scope is None or not covers(scope, opening.division_code, opening.created_on):
        raise NotFound
    return str(opening.state)


async def attendance_of(
    unit: Unit, keys: KeyRing, opening_id: UUID, *, cursor: str | None, limit: int
) -> OpeningAttendance:
    """Attendance of an opening of the calling institution. Raises NotFound."""
    await require_own_opening(unit, opening_id)
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    sessions = [
        session_facts(row) for row in await unit.session.execute(_SESSIONS, {"opening_id": opening_id})
    ]
    lines = (
        await unit.session.execute(_LINES, {"opening_id": opening_id, "after": after, "limit": limit + 1})
    ).all()
    planned = sum(whole_minutes(session.starts_at, session.ends_at) for session in sessions)
    shown = lines[:limit]
    trainees = await _trainees(unit, keys, opening_id, sessions, shown, planned)
    following = encode_cursor(shown[-1].line_id) if len(lines) > limit else None
    return OpeningAttendance(
        planned_minutes=planned, sessions=sessions, trainees=Page(tuple(trainees), following)
    )


async def _trainees(
    unit: Unit,
    keys: KeyRing,
    opening_id: UUID,
    sessions: Sequence[SessionFacts],
    lines: Sequence[Row[Any]],
    planned: int,
) -> list[TraineeAttendance]:
    persons = [line.person_id for line in lines]
    of_these = {"opening_id": opening_id, "persons": persons}
    presences = {
        (row.person_id, row.session_id): row for row in await unit.session.execute(_PRESENCES, of_these)
    }
    refused = {(row.person_id, row.session_id) for row in await unit.session.execute(_REFUSED, of_these)}
    evidence = await evidence_of(
        unit, [(person, session.session_id) for person in persons for session in sessions]
    )

    def one(person: UUID, session: SessionFacts) -> SessionAttendance:
        pair = (person, session.session_id)
        presence = presences.get(pair)
        missing = missing_evidence(
            (event.kind for event in evidence[pair]),
            delivery=session.delivery,
            online_kinds=online_kinds_of(session.division_code, law_date(session.starts_at)),
        )
        return SessionAttendance(
            session_id=session.session_id,
            begins_at=presence.begins_at if presence else None,
            ends_at=presence.ends_at if presence else None,
            credited_minutes=presence.credited_minutes if presence else 0,
            is_corrected=bool(presence and presence.is_corrected),
            is_refused_double=pair in refused and presence is None,
            missing=() if presence and presence.is_corrected else missing,
        )

    trainees = []
    for line in lines:
        attended = [one(line.person_id, session) for session in sessions]
        credited = sum(each.credited_minutes for each in attended)
        trainees.append(
            TraineeAttendance(
                line_id=line.line_id,
                name=keys.open(line.name_sealed, name=ROSTER_NAME, owner=line.person_id),
                withdrawn_at=line.withdrawn_at,
                credited_minutes=credited,
                attendance_rate_bp=attendance_rate_bp(credited, planned),
                sessions=attended,
            )
        )
    return trainees


async def own_corrections(
    unit: Unit, keys: KeyRing, opening_id: UUID, *, cursor: str | None, limit: int
) -> Page[CorrectionView]:
    """Corrections an institution has proposed for its opening, oldest first. Raises NotFound."""
    await require_own_opening(unit, opening_id)
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = (
        await unit.session.execute(
            _CORRECTIONS, {"opening_id": opening_id, "after": after, "limit": limit + 1}
        )
    ).all()
    views = tuple(
        CorrectionView(
            name=keys.open(row.name_sealed, name=ROSTER_NAME, owner=row.person_id), fields=dict(row._mapping)
        )
        for row in rows[:limit]
    )
    return Page(views, encode_cursor(rows[limit - 1].correction_id) if len(rows) > limit else None)


async def read_corrections(
    unit: Unit, keys: KeyRing, opening_id: UUID, *, purpose: str, case_number: str
) -> list[CorrectionView]:
    """All corrections of an opening in the officer's area; every look at a person is stored. Raises NotFound."""
    await opening_for_officer(unit, opening_id)
    rows = await unit.session.execute(
        _READ_CORRECTIONS,
        {
            "actor": unit.actor.principal_id,
            "agency": unit.actor.agency(),
            "purpose": purpose,
            "case_number": case_number,
            "request_id": unit.actor.request_id,
            "opening_id": opening_id,
        },
    )
    return [
        CorrectionView(
            name=keys.open(row.name_sealed, name=ROSTER_NAME, owner=row.person_id),
            fields=dict(row.correction),
        )
        for row in rows
    ]
