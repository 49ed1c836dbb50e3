"""When an assessment may be scheduled, which results may be entered, who may confirm them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.training.assessments.rules import (
    COMPLETION_ASSESSMENT,
    CandidateFacts,
    GivenResult,
    ScheduleFacts,
    SeenResult,
    SittingFacts,
    reasons_against_confirming,
    reasons_against_entering,
    reasons_against_scheduling,
    unconfirmed,
)
from app.training.assessments.states import AssessmentMethod, Outcome

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
SCHEDULE = ScheduleFacts(
    opening_state="running",
    attempt=1,
    scheduled_at=NOW + timedelta(days=2),
    now=NOW,
    training_ends_at=NOW + timedelta(days=1),
    deadline=timedelta(days=30),
    resits_max=1,
    candidates=0,
    open_results=0,
)
RESIT = replace(SCHEDULE, attempt=2, candidates=3, training_ends_at=NOW - timedelta(days=60))


@pytest.mark.parametrize(
    ("facts", "changes", "expected"),
    [
        (SCHEDULE, {}, []),
        (SCHEDULE, {"opening_state": "on_record"}, []),
        (SCHEDULE, {"opening_state": "filed"}, ["opening_not_running"]),
        (SCHEDULE, {"opening_state": "closed"}, ["opening_not_running"]),
        (SCHEDULE, {"scheduled_at": NOW + timedelta(days=1)}, []),
        (SCHEDULE, {"scheduled_at": NOW + timedelta(hours=23)}, ["assessment_before_training_ends"]),
        (SCHEDULE, {"scheduled_at": NOW}, ["assessment_in_past", "assessment_before_training_ends"]),
        (SCHEDULE, {"scheduled_at": NOW + timedelta(days=31)}, []),
        (SCHEDULE, {"scheduled_at": NOW + timedelta(days=31, seconds=1)}, ["assessment_too_late"]),
        (SCHEDULE, {"training_ends_at": None}, []),
        (RESIT, {}, []),
        (RESIT, {"attempt": 3}, ["resit_limit_reached"]),
        (RESIT, {"open_results": 1}, ["previous_results_open"]),
        (RESIT, {"candidates": 0}, ["no_resit_candidates"]),
    ],
)
def test_reasons_against_scheduling(
    facts: ScheduleFacts, changes: dict[str, object], expected: list[str]
) -> None:
    found = reasons_against_scheduling(replace(facts, **changes))  # type: ignore[arg-type]
    assert [reason.code for reason in found] == expected
    assert all(reason.citation is not None for reason in found)


def line(number: int) -> UUID:
    return UUID(int=number)


def candidate(number: int, **more: object) -> CandidateFacts:
    return CandidateFacts(person_id=UUID(int=100 + number), line_id=line(number), **more)  # type: ignore[arg-type]


ENTERED = {"outcome": Outcome.PASS, "score_hundredths": 8000, "revision": 2, "entered_by": UUID(int=50)}
SITTING = SittingFacts(
    opening_state="running",
    attempt=1,
    method=AssessmentMethod.THEORY,
    pass_mark_hundredths=6000,
    scheduled_at=NOW,
    now=NOW,
    lines=frozenset(line(number) for number in range(1, 5)),
    candidates={
        line(1): candidate(1),
        line(2): candidate(2, **ENTERED),
        line(3): candidate(3, is_confirmed=True, **ENTERED),
    },
)


def given(
    number: int, outcome: Outcome = Outcome.PASS, score: int | None = 8000, why: str | None = None
) -> GivenResult:
    return GivenResult(line_id=line(number), outcome=outcome, score_hundredths=score, exemption_reason=why)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([given(1), given(2, Outcome.FAIL, 3000)], []),
        ([given(1, Outcome.ABSENT, None)], []),
        ([given(1, Outcome.EXEMPT, None, "持有同级证书")], []),
        ([given(1, Outcome.PASS, None)], ["score_required"]),
        ([given(1, Outcome.FAIL, None)], ["score_required"]),
        ([given(1, Outcome.ABSENT, 0)], ["score_unexpected"]),
        ([given(1, Outcome.EXEMPT, 100)], ["score_unexpected", "exemption_reason_required"]),
        ([given(1, Outcome.PASS, 8000, "理由")], ["exemption_reason_unexpected"]),
        ([given(3)], ["result_confirmed"]),
        ([given(4)], ["not_a_resit_candidate"]),
        ([given(9)], ["trainee_not_on_roster"]),
        ([given(1), given(1)], ["line_repeated", "line_repeated"]),
        ([given(9, score=None), given(3)], ["trainee_not_on_roster", "score_required", "result_confirmed"]),
    ],
)
def test_reasons_against_entering(results: list[GivenResult], expected: list[str]) -> None:
    found = reasons_against_entering(SITTING, results)
    assert [reason.code for reason in found] == expected


def test_results_wait_for_the_assessment_and_the_open_class() -> None:
    early = replace(SITTING, now=NOW - timedelta(seconds=1), opening_state="closed")
    found = reasons_against_entering(early, [given(1)])
    assert [reason.code for reason in found] == ["opening_not_running", "assessment_not_held"]


def test_reasons_name_the_row() -> None:
    found = reasons_against_entering(SITTING, [given(1), given(2, score=None)])
    assert [reason.field for reason in found] == ["results.1.score_hundredths"]


@pytest.mark.parametrize(
    ("seen", "by", "expected"),
    [
        ([(2, 2)], 51, []),
        ([(2, 2)], 50, ["second_person_required"]),
        ([(2, 1)], 51, ["result_changed"]),
        ([(2, 1)], 50, ["result_changed", "second_person_required"]),
        ([(1, 1)], 51, ["result_missing"]),
        ([(3, 2)], 51, ["result_confirmed"]),
        ([(9, 1)], 51, ["trainee_not_on_roster"]),
        ([(2, 2), (2, 2)], 51, ["line_repeated", "line_repeated"]),
        ([], 51, ["nothing_to_confirm"]),
    ],
)
def test_reasons_against_confirming(seen: list[tuple[int, int]], by: int, expected: list[str]) -> None:
    found = reasons_against_confirming(
        SITTING,
        [SeenResult(line_id=line(number), revision=revision) for number, revision in seen],
        confirmed_by=UUID(int=by),
        is_person=True,
    )
    assert [reason.code for reason in found] == expected


@pytest.mark.parametrize(
    ("method", "mark", "outcome", "score", "expected"),
    [
        (AssessmentMethod.THEORY, 6000, Outcome.PASS, 6000, []),
        (AssessmentMethod.THEORY, 6000, Outcome.PASS, 5999, ["score_below_pass_mark"]),
        (AssessmentMethod.COMBINED, 6000, Outcome.PASS, 100, ["score_below_pass_mark"]),
        (AssessmentMethod.SKILL_EVALUATION, 6000, Outcome.PASS, 100, ["score_below_pass_mark"]),
        (AssessmentMethod.THEORY, 6000, Outcome.FAIL, 5999, []),
        (AssessmentMethod.THEORY, 6000, Outcome.FAIL, 6000, ["score_reaches_pass_mark"]),
        (AssessmentMethod.PRACTICE, 6000, Outcome.FAIL, 9900, ["score_reaches_pass_mark"]),
        (AssessmentMethod.COMBINED, 6000, Outcome.FAIL, 9900, []),
        (AssessmentMethod.SKILL_EVALUATION, 6000, Outcome.FAIL, 9900, []),
        (AssessmentMethod.THEORY, 6000, Outcome.ABSENT, None, []),
        (AssessmentMethod.THEORY, None, Outcome.PASS, 100, []),
    ],
)
def test_the_filed_pass_mark_binds_entering_and_confirming(
    method: AssessmentMethod, mark: int | None, outcome: Outcome, score: int | None, expected: list[str]
) -> None:
    sitting = replace(
        SITTING,
        method=method,
        pass_mark_hundredths=mark,
        candidates={
            line(1): candidate(1),
            line(2): candidate(
                2, outcome=outcome, score_hundredths=score, revision=2, entered_by=UUID(int=50)
            ),
        },
    )
    entering = reasons_against_entering(sitting, [given(1, outcome, score)])
    confirming = reasons_against_confirming(
        sitting, unconfirmed(sitting), confirmed_by=UUID(int=51), is_person=True
    )
    assert [reason.code for reason in entering] == [reason.code for reason in confirming] == expected


def test_a_score_below_the_mark_is_told_with_score_mark_and_clause() -> None:
    (reason,) = reasons_against_entering(SITTING, [given(1, Outcome.PASS, 5950)])
    assert (reason.field, reason.value) == ("results.0.score_hundredths", "59.50 分")
    assert "60 分" in reason.message
    assert reason.citation == COMPLETION_ASSESSMENT


def test_a_system_confirms_nothing() -> None:
    found = reasons_against_confirming(
        SITTING, unconfirmed(SITTING), confirmed_by=UUID(int=51), is_person=False
    )
    assert [reason.code for reason in found] == ["person_required"]


def test_everything_unconfirmed_is_what_has_a_result() -> None:
    assert unconfirmed(SITTING) == [SeenResult(line_id=line(2), revision=2)]
