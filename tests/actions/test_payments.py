"""Paying: budgets, orders by a third person, the worker between our books and the bank's, whatever the bank does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from app.access.actor import Permission
from app.gateways.bank import Bank
from app.gateways.http import Pace
from app.gateways.message_signatures import SharedKey
from app.jobs.payments import run_payments
from app.web.house import House
from tests.builders.payments import AMOUNT_FEN, CLOSED_TAIL, allot, lay_payable, lay_paying
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


async def books(registry: Registry, instruction_id: Any) -> dict[str, Any]:
    """What the bank's own books say of one instruction."""
    answer = registry.sandbox.control.get(f"/sandbox/bank/ledger/{instruction_id}")
    shown: dict[str, Any] = answer.raise_for_status().json()
    return shown


async def only_instruction(registry: Registry, column: str = "instruction_id") -> Any:
    owner = await registry.owner()
    return await owner.fetchval(f"SELECT {column} FROM bank_instruction ORDER BY stored_at DESC LIMIT 1")


@asynccontextmanager
async def impatient(registry: Registry) -> AsyncIterator[House]:
    """A house whose bank is given up on after a moment, so that a test need not wait as long as the product does."""
    key = SharedKey(key_id="registry", secret=b"sandbox-only-bank-secret-of-32-bytes")
    pace = Pace(attempt_seconds=0.4, deadline_seconds=0.5, attempts=1)
    bank = Bank(base_url=registry.sandbox.url, key=key, pace=pace)
    try:
        yield replace(registry.house, bank=bank)
    finally:
        await bank.aclose()


async def differences(registry: Registry) -> list[Any]:
    owner = await registry.owner()
    return list(await owner.fetch("SELECT * FROM ledger_differences()"))


async def test_three_persons_and_the_worker_pay_a_claim(registry: Registry) -> None:
    paying = await lay_paying(registry, 2)
    ordered = await paying.order()
    assert [line["outcome"] for line in ordered["lines"]] == ["ordered", "ordered"]
    assert await paying.states() == ["ordered", "ordered"]
    assert await run_payments(registry.house) == 4
    assert await paying.states() == ["paid", "paid"]
    told = await books(registry, await only_instruction(registry))
    assert (told["amount_fen"], told["times_paid"], told["purpose"]) == (AMOUNT_FEN, 1, "技能提升补贴")
    shown = await paying.budget()
    assert (shown["paid_fen"], shown["in_transit_fen"]) == (2 * AMOUNT_FEN, 0)
    assert shown["available_fen"] + shown["committed_fen"] == shown["allotted_fen"]
    assert not await differences(registry)


async def test_each_fund_pays_its_own_subsidies_line_by_line(registry: Registry) -> None:
    """分账核算、专款专用: 技能提升补贴 comes from 失业保险基金 and from nothing else."""
    paying = await lay_paying(registry, 2)
    year = (await registry.now()).year
    body = {"division_code": "110000", "year": year, "funding_source": "employment_fund"}
    other = (await paying.payer.post("/v1/budgets", json=body)).json()["budget_id"]
    wanted = {"budget_id": other, "claim_ids": [str(each) for each in paying.claims]}
    refused = await paying.payer.post("/v1/payment-orders", json=wanted)
    assert (refused.status_code, codes(refused)) == (409, ["funding_source_not_admitted"] * 2)
    [first, second] = refused.json()["reasons"]
    assert (first["line"], second["line"]) == (1, 2)
    assert (first["citation"]["document"], first["citation"]["clause"]) == ("人社部发〔2017〕40号", "四")
    assert "不能用就业补助资金支付，可用：失业保险基金" in first["message"]
    assert await paying.states() == ["payable", "payable"]
    # One that rests on a training goes with its own fund, the other is told why not.
    owner = await registry.owner()
    await owner.execute("ALTER TABLE claim DISABLE TRIGGER ALL")
    await owner.execute("UPDATE claim SET kind = 'living_allowance' WHERE claim_id = $1", paying.claims[0])
    await owner.execute("ALTER TABLE claim ENABLE TRIGGER ALL")
    made = await paying.order()
    assert [(line["line"], line["outcome"]) for line in made["lines"]] == [
        (1, "funding_source_not_admitted"),
        (2, "ordered"),
    ]
    assert "可用：就业补助资金" in made["lines"][0]["reason"]["message"]
    assert await paying.states() == ["payable", "ordered"]


