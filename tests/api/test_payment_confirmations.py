"""确认已入账: the bank rejected and then said it had paid; one officer proposes that it did, another confirms it."""

from typing import Any
from uuid import UUID

import pytest

from app.access.actor import Permission
from app.jobs.payments import run_payments
from tests.api.test_bank_desk import notice, push
from tests.builders.payments import AMOUNT_FEN, CLOSED_TAIL, Paying, granted, lay_paying
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

PATH = "/v1/payment-confirmations"


async def lay_disputed(registry: Registry, claims: int = 1) -> tuple[Paying, list[UUID]]:
    """Claims that the bank rejected and has since called paid, and their instructions."""
    paying = await lay_paying(registry, claims, tail=CLOSED_TAIL)
    await paying.order()
    await run_payments(registry.house)
    owner = await registry.owner()
    found = [
        await owner.fetchval("SELECT instruction_id FROM bank_instruction WHERE person_id = $1", each)
        for each in paying.claims
    ]
    for number, each in enumerate(found, 1):
        assert (await push(registry, notice(each, event=f"event-000000000003{number}"))).status_code == 204
    await run_payments(registry.house)
    assert await paying.states() == ["failed"] * claims
    return paying, found


def proposal(instruction: UUID, **more: Any) -> dict[str, Any]:
    return {
        "instruction_id": str(instruction),
        "document_number": "样银证〔2026〕1号",
        "reason": "银行书面证明确已入账",
        **more,
    }


async def test_two_officers_confirm_that_the_bank_did_pay(registry: Registry) -> None:
    paying, (instruction, other) = await lay_disputed(registry, 2)
    first = (await paying.payer.get("/v1/bank-contradictions?limit=1")).json()
    second = (await paying.payer.get(f"/v1/bank-contradictions?limit=1&cursor={first['next_cursor']}")).json()
    assert {each["instruction_id"] for page in (first, second) for each in page["items"]} == {
        str(instruction),
        str(other),
    }
    assert (first["items"][0]["is_open"], second["next_cursor"]) == (True, None)
    no_evidence = await paying.payer.post(PATH, json=proposal(instruction, document_number=None))
    assert codes(no_evidence) == ["confirmation_evidence_missing"]
    half = {"document_number": None, "statement_line": 1}
    assert codes(await paying.payer.post(PATH, json=proposal(instruction, **half))) == [
        "statement_line_incomplete"
    ]
    made = await paying.payer.post(PATH, json=proposal(instruction))
    assert (made.status_code, made.json()["decision_name"]) == (201, "待决定"), made.text
    assert codes(await paying.payer.post(PATH, json=proposal(instruction))) == ["confirmation_open"]
    assert await paying.states() == ["failed", "failed"]
    decide = f"{PATH}/{made.json()['confirmation_id']}:decide"
    decision = {"decision": "confirmed", "reason": "已与银行柜面核对"}
    assert codes(await paying.approver.post(decide, json=decision)) == ["confirmed_by_decider"]
    both = await granted(registry, Permission.PAYMENT, Permission.APPROVAL)
    own = (await both.post(PATH, json=proposal(other))).json()["confirmation_id"]
    assert codes(await both.post(f"{PATH}/{own}:decide", json=decision)) == ["own_proposal"]
    stranger = await granted(registry, Permission.APPROVAL, division_code="310000")
    assert (await stranger.post(decide, json=decision)).status_code == 404
    assert (await stranger.get(PATH)).json()["items"] == []
    confirmed = await both.post(decide, json=decision)
    assert (confirmed.status_code, confirmed.json()["decision"]) == (200, "confirmed"), confirmed.text
    assert codes(await both.post(decide, json=decision)) == ["already_decided"]
    assert await paying.states() == ["paid", "failed"]
    assert (await paying.budget())["paid_fen"] == AMOUNT_FEN
    owner = await registry.owner()
    assert not await owner.fetch("SELECT * FROM ledger_differences()")
    shown = (await paying.payer.get("/v1/bank-contradictions")).json()["items"]
    assert {each["instruction_id"]: each["is_open"] for each in shown} == {
        str(instruction): False,
        str(other): True,
    }
    assert len((await paying.payer.get(f"{PATH}?limit=1")).json()["items"]) == 1
    events = await owner.fetch(
        "SELECT action FROM audit_event WHERE action ~ 'confirm' OR subject_id = $1", str(paying.claims[0])
    )
    assert {"payment_confirmation:proposed", "payment_confirmation:confirmed", "payment:settled"} <= {
        row["action"] for row in events
    }


async def test_a_refused_confirmation_leaves_the_claim_failed(registry: Registry) -> None:
    paying, (instruction,) = await lay_disputed(registry)
    body = {"claim_id": str(paying.claims[0]), "cause": "mistake", "reason": "错发"}
    assert codes(await paying.approver.post("/v1/recoveries", json=body)) == ["not_settled"]
    other = await granted(registry, Permission.APPROVAL)
    made = (await paying.payer.post(PATH, json=proposal(instruction))).json()["confirmation_id"]
    refusing = {"decision": "refused", "reason": "银行证明与账户不符"}
    assert (await other.post(f"{PATH}/{made}:decide", json=refusing)).status_code == 200
    assert await paying.states() == ["failed"]
    assert only((await paying.payer.get("/v1/bank-contradictions")).json()["items"])["is_open"] is True
    again = (await paying.payer.post(PATH, json=proposal(instruction))).json()["confirmation_id"]
    confirming = {"decision": "confirmed", "reason": "银行补来证明"}
    assert (await other.post(f"{PATH}/{again}:decide", json=confirming)).status_code == 200
    assert await paying.states() == ["paid"]
    # What is known to be paid can be recovered.
    assert (await paying.approver.post("/v1/recoveries", json=body)).status_code == 201
