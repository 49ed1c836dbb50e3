"""Taking events into the register: receipts, evidence and the presence that follows. Shared by sources and check-ins.

Everything is set-wise: a batch of 500 events costs as many statements as one event. The order is fixed: persons are
locked first, so that two sources that report one person at once both see what the other stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.clock import law_date
from app.kernel.errors import Conflict
from app.training.attendance.queries.sessions import evidence_of, online_kinds_of
from app.training.attendance.rules.events import SentEvent, SessionFacts, opening_closed
from app.training.attendance.rules.presence import Presence, presence_of
from app.training.attendance.states import EventMark, PresenceOutcome

_LOCK = text("SELECT lock_persons(CAST(:persons AS uuid[]))")
_HOLD = text("SELECT opening_id, has_begun, is_running FROM hold_sessions(CAST(:sessions AS uuid[]))")
_RECEIPTS = text("""
    INSERT INTO attendance_receipt (source_id, source_event_id, content_digest)
    SELECT sent.source_id, sent.event_id, sent.digest
    FROM unnest(CAST(:sources AS uuid[]), CAST(:ids AS text[]), CAST(:digests AS bytea[]))
      AS sent (source_id, event_id, digest)
""")
_EVENTS = text("""
    INSERT INTO attendance_event (person_id, opening_id, session_id, source_id, source_event_id, kind, occurred_at,
      minutes, score_hundredths, marks)
    SELECT sent.person_id, sent.opening_id, sent.session_id, sent.source_id, sent.event_id, sent.kind,
      sent.occurred_at, sent.minutes, sent.score, string_to_array(sent.marks, ',')
    FROM unnest(CAST(:persons AS uuid[]), CAST(:openings AS uuid[]), CAST(:sessions AS uuid[]),
      CAST(:sources AS uuid[]), CAST(:ids AS text[]), CAST(:kinds AS text[]), CAST(:occurred AS timestamptz[]),
      CAST(:minutes AS smallint[]), CAST(:scores AS integer[]), CAST(:marks AS text[]))
      AS sent (person_id, opening_id, session_id, source_id, event_id, kind, occurred_at, minutes, score, marks)
""")
_CONFIRM = text("""
    SELECT derived.person_id, derived.session_id,
      confirm_presence(derived.person_id, derived.session_id, tstzrange(derived.begins, derived.ends), derived.minutes)
        AS outcome
    FROM unnest(CAST(:persons AS uuid[]), CAST(:sessions AS uuid[]), CAST(:begins AS timestamptz[]),
      CAST(:ends AS timestamptz[]), CAST(:minutes AS integer[]))
      AS derived (person_id, session_id, begins, ends, minutes)
""")

Pair = tuple[UUID, UUID]
"""A person and a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenEvent:
    """An event that no rule stands against, with whom and what it belongs to."""

    source_id: UUID
    event: SentEvent
    person_id: UUID
    session: SessionFacts
    marks: tuple[EventMark, ...]

    @property
    def pair(self) -> Pair:
        """The presence it may change."""
        return self.person_id, self.session.session_id


async def lock_persons(unit: Unit, persons: Sequence[UUID]) -> None:
    """Wait until nobody else decides about these persons; before any other statement that locks."""
    await unit.session.execute(_LOCK, {"persons": list(persons)})


async def take_events(unit: Unit, taken: Sequence[TakenEvent]) -> Mapping[Pair, PresenceOutcome]:
    """Store events, begin their sessions and derive presence. Persons must be locked.

    Returns what became of each presence; a pair without enough evidence yet is absent. Raises Conflict when an
    opening was closed meanwhile; nothing is stored then.
    """
    if not taken:
        return {}
    begun = await unit.session.execute(
        _HOLD, {"sessions": sorted({each.session.session_id for each in taken})}
    )
    for opening in begun.all():
        if not opening.is_running:
            raise Conflict([opening_closed()])
        if opening.has_begun:
            await record_event(unit, "opening:begun", subject_kind="opening", subject_id=opening.opening_id)
    await _store(unit, taken)
    return await _derive(unit, {each.pair: each.session for each in taken})


async def _store(unit: Unit, taken: Sequence[TakenEvent]) -> None:
    sources = [each.source_id for each in taken]
    ids = [each.event.event_id for each in taken]
    await unit.session.execute(
        _RECEIPTS,
        {
            "sources": sources,
            "ids": ids,
            "digests": [each.event.digest() for each in taken],
        },
    )
    await unit.session.execute(
        _EVENTS,
        {
            "persons": [each.person_id for each in taken],
            "openings": [each.session.opening_id for each in taken],
            "sessions": [each.session.session_id for each in taken],
            "sources": sources,
            "ids": ids,
            "kinds": [each.event.kind.value for each in taken],
            "occurred": [each.event.occurred_at for each in taken],
            "minutes": [each.event.minutes for each in taken],
            "scores": [each.event.score_hundredths for each in taken],
            "marks": [",".join(each.marks) for each in taken],
        },
    )


async def _derive(unit: Unit, touched: Mapping[Pair, SessionFacts]) -> dict[Pair, PresenceOutcome]:
    evidence = await evidence_of(unit, list(touched))
    derived: list[tuple[Pair, Presence]] = []
    for pair in sorted(touched):
        session = touched[pair]
        presence = presence_of(
            evidence[pair],
            delivery=session.delivery,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            online_kinds=online_kinds_of(session.division_code, law_date(session.starts_at)),
        )
        if presence is not None:
            derived.append((pair, presence))
    if not derived:
        return {}
    rows = await unit.session.execute(
        _CONFIRM,
        {
            "persons": [person for (person, _), _ in derived],
            "sessions": [session for (_, session), _ in derived],
            "begins": [presence.begins_at for _, presence in derived],
            "ends": [presence.ends_at for _, presence in derived],
            "minutes": [presence.credited_minutes for _, presence in derived],
        },
    )
    outcomes = {(row.person_id, row.session_id): PresenceOutcome(row.outcome) for row in rows}
    # The door asks for stored evidence inside the session; presence_of has just derived it from there.
    assert PresenceOutcome.NO_EVIDENCE not in outcomes.values()
    return outcomes


async def latest_known(unit: Unit, pairs: Sequence[Pair]) -> dict[Pair, datetime]:
    """When the latest stored event of each pair occurred."""
    evidence = await evidence_of(unit, pairs)
    return {pair: max(event.occurred_at for event in events) for pair, events in evidence.items() if events}
