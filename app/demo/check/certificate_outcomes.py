"""What becomes of certificates by the network's word alone: linked with reasons, late, corrected, revoked."""

from datetime import date, timedelta

from app.demo.check.cast import Cast
from app.demo.check.certificate_steps import UPLOADED_AFTER, Claim, Claims
from app.demo.journal import require

_REASONS = {"同一人", "职业相同", "等级相同", "核发日期在结业后的期限内", "评价机构在备案范围内"}
_MEANWHILE = timedelta(days=5)


def follow_network(cast: Cast, claims: Claims) -> None:
    """The automatic link, the late upload, the mismatch and the revocation."""
    _show_automatic_link(cast, claims.automatic)
    _wait_for_upload(cast, claims.late)
    with cast.journal.step("没有签名的“工作网推送”：拒绝"):
        cast.journal.refused(cast.api.post("/v1/network-notices", {}), 401, "notice_signature_invalid")
        cast.sandbox.push_to(f"{cast.api.base_url}/v1/network-notices")
    _correct_name(cast, claims.misnamed)
    _revoke(cast, claims.revoked)


def _show_automatic_link(cast: Cast, claim: Claim) -> None:
    with cast.journal.step("自动关联：各项一致即关联到本人档案，依据留存，本人可见最近确认时间"):
        shown = claim.shown()
        link, entries = shown["link"], claim.citizen.record()["entries"]
        require(link["is_automatic"] and set(link["reasons"]) >= _REASONS, f"依据：{link}")
        completions = {each["record_number"] for each in entries if each["kind"] == "completion"}
        require(link["record_number"] in completions, f"关联本人的档案：{link}")
        require(shown["last_confirmed_at"] is not None, "最近确认时间")
        require(shown["claim_window"]["stopped_days"] == 0, f"期限照常计算：{shown['claim_window']}")


def _wait_for_upload(cast: Cast, claim: Claim) -> None:
    with cast.journal.step("迟传：查不到不等于没有，12个月期限停止计算；5天后仍在等"):
        before = claim.shown()["claim_window"]
        require(before["stopped_because"] == "核发机构尚未将数据传至评价工作网", f"写明原因：{before}")
        cast.clock.advance(_MEANWHILE)
        meanwhile = claim.shown()
        window = meanwhile["claim_window"]
        require(meanwhile["state"] == "pending_upload", f"仍待上传：{meanwhile}")
        require(
            (window["stopped_days"], window["days_left"]) == (5, before["days_left"]), f"期限未减：{window}"
        )
    with cast.journal.step(
        f"第{UPLOADED_AFTER.days}天机构上传：核实、自动关联，期限顺延{UPLOADED_AFTER.days}天"
    ):
        cast.clock.advance(UPLOADED_AFTER - _MEANWHILE)
        matched = claim.wait_for("matched")
        window = matched["claim_window"]
        extended = date.fromisoformat(window["last_day"]) - date.fromisoformat(before["last_day"])
        require(extended == UPLOADED_AFTER, f"{before} 应顺延 {UPLOADED_AFTER.days} 天，实为 {window}")
        require(window["stopped_because"] is None, f"恢复计算：{window}")
        require(matched["link"]["is_automatic"], f"自动关联：{matched}")
        cast.journal.counts["claim_window_extended_days"] += extended.days


def _correct_name(cast: Cast, claim: Claim) -> None:
    with cast.journal.step("姓名不符：不关联；工作网更正姓名后推送，核实并自动关联"):
        shown = claim.shown()
        require((shown["state_label"], shown["link"]) == ("姓名不符", None), f"姓名不符：{shown}")
        assert claim.network_id is not None
        cast.sandbox.correct(claim.network_id, claim.printed.holder)
        require(claim.wait_for("matched")["link"]["is_automatic"], "更正后自动关联")


def _revoke(cast: Cast, claim: Claim) -> None:
    with cast.journal.step("工作网撤销证书并推送：本人看到已撤销、不能再凭以申领，留有撤销记录"):
        before = claim.shown()
        concerned = sorted([before["link"]["record_number"], before["archived_as"]])
        assert claim.network_id is not None
        cast.sandbox.revoke(claim.network_id)
        shown = claim.wait_for("revoked")
        require((shown["state_label"], shown["claim_window"]) == ("已撤销", None), f"已撤销：{shown}")
        audit = cast.founded.administration.audit
        events = audit.get("/v1/audit-events", action="certificate:revoked").expect(200)
        affected = [event["details"].get("record_numbers") for event in events["items"]]
        require(concerned in affected, f"撤销记录写明所涉档案 {concerned}：{affected}")
        require(claim.printed.number not in events.content.decode(), "操作记录中没有证书编号")
