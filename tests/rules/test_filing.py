"""Rules of filing: each defect alone is told, with its clause; a complete filing has none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.files.names import plain_file_name
from app.kernel.errors import UNSOURCED, Citation
from app.training.openings.queries.scope import not_editable
from app.training.openings.rules.changes import (
    ChangeFacts,
    SessionAdded,
    SessionMoved,
    TeacherReplaced,
    TraineeWithdrawn,
    reasons_against_change,
)
from app.training.openings.rules.commitment import (
    AcceptedCommitment,
    commitment_for,
    reasons_against_commitment,
)
from app.training.openings.rules.documents import reasons_against_upload
from app.training.openings.rules.facts import (
    AssessmentPlan,
    DirectoryFacts,
    FilingFacts,
    FilingLimits,
    Limit,
    RosterFacts,
    Session,
    Teacher,
    TeachingPlan,
)
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.rules.review import reasons_against_cancellation, reasons_against_review
from app.training.openings.rules.sessions import reasons_against_plan_form, teacher_flags
from app.training.openings.states import STATE_NAMES, Delivery, DocumentPart, HoursKind, OpeningState

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FIRST = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
TEACHER = UUID(int=1)
HOURS = {HoursKind.THEORY: 2, HoursKind.PRACTICE: 4, HoursKind.SAFETY: 2}


def limit(number: int) -> Limit:
    return Limit(number, UNSOURCED)


LIMITS = FilingLimits(
    class_size_min=limit(1),
    class_size_max=limit(60),
    lead_hours=limit(24),
    class_hour_minutes=limit(45),
    hours_per_day_max=limit(8),
    session_minutes_max=limit(240),
    safety_required=True,
)


def session(number: int, kind: HoursKind, minutes: int, *, after: timedelta, **changes: Any) -> Session:
    starts_at = FIRST + after
    planned = Session(
        session_id=UUID(int=100 + number),
        teacher_id=TEACHER,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        hours_kind=kind,
        delivery=Delivery.ONSITE,
        venue="201教室",
    )
    return replace(planned, **changes)


SESSIONS = (
    session(1, HoursKind.THEORY, 90, after=timedelta()),
    session(2, HoursKind.PRACTICE, 180, after=timedelta(hours=2)),
    session(3, HoursKind.SAFETY, 90, after=timedelta(days=1)),
)
COMPLETE = FilingFacts(
    now=NOW,
    filed_at=NOW,
    planned_size=30,
    plan=TeachingPlan(starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 20), hours=HOURS),
    assessment=AssessmentPlan(planned_on=date(2026, 3, 21)),
    material_count=3,
    teachers=(Teacher(teacher_id=TEACHER, name="赵示范", qualification="二级/技师", subject="照护"),),
    sessions=SESSIONS,
    roster=RosterFacts(lines=20, unverified=0, not_matched=0),
    directory=DirectoryFacts(
        standing_today="active",
        standing_then="active",
        qualified=True,
        designated_division="110000",
        program_name="养老护理员五级培训",
        program_in_force=True,
        program_covers_division=True,
        program_hours=HOURS,
        program_is_online=False,
    ),
    limits=LIMITS,
)
OPEN = ChangeFacts(
    now=NOW,
    state=OpeningState.ON_RECORD,
    sessions=SESSIONS,
    held=frozenset(),
    teachers=COMPLETE.teachers,
    required_hours=HOURS,
    program_is_online=False,
    limits=LIMITS,
    on_roster=None,
)


def codes_of(reasons: Any) -> list[str]:
    return [reason.code for reason in reasons]


def test_a_complete_filing_has_no_defect() -> None:
    assert reasons_against_filing(COMPLETE) == ()


def with_directory(**changes: Any) -> dict[str, Any]:
    return {"directory": replace(COMPLETE.directory, **changes)}


def with_session(position: int, **changes: Any) -> dict[str, Any]:
    sessions = list(SESSIONS)
    sessions[position] = replace(sessions[position], **changes)
    return {"sessions": tuple(sessions)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"plan": None}, ["teaching_plan_missing"]),
        ({"material_count": 0}, ["teaching_materials_missing"]),
        ({"assessment": None}, ["assessment_plan_missing"]),
        ({"teachers": ()}, ["teachers_missing", *["session_teacher_unknown"] * 3]),
        ({"sessions": ()}, ["sessions_missing"]),
        ({"roster": RosterFacts(lines=0, unverified=0, not_matched=0)}, ["roster_missing"]),
        (
            {"roster": RosterFacts(lines=61, unverified=0, not_matched=0), "planned_size": 61},
            ["class_too_large"],
        ),
        ({"roster": RosterFacts(lines=31, unverified=0, not_matched=0)}, ["roster_over_planned_size"]),
        ({"limits": replace(LIMITS, class_size_min=limit(21))}, ["class_too_small"]),
        ({"roster": RosterFacts(lines=20, unverified=1, not_matched=0)}, ["roster_unverified"]),
        ({"roster": RosterFacts(lines=20, unverified=0, not_matched=1)}, ["roster_not_matched"]),
        (with_directory(standing_today="suspended"), ["institution_not_active"]),
        (with_directory(standing_then=None), ["institution_not_active"]),
        (with_directory(qualified=False), ["qualification_invalid"]),
        (with_directory(designated_division=None), ["not_designated"]),
        (with_directory(program_in_force=False), ["program_not_in_force"]),
        (with_directory(program_covers_division=False), ["program_not_for_division"]),
        (with_directory(program_hours=HOURS | {HoursKind.THEORY: 3}), ["plan_hours_short"]),
        (with_session(0, teacher_id=UUID(int=9)), ["session_teacher_unknown"]),
        (with_session(0, delivery=Delivery.ONLINE), ["delivery_not_in_program"]),
        (with_session(2, ends_at=FIRST + timedelta(days=1, minutes=241)), ["session_too_long"]),
        (with_session(2, ends_at=FIRST + timedelta(days=1, minutes=240)), []),
        (with_session(2, ends_at=FIRST + timedelta(days=1, minutes=89)), ["planned_hours_short"]),
        ({"limits": replace(LIMITS, hours_per_day_max=limit(5))}, ["day_too_long"]),
        ({"limits": replace(LIMITS, hours_per_day_max=limit(6))}, []),
        ({"now": FIRST}, ["filing_late"]),
        ({"now": FIRST - timedelta(seconds=1)}, []),
        ({"filed_at": FIRST - timedelta(hours=24)}, []),
        ({"filed_at": FIRST - timedelta(hours=23, minutes=59)}, ["lead_time_short"]),
        ({"assessment": AssessmentPlan(planned_on=date(2026, 3, 9))}, ["assessment_before_end"]),
        ({"assessment": AssessmentPlan(planned_on=date(2026, 3, 10))}, []),
    ],
)
def test_each_defect_is_told_alone(changes: dict[str, Any], expected: list[str]) -> None:
    reasons = reasons_against_filing(replace(COMPLETE, **changes))
    assert codes_of(reasons) == expected
    assert all(reason.citation and reason.remedy and reason.field for reason in reasons)


def test_sessions_lie_within_the_plans_days() -> None:
    plan = replace(COMPLETE.plan, starts_on=date(2026, 3, 10))  # type: ignore[type-var]
    assert codes_of(reasons_against_filing(replace(COMPLETE, plan=plan))) == ["session_outside_plan"] * 2
    plan = replace(COMPLETE.plan, ends_on=date(2026, 3, 9))  # type: ignore[type-var]
    assert codes_of(reasons_against_filing(replace(COMPLETE, plan=plan))) == ["session_outside_plan"]


def test_a_plan_without_safety_is_told_even_if_the_program_forgot_it() -> None:
    without = HOURS | {HoursKind.SAFETY: 0}
    facts = replace(
        COMPLETE,
        plan=replace(COMPLETE.plan, hours=without),  # type: ignore[type-var]
        directory=replace(COMPLETE.directory, program_hours=without),
    )
    assert codes_of(reasons_against_filing(facts)) == ["safety_hours_missing"]


def test_unsourced_limits_say_so_and_clauses_are_named() -> None:
    small = replace(COMPLETE, limits=replace(LIMITS, class_size_min=limit(21)), plan=None)
    by_code = {reason.code: reason.citation for reason in reasons_against_filing(small)}
    assert by_code["class_too_small"] == UNSOURCED
    assert by_code["teaching_plan_missing"] == Citation("人社部发〔2025〕10号", "三(三)")


def test_lines_that_do_not_match_are_named_up_to_twenty() -> None:
    places = tuple(f"第{line}行" for line in range(3, 33))
    roster = RosterFacts(lines=30, unverified=0, not_matched=30, not_matched_at=places)
    (reason,) = reasons_against_filing(replace(COMPLETE, roster=roster))
    assert "第22行等" in reason.message
    assert "第23行" not in reason.message


def test_the_commitment_is_that_of_the_very_class() -> None:
    text = commitment_for(
        institution_name="甲校", credit_code="1", opening_name="一班", opening_id=UUID(int=1)
    )
    other = commitment_for(
        institution_name="甲校", credit_code="1", opening_name="一班", opening_id=UUID(int=2)
    )
    on = date(2026, 3, 2)
    assert reasons_against_commitment(text, AcceptedCommitment(text.version, text.digest), on=on) == ()
    for accepted, code in (
        (None, "commitment_missing"),
        (AcceptedCommitment(text.version, other.digest), "commitment_outdated"),
        (AcceptedCommitment("2024-1", text.digest), "commitment_outdated"),
    ):
        (reason,) = reasons_against_commitment(text, accepted, on=on)
        assert reason.code == code
        assert reason.citation == Citation("人社部发〔2025〕10号", "五(十一)")


def test_a_plan_that_cannot_be_stored_is_told_with_every_session() -> None:
    first, second, third = SESSIONS
    backwards = replace(third, ends_at=third.starts_at)
    onto = replace(second, starts_at=first.ends_at - timedelta(minutes=1))
    assert codes_of(reasons_against_plan_form((first, onto, backwards))) == [
        "session_ends_before_start",
        "sessions_overlap",
    ]
    touching = replace(second, starts_at=first.ends_at)
    assert reasons_against_plan_form((first, touching, third)) == ()


def test_a_teacher_in_two_classes_at_once_is_noted_by_name() -> None:
    names = {TEACHER: "赵示范"}
    there = replace(SESSIONS[0], session_id=UUID(int=7), starts_at=FIRST + timedelta(minutes=89))
    assert codes_of(teacher_flags(SESSIONS, [("赵示范", "二班", there)], names)) == ["teacher_double_booked"]
    after = replace(there, starts_at=SESSIONS[0].ends_at, ends_at=SESSIONS[1].starts_at)
    assert teacher_flags(SESSIONS, [("赵示范", "二班", after)], names) == ()
    assert teacher_flags(SESSIONS, [("钱示范", "二班", there)], names) == ()


@pytest.mark.parametrize("state", list(OpeningState))
def test_states_decide_what_may_still_be_done(state: OpeningState) -> None:
    assert (reasons_against_review(state) == ()) is (state is OpeningState.FILED)
    before_it_runs = {OpeningState.DRAFT, OpeningState.FILED, OpeningState.RETURNED, OpeningState.ON_RECORD}
    assert (reasons_against_cancellation(state) == ()) is (state in before_it_runs)
    moved = SessionMoved(
        session_id=SESSIONS[2].session_id,
        starts_at=FIRST + timedelta(days=2),
        ends_at=FIRST + timedelta(days=2, minutes=90),
    )
    allowed = reasons_against_change(moved, replace(OPEN, state=state)) == ()
    assert allowed is (state in {OpeningState.ON_RECORD, OpeningState.RUNNING})


def test_a_change_is_judged_by_the_same_limits() -> None:
    added = SessionAdded(
        session_id=UUID(int=200),
        teacher_id=TEACHER,
        starts_at=FIRST + timedelta(hours=6),
        ends_at=FIRST + timedelta(hours=8),
        hours_kind=HoursKind.PRACTICE,
        delivery=Delivery.ONLINE,
        venue="线上",
    )
    facts = replace(OPEN, limits=replace(LIMITS, hours_per_day_max=limit(6), session_minutes_max=limit(119)))
    assert codes_of(reasons_against_change(added, facts)) == [
        "delivery_not_in_program",
        "session_too_long",
        "day_too_long",
    ]
    shorter = SessionMoved(
        session_id=SESSIONS[0].session_id, starts_at=FIRST, ends_at=FIRST + timedelta(minutes=89)
    )
    assert codes_of(reasons_against_change(shorter, OPEN)) == ["planned_hours_short"]
    assert codes_of(
        reasons_against_change(shorter, replace(OPEN, held=frozenset({SESSIONS[0].session_id})))
    ) == [
        "session_held",
        "planned_hours_short",
    ]
    same = TeacherReplaced(teacher_id=UUID(int=5), name="赵示范", qualification="二级", subject="照护")
    assert codes_of(reasons_against_change(same, OPEN)) == ["session_teacher_unknown", "teacher_listed_twice"]
    leaving = TraineeWithdrawn(line_id=UUID(int=5))
    assert reasons_against_change(leaving, replace(OPEN, on_roster=True)) == ()
    assert codes_of(reasons_against_change(leaving, replace(OPEN, on_roster=False))) == [
        "trainee_not_on_roster"
    ]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("C:\\资料\\考核方案.pdf", "考核方案.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("", "附件"),
        (None, "附件"),
    ],
)
def test_a_file_name_is_a_name_alone(raw: str | None, shown: str) -> None:
    assert plain_file_name(raw) == shown


def test_documents_come_at_their_time() -> None:
    def told(state: OpeningState, part: DocumentPart, already: int = 0, name: str = "a.pdf") -> list[str]:
        return codes_of(reasons_against_upload(state, part, already=already, name=name))

    assert told(OpeningState.DRAFT, DocumentPart.TEACHERS) == []
    assert told(OpeningState.FILED, DocumentPart.TEACHERS) == ["document_not_now"]
    assert told(OpeningState.RUNNING, DocumentPart.CHANGE) == []
    assert told(OpeningState.RUNNING, DocumentPart.TEACHERS, 100, "110000194910019990.pdf") == [
        "document_not_now",
        "documents_too_many",
        "file_name_has_number",
    ]


@pytest.mark.parametrize("state", OpeningState)
def test_the_state_that_refuses_an_act_is_told_in_words(state: OpeningState) -> None:
    refused = [*reasons_against_review(state), *reasons_against_cancellation(state), not_editable(state)]
    assert {reason.value for reason in refused} == {STATE_NAMES[state]}
