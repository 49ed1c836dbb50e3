"""A citizen signs in or out with the code a device in the room shows (扫码、输码签到).

The event's source is the device, not the citizen: the code proves being in the room. Repeating the same code for the
same session and kind changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.clock import law_date
from app.kernel.errors import Reason, Refused, TooMany
from app.training.attendance.actions.take_events import TakenEvent, latest_known, lock_persons, take_events
from app.training.attendance.queries.sessions import policy_of, session_facts
from app.training.attendance.queries.sources import CODE_SECRET
from app.training.attendance.rules import codes
from app.training.attendance.rules.events import (
    SentEvent,
    TraineeFacts,
    double_presence,
    marks_of_event,
    reasons_against_event,
)
from app.training.attendance.states import EventKind, EventResult, PresenceOutcome

_OPEN_SESSIONS = text("""
    SELECT session.session_id, session.opening_id, opening.state AS opening_state, opening.division_code,
      opening.institution_id, session.starts_at, session.ends_at, session.delivery,
      session.canceled_at IS NOT NULL AS is_canceled, line.person_id, line.line_id, line.withdrawn_at
    FROM roster_line AS line
    JOIN course_opening AS opening USING (opening_id)
    JOIN course_session AS session USING (opening_id)
    WHERE line.person_id IN (SELECT person_group(:person_id)) AND session.delivery = 'onsite'
      AND session.starts_at < CAST(:now AS timestamptz) + interval '4 hours'
      AND session.ends_at > CAST(:now AS timestamptz) - interval '4 hours'
      AND (CAST(:session_id AS uuid) IS NULL OR session.session_id = :session_id)
    ORDER BY session.starts_at, session.session_id
""")
"""Four hours is the highest margin a division may set (``attendance_margin_minutes``); rules judge the exact one."""
_DEVICES = text("""
    SELECT source_id, code_secret_sealed FROM attendance_source
    WHERE institution_id = :institution_id AND source_kind = 'device' AND revoked_at IS NULL
    ORDER BY source_id
""")
_FAILURES = text("""
    SELECT failed_at FROM check_in_failure WHERE person_id = :person_id AND failed_at > :since ORDER BY failed_at
""")
_FAILED = text("INSERT INTO check_in_failure (person_id) VALUES (:person_id)")
_KNOWN = text("SELECT 1 FROM attendance_receipt WHERE source_id = :source_id AND source_event_id = :event_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """A citizen's own event as it was stored."""

    session_id: UUID
    result: EventResult
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A code that a device of the institution really showed for a session of the citizen."""

    source_id: UUID
    session: Row[tuple[object, ...]]
    step: int

    def event_id(self, kind: EventKind) -> str:
        """One use of a code by a person for a kind; the slash keeps it apart from ids that devices send."""
        return f"check-in/{self.session.session_id}/{self.session.line_id}/{kind}/{self.step}"


async def check_in(
    unit: Unit, keys: KeyRing, *, session_id: UUID | None, code: str, kind: EventKind
) -> CheckedIn:
    """Raises Refused with the rules' reasons, TooMany after wrong codes.

    A wrong code is an answer (``reasons`` is ``check_in_code_wrong``), not an exception: its count must be stored.
    """
    person_id = unit.actor.person_id
    assert person_id is not None
    await lock_persons(unit, [person_id])
    await _pace(unit, person_id)
    sessions = (
        await unit.session.execute(
            _OPEN_SESSIONS, {"person_id": person_id, "now": unit.now, "session_id": session_id}
        )
    ).all()
    if not sessions:
        raise Refused([codes.no_session_now()])
    repeated = await _find_shown(unit, keys, sessions, code, steps=codes.REPEAT_STEPS)
    if repeated is not None and await _is_known(unit, repeated, kind):
        return CheckedIn(session_id=repeated.session.session_id, result=EventResult.REPEATED)
    if repeated is None or codes.step_at(unit.now) - repeated.step >= codes.ACCEPTED_STEPS:
        await unit.session.execute(_FAILED, {"person_id": person_id})
        return CheckedIn(
            session_id=sessions[0].session_id, result=EventResult.REFUSED, reasons=(codes.code_wrong(),)
        )
    return await _take(unit, repeated, kind)


async def _pace(unit: Unit, person_id: UUID) -> None:
    failures = await unit.session.execute(
        _FAILURES, {"person_id": person_id, "since": unit.now - codes.FAILURE_WINDOW}
    )
    pause = codes.pause_seconds([row.failed_at for row in failures], unit.now)
    if pause is not None:
        raise TooMany([codes.too_many_codes()], retry_after_seconds=pause)


async def _find_shown(
    unit: Unit, keys: KeyRing, sessions: Sequence[Row[tuple[object, ...]]], code: str, *, steps: int
) -> _Shown | None:
    for session in sessions:
        devices = (await unit.session.execute(_DEVICES, {"institution_id": session.institution_id})).all()
        secrets = [
            bytes.fromhex(keys.open(device.code_secret_sealed, name=CODE_SECRET, owner=device.source_id))
            for device in devices
        ]
        match = codes.find_code(secrets, session.session_id, code, now=unit.now, steps=steps)
        if match is not None:
            return _Shown(source_id=devices[match.position].source_id, session=session, step=match.step)
    return None


async def _is_known(unit: Unit, shown: _Shown, kind: EventKind) -> bool:
    known = await unit.session.execute(
        _KNOWN, {"source_id": shown.source_id, "event_id": shown.event_id(kind)}
    )
    return known.one_or_none() is not None


async def _take(unit: Unit, shown: _Shown, kind: EventKind) -> CheckedIn:
    row, session = shown.session, session_facts(shown.session)
    policy = policy_of(session.division_code, law_date(session.starts_at))
    event = SentEvent(
        event_id=shown.event_id(kind),
        session_id=session.session_id,
        line_id=row.line_id,
        kind=kind,
        occurred_at=unit.now,
    )
    trainee = TraineeFacts(
        person_id=row.person_id,
        line_id=row.line_id,
        opening_id=session.opening_id,
        withdrawn_at=row.withdrawn_at,
    )
    reasons = reasons_against_event(event, session=session, trainee=trainee, policy=policy, now=unit.now)
    if reasons:
        raise Refused(reasons)
    latest = await latest_known(unit, [(trainee.person_id, session.session_id)])
    marks = marks_of_event(
        event,
        session=session,
        latest_known_at=latest.get((trainee.person_id, session.session_id)),
        policy=policy,
        now=unit.now,
    )
    taken = TakenEvent(
        source_id=shown.source_id, event=event, person_id=trainee.person_id, session=session, marks=marks
    )
    outcomes = await take_events(unit, [taken])
    await record_event(
        unit,
        "attendance_event:checked_in",
        subject_kind="course_session",
        subject_id=session.session_id,
        details={"kind": kind, "source_id": str(shown.source_id)},
    )
    if outcomes.get(taken.pair) is PresenceOutcome.DOUBLE_PRESENCE:
        return CheckedIn(
            session_id=session.session_id, result=EventResult.REFUSED, reasons=(double_presence(),)
        )
    return CheckedIn(session_id=session.session_id, result=EventResult.ACCEPTED)
