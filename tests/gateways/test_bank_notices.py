"""Notices of the bank: signed for our address and for this purpose, each read as the contract says or not at all."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.gateways.bank import NOTICE_BYTES_MAX, NOTICE_TAG, Bank
from app.gateways.bank_facts import BankOutcome
from app.gateways.message_signatures import PushMalformed, SharedKey, SignatureInvalid
from app.sandbox.message_signatures import push_headers
from tests.gateways.banking import SYSTEM, instruction, set_bank
from tests.gateways.conftest import bank_key
from tests.gateways.receiver import Receiver, receiving
from tests.gateways.recording import Contract
from tests.sandbox_server import SandboxServer

URL = "http://registry.example:8443/v1/bank-notices"
KEY = SharedKey("registry", b"a secret for tests of thirty-two bytes")


@pytest.fixture
def receiver(sandbox: SandboxServer) -> Iterator[Receiver]:
    with receiving() as found:
        target = {"url": found.url, "retry_seconds": 0.02}
        sandbox.control.put("/sandbox/bank/notice-target", json=target).raise_for_status()
        yield found
        sandbox.control.put("/sandbox/bank/notice-target", json={"url": None}).raise_for_status()


def reader(sandbox: SandboxServer, receiver: Receiver) -> Bank:
    return Bank(base_url=sandbox.url, key=bank_key(sandbox), push_url=receiver.url)


@pytest.mark.anyio
async def test_ends_arrive_signed_and_as_the_contract_says(
    bank: Bank, sandbox: SandboxServer, receiver: Receiver
) -> None:
    paid = instruction()
    told = await bank.instruct(paid)
    receiver.wait_for(1)
    refused = instruction(account_number="622202990000039999")
    await bank.instruct(refused)
    ours = reader(sandbox, receiver)
    notices = [ours.read_notice(*push) for push in receiver.wait_for(2)]
    [first], [second] = (notice.items for notice in notices)
    assert (first.instruction_id, first.outcome) == (paid.instruction_id, BankOutcome.SETTLED)
    assert (first.evidence_id, first.settled_at) == (told.evidence_id, told.settled_at)
    assert (second.outcome, second.reject_code) == (BankOutcome.REJECTED, "account_closed")
    assert notices[0].event_id != notices[1].event_id
    contract = Contract("bank.yaml")
    push = contract.document["webhooks"]["instructionEnded"]["post"]
    for headers, body in receiver.received:
        lowered = {name.lower(): value for name, value in headers.items()}
        schema = push["requestBody"]["content"]["application/json"]["schema"]
        assert contract.defects_of_schema(schema, json.loads(body)) == []
        for parameter in map(contract.resolved, push["parameters"]):
            assert contract.defects_of_schema(parameter["schema"], lowered[parameter["name"].lower()]) == []


@pytest.mark.anyio
async def test_late_settlement_is_pushed_by_itself_and_twice_if_so_told(
    bank: Bank, sandbox: SandboxServer, receiver: Receiver
) -> None:
    set_bank(sandbox, settle_after_seconds=0.05, notices_repeated=True)
    order = instruction()
    assert (await bank.instruct(order)).outcome is BankOutcome.ACCEPTED
    first, second = receiver.wait_for(2)
    ours = reader(sandbox, receiver)
    assert ours.read_notice(*first) == ours.read_notice(*second)
    assert ours.read_notice(*first).items[0].outcome is BankOutcome.SETTLED


@pytest.mark.anyio
async def test_refused_notice_comes_again_and_a_contradiction_is_readable(
    bank: Bank, sandbox: SandboxServer, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    order = instruction()
    told = await bank.instruct(order)
    receiver.wait_for(2)
    path = f"/sandbox/bank/instructions/{order.instruction_id}:contradict"
    assert sandbox.control.post(path).json() == {"pushed": "rejected"}
    pushes = receiver.wait_for(3)
    ours = reader(sandbox, receiver)
    first, again, contradiction = (ours.read_notice(*push) for push in pushes)
    assert first == again
    [item] = contradiction.items
    assert (item.outcome, item.instruction_id) == (BankOutcome.REJECTED, order.instruction_id)
    assert item.evidence_id != told.evidence_id
    assert (await bank.ask(order.instruction_id, order.amount_fen)).outcome is BankOutcome.SETTLED


@pytest.mark.anyio
@pytest.mark.parametrize("wrong", ["bad_signature", "unsigned", "outdated", "malformed_json"])
async def test_notice_that_is_not_provably_the_banks_is_refused(
    bank: Bank, sandbox: SandboxServer, receiver: Receiver, wrong: str
) -> None:
    sandbox.behave(SYSTEM, wrong=wrong)
    await bank.instruct(instruction())
    push = receiver.wait_for(1)[0]
    with pytest.raises(PushMalformed if wrong == "malformed_json" else SignatureInvalid):
        reader(sandbox, receiver).read_notice(*push)


def item(**changes: Any) -> dict[str, Any]:
    found = {
        "instruction_id": "01981f2a-6f3e-7c4d-9a5b-0c1d2e3f4a5b",
        "outcome": "settled",
        "evidence_id": "E-0b8f2d1c5a444c3e",
        "answered_at": "2026-03-02T01:15:30+00:00",
        "amount_fen": 150_000,
        "bank_reference": "B2026030200000001",
        "settled_at": "2026-03-02T09:15:29+08:00",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def notice(*items: dict[str, Any]) -> bytes:
    found = {"event_id": "event-0000000000001", "sent_at": "2026-03-02T01:15:31+00:00", "items": list(items)}
    return json.dumps(found).encode()


def signed(
    body: bytes, *, url: str = URL, age: int = 0, tag: str = NOTICE_TAG, **changes: str
) -> dict[str, str]:
    headers = push_headers(
        url,
        body,
        key_id=KEY.key_id,
        secret=KEY.secret,
        created=int(time.time()) - age,
        nonce="0" * 32,
        tag=tag,
    )
    return {**headers, **changes}


@pytest.fixture
def ours() -> Bank:
    return Bank(base_url="http://127.0.0.1:9", key=KEY, push_url=URL)


def test_right_notice_is_read(ours: Bank) -> None:
    body = notice(item())
    assert ours.read_notice(signed(body), body).items[0].amount_fen == 150_000


@pytest.mark.parametrize(
    "body",
    [
        notice(),
        notice(item(), item()),
        notice(item(outcome="accepted", settled_at=None)),
        notice(item(outcome="not_known", settled_at=None, amount_fen=None, bank_reference=None)),
        notice(item(settled_at=None)),
        notice(item(reject_code="other")),
        notice(item(outcome="rejected", settled_at=None)),
        notice(item(amount_fen=None)),
        notice(item(amount_fen=-1)),
        notice(item(amount_fen=150_000.0)),
        notice(item(account_number="6222021234567890128")),
        notice(item(answered_at="2026-03-02T01:15:30")),
        notice(item(instruction_id="../../etc/passwd")),
        notice(item()).replace(b'"event_id"', b'"event_id": "event-0000000000002", "event_id"'),
        b"[]",
        b"\xff",
        notice(item()) + b" " * NOTICE_BYTES_MAX,
    ],
    ids=lambda body: str(body[-70:]),
)
def test_signed_nonsense_is_malformed_and_not_repeated_in_the_error(ours: Bank, body: bytes) -> None:
    with pytest.raises(PushMalformed) as raised:
        ours.read_notice(signed(body), body)
    assert raised.value.__cause__ is None
    assert "6222" not in str(raised.value)


def forged(body: bytes) -> dict[str, dict[str, str]]:
    right = signed(body)
    return {
        "none": {"Content-Type": "application/json"},
        "of another purpose": signed(body, tag="certificate-change"),
        "another address": signed(body, url="http://registry.example:8443/v1/network-notices"),
        "another host": signed(body, url="http://elsewhere.example/v1/bank-notices"),
        "too old": signed(body, age=302),
        "from the future": signed(body, age=-302),
        "another key": {**right, "Signature-Input": right["Signature-Input"].replace("registry", "other")},
        "another digest": {**right, "Content-Digest": signed(b"{}")["Content-Digest"]},
        "our own label": {**right, "Signature": right["Signature"].replace("upstream", "registry")},
    }


@pytest.mark.parametrize("name", forged(b""))
def test_forged_notice_is_refused(ours: Bank, name: str) -> None:
    body = notice(item())
    with pytest.raises(SignatureInvalid):
        ours.read_notice(forged(body)[name], body)


def test_altered_amount_is_refused_and_nothing_is_accepted_without_a_registered_address(ours: Bank) -> None:
    body = notice(item())
    with pytest.raises(SignatureInvalid):
        ours.read_notice(signed(body), body.replace(b"150000", b"950000"))
    with pytest.raises(SignatureInvalid):
        Bank(base_url="http://127.0.0.1:9", key=KEY).read_notice(signed(body), body)