async def test_a_payment_is_charged_to_the_budget_of_its_year(registry: Registry) -> None:
    """预算年度 is the calendar year: last year's money is allotted anew before it pays."""
    paying = await lay_paying(registry, 1)
    year = (await registry.now()).year
    body = {"division_code": "110000", "year": year - 1, "funding_source": "unemployment_insurance"}
    stale = (await paying.payer.post("/v1/budgets", json=body)).json()["budget_id"]
    wanted = {"budget_id": stale, "claim_ids": [str(paying.claims[0])]}
    refused = await paying.payer.post("/v1/payment-orders", json=wanted)
    assert (refused.status_code, codes(refused)) == (409, ["budget_of_other_year"])
    assert refused.json()["reasons"][0]["citation"]["clause"] == "第十八条"
    assert await paying.states() == ["payable"]
    # The book of this process counts for the words alone: the published rows decide.
    owner = await registry.owner()
    await owner.execute("DELETE FROM funding_rule WHERE kind = 'skill_upgrade'")
    wanted = {**wanted, "budget_id": str(paying.budget_id)}
    assert codes(await paying.payer.post("/v1/payment-orders", json=wanted)) == [
        "funding_source_not_admitted"
    ]


async def test_whoever_decided_does_not_pay_and_each_line_says_why(registry: Registry) -> None:
    paying = await lay_paying(registry, 3)
    owner = await registry.owner()
    decider = await granted_also(paying, paying.approver)
    refused = await decider.post(
        "/v1/payment-orders",
        json={"budget_id": str(paying.budget_id), "claim_ids": [str(paying.claims[0])]},
    )
    assert (refused.status_code, codes(refused)) == (409, ["decided_by_payer"])
    await owner.execute(
        "INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)"
        " SELECT $1, $1, 'risk', '重复账户', principal_id FROM principal WHERE kind = 'system'",
        paying.claims[1],
    )
    await owner.execute(
        "UPDATE payee_account SET ended_at = registry_now() WHERE person_id = $1", paying.claims[2]
    )
    answered = await paying.order([*paying.claims, paying.budget_id])
    assert answered["ordered"] == 1
    assert [line["outcome"] for line in answered["lines"]] == [
        "ordered", "on_hold", "account_not_checked", "claim_unknown",
    ]  # fmt: skip
    assert answered["lines"][2]["reason"]["citation"]["clause"] == "二(三)"
    assert await paying.states() == ["ordered", "payable", "payable"]
    nothing = await paying.payer.post(
        "/v1/payment-orders",
        json={
            "budget_id": str(paying.budget_id),
            "all_payable": {"division_code": "110101", "kinds": ["skill_upgrade"]},
        },
    )
    assert codes(nothing) == ["nothing_payable"]


async def granted_also(paying: Any, officer: Any) -> Any:
    """The same officer, who may also pay."""
    owner = await paying.registry.owner()
    await owner.execute(
        "INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by, confirmed_by,"
        " confirmed_at) SELECT $1, 'officer', 'payment', proposed_by, confirmed_by, registry_now()"
        " FROM permission_grant WHERE principal_id = $1 LIMIT 1",
        officer.actor.principal_id,
    )
    both = frozenset({Permission.PAYMENT, *officer.actor.permissions})
    return paying.registry.sign_in(replace(officer.actor, permissions=both))


async def test_what_cannot_be_instructed_says_why_and_is_tried_again(registry: Registry) -> None:
    paying = await lay_paying(registry, 1, budget_fen=AMOUNT_FEN)
    await lay_payable(paying, 1)
    await lay_payable(paying, 1, is_sealed=False)
    order = await paying.order()
    assert await run_payments(registry.house) == 2
    lines = (await paying.payer.get(f"/v1/payment-orders/{order['order_id']}/lines")).json()["items"]
    waits = {line["claim_id"]: line["waits_for"] for line in lines}
    assert [waits[str(claim)] for claim in paying.claims] in (
        [None, "budget_exhausted", "entry_not_sealed"],
        ["budget_exhausted", None, "entry_not_sealed"],
    )
    assert "指标" in next(line["waits_for_text"] for line in lines if line["waits_for"] == "budget_exhausted")
    assert await run_payments(registry.house) == 0
    owner = await registry.owner()
    assert {row["tries"] for row in await owner.fetch("SELECT tries FROM payment_wait")} == {1}
    await allot(paying, AMOUNT_FEN)
    # What waits for its seal may wait no longer than the gate allows.
    await owner.execute("UPDATE unsealed_event SET queued_at = queued_at + interval '6 minutes'")
    await registry.advance(minutes=6)
    assert await run_payments(registry.house) == 2
    assert sorted(await paying.states()) == ["ordered", "paid", "paid"]
    assert not await differences(registry)


