"""Claims that are refused, each for another clause: at the desk, by the dry run, and by two officers with a notice."""

from typing import Any

from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_steps import CASE, all_done, cite_refusal, file_claim, find_reason
from app.demo.journal import Journal, require
from app.demo.province_data import COUNTY

DECIDED = {
    "too_late": "claim_window",
    "too_few": "insured_months",
    "too_high": "certificate_level",
    "account": "payee",
    "uninsured": "insured_status",
    "downgraded": "no_downgrade",
}
"""The story and the rule that speaks against it."""
_MOVED = "elsewhere"
_OTHER_PLACE = "510107"


def refuse_claims(play: ClaimPlay) -> None:
    """Filed, accepted, reviewed, refused by a second officer; every notice names clause, fact, remedy, ways out."""
    journal = play.cast.journal
    with journal.step(f"{len(DECIDED)}件不符合条件的申领：受理、审核、由第二人确认不予发放"):
        for key in DECIDED:
            # Whoever is insured nowhere says where the claim belongs.
            file_claim(play, key, division_code=COUNTY)
        file_claim(play, _MOVED)
        claim_ids = [play.claims[key] for key in DECIDED]
        all_done(play.review.steps("accept", claim_ids))
        all_done(play.review.steps("review", claim_ids))
        all_done(play.approval.steps("refuse", claim_ids))
        journal.counts["claims_refused"] += len(DECIDED)
    for key, code in DECIDED.items():
        _cite_notice(play, key, code)
    _cite_notice(play, "too_late", "insured_months")


def refuse_moved(play: ClaimPlay) -> None:
    """The insurance has been moved to another province meanwhile, and the answers of the day before are too old."""
    journal, whom = play.cast.journal, play.holders[_MOVED].claimant.person
    with journal.step("提交之后参保关系转到外省：不由本地发放，写明应向何地申领"):
        spells = [{"starts_on": "2015-01-01", "division_code": _OTHER_PLACE}]
        play.cast.sandbox.insure([{"identity_number": whom.number, "spells": spells}])
        claim_id = play.claims[_MOVED]
        play.review.step(claim_id, "accept").expect(200)
        play.review.step(claim_id, "review").expect(200)
        play.approval.step(claim_id, "refuse").expect(200)
        journal.counts["claims_refused"] += 1
    _cite_notice(play, _MOVED, "payer_place")


def _cite_notice(play: ClaimPlay, key: str, code: str) -> None:
    reasons = play.shown(key)["notices"][-1]["reasons"]
    require(all(each["remedy"] for each in reasons), f"每条理由都写明可以怎么办：{reasons}")
    _cite(play.cast.journal, find_reason(reasons, code))


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


def require_amount(verdict: dict[str, Any], amount_fen: int) -> None:
    """Raise Unexpected, with what speaks against it, unless the verdict gives this amount."""
    against = [each for each in verdict["reasons"] if each["result"] != "passed"]
    require(
        verdict["amount_fen"] == amount_fen, f"应为{amount_fen}分，实为{verdict['amount_fen']}：{against}"
    )


def cite_verdict(journal: Journal, verdict: dict[str, Any], code: str) -> None:
    """Print the clause of a rule of a verdict that came out against the claim."""
    found = find_reason(verdict["reasons"], code)
    require(found["result"] == "failed", f"{code} 应不符合：{found}")
    _cite(journal, found)


def _cite(journal: Journal, reason: dict[str, Any]) -> None:
    journal.refused_by_clause(reason["code"], reason["citation"], reason["message"])
