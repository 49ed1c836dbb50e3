"""Claims that are refused, each for another clause: at the desk, by the dry run, and by two officers with a notice."""

from collections.abc import Sequence
from typing import Any

from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_steps import CASE, all_done, file_claim
from app.demo.client import Answer
from app.demo.journal import Journal, require
from app.demo.province_data import COUNTY, OTHER_PROVINCE

DECIDED = {
    "too_late": "claim_window",
    "too_few": "insured_months",
    "too_high": "certificate_level",
    "account": "payee",
    "uninsured": "insured_status",
    "downgraded": "no_downgrade",
    "elsewhere": "payer_place",
}
"""The story and the rule that speaks against it."""


def refuse_claims(play: ClaimPlay) -> None:
    """Filed, accepted, reviewed, refused by a second officer; every notice names clause, fact, remedy, ways out."""
    journal, cast = play.cast.journal, play.cast
    with journal.step(f"{len(DECIDED)}件不符合条件的申领：受理、审核、由第二人确认不予发放"):
        for key in DECIDED:
            if key != "elsewhere":
                # Whoever is insured nowhere says where the claim belongs.
                file_claim(play, key, division_code=COUNTY)
        # The claim is not lost because the platform is silent: it goes where its claimant says.
        cast.sandbox.silence_insurance(OTHER_PROVINCE)
        file_claim(play, "elsewhere", division_code=COUNTY)
        cast.sandbox.silence_insurance()
        claim_ids = [play.claims[key] for key in DECIDED]
        all_done(play.review.steps("accept", claim_ids))
        all_done(play.review.steps("review", claim_ids))
        all_done(play.approval.steps("refuse", claim_ids))
        journal.counts["claims_refused"] += len(DECIDED)
    for key, code in DECIDED.items():
        reasons = play.shown(key)["notices"][-1]["reasons"]
        require(all(each["remedy"] for each in reasons), f"每条理由都写明可以怎么办：{reasons}")
        _cite(journal, _reason(reasons, code))


def refuse_at_desk(play: ClaimPlay) -> None:
    """What the door refuses before a claim exists; nothing of it is kept."""
    journal, capped = play.cast.journal, play.holders["capped"]
    with journal.step("一年内第二个职业（非紧缺急需）：次数已满，当场拒绝；另一人用同一档案：查无"):
        capped.citizen.claim(capped.record(0)).expect(201)
        full = journal.refused(capped.citizen.claim(capped.record(1)), 409)
        foreign = journal.refused(play.holders["whole"].citizen.claim(capped.record(1)), 409)
        wrong = journal.refused(capped.citizen.claim(capped.record(1), "training"), 409)
    for answer, code in (
        (full, "yearly_cap_reached"),
        (foreign, "entry_unknown"),
        (wrong, "entry_of_other_kind"),
    ):
        cite_refusal(journal, answer, code)


def evaluate_revoked(play: ClaimPlay) -> None:
    """A certificate that its body takes back."""
    journal, holder = play.cast.journal, play.holders["revoked"]
    record = holder.record()
    with journal.step("证书被评价机构撤销后试算：不能享受，写明联网查验的条款"):
        revoke_on_network(play, "revoked")
        verdict = play.review.evaluate(record, "skill_upgrade", CASE).expect(200)["verdict"]
        require(verdict["outcome"] == "ineligible", f"不符合：{verdict}")
    cite_verdict(journal, verdict, "certificate_found")


def revoke_on_network(play: ClaimPlay, key: str) -> None:
    """Revoke a claimant's certificate and wait until the push of it has been taken up."""
    holder, sandbox = play.holders[key], play.cast.sandbox
    sandbox.push_to(f"{play.cast.api.base_url}/v1/network-notices")
    sandbox.revoke(holder.network_ids[0])
    holder.citizen.wait_for(holder.certificate_ids[0], "revoked")
    # Later chapters count pushes of their own.
    sandbox.push_to(None)


def cite_verdict(journal: Journal, verdict: dict[str, Any], code: str) -> None:
    """Print the clause of a rule of a verdict that came out against the claim."""
    found = _reason(verdict["reasons"], code)
    require(found["result"] == "failed", f"{code} 应不符合：{found}")
    _cite(journal, found)


def _cite(journal: Journal, reason: dict[str, Any]) -> None:
    journal.refused_by_clause(reason["code"], reason["citation"], reason["message"])


def cite_refusal(journal: Journal, answer: Answer, code: str) -> None:
    """Print the clause for which a claim was not taken."""
    _cite(journal, _reason(answer.body["reasons"], code))


def _reason(reasons: Sequence[dict[str, Any]], code: str) -> dict[str, Any]:
    found = next((each for each in reasons if each["code"] == code), None)
    require(found is not None, f"应有理由 {code}：{reasons}")
    assert found is not None
    return found
