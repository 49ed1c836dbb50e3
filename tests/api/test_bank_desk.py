"""What the bank tells us unasked: notices, signed and kept once, and daily files, compared line by line."""

import json
import secrets
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.jobs.bank_statements import run_bank_statements
from app.jobs.payments import run_payments
from app.kernel.clock import law_date, utc_now
from app.sandbox.message_signatures import push_headers
from tests.builders.payments import AMOUNT_FEN, CLOSED_TAIL, lay_paying
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio
URL = "http://registry.test/v1/bank-notices"


async def push(registry: Registry, body: bytes, *, forged: bool = False) -> httpx.Response:
    signed = push_headers(
        URL,
        body,
        key_id="registry",
        secret=b"x" * 32 if forged else registry.sandbox.config.bank_secret.encode(),
        created=int(time.time()),
        nonce=secrets.token_hex(16),
        tag="bank-notice",
    )
    return await registry.client.post("/v1/bank-notices", content=body, headers=signed)


def notice(
    instruction_id: Any, outcome: str = "settled", *, event: str = "event-0000000000001", **more: Any
) -> bytes:
    now = utc_now().isoformat()
    item = {
        "instruction_id": str(instruction_id),
        "outcome": outcome,
        "evidence_id": f"{event}-evidence"[:64],
        "answered_at": now,
        "amount_fen": AMOUNT_FEN,
        "bank_reference": "B0001",
        **({"settled_at": now} if outcome == "settled" else {"reject_code": "account_closed"}),
        **more,
    }
    return json.dumps({"event_id": event, "sent_at": now, "items": [item]}).encode()


async def test_a_notice_is_kept_once_and_taken_up_by_the_worker_alone(registry: Registry) -> None:
    paying = await lay_paying(registry, 1)
    await paying.order()
    owner = await registry.owner()
    control = registry.sandbox.control
    control.put("/sandbox/bank", json={"settle_after_seconds": None}).raise_for_status()
    try:
        await run_payments(registry.house)
        assert await paying.states() == ["instructed"]
        instruction = await owner.fetchval("SELECT instruction_id FROM bank_instruction")
        assert (await push(registry, notice(instruction), forged=True)).status_code == 401
        wrong = notice(instruction, event="event-0000000000002", amount_fen=AMOUNT_FEN + 1)
        assert (await push(registry, wrong)).status_code == 204
        await run_payments(registry.house)
        assert await paying.states() == ["instructed"]
        for _ in range(2):
            assert (await push(registry, notice(instruction))).status_code == 204
        assert (await push(registry, b'{"event_id": 1}')).status_code == 422
        assert await owner.fetchval("SELECT count(*) FROM bank_notice") == 2
        assert await paying.states() == ["instructed"]
        await run_payments(registry.house)
        assert await paying.states() == ["paid"]
        late = notice(instruction, "rejected", event="event-0000000000003")
        assert (await push(registry, late)).status_code == 204
        await run_payments(registry.house)
        assert await paying.states() == ["paid"]
        shown = (await paying.payer.get("/v1/bank-contradictions")).json()["items"]
        assert [(each["state"], each["outcome"], each["channel"]) for each in shown] == [
            ("settled", "rejected", "callback")
        ]
        assert not await owner.fetch("SELECT * FROM ledger_differences()")
    finally:
        control.put("/sandbox/bank", json={}).raise_for_status()


async def test_what_the_bank_rejected_and_then_calls_paid_is_not_paid_again(registry: Registry) -> None:
    """Until the bank's last word is its rejection again; neither is it canceled, or the key would pay once more."""
    paying = await lay_paying(registry, 2, tail=CLOSED_TAIL)
    await paying.order()
    await run_payments(registry.house)
    assert await paying.states() == ["failed", "failed"]
    owner = await registry.owner()
    claim, ordered_before = paying.claims
    instruction, other = [
        await owner.fetchval("SELECT instruction_id FROM bank_instruction WHERE person_id = $1", each)
        for each in paying.claims
    ]
    retry = {"reason": "账户已核实，重新拨付"}
    assert (
        await paying.payer.post(f"/v1/claims/{ordered_before}:retry-payment", json=retry)
    ).status_code == 200
    for number, each in enumerate((instruction, other), 1):
        late = notice(each, event=f"event-000000000001{number}")
        assert (await push(registry, late)).status_code == 204
    await run_payments(registry.house)
    assert await paying.states() == ["failed", "ordered"]
    assert await owner.fetchval("SELECT reason FROM payment_wait WHERE subject_id = $1", ordered_before) == (
        "bank_contradicts"
    )
    for each in paying.claims:
        for verb in ("retry-payment", "cancel-payment"):
            refused = await paying.payer.post(f"/v1/claims/{each}:{verb}", json=retry)
            assert (refused.status_code, codes(refused)) == (409, ["bank_contradicts"])
    for number, each in enumerate((instruction, other), 1):
        again = notice(each, "rejected", event=f"event-000000000002{number}")
        assert (await push(registry, again)).status_code == 204
    await run_payments(registry.house)
    assert (await paying.payer.post(f"/v1/claims/{claim}:cancel-payment", json=retry)).status_code == 200
    assert (
        await paying.payer.post(f"/v1/claims/{ordered_before}:cancel-payment", json=retry)
    ).status_code == 200
    assert not await owner.fetch("SELECT * FROM ledger_differences()")


