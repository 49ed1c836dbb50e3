"""拨付: a third person orders, the bank pays, falls silent after paying, rejects; the ledger adds up to the fen."""

from datetime import timedelta

from app.demo.check.claim_cast import ClaimPlay
from app.demo.claimants import bank_card
from app.demo.client import until
from app.demo.journal import require
from app.demo.stack import BANK_PATIENCE_S

PAID = ("whole", "objected", "recovered")
_LATE_MS = int(BANK_PATIENCE_S * 1_000) + 1_000
"""Later than a call to the bank is waited for."""
_OTHER_CARD = 801
_ACCOUNTS_ASKED = timedelta(minutes=1)


def pay(play: ClaimPlay) -> None:
    """Order, pay, be rejected, pay again, reconcile."""
    _be_rejected(play)
    _order(play)
    _settle(play)
    _pay_again(play)
    _reconcile(play)


def require_ledger_adds_up(play: ClaimPlay) -> None:
    """Raise Unexpected when the ledger differs from the rows by a fen."""
    differences = play.payment.ledger_differences()
    require(differences == [], f"账实相符：{differences}")
    play.cast.journal.counts["ledger_differences"] = len(differences)
    for budget_id in play.budgets.values():
        budget = play.payment.budget(budget_id)
        parts = ("available_fen", "in_transit_fen", "advanced_fen", "paid_fen")
        require(
            sum(budget[part] for part in parts) == budget["allotted_fen"], f"收支平衡：{budget.in_words()}"
        )


def _be_rejected(play: ClaimPlay) -> None:
    journal, budget = play.cast.journal, play.budgets["unemployment_insurance"]
    with journal.step("审核过的人不能拨付自己审核的申领；由第三人开出拨付单，账户已销户的一件被银行退回"):
        body = {"budget_id": budget, "claim_ids": [play.claims["recovered"]]}
        own = play.several.caller.post("/v1/payment-orders", body)
        journal.refused(own, 409, "decided_by_payer")
        rejected = play.holders["rejected"]
        whom = rejected.claimant.person
        # Asked about at the bank while the first one is tried.
        other_card = bank_card(_OTHER_CARD)
        play.cast.sandbox.open_account(other_card, whom.name, whom.number)
        play.accounts["rejected"] = rejected.citizen.open_account(other_card)
        play.cast.sandbox.open_account(rejected.card, whom.name, whom.number, "closed")
        order_id = play.payment.order(budget, [play.claims["rejected"]]).expect(201)["order_id"]
        line = play.cast.until_worked(
            lambda: play.payment.lines(order_id)[play.claims["rejected"]],
            lambda found: found["state"] == "failed",
            "应被银行退回",
        )
        require(line["reject_code"] == "account_closed", f"退回原因：{line}")
        # The bank's next answer, which will be late, is then to a payment.
        outcome = play.cast.until_worked(
            lambda: rejected.citizen.account_check(play.accounts["rejected"]),
            lambda checked: checked is not None,
            "银行应核对账户",
        )
        require(outcome == "matched", f"户名一致：{outcome}")
        journal.counts["payments_rejected"] += 1


def _order(play: ClaimPlay) -> None:
    journal, budget = play.cast.journal, play.budgets["unemployment_insurance"]
    with journal.step("暂停的一件不能列入；其余各件由第三人开出拨付单，分两项预算"):
        play.cast.sandbox.misbehave("bank", late_ms=_LATE_MS, remaining=1)
        made = play.payment.order(budget, [play.claims[key] for key in (*PAID, "pending")]).expect(201)
        outcomes = [line["outcome"] for line in made["lines"]]
        require(outcomes == ["ordered"] * len(PAID) + ["not_payable"], f"三件列入：{made.in_words()}")
        classes = list(play.classes.values())
        others = play.payment.order(play.budgets["employment_fund"], classes).expect(201)
        require(others["ordered"] == len(classes), f"全部列入：{others.in_words()}")
        play.orders.extend((made["order_id"], others["order_id"]))


def _settle(play: ClaimPlay) -> None:
    journal = play.cast.journal
    with journal.step("银行办成后没有应答（超时）：用同一编号再问，只付一次；各件到账，账实相符"):
        for order_id in play.orders:
            _wait_until_paid(play, order_id)
        play.require_states("paid", *PAID)
        books = play.cast.sandbox.bank_books()
        require(books["paid_more_than_once"] == [], f"没有一件付两次：{books}")
        twice = [each for each in books["instructions"] if each["received"] > 1]
        require(twice and all(each["times_paid"] == 1 for each in twice), f"收到两次，只付一次：{twice}")
        _require_advances_settled(play)
        require_ledger_adds_up(play)
        journal.counts["payments_settled"] += len(PAID) + len(play.classes)
        journal.counts["bank_timeouts_after_paying"] += len(twice)


def _wait_until_paid(play: ClaimPlay, order_id: str) -> None:
    play.cast.until_worked(
        lambda: {each["state"] for each in play.payment.lines(order_id).values()},
        lambda states: states == {"paid"},
        "拨付单各件应付讫",
    )


def _require_advances_settled(play: ClaimPlay) -> None:
    for advance_id in play.advances:
        shown = play.payment.caller.get(f"/v1/advances/{advance_id}").expect(200)
        require(shown["settled_at"] is not None, f"预拨已付至企业账户：{shown.in_words()}")


def _pay_again(play: ClaimPlay) -> None:
    journal, claim_id = play.cast.journal, play.claims["rejected"]
    with journal.step("本人更正收款账户，拨付人重新拨付：仍是同一笔补贴"):
        account_id = play.accounts["rejected"]
        again = {"account_id": account_id, "reason": "原账户已销户，本人已更正"}
        play.payment.caller.post(f"/v1/claims/{claim_id}:retry-payment", again).expect(200)
        play.cast.until_worked(lambda: play.state("rejected"), lambda state: state == "paid", "应付讫")
        require_ledger_adds_up(play)
        journal.counts["payments_settled"] += 1


def _reconcile(play: ClaimPlay) -> None:
    journal, cast = play.cast.journal, play.cast
    with journal.step("次日取回银行对账文件逐笔核对：没有差异"):
        cast.clock.advance(timedelta(days=1))
        cast.stack.wake_worker()
        items = until(
            lambda: play.payment.caller.get("/v1/bank-statements").expect(200)["items"],
            bool,
            "对账文件应导入",
        )
        for each in items:
            path = f"/v1/bank-statements/{each['statement_id']}/differences"
            differences = play.payment.caller.get(path).expect(200)["items"]
            require(differences == [], f"没有差异：{differences}")
        journal.counts["bank_statements"] += len(items)
