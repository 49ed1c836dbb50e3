"""Presence derived from evidence (到课确认): a pure function of the stored events of one person in one session.

Onsite: from the first sign-in to the last sign-out. Online: only when every kind of evidence is there
(有签到、有记录、有测试, interview of the ministry published 2020-07-15); minutes come from study records.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.training.attendance.states import EventKind
from app.training.openings.states import Delivery

BASIS_POINTS = 10_000
ONSITE_EVIDENCE = (EventKind.SIGN_IN, EventKind.SIGN_OUT)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What presence needs of a stored event."""

    kind: EventKind
    occurred_at: datetime
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """A half-open span ``[begins_at, ends_at)`` inside the session, and the whole minutes it is credited with."""

    begins_at: datetime
    ends_at: datetime
    credited_minutes: int


def presence_of(
    events: Sequence[Evidence],
    *,
    delivery: Delivery,
    starts_at: datetime,
    ends_at: datetime,
    online_kinds: Collection[EventKind],
) -> Presence | None:
    """The presence that the events prove, clipped to the session; None while evidence is missing or lies outside."""
    if missing_evidence((event.kind for event in events), delivery=delivery, online_kinds=online_kinds):
        return None
    closing = (EventKind.SIGN_OUT,) if delivery is Delivery.ONSITE else tuple(EventKind)
    signed_in = [event.occurred_at for event in events if event.kind is EventKind.SIGN_IN]
    if not signed_in:
        return None
    first = min(signed_in)
    last = max(event.occurred_at for event in events if event.kind in closing)
    begins, ends = max(first, starts_at), min(last, ends_at)
    if begins >= ends:
        return None
    span = whole_minutes(begins, ends)
    if delivery is Delivery.ONSITE:
        return Presence(begins, ends, span)
    # A study record cannot credit more than the time between sign-in and the last trace (刷课).
    return Presence(begins, ends, min(span, sum(event.minutes or 0 for event in events)))


def missing_evidence(
    kinds: Iterable[EventKind], *, delivery: Delivery, online_kinds: Collection[EventKind]
) -> tuple[EventKind, ...]:
    """Which kinds of evidence a session still lacks, in the order of a lesson."""
    needed = ONSITE_EVIDENCE if delivery is Delivery.ONSITE else online_kinds
    present = set(kinds)
    return tuple(kind for kind in EventKind if kind in needed and kind not in present)


def whole_minutes(begins_at: datetime, ends_at: datetime) -> int:
    """Minutes of a span, rounded down."""
    return int((ends_at - begins_at).total_seconds() // 60)


def attendance_rate_bp(credited_minutes: int, planned_minutes: int) -> int:
    """出勤率 in basis points (10000 = 100 %), rounded down; zero when nothing is planned."""
    return credited_minutes * BASIS_POINTS // planned_minutes if planned_minutes else 0