async def test_the_daily_file_is_fetched_and_what_differs_is_listed(registry: Registry) -> None:
    paying = await lay_paying(registry, 4)
    await paying.order()
    await run_payments(registry.house)
    owner, control = await registry.owner(), registry.sandbox.control
    ids = [str(row[0]) for row in await owner.fetch("SELECT instruction_id FROM bank_instruction ORDER BY 1")]
    today = law_date(utc_now())
    faults = {"omitted": [ids[0]], "flipped": [ids[1]], "amounts_fen": {ids[2]: 1}, "strangers": 1}
    control.put("/sandbox/bank/statement-faults", json=faults).raise_for_status()
    control.put("/sandbox/bank", json={"today": (today + timedelta(days=1)).isoformat()}).raise_for_status()
    try:
        await registry.advance(days=1)
        assert await run_bank_statements(registry.house) == 1
        assert await run_bank_statements(registry.house) == 0
    finally:
        control.put("/sandbox/bank", json={}).raise_for_status()
        control.put("/sandbox/bank/statement-faults", json={}).raise_for_status()
    (file,) = (await paying.payer.get("/v1/bank-statements")).json()["items"]
    assert file["statement_on"] == today.isoformat()
    path = f"/v1/bank-statements/{file['statement_id']}/differences"
    shown = [
        each
        for each in (await paying.payer.get(path, params={"limit": 200})).json()["items"]
        if each["instruction_text"] in {*ids, "STRANGER-1"}
    ]
    assert {each["difference"]: each["instruction_text"] for each in shown} == {
        "outcome_differs": ids[1],
        "amount_differs": ids[2],
        "unknown_instruction": "STRANGER-1",
        "not_on_statement": ids[0],
    }
    assert shown[-1]["difference"] == "not_on_statement"
    assert await paying.states() == ["paid"] * 4
    first = (await paying.payer.get(path, params={"limit": 1})).json()
    assert len(first["items"]) == 1
    assert first["next_cursor"]


async def test_a_file_handed_in_is_read_whole_or_not_at_all(registry: Registry) -> None:
    paying = await lay_paying(registry, 1)
    await paying.order()
    await run_payments(registry.house)
    owner = await registry.owner()
    instruction = await owner.fetchval("SELECT instruction_id FROM bank_instruction")
    day = law_date(utc_now()).isoformat()
    head = "instruction_id,amount_fen,outcome,reject_code,ended_at\r\n"
    line = f"{instruction},{AMOUNT_FEN},settled,,{utc_now().isoformat()}\r\n"
    broken = await paying.payer.post(
        "/v1/bank-statements",
        files={"file": ("day.csv", (head + line + "x,1,paid,,yesterday\r\n").encode())},
        data={"day": day},
    )
    assert broken.status_code == 422
    assert [reason["line"] for reason in broken.json()["reasons"]] == [3, 3]
    good = {"file": ("day.csv", (head + line + line).encode())}
    first = await paying.payer.post("/v1/bank-statements", files=good, data={"day": day})
    assert first.status_code == 201, first.text
    second = await paying.payer.post("/v1/bank-statements", files=good, data={"day": day})
    assert second.json() == first.json()
    path = f"/v1/bank-statements/{first.json()['statement_id']}/differences"
    shown = (await paying.payer.get(path)).json()["items"]
    assert [each["difference"] for each in shown] == ["repeated"]
    assert shown[0]["claim_number"].startswith("S110105-")
    stranger = await registry.officer()
    assert codes(await stranger.get(path)) == ["permission_missing"]
    assert (await stranger.get(path)).status_code == 403


async def test_every_day_on_which_nothing_ended_has_its_file(registry: Registry) -> None:
    """Such files are all alike; what the bank left out of one is told all the same."""
    paying = await lay_paying(registry, 1)
    empty = {"file": ("day.csv", b"instruction_id,amount_fen,outcome,reject_code,ended_at\r\n")}
    today = law_date(utc_now())
    days = [(today - timedelta(days=1)).isoformat(), today.isoformat()]
    await paying.order()
    await run_payments(registry.house)
    told = [
        (await paying.payer.post("/v1/bank-statements", files=empty, data={"day": day})).json()
        for day in (*days, days[1])
    ]
    assert [each["statement_on"] for each in told] == [*days, days[1]]
    assert told[1] == told[2]
    path = f"/v1/bank-statements/{told[1]['statement_id']}/differences"
    shown = (await paying.payer.get(path)).json()["items"]
    assert [each["difference"] for each in shown] == ["not_on_statement"]
