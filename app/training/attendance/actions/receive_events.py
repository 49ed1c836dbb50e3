"""A registered device or platform delivers a batch of events (上传考勤事件), answered one by one.

Repeating a batch changes nothing: an event id of a source stands for one content for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.clock import law_date
from app.kernel.errors import Reason
from app.training.attendance.actions.take_events import (
    Pair,
    TakenEvent,
    latest_known,
    lock_persons,
    take_events,
)
from app.training.attendance.queries.sessions import policy_of, sessions_by_id, trainees_by_line
from app.training.attendance.queries.sources import require_source
from app.training.attendance.rules.events import (
    AttendancePolicy,
    SentEvent,
    SessionFacts,
    TraineeFacts,
    UnreadableEvent,
    double_presence,
    event_id_reused,
    marks_of_event,
    reasons_against_event,
)
from app.training.attendance.states import EventMark, EventResult, PresenceOutcome
from app.training.attendance.tables import SourceRow

_KNOWN = text("""
    SELECT source_event_id, content_digest FROM attendance_receipt
    WHERE source_id = :source_id AND source_event_id = ANY (CAST(:ids AS text[]))
""")


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What became of one event of the batch, in its order. ``event_id`` is None when it could not be read."""

    event_id: str | None
    result: EventResult
    marks: tuple[EventMark, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(slots=True)
class _Batch:
    """The facts of a batch, and what has been judged of it so far."""

    source: SourceRow
    sessions: dict[UUID, SessionFacts]
    trainees: dict[tuple[UUID, UUID], TraineeFacts]
    known: dict[str, bytes]
    latest: dict[Pair, datetime]
    policies: dict[str, AttendancePolicy]
    now: datetime
    taken: dict[int, TakenEvent] = field(default_factory=dict)

    def judge(self, position: int, event: SentEvent | UnreadableEvent) -> EventAnswer:
        """Answer one event; those before it in the batch count as stored."""
        if isinstance(event, UnreadableEvent):
            return EventAnswer(event.event_id, EventResult.REFUSED, reasons=event.reasons)
        if event.event_id in self.known:
            if self.known[event.event_id] == event.digest():
                return EventAnswer(event.event_id, EventResult.REPEATED)
            return EventAnswer(event.event_id, EventResult.REFUSED, reasons=(event_id_reused(),))
        session = self.sessions.get(event.session_id)
        trainee = self.trainees.get((session.opening_id, event.line_id)) if session else None
        policy = self.policies[session.division_code] if session else None
        reasons = reasons_against_event(event, session=session, trainee=trainee, policy=policy, now=self.now)
        if reasons or session is None or trainee is None or policy is None:
            return EventAnswer(event.event_id, EventResult.REFUSED, reasons=reasons)
        pair = (trainee.person_id, session.session_id)
        latest = self.latest.get(pair)
        marks = marks_of_event(event, session=session, latest_known_at=latest, policy=policy, now=self.now)
        self.known[event.event_id] = event.digest()
        self.latest[pair] = event.occurred_at if latest is None else max(latest, event.occurred_at)
        self.taken[position] = TakenEvent(
            source_id=self.source.source_id,
            event=event,
            person_id=trainee.person_id,
            session=session,
            marks=marks,
        )
        return EventAnswer(event.event_id, EventResult.ACCEPTED, marks)


async def receive_events(unit: Unit, *, events: Sequence[SentEvent | UnreadableEvent]) -> list[EventAnswer]:
    """One answer an event, in order. Raises Refused when the source is revoked, Conflict when a class closed meanwhile.

    An event of somebody who is confirmed elsewhere at that time is kept as evidence and answered ``double_presence``.
    """
    readable = [event for event in events if isinstance(event, SentEvent)]
    batch = await _facts(unit, await require_source(unit), readable)
    answers = [batch.judge(position, event) for position, event in enumerate(events)]
    outcomes = await take_events(unit, list(batch.taken.values()))
    for position, taken in batch.taken.items():
        if outcomes.get(taken.pair) is PresenceOutcome.DOUBLE_PRESENCE:
            answers[position] = EventAnswer(
                taken.event.event_id, EventResult.REFUSED, taken.marks, (double_presence(),)
            )
    results = [answer.result for answer in answers]
    await record_event(
        unit,
        "attendance_event:received",
        subject_kind="attendance_source",
        subject_id=batch.source.source_id,
        details={result.value: results.count(result) for result in EventResult},
    )
    return answers


async def _facts(unit: Unit, source: SourceRow, events: Sequence[SentEvent]) -> _Batch:
    sessions = await sessions_by_id(unit, source.institution_id, list({event.session_id for event in events}))
    trainees = await trainees_by_line(
        unit,
        list({session.opening_id for session in sessions.values()}),
        list({event.line_id for event in events}),
    )
    await lock_persons(unit, [trainee.person_id for trainee in trainees.values()])
    known = await unit.session.execute(
        _KNOWN, {"source_id": source.source_id, "ids": list({event.event_id for event in events})}
    )
    pairs = {
        (trainee.person_id, event.session_id)
        for event in events
        if (session := sessions.get(event.session_id))
        and (trainee := trainees.get((session.opening_id, event.line_id)))
    }
    return _Batch(
        source=source,
        sessions=sessions,
        trainees=trainees,
        known={row.source_event_id: row.content_digest for row in known},
        latest=await latest_known(unit, list(pairs)),
        policies={
            session.division_code: policy_of(session.division_code, law_date(session.starts_at))
            for session in sessions.values()
        },
        now=unit.now,
    )
