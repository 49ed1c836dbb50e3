"""Presence, marks, rotating codes and corrections as pure functions: every rule has a case that breaks it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.kernel.clock import SHANGHAI
from app.training.attendance.rules import codes
from app.training.attendance.rules.corrections import (
    CorrectionFacts,
    DecisionFacts,
    reasons_against_correction,
    reasons_against_deciding,
)
from app.training.attendance.rules.events import (
    AttendancePolicy,
    SentEvent,
    SessionFacts,
    TraineeFacts,
    marks_of_event,
    reasons_against_event,
)
from app.training.attendance.rules.presence import (
    Evidence,
    Presence,
    attendance_rate_bp,
    missing_evidence,
    presence_of,
)
from app.training.attendance.rules.sources import RegistrationFacts, reasons_against_registration
from app.training.attendance.states import EventKind, EventMark, PresenceVerdict
from app.training.openings.states import Delivery

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
END = START + timedelta(minutes=90)
ALL_THREE = frozenset({EventKind.SIGN_IN, EventKind.STUDY_RECORD, EventKind.TEST})
IN, OUT, RECORD, TEST = EventKind
SESSION = SessionFacts(
    session_id=UUID(int=1),
    opening_id=UUID(int=2),
    opening_state="running",
    division_code="110105",
    starts_at=START,
    ends_at=END,
    delivery=Delivery.ONSITE,
    is_canceled=False,
)
TRAINEE = TraineeFacts(person_id=UUID(int=3), line_id=UUID(int=4), opening_id=UUID(int=2), withdrawn_at=None)
POLICY = AttendancePolicy(
    margin=timedelta(minutes=60), late_after=timedelta(minutes=60), reception=timedelta(days=15)
)
EVENT = SentEvent(event_id="e", session_id=UUID(int=1), line_id=UUID(int=4), kind=IN, occurred_at=START)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def derived(
    *events: tuple[EventKind, float] | tuple[EventKind, float, int], delivery: Delivery = Delivery.ONSITE
) -> Presence | None:
    evidence = [Evidence(event[0], at(event[1]), event[2] if len(event) > 2 else None) for event in events]
    return presence_of(evidence, delivery=delivery, starts_at=START, ends_at=END, online_kinds=ALL_THREE)


def online(*events: tuple[EventKind, float] | tuple[EventKind, float, int]) -> Presence | None:
    return derived(*events, delivery=Delivery.ONLINE)


@pytest.mark.parametrize(
    ("events", "minutes"),
    [
        ([(IN, 0), (OUT, 90)], 90),
        ([(OUT, 90), (IN, 0)], 90),
        ([(IN, 10), (IN, 5), (OUT, 40), (OUT, 60)], 55),
        ([(IN, -30), (OUT, 120)], 90),
        ([(IN, 5.5), (OUT, 10.4)], 4),
        ([(IN, 30)], None),
        ([(OUT, 30)], None),
        ([(IN, 40), (OUT, 30)], None),
        ([(IN, 30), (OUT, 30)], None),
        ([(IN, -30), (OUT, -10)], None),
        ([(IN, 100), (OUT, 110)], None),
        ([], None),
    ],
)
def test_onsite_presence_is_first_sign_in_to_last_sign_out_within_the_session(
    events: Sequence[tuple[EventKind, float]], minutes: int | None
) -> None:
    presence = derived(*events)
    assert (presence and presence.credited_minutes) == minutes
    if presence is not None:
        assert START <= presence.begins_at < presence.ends_at <= END


@pytest.mark.parametrize(
    ("events", "minutes"),
    [
        ([(IN, 0), (RECORD, 60, 50), (TEST, 80)], 50),
        ([(IN, 0), (RECORD, 40, 30), (RECORD, 70, 25), (TEST, 80)], 55),
        ([(IN, 0), (RECORD, 80, 600), (TEST, 120)], 90),
        ([(IN, 60), (RECORD, 70, 60), (TEST, 80)], 20),
        ([(IN, 0), (RECORD, 60, 50)], None),
        ([(IN, 0), (TEST, 80)], None),
        ([(RECORD, 60, 50), (TEST, 80)], None),
        ([(IN, 0), (OUT, 90)], None),
    ],
)
def test_online_presence_needs_sign_in_record_and_test(
    events: Sequence[tuple[EventKind, float]], minutes: int | None
) -> None:
    presence = online(*events)
    assert (presence and presence.credited_minutes) == minutes


def test_missing_evidence_is_named() -> None:
    def missing(*kinds: EventKind, delivery: Delivery) -> tuple[EventKind, ...]:
        return missing_evidence(kinds, delivery=delivery, online_kinds=ALL_THREE)

    assert missing(delivery=Delivery.ONSITE) == (IN, OUT)
    assert missing(OUT, delivery=Delivery.ONSITE) == (IN,)
    assert missing(IN, delivery=Delivery.ONLINE) == (RECORD, TEST)
    assert missing(IN, RECORD, TEST, delivery=Delivery.ONLINE) == ()


def test_the_rate_is_in_whole_basis_points() -> None:
    assert attendance_rate_bp(90, 120) == 7500
    assert attendance_rate_bp(1, 3) == 3333
    assert attendance_rate_bp(0, 0) == 0


def codes_against(event: SentEvent = EVENT, **changes: object) -> list[str]:
    facts = {"session": SESSION, "trainee": TRAINEE, "policy": POLICY, "now": at(10)} | changes
    reasons = reasons_against_event(event, **facts)  # type: ignore[arg-type]
    assert all(reason.remedy and reason.message and reason.citation for reason in reasons)
    return [reason.code for reason in reasons]


def test_an_ordinary_event_is_taken() -> None:
    assert codes_against() == []
    assert codes_against(session=replace(SESSION, opening_state="on_record")) == []


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("draft", "opening_not_on_record"),
        ("filed", "opening_not_on_record"),
        ("returned", "opening_not_on_record"),
        ("closed", "opening_closed"),
        ("canceled", "opening_canceled"),
    ],
)
def test_only_openings_on_record_gather_attendance(state: str, code: str) -> None:
    assert codes_against(session=replace(SESSION, opening_state=state)) == [code]


def test_the_edges_of_time() -> None:
    def taken(minute: float, now: float) -> list[str]:
        return codes_against(replace(EVENT, occurred_at=at(minute)), now=at(now))

    assert taken(10, 9) == []
    assert taken(10.1, 9) == ["event_from_future"]
    assert taken(-60, 0) == []
    assert taken(-60.1, 0) == ["session_not_begun"]
    assert taken(150, 200) == []
    assert taken(150.1, 200) == ["session_over"]
    assert taken(0, 90 + 15 * 1440) == []
    assert taken(0, 90.1 + 15 * 1440) == ["reception_over"]


def test_strangers_and_the_withdrawn() -> None:
    assert codes_against(session=None, policy=None, trainee=None) == ["session_unknown"]
    assert codes_against(trainee=None) == ["trainee_not_on_roster"]
    assert codes_against(trainee=replace(TRAINEE, withdrawn_at=START)) == ["trainee_withdrawn"]
    assert codes_against(trainee=replace(TRAINEE, withdrawn_at=at(1))) == []
    assert codes_against(session=replace(SESSION, is_canceled=True)) == ["session_canceled"]


def test_all_reasons_come_at_once() -> None:
    hopeless = replace(EVENT, kind=TEST, minutes=5, occurred_at=at(-90))
    assert codes_against(hopeless, trainee=None, session=replace(SESSION, opening_state="filed")) == [
        "minutes_unexpected",
        "score_required",
        "opening_not_on_record",
        "session_not_begun",
        "trainee_not_on_roster",
    ]


def test_the_content_of_an_event_has_its_own_digest() -> None:
    same = replace(EVENT, occurred_at=EVENT.occurred_at.astimezone(SHANGHAI))
    assert EVENT.digest() == same.digest(), "the same instant in another zone is the same event"
    for other in (
        replace(EVENT, kind=OUT),
        replace(EVENT, minutes=1),
        replace(EVENT, score_hundredths=1),
        replace(EVENT, line_id=UUID(int=9)),
        replace(EVENT, session_id=UUID(int=9)),
        replace(EVENT, occurred_at=at(1)),
    ):
        assert EVENT.digest() != other.digest()


def test_marks_say_late_overtaken_and_outside() -> None:
    def marks(minute: float, *, now: float, latest: float | None = None) -> tuple[EventMark, ...]:
        return marks_of_event(
            replace(EVENT, occurred_at=at(minute)),
            session=SESSION,
            latest_known_at=None if latest is None else at(latest),
            policy=POLICY,
            now=at(now),
        )

    assert marks(0, now=60) == ()
    assert marks(0, now=60.1) == (EventMark.LATE,)
    assert marks(10, now=20, latest=10) == ()
    assert marks(10, now=20, latest=11) == (EventMark.OUT_OF_ORDER,)
    assert marks(-1, now=20) == (EventMark.OUTSIDE_SESSION,)
    assert marks(90, now=90) == ()
    assert marks(91, now=91) == (EventMark.OUTSIDE_SESSION,)


SECRET, OTHER_SECRET = b"a" * 32, b"b" * 32


def test_a_code_is_worth_one_device_one_session_and_two_steps() -> None:
    step = codes.step_at(START)
    code = codes.code_of(SECRET, UUID(int=1), step)
    assert len(code) == 8
    assert code.isdecimal()

    def found(secrets: list[bytes], session: int, after: int, steps: int = 2) -> codes.Match | None:
        now = START + timedelta(seconds=after)
        return codes.find_code(secrets, UUID(int=session), code, now=now, steps=steps)

    assert found([OTHER_SECRET, SECRET], 1, 0) == codes.Match(1, step)
    assert found([SECRET], 1, 59) == codes.Match(0, step)
    assert found([SECRET], 1, 60) is None
    assert found([SECRET], 1, -1) is None
    assert found([SECRET], 2, 0) is None
    assert found([OTHER_SECRET], 1, 0) is None
    assert found([SECRET], 1, 60, steps=3) == codes.Match(0, step)
    assert codes.seconds_left(START) == 30
    assert codes.seconds_left(START + timedelta(seconds=29)) == 1


def test_five_wrong_codes_in_ten_minutes_make_a_pause() -> None:
    failures = [at(minute) for minute in range(5)]
    assert codes.pause_seconds(failures[:4], at(5)) is None
    assert codes.pause_seconds(failures, at(5)) == 5 * 60 + 1
    assert codes.pause_seconds(failures, at(10)) is None, "the first has left the window"


CORRECTION = CorrectionFacts(
    session=SESSION,
    trainee=TRAINEE,
    present_from=START,
    present_until=END,
    strikes=False,
    has_presence=False,
    has_open_correction=False,
    window=timedelta(days=15),
    now=END,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"now": at(89)}, ["session_not_over"]),
        ({"now": END + timedelta(days=15)}, []),
        ({"now": END + timedelta(days=15, seconds=1)}, ["correction_window_over"]),
        ({"present_until": at(91)}, ["span_outside_session"]),
        ({"present_from": at(-1)}, ["span_outside_session"]),
        ({"present_from": END}, ["span_backwards"]),
        ({"present_until": None}, ["span_required"]),
        ({"strikes": True}, ["span_unexpected", "presence_absent"]),
        ({"strikes": True, "present_from": None, "present_until": None, "has_presence": True}, []),
        ({"session": None}, ["session_unknown"]),
        ({"trainee": None}, ["trainee_not_on_roster"]),
        ({"trainee": replace(TRAINEE, withdrawn_at=START)}, ["trainee_withdrawn"]),
        ({"trainee": replace(TRAINEE, withdrawn_at=at(1))}, []),
        ({"has_open_correction": True}, ["correction_pending"]),
        ({"session": replace(SESSION, opening_state="closed")}, ["opening_not_running"]),
        ({"session": replace(SESSION, is_canceled=True)}, ["session_canceled"]),
    ],
)
def test_reasons_against_a_correction(changes: dict[str, object], expected: list[str]) -> None:
    facts = replace(CORRECTION, **changes)  # type: ignore[arg-type]
    assert [reason.code for reason in reasons_against_correction(facts)] == expected


def test_a_correction_is_decided_once_by_somebody_else() -> None:
    facts = DecisionFacts(
        opening_state="running",
        decision=None,
        proposed_by=UUID(int=1),
        decided_by=UUID(int=2),
        verdict=PresenceVerdict.ACCEPTED,
        verdict_reason=None,
    )
    assert reasons_against_deciding(facts) == ()
    hopeless = replace(
        facts,
        opening_state="closed",
        decision="accepted",
        decided_by=UUID(int=1),
        verdict=PresenceVerdict.REFUSED,
    )
    assert [reason.code for reason in reasons_against_deciding(hopeless)] == [
        "opening_not_running",
        "correction_decided",
        "second_person_required",
        "decision_reason_required",
    ]


def test_a_source_is_registered_once_by_somebody_else() -> None:
    facts = RegistrationFacts(proposed_by=UUID(int=1), registered_by=UUID(int=2), is_registered=False)
    assert reasons_against_registration(facts) == ()
    same = replace(facts, registered_by=UUID(int=1), is_registered=True)
    assert [reason.code for reason in reasons_against_registration(same)] == [
        "source_already_registered",
        "second_person_required",
    ]
