"""Routing, deadlines, refusals and notices of claims: pure, each boundary named."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED
from app.policy.values import value_of
from app.reference.calendar import is_working_day
from app.subsidies.claims.rules.deadlines import (
    KEY_OF_STATE,
    NEXT_STEP,
    clause_of,
    deadline_of,
    months_later,
    reasons_against_appealing,
    remedy_ends_on,
    supplement_due_on,
)
from app.subsidies.claims.rules.notices import claim_number, notice_number, remedies_of
from app.subsidies.claims.rules.outcomes import REASON_OF_OUTCOME, reason_of
from app.subsidies.claims.rules.refusals import REFUSED_BY_CONSTRAINT
from app.subsidies.claims.rules.routing import route
from app.subsidies.claims.rules.steps import (
    NOT_ACCEPTED_GROUNDS,
    Standing,
    not_accepted_reasons,
    reasons_against,
)
from app.subsidies.claims.states import (
    STATE_LABELS,
    TAKEN_FROM,
    AppealChannel,
    ClaimState,
    NoticeKind,
    Step,
    SubmitOutcome,
)
from app.subsidies.entitlements.states import BenefitKind

TODAY = date(2026, 3, 2)
ENTRY = "110105"
INSURED = "320100"
ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("kind", "insured_in", "declared", "expected"),
    [
        (BenefitKind.SKILL_UPGRADE, INSURED, None, INSURED),
        (BenefitKind.SKILL_UPGRADE, INSURED, "310101", INSURED),
        (BenefitKind.SKILL_UPGRADE, None, "310101", "310101"),
        (BenefitKind.TRAINING, INSURED, "310101", ENTRY),
        (BenefitKind.LIVING_ALLOWANCE, None, None, ENTRY),
        (BenefitKind.APPRENTICESHIP, INSURED, "310101", ENTRY),
        (BenefitKind.WORK_BASED, None, "310101", ENTRY),
        (BenefitKind.RETENTION, None, None, ENTRY),
    ],
)
def test_a_claim_goes_where_the_rule_says(
    kind: BenefitKind, insured_in: str | None, declared: str | None, expected: str
) -> None:
    found = route(
        kind, entry_division=ENTRY, entry_on=TODAY, insured_in=insured_in, declared=declared, today=TODAY
    )
    assert (found.division, found.reasons) == (expected, ())


@pytest.mark.parametrize(
    ("declared", "code"), [(None, "insured_place_unknown"), ("999999", "payer_division_unknown")]
)
def test_without_a_payer_there_is_a_reason_and_a_way(declared: str | None, code: str) -> None:
    found = route(
        BenefitKind.SKILL_UPGRADE,
        entry_division=ENTRY,
        entry_on=TODAY,
        insured_in=None,
        declared=declared,
        today=TODAY,
    )
    assert found.division is None
    assert [(reason.code, bool(reason.remedy)) for reason in found.reasons] == [(code, True)]


def test_every_refused_outcome_says_why_and_what_to_do() -> None:
    assert set(REASON_OF_OUTCOME) == set(SubmitOutcome) - {SubmitOutcome.SUBMITTED}
    for outcome, reason in REASON_OF_OUTCOME.items():
        assert reason.code == outcome.value
        assert len(reason.message) > 8
        assert len(reason.remedy) > 8
        assert reason.citation is None or reason.citation != UNSOURCED
    assert len({reason.message for reason in REASON_OF_OUTCOME.values()}) == len(REASON_OF_OUTCOME)


@pytest.mark.parametrize(
    ("outcome", "kind", "on", "division", "clause", "words"),
    [
        (
            "yearly_cap_reached",
            "training",
            "2025-06-30",
            "410100",
            "国办发〔2019〕24号 四(十二)",
            "每人每年3次，",
        ),
        (
            "yearly_cap_reached",
            "skill_upgrade",
            "2024-12-31",
            "410100",
            "2024年技能提升补贴规定转述 ",
            "每年3次",
        ),
        (
            "yearly_cap_reached",
            "skill_upgrade",
            "2025-01-01",
            "410100",
            "人社部发〔2025〕18号 ",
            "每年1次，紧缺急需职业（工种）另加2次",
        ),
        ("yearly_cap_reached", "skill_upgrade", "2025-01-01", "640104", "人社部发〔2025〕18号 ", "另加1次"),
        (
            "yearly_cap_reached",
            "work_based",
            "2021-03-31",
            "410100",
            "国办发〔2019〕24号 四(十一)",
            "最长6个月",
        ),
        (
            "benefit_already_held",
            "skill_upgrade",
            "2018-12-31",
            "410100",
            "人社部发〔2017〕40号 三",
            "只能享受一次",
        ),
        (
            "benefit_already_held",
            "training",
            "2025-06-30",
            "410100",
            "国办发〔2019〕24号 四(十二)",
            "只能享受一次",
        ),
        (
            "benefit_already_held",
            "living_allowance",
            "2025-06-30",
            "410100",
            "国办发〔2019〕24号 四(十一)",
            "只能享受一次",
        ),
    ],
)
def test_a_refused_line_names_the_clause_and_number_of_its_day(
    outcome: str, kind: str, on: str, division: str, clause: str, words: str
) -> None:
    reason = reason_of(
        SubmitOutcome(outcome), BenefitKind(kind), entry_on=date.fromisoformat(on), division=division
    )
    assert reason.citation is not None
    assert f"{reason.citation.document} {reason.citation.clause}" == clause
    assert words in reason.message


def test_every_constraint_of_a_step_speaks() -> None:
    assert all(reason.message and reason.remedy for reason in REFUSED_BY_CONSTRAINT.values())
    assert {"claim_step_in_order", "claim_not_held", "claim_officer_permitted"} <= set(REFUSED_BY_CONSTRAINT)


@pytest.mark.parametrize("state", list(ClaimState))
def test_every_state_has_a_label_and_a_next_step(state: ClaimState) -> None:
    assert STATE_LABELS[state]
    assert NEXT_STEP[state]


@pytest.mark.parametrize("state", list(KEY_OF_STATE))
def test_deadlines_are_working_days_after_the_day(state: ClaimState) -> None:
    days = value_of(KEY_OF_STATE[state], on=TODAY, division=ENTRY).number
    deadline = deadline_of(state, TODAY, ENTRY)
    assert deadline is not None
    passed = [TODAY + timedelta(days=n) for n in range(1, (deadline.due_on - TODAY).days + 1)]
    assert sum(map(is_working_day, passed)) == days
    assert is_working_day(deadline.due_on)


def test_no_deadline_runs_against_the_agency_while_it_waits_or_is_done() -> None:
    for state in set(ClaimState) - set(KEY_OF_STATE):
        assert deadline_of(state, TODAY, ENTRY) is None


def test_a_year_without_published_holidays_has_a_provisional_deadline() -> None:
    deadline = deadline_of(ClaimState.SUBMITTED, date(2199, 1, 4), ENTRY)
    assert deadline is not None
    assert deadline.is_provisional
    told = deadline_of(ClaimState.SUBMITTED, TODAY, ENTRY)
    assert told is not None
    assert not told.is_provisional


def test_the_claimant_has_the_days_of_the_policy() -> None:
    days = value_of("claim_supplement_working_days", on=TODAY, division=ENTRY).number
    due_on = supplement_due_on(TODAY, ENTRY)
    assert sum(is_working_day(TODAY + timedelta(days=n)) for n in range(1, (due_on - TODAY).days + 1)) == days


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 8, 15), 6, date(2027, 2, 15)),
        (date(2026, 10, 31), 13, date(2027, 11, 30)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert months_later(day, months) == expected


def test_reconsideration_ends_on_the_sixtieth_day_or_the_next_working_day() -> None:
    told = date(2026, 3, 3)
    last = remedy_ends_on(AppealChannel.RECONSIDERATION, told, ENTRY)
    assert last.due_on >= told + timedelta(days=60)
    assert is_working_day(last.due_on)
    assert reasons_against_appealing(AppealChannel.RECONSIDERATION, told, last.due_on, ENTRY) == ()
    late = reasons_against_appealing(
        AppealChannel.RECONSIDERATION, told, last.due_on + timedelta(days=1), ENTRY
    )
    assert [reason.code for reason in late] == ["appeal_too_late"]


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_only_adverse_notices_carry_remedies(kind: NoticeKind) -> None:
    remedies = remedies_of(kind, TODAY, ENTRY)
    adverse = {NoticeKind.NOT_ACCEPTED, NoticeKind.REFUSAL, NoticeKind.RECOVERY}
    wanted = set(AppealChannel) if kind in adverse else set()
    assert {remedy["channel"] for remedy in remedies} == wanted
    for remedy in remedies:
        assert day_in_words(date.fromisoformat(remedy["until"])) in remedy["text"]


def test_numbers_have_the_form_the_database_holds() -> None:
    assert claim_number("110105", 2026, 7) == "S110105-2026-00000007"
    assert notice_number("110105", 2026, 7) == "N110105-2026-00000007"


def standing(state: ClaimState, **changes: object) -> Standing:
    """A claim in ``state`` that somebody else reviewed as eligible."""
    base = Standing(
        state=state, round=1, version=3, is_held=False, reviewed_verdict="eligible", reviewed_by=OTHER
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("state", list(ClaimState))
def test_a_step_is_taken_from_its_states_only(step: Step, state: ClaimState) -> None:
    verdict = "ineligible" if step is Step.REFUSE else "eligible"
    found = reasons_against(step, standing(state, reviewed_verdict=verdict), actor=ONE)
    assert (found == ()) is (state in TAKEN_FROM[step])


@pytest.mark.parametrize(
    ("step", "changes", "code"),
    [
        (
            Step.REQUEST_SUPPLEMENT,
            {"state": ClaimState.SUBMITTED, "was_supplemented": True},
            "supplement_asked_once",
        ),
        (
            Step.DECLINE,
            {"state": ClaimState.SUPPLEMENT_REQUESTED, "is_supplement_running": True},
            "supplement_still_running",
        ),
        (Step.APPROVE, {"is_held": True}, "claim_not_held"),
        (Step.APPROVE, {"reviewed_by": ONE}, "claim_approval_second_person"),
        (Step.SEND_BACK, {"reviewed_by": ONE}, "claim_approval_second_person"),
        (Step.APPROVE, {"reviewed_verdict": "ineligible"}, "claim_approval_follows_review"),
        (Step.REFUSE, {}, "claim_approval_follows_review"),
        (Step.APPROVE, {"decided_before": frozenset({ONE})}, "claim_decided_again_by_others"),
        (
            Step.REVIEW,
            {"state": ClaimState.ACCEPTED, "decided_before": frozenset({ONE})},
            "claim_decided_again_by_others",
        ),
    ],
)
def test_what_stands_against_a_step(step: Step, changes: dict[str, object], code: str) -> None:
    state = changes.pop("state", ClaimState.REVIEWED) if "state" in changes else ClaimState.REVIEWED
    found = reasons_against(step, standing(state, **changes), actor=ONE)  # type: ignore[arg-type]
    assert [reason.code for reason in found] == [code]


def test_all_reasons_are_told_at_once() -> None:
    found = reasons_against(
        Step.APPROVE,
        standing(ClaimState.REVIEWED, is_held=True, reviewed_by=ONE, reviewed_verdict="ineligible"),
        actor=ONE,
        expected_version=2,
    )
    assert [reason.code for reason in found] == [
        "claim_changed",
        "claim_not_held",
        "claim_approval_second_person",
        "claim_approval_follows_review",
    ]


def test_grounds_of_not_accepting_say_what_to_do() -> None:
    reasons = not_accepted_reasons(list(NOT_ACCEPTED_GROUNDS), "说明")
    assert all(reason.remedy and "说明" in reason.message for reason in reasons)


@pytest.mark.parametrize(
    ("told_on", "body", "document"),
    [
        (date(2023, 12, 31), "同级人民政府或者上一级主管部门", "中华人民共和国行政复议法"),
        (date(2024, 1, 1), "本级人民政府", "中华人民共和国行政复议法（2023年修订）"),
    ],
)
def test_reconsideration_goes_where_the_law_of_the_day_says(told_on: date, body: str, document: str) -> None:
    ways = {each["channel"]: each for each in remedies_of(NoticeKind.REFUSAL, told_on, ENTRY)}
    assert f"向{body}申请行政复议" in ways["reconsideration"]["text"]
    assert ways["reconsideration"]["citation"]["document"] == document
    assert clause_of(AppealChannel.RECONSIDERATION, told_on, ENTRY).document == document
    assert clause_of(AppealChannel.LITIGATION, told_on, ENTRY).document == "中华人民共和国行政诉讼法"