async def test_a_time_out_after_paying_is_no_rejection_and_pays_once(registry: Registry) -> None:
    paying = await lay_paying(registry, 1)
    await paying.order()
    async with impatient(registry) as house:
        registry.sandbox.behave("bank", late_ms=900, remaining=1)
        assert await run_payments(house) == 1
    assert await paying.states() == ["instructed"]
    assert (await books(registry, await only_instruction(registry)))["times_paid"] == 1
    await registry.advance(minutes=2)
    assert await run_payments(registry.house) == 1
    assert await paying.states() == ["paid"]
    told = await books(registry, await only_instruction(registry))
    assert told["times_paid"] == 1
    assert not await differences(registry)


async def test_what_never_arrived_is_sent_again_under_the_same_id(registry: Registry) -> None:
    """Marked as sent by a worker that died before it could: the bank does not know it, and gets it now."""
    paying = await lay_paying(registry, 1)
    await paying.order()
    registry.sandbox.behave("bank", down=True)
    try:
        await run_payments(registry.house)
    finally:
        registry.sandbox.behave("bank")
    assert await only_instruction(registry, "state") == "sent"
    await registry.advance(minutes=2)
    assert await run_payments(registry.house) == 1
    owner = await registry.owner()
    said = await owner.fetch("SELECT outcome, channel FROM bank_answer ORDER BY recorded_at, answer_id")
    assert [tuple(row) for row in said] == [("not_known", "query"), ("settled", "reply")]
    assert await paying.states() == ["paid"]


async def test_a_rejected_payment_is_paid_to_the_corrected_account_or_canceled(registry: Registry) -> None:
    paying = await lay_paying(registry, 2, tail=CLOSED_TAIL)
    order = await paying.order()
    await run_payments(registry.house)
    assert await paying.states() == ["failed", "failed"]
    lines = (await paying.payer.get(f"/v1/payment-orders/{order['order_id']}/lines")).json()["items"]
    assert {line["reject_text"] for line in lines} == {"账户已销户"}
    first, second = paying.claims
    account = await corrected_account(registry, first)
    retried = await paying.payer.post(
        f"/v1/claims/{first}:retry-payment", json={"account_id": str(account), "reason": "原账户已销户"}
    )
    assert (retried.status_code, retried.json()["state"]) == (200, "ordered")
    canceled = await paying.payer.post(f"/v1/claims/{second}:cancel-payment", json={"reason": "本人放弃"})
    assert canceled.status_code == 200, canceled.text
    await run_payments(registry.house)
    assert await paying.states() == ["paid", "withdrawn"]
    again = await paying.payer.post(f"/v1/claims/{first}:retry-payment", json={"reason": "再付一次"})
    assert codes(again) == ["not_failed"]
    assert codes(await paying.payer.post(f"/v1/claims/{first}:cancel-payment", json={"reason": "取消"})) == [
        "not_failed"
    ]
    shown = await paying.budget()
    assert (shown["paid_fen"], shown["in_transit_fen"]) == (AMOUNT_FEN, 0)
    ledger = (await paying.payer.get(f"/v1/budgets/{paying.budget_id}/ledger")).json()["items"]
    assert [each["cause"] for each in ledger][-1] == "allotment"
    assert {"instruction", "settlement", "cancellation"} <= {each["cause"] for each in ledger}
    assert not await differences(registry)


async def corrected_account(registry: Registry, holder: Any) -> Any:
    owner = await registry.owner()
    return await owner.fetchval(
        "INSERT INTO payee_account (person_id, kind, bank_name, number_sealed, number_tail, recorded_by,"
        " check_outcome, check_evidence_id, checked_at) SELECT $1, 'bank_card', '样例银行', $2, '0012', recorded_by,"
        " 'matched', 'test', registry_now() FROM payee_account WHERE person_id = $1 RETURNING account_id",
        holder,
        registry.house.keys.seal("62220300990012", name="payee_account.number", owner=holder),
    )


async def test_nothing_personal_and_no_account_is_logged(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    paying = await lay_paying(registry, 1)
    await paying.order()
    registry.sandbox.behave("bank", down=True)
    # The sinks alone: a logger that some other test has used is cached, and capture_logs() no longer reaches it.
    capture = LogCapture()
    for sink in ("app.jobs.payments.log", "app.gateways.http.log"):
        monkeypatch.setattr(sink, structlog.wrap_logger(None, processors=[capture]))
    await run_payments(registry.house)
    registry.sandbox.behave("bank")
    await registry.advance(minutes=2)
    await run_payments(registry.house)
    written = repr(capture.entries)
    assert capture.entries
    assert "测试学员" not in written
    assert "62220200" not in written
