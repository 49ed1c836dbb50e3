"""技能提升补贴 from the dry run to the approval: filed by citizens, decided by two officers, nobody alone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.demo.check.claim_cast import ClaimPlay
from app.demo.claimants import ALL_YEARS, PAID_CLAIMANTS
from app.demo.client import Answer
from app.demo.journal import Journal, require
from app.demo.province_data import COUNTY

CASE = "浙人社补〔2026〕第0001号"
_ANSWERS_KEPT = timedelta(days=1, minutes=1)
"""So long an answer of the insurance is not asked for again."""
_FILED = (*(claimant.key for claimant in PAID_CLAIMANTS), "appealed", "withdrawn", "pending")


def file_claims(play: ClaimPlay) -> None:
    """Dry run, then the claims."""
    journal, whole = play.cast.journal, play.holders["whole"]
    with journal.step("本人试算：能不能、多少、末日、每条理由及其条款；试算不产生申领"):
        verdict = whole.citizen.evaluate(whole.record())
        require(
            (verdict["outcome"], verdict["amount_fen"]) == ("eligible", 150_000), f"四级1500元：{verdict}"
        )
        require(verdict["days_left"] > 300, f"12个月内：{verdict['last_claim_day']}")
        require(all(reason["citation"]["document"] for reason in verdict["reasons"]), "每条理由都有依据")
        journal.counts["verdict_reasons_shown"] += len(verdict["reasons"])
    with journal.step(f"{len(_FILED)}名劳动者申领技能提升补贴，由参保地受理，当场得到编号和受理期限"):
        for key in _FILED:
            file_claim(play, key)
        shown = play.shown("whole")
        require((shown["state"], shown["division_code"]) == ("submitted", COUNTY), f"待受理：{shown}")
        require(shown["claim_number"].startswith(f"S{COUNTY}-"), f"编号：{shown['claim_number']}")
    with journal.step("同一证书再申领一次：拒绝；外省经办人看不到"):
        journal.refused(whole.citizen.claim(whole.record()), 409, "benefit_already_held")
        stranger = play.elsewhere.read(play.claims["whole"], CASE)
        journal.refused(stranger, 404, "not_found")
        journal.refused(play.elsewhere.step(play.claims["whole"], "accept"), 404, "not_found")
        other = play.holders["recovered"].citizen.caller
        journal.refused(other.get(f"/v1/me/claims/{play.claims['whole']}"), 404, "not_found")


def file_claim(play: ClaimPlay, key: str, **content: str) -> None:
    """File the claim of a story on its first certificate."""
    holder = play.holders[key]
    answer = holder.citizen.claim(holder.record(), account_id=holder.account_id, **content).expect(201)
    play.claims[key] = answer["claim_id"]


def decide_claims(play: ClaimPlay) -> None:
    """补正 once, 受理, 审核, 审批 by another; withdrawal by whoever filed."""
    _ask_for_supplement(play)
    journal = play.cast.journal
    with journal.step("本人撤回一件，次数随即退回，可以再次申领"):
        holder = play.holders["withdrawn"]
        holder.citizen.with_claim(play.claims["withdrawn"], "withdraw", reason="改日再办").expect(200)
        late = holder.citizen.with_claim(play.claims["withdrawn"], "withdraw", reason="再撤一次")
        journal.refused(late, 409, "claim_step_in_order")
        play.require_states("withdrawn", "withdrawn")
    paid = [claimant.key for claimant in PAID_CLAIMANTS]
    with journal.step("受理并审核：事实来自失业保险平台，金额由规则得出，事实和理由原样保存"):
        keys = [*paid, "appealed", "pending"]
        all_done(play.review.steps("accept", [play.claims[key] for key in keys]))
        by_review = [play.claims[key] for key in keys if key != "recovered"]
        lines = all_done(play.review.steps("review", by_review))
        require({line["amount_fen"] for line in lines} == {150_000, 100_000, 0}, f"金额：{lines}")
        play.several.step(play.claims["recovered"], "review", attested=[]).expect(200)
        changed = play.review.step(play.claims["whole"], "review", amount_fen=999_999)
        journal.refused(changed, 422, "invalid_input")
    with journal.step("审核人自己审批、审批与审核结论不一致：拒绝；由第二人批准，出具编号的决定书"):
        own = play.several.step(play.claims["recovered"], "approve")
        journal.refused(own, 409)
        wrong = play.approval.step(play.claims["appealed"], "approve")
        journal.refused(wrong, 409, "claim_approval_follows_review")
        all_done(play.approval.steps("approve", [play.claims[key] for key in (*paid, "pending")]))
        play.approval.step(play.claims["appealed"], "refuse").expect(200)
        notices = [notice["kind"] for notice in play.shown("whole")["notices"]]
        require(notices == ["supplement", "acceptance", "approval"], f"三份通知书：{notices}")
        journal.counts["claims_approved"] += len(paid) + 1
    cite_refusal(journal, own, "claim_approval_second_person")


def _ask_for_supplement(play: ClaimPlay) -> None:
    journal, claim_id = play.cast.journal, play.claims["whole"]
    with journal.step("一次告知补正全部内容，本人补正后回到经办机构；第二次要求补正：拒绝"):
        items = ["请补充与用人单位签订的劳动合同", "请补充证书原件照片"]
        play.review.step(claim_id, "request-supplement", items=items).expect(200)
        shown = play.shown("whole")
        require(shown["supplement"]["requests"] == items, f"一次列全：{shown['supplement']}")
        citizen = play.holders["whole"].citizen
        citizen.with_claim(claim_id, "answer-supplement", answers=["已补充", "已补充"]).expect(200)
        again = play.review.step(claim_id, "request-supplement", items=["还有一项"])
        journal.refused(again, 409, "supplement_asked_once")


def appeal(play: ClaimPlay) -> None:
    """Refused for too few months; the months of another province are found; others decide anew."""
    journal, holder, claim_id = play.cast.journal, play.holders["appealed"], play.claims["appealed"]
    with journal.step("不予发放的决定书写明条款、事实、救济途径和期限；本人申请复核"):
        notice = play.shown("appealed")["notices"][-1]
        channels = {each["channel"] for each in notice["remedies"]}
        require(channels >= {"review", "reconsideration", "litigation"}, f"救济途径：{notice}")
        appeal_id = holder.citizen.appeal(claim_id, "漏计了在江西缴费的36个月")
        journal.counts["appeals"] += 1
    with journal.step("复核撤销原决定；由没有参与原决定的人重新审核、审批：原审核人不能再办"):
        told = {"other_months": {"360000": 36}, "own_months": 5, "spells": list(ALL_YEARS)}
        play.cast.sandbox.insure([{"identity_number": holder.claimant.person.number, **told}])
        body = {"outcome": "decide_again", "reason": "外省缴费月数漏计"}
        path = f"/v1/claims/{claim_id}/appeals/{appeal_id}:decide"
        play.second_approval.caller.post(path, body).expect(200)
        play.cast.clock.advance(_ANSWERS_KEPT)
        journal.refused(play.review.step(claim_id, "review"), 409, "claim_decided_again_by_others")
        verdict = play.second_review.step(claim_id, "review").expect(200)["verdict"]
        require(verdict["outcome"] == "eligible", f"补记后符合：{verdict}")
        journal.counts["appeals_decided_again"] += 1


def cite_refusal(journal: Journal, answer: Answer, code: str) -> None:
    """Print the clause for which something about a claim was refused."""
    reason = find_reason(answer.body["reasons"], code)
    journal.refused_by_clause(code, reason["citation"], reason["message"])


def find_reason(reasons: Sequence[dict[str, Any]], code: str) -> dict[str, Any]:
    """The reason of that code. Raises Unexpected when there is none."""
    found = next((each for each in reasons if each["code"] == code), None)
    require(found is not None, f"应有理由 {code}：{reasons}")
    assert found is not None
    return found


def all_done(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    require(
        all(line["done"] for line in lines), f"应全部办成：{[line for line in lines if not line['done']]}"
    )
    return lines
