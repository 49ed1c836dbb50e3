"""Pure rules of notices and outreach: what a line shows, until when, and whose claim is worth telling of."""

from datetime import date

import pytest

from app.kernel.errors import UNSOURCED
from app.subsidies.claims.states import ClaimState
from app.subsidies.entitlements.rules.verdict import RuleReason, Shares, Verdict
from app.subsidies.entitlements.states import BenefitKind, Outcome, RuleResult
from app.subsidies.messages.rules import ATTEMPTS_MAX, wait_after
from app.subsidies.notices.rules import Noticeable, ends_on, reasons_against_noticing, shown_of
from app.subsidies.outreach.rules import could_claim, is_worth_asking, share_bp

CLAIM = {
    "claim_id": "x",
    "claim_number": "S110105-2026-00000001",
    "kind": BenefitKind.SKILL_UPGRADE,
    "state": ClaimState.APPROVED,
    "division_code": "110105",
    "amount_fen": 150_000,
    "name": "欧阳测试",
    "occupation_edition": 2022,
    "occupation_code": "4-10-01-02",
    "skill_level": "level_4",
    "institution_name": None,
    "is_held": False,
}


def verdict(standard_fen: int | None = 150_000, **results: RuleResult) -> Verdict:
    """A verdict of these rules."""
    nothing = Shares(government_fen=0, employer_fen=0, person_fen=0)
    reasons = tuple(
        RuleReason(code=code, result=result, message="", citation=UNSOURCED)
        for code, result in results.items()
    )
    return Verdict(
        kind=BenefitKind.SKILL_UPGRADE,
        outcome=Outcome.UNDECIDED,
        amount_fen=0,
        standard_fen=standard_fen,
        shares=nothing,
        reasons=reasons,
        key=None,
        last_claim_day=None,
        rule_day=None,
    )


PASSED, FAILED, UNKNOWN = RuleResult.PASSED, RuleResult.FAILED, RuleResult.UNKNOWN


@pytest.mark.parametrize(
    ("given", "can", "asked"),
    [
        ({"payee": PASSED}, True, True),
        ({"payee": UNKNOWN, "eligible_group": UNKNOWN}, True, True),
        ({"payee": UNKNOWN, "insured_months": UNKNOWN}, False, True),
        ({"once_only": UNKNOWN}, False, False),
        ({"payee": UNKNOWN, "once_only": FAILED}, False, False),
        ({"standard_fen": None, "payee": PASSED}, False, False),
    ],
)
def test_nobody_is_sent_to_claim_on_a_guess(given: dict[str, RuleResult], can: bool, asked: bool) -> None:
    told = verdict(**given)  # type: ignore[arg-type]
    assert (could_claim(told), is_worth_asking(told)) == (can, asked)


def test_a_line_shows_the_whitelist_and_leaves_out_what_is_not_known() -> None:
    shown = shown_of(Noticeable(**CLAIM), date(2026, 3, 2))
    assert shown["name"] == "欧阳*"
    assert set(shown) == {"name", "benefit", "occupation", "level", "amount_fen", "division"}
    assert "测试" not in str(shown)
    assert "欧阳测试" not in repr(Noticeable(**CLAIM))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"state": ClaimState.NOTICED}, ["claim_not_approved"]),
        ({"amount_fen": None}, ["claim_not_approved"]),
        ({"is_held": True}, ["claim_held"]),
        ({"state": ClaimState.REVIEWED, "is_held": True}, ["claim_not_approved", "claim_held"]),
    ],
)
def test_all_that_keeps_a_claim_off_a_notice_is_told(changes: dict[str, object], expected: list[str]) -> None:
    reasons = reasons_against_noticing(Noticeable(**{**CLAIM, **changes}))
    assert [reason.code for reason in reasons] == expected


def test_working_days_count_from_the_day_after() -> None:
    """Monday 2 March 2026: five working days are Tuesday to the next Monday, which is shown too."""
    assert ends_on(date(2026, 3, 2), "110105") == date(2026, 3, 9)


def test_a_rate_of_nothing_is_no_rate() -> None:
    assert share_bp(0, 0) is None
    assert share_bp(1, 3) == 3333


def test_trying_again_ends() -> None:
    assert wait_after(1) is not None
    assert wait_after(ATTEMPTS_MAX - 1) is not None
    assert wait_after(ATTEMPTS_MAX) is None
