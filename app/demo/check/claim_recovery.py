"""追回: a paid entry is revoked only together with its recovery; what the network takes back waits for a person."""

from datetime import date

from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_payment import require_ledger_adds_up
from app.demo.check.claim_refusals import revoke_on_network
from app.demo.check.claim_steps import CASE
from app.demo.client import Answer, until
from app.demo.journal import require
from app.kernel.clock import law_date

_PART_FEN = 40_000


def recover(play: ClaimPlay) -> None:
    """One recovery with the revocation, repaid in part; one after the network revoked, repaid whole."""
    recovery_id = _revoke_with_recovery(play)
    _repay_in_part(play, recovery_id)
    _recover_after_network(play)


def _revoke_with_recovery(play: ClaimPlay) -> str:
    journal = play.cast.journal
    with journal.step("已据以发放的档案：单独撤销被拒绝，撤销与追回一并生效，出具追回决定书"):
        number = play.holders["recovered"].record()
        body = {"kind": "revoke", "changes": {}, "reason": "冒名考试", "case_number": CASE}
        proposed = play.review.caller.post(f"/v1/records/{number}/corrections", body).expect(201)
        decide = f"/v1/record-corrections/{proposed['correction_id']}:decide"
        decision = {"decision": "accepted", "reason": "复核属实"}
        alone = play.approval.caller.post(decide, decision)
        journal.refused(alone, 409, "record_paid_needs_recovery")
        reason = {"reason": "档案所载证书系冒名取得，补贴应予追回"}
        decided = play.approval.caller.post(decide, {**decision, "recovery": reason}).expect(200)
        require(len(decided["recovery_numbers"]) == 1, f"一并立案：{decided.in_words()}")
        (listed,) = play.payment.caller.get("/v1/recoveries").expect(200)["items"]
        require(listed["claim_id"] == play.claims["recovered"], f"所涉申领：{listed}")
        notices = [notice["kind"] for notice in play.shown("recovered")["notices"]]
        require(notices[-1] == "recovery", f"本人收到追回决定书：{notices}")
        journal.counts["recoveries"] += 1
        recovery_id: str = listed["recovery_id"]
    return recovery_id


def _repay_in_part(play: ClaimPlay, recovery_id: str) -> None:
    journal = play.cast.journal
    with journal.step("本人退回一部分，资金回到原预算；多于所欠的登记：拒绝；余额本人可见"):
        shown = _repay(play, recovery_id, _PART_FEN).expect(201)
        found = (shown["state"], shown["repaid_fen"], shown["owed_fen"])
        require(found == ("partly_repaid", _PART_FEN, 100_000 - _PART_FEN), f"部分退回：{shown.in_words()}")
        over = _repay(play, recovery_id, 100_000)
        journal.refused(over, 409)
        (own,) = play.holders["recovered"].citizen.caller.get("/v1/me/recoveries").expect(200)["items"]
        require(own["repaid_fen"] == _PART_FEN, f"本人所见：{own}")
        require_ledger_adds_up(play)
        journal.counts["recovered_fen"] += _PART_FEN


def _recover_after_network(play: ClaimPlay) -> None:
    journal = play.cast.journal
    with journal.step("已付的证书后来被工作网撤销：系统列出待决定的案件，由经办人立案，本人全额退回"):
        revoke_on_network(play, "objected")
        cases = until(
            lambda: play.approval.caller.get("/v1/recovery-cases").expect(200)["items"],
            bool,
            "应列出待决定的案件",
        )
        require([each["claim_id"] for each in cases] == [play.claims["objected"]], f"一件：{cases}")
        body = {
            "claim_id": play.claims["objected"],
            "cause": "certificate_revoked",
            "reason": "证书已被撤销，补贴应予追回",
        }
        ordered = play.approval.caller.post("/v1/recoveries", body).expect(201)
        shown = _repay(play, ordered["recovery_id"], ordered["amount_fen"]).expect(201)
        require((shown["state"], shown["owed_fen"]) == ("repaid", 0), f"全额退回：{shown.in_words()}")
        require_ledger_adds_up(play)
        journal.counts["recoveries"] += 1
        journal.counts["recovered_fen"] += ordered["amount_fen"]


def _repay(play: ClaimPlay, recovery_id: str, amount_fen: int) -> Answer:
    today: date = law_date(play.cast.clock.now())
    body = {"amount_fen": amount_fen, "evidence": "缴款书第12号", "happened_on": today.isoformat()}
    return play.payment.caller.post(f"/v1/recoveries/{recovery_id}/repayments", body)
