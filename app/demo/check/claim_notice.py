"""公示: masked lines that everybody may read, an objection that stops one claim, clearance when the days are over."""

from datetime import date, timedelta

from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_refusals import revoke_on_network
from app.demo.check.claim_steps import CASE, cite_refusal
from app.demo.claimants import PAID_CLAIMANTS
from app.demo.client import until
from app.demo.journal import require
from app.demo.province_data import CITY
from app.demo.timetable import at

NOTICED = (*(claimant.key for claimant in PAID_CLAIMANTS), "pending")


def publish(play: ClaimPlay) -> None:
    """Put everything approved on notice, and see what the public sees."""
    journal, api = play.cast.journal, play.cast.api
    with journal.step("公示：姓名遮盖，没有证件号码和账号，任何人可看；期限按工作日计"):
        claim_ids = [*(play.claims[key] for key in NOTICED), *play.classes.values()]
        made = play.approval.publish("杭州市职业培训类补贴公示（演示）", CITY, claim_ids).expect(201)
        play.notices.append((made["notice_id"], date.fromisoformat(made["ends_on"])))
        shown = api.get(f"/v1/public-notices/{made['notice_id']}").expect(200)
        require(len(shown["items"]) == len(claim_ids), f"{len(claim_ids)}条：{shown.in_words()}")
        for holder in (play.holders[key] for key in NOTICED):
            require(holder.claimant.person.name not in shown.content.decode(), "姓名已遮盖")
            require(holder.claimant.person.number not in shown.content.decode(), "没有证件号码")
        play.require_states("noticed", *NOTICED)
        journal.counts["notices"] += 1
        again = play.approval.publish("重复公示", CITY, claim_ids[:1])
        journal.refused(again, 409, "claim_not_approved")


def object_and_clear(play: ClaimPlay) -> None:
    """Objections of two kinds; what the network revokes is held; time clears the rest."""
    _object(play)
    journal, clock = play.cast.journal, play.cast.clock
    with journal.step("公示期间证书被撤销：系统暂停这一件，等待经办人核查，不自行拒绝"):
        revoke_on_network(play, "pending")
        play.cast.stack.wake_worker()
        until(lambda: _is_held(play, "pending"), bool, "申领应暂停")
    with journal.step("公示期未满不能拨付；法定时钟拨过公示末日，未了结异议的一件仍不放行"):
        early = play.payment.order(play.budgets["unemployment_insurance"], [play.claims["whole"]])
        journal.refused(early, 409, "not_payable")
        last_day = max(ends_on for _, ends_on in play.notices)
        clock.advance_to(at(last_day + timedelta(days=1), 9))
        play.cast.stack.wake_worker()
        for key in ("whole", "rejected", "recovered"):
            _wait_until_payable(play, key)
        play.require_states("noticed", "objected", "pending")
        over = play.cast.api.get(f"/v1/public-notices/{play.notices[0][0]}")
        journal.refused(over, 404, "notice_over")
    _decide_objection(play)


def _object(play: ClaimPlay) -> None:
    journal, api, (notice_id, _) = play.cast.journal, play.cast.api, play.notices[0]
    with journal.step("任何人不必登录即可对一条提出异议，凭回执号查询；只影响这一件"):
        lines = api.get(f"/v1/public-notices/{notice_id}").expect(200)["items"]
        surname = play.holders["objected"].claimant.person.name[0]
        (line_no,) = [each["line_no"] for each in lines if each["name"].startswith(surname)]
        grounds = {"grounds": "听说此人当时不在本地，请核查", "contact": "0571-00000000"}
        path = f"/v1/public-notices/{notice_id}/lines/{line_no}/objections"
        play.receipts.append(api.post(path, grounds).expect(201)["receipt_code"])
        tracked = api.post("/v1/objections:track", {"receipt_code": play.receipts[0]}).expect(200)
        require(tracked["outcome"] is None, f"正在核查：{tracked.in_words()}")
        journal.counts["objections"] += 1


def _decide_objection(play: ClaimPlay) -> None:
    journal = play.cast.journal
    with journal.step("异议由监督检查人员处理，审核、审批过的人不能处理；不成立的，随即放行"):
        (listed,) = play.inspection.caller.get("/v1/objections").expect(200)["items"]
        require(listed["claim_id"] == play.claims["objected"], f"所涉申领：{listed}")
        path = f"/v1/objections/{listed['objection_id']}"
        body = {"outcome": "dismissed", "reason": "经调取签到记录核实，异议不成立"}
        own = play.review.caller.post(f"{path}:decide", body)
        journal.refused(own, 409)
        read = {"purpose": "complaint", "case_number": CASE}
        play.inspection.caller.post(f"{path}:read", read).expect(200)
        play.inspection.caller.post(f"{path}:decide", body).expect(200)
        play.cast.stack.wake_worker()
        _wait_until_payable(play, "objected")
        tracked = play.cast.api.post("/v1/objections:track", {"receipt_code": play.receipts[0]}).expect(200)
        require(tracked["outcome"] == "dismissed", f"异议人看到结果：{tracked.in_words()}")
    cite_refusal(journal, own, "objection_decided_by_others")


def _is_held(play: ClaimPlay, key: str) -> bool:
    held: bool = play.review.read(play.claims[key], CASE).expect(200)["is_held"]
    return held


def _wait_until_payable(play: ClaimPlay, key: str) -> None:
    until(lambda: play.state(key), lambda state: state == "payable", f"{key} 应放行")
