"""Closing a class and earning an entry: every rule, its boundary and its clause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.kernel.errors import UNSOURCED
from app.training.completion.rules import (
    RECORD_CLAUSE,
    RESULT_CLAUSE,
    ClosingFacts,
    TraineeFacts,
    Verdict,
    judge,
    reasons_against_closing,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TRAINEE = TraineeFacts(
    line_id=UUID(int=1),
    person_id=UUID(int=2),
    masked_name="张*",
    sheet_line=12,
    is_matched=True,
    identity_check_id=UUID(int=3),
    credited_minutes=800,
    outcome="pass",
    attempt=1,
    score_hundredths=8000,
    has_unconfirmed_result=False,
)
FACTS = ClosingFacts(
    state="running",
    now=NOW,
    last_session_ends_at=NOW - timedelta(days=1),
    held_sessions=2,
    planned_minutes=1000,
    attendance_bp_min=8000,
    attendance_citation=UNSOURCED,
    open_corrections=0,
    trainees=(TRAINEE,),
)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"state": "on_record"}, ["opening_not_running"]),
        ({"state": "filed"}, ["opening_not_running"]),
        ({"state": "canceled"}, ["opening_not_running"]),
        ({"state": "closed"}, ["opening_already_closed"]),
        ({"held_sessions": 0}, ["no_session_held"]),
        ({"last_session_ends_at": NOW + timedelta(seconds=1)}, ["sessions_not_over"]),
        ({"last_session_ends_at": NOW}, []),
        ({"open_corrections": 2}, ["presence_correction_open"]),
        ({"trainees": (replace(TRAINEE, outcome=None, attempt=None),)}, ["assessment_missing"]),
        ({"trainees": (replace(TRAINEE, has_unconfirmed_result=True),)}, ["result_not_confirmed"]),
        ({"trainees": (replace(TRAINEE, outcome="absent"),)}, []),
        (
            {"state": "on_record", "held_sessions": 0, "trainees": (replace(TRAINEE, outcome=None),)},
            ["opening_not_running", "no_session_held", "assessment_missing"],
        ),
    ],
)
def test_reasons_against_closing(change: dict, codes: list[str]) -> None:
    assert [reason.code for reason in reasons_against_closing(replace(FACTS, **change))] == codes


def test_missing_outcomes_name_each_trainee_and_the_clause() -> None:
    missing = tuple(replace(TRAINEE, line_id=UUID(int=number), outcome=None) for number in (7, 8))
    reasons = reasons_against_closing(replace(FACTS, trainees=missing))
    assert [reason.field for reason in reasons] == [f"roster.{UUID(int=7)}", f"roster.{UUID(int=8)}"]
    assert {reason.citation for reason in reasons} == {RESULT_CLAUSE}


@pytest.mark.parametrize("change", [{"outcome": None}, {"has_unconfirmed_result": True}])
def test_refusals_at_closing_say_whose_result_is_missing(change: dict) -> None:
    trainees = (replace(TRAINEE, **change), replace(TRAINEE, sheet_line=None, **change))
    reasons = reasons_against_closing(replace(FACTS, trainees=trainees))
    assert [reason.value for reason in reasons] == ["张*（名册第 12 行）", "张*"]


@pytest.mark.parametrize(
    ("change", "verdict", "codes"),
    [
        ({}, Verdict.EARNED, []),
        ({"credited_minutes": 800}, Verdict.EARNED, []),
        ({"credited_minutes": 799}, Verdict.NOT_EARNED, ["hours_not_met"]),
        ({"outcome": "exempt"}, Verdict.EARNED, []),
        ({"outcome": "fail"}, Verdict.NOT_EARNED, ["assessment_not_passed"]),
        ({"outcome": "absent"}, Verdict.NOT_EARNED, ["assessment_not_passed"]),
        (
            {"outcome": "fail", "credited_minutes": 0},
            Verdict.NOT_EARNED,
            ["hours_not_met", "assessment_not_passed"],
        ),
        ({"is_matched": False}, Verdict.IDENTITY_PENDING, ["identity_not_yet_matched"]),
        ({"is_matched": False, "outcome": "fail"}, Verdict.NOT_EARNED, ["assessment_not_passed"]),
    ],
)
def test_who_earns_an_entry(change: dict, verdict: Verdict, codes: list[str]) -> None:
    judged = judge(
        replace(TRAINEE, **change), planned_minutes=1000, attendance_bp_min=8000, citation=UNSOURCED
    )
    assert judged.verdict is verdict
    assert [reason.code for reason in judged.reasons] == codes


def test_a_class_without_planned_minutes_earns_nobody_anything() -> None:
    judged = judge(TRAINEE, planned_minutes=0, attendance_bp_min=8000, citation=UNSOURCED)
    assert [reason.code for reason in judged.reasons] == ["hours_not_met"]


def test_a_pending_identity_cites_the_real_name_clause() -> None:
    judged = judge(
        replace(TRAINEE, is_matched=False), planned_minutes=1000, attendance_bp_min=8000, citation=UNSOURCED
    )
    assert judged.reasons[0].citation == RECORD_CLAUSE
