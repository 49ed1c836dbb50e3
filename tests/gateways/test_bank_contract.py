"""Both sides of the bank's written contract: its examples, its departures, what neither side may send."""

from typing import Any

import pytest
import uuid_utils.compat

from app.gateways.bank import Bank
from app.gateways.bank_facts import (
    AccountQuery,
    BankOutcome,
)
from app.gateways.http import FailureKind
from tests.gateways.banking import SYSTEM, instruction, new_person, set_bank
from tests.gateways.conftest import FAULTS
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("behavior", FAULTS, ids=str)
async def test_both_sides_keep_to_the_written_contract(
    bank: Bank, sandbox: SandboxServer, transport: RecordingTransport, behavior: dict[str, object]
) -> None:
    person = new_person(sandbox)
    set_bank(sandbox, settle_after_seconds=None)
    waiting = instruction()
    await bank.instruct(waiting)
    set_bank(sandbox)
    sandbox.behave(SYSTEM, **behavior)
    for order in (waiting, instruction(), instruction(account_number="622202990000029999")):
        await bank.instruct(order)
        await bank.ask(order.instruction_id, order.amount_fen)
    await bank.instruct(instruction(instruction_id=waiting.instruction_id, amount_fen=7))
    await bank.ask(uuid_utils.compat.uuid7(), 1)
    await bank.verify_account(AccountQuery(account_number=waiting.account_number, **person))
    contract = Contract("bank.yaml")
    assert transport.exchanges
    assert [found for exchange in transport.exchanges for found in contract.defects(exchange)] == []
    if not behavior:
        assert {exchange.status for exchange in transport.exchanges} == {200, 409}


async def test_contract_examples_are_valid_and_departures_are_seen(
    bank: Bank, transport: RecordingTransport
) -> None:
    contract = Contract("bank.yaml")
    examples = 0
    for path in contract.document["paths"].values():
        for operation in (path[verb] for verb in ("put", "get", "post") if verb in path):
            contents = [operation["responses"]["200"]["content"]]
            if "requestBody" in operation:
                contents.append(operation["requestBody"]["content"])
            for media in (content.get("application/json", {}) for content in contents):
                if "example" in media:
                    examples += 1
                    assert contract.defects_of_schema(media["schema"], media["example"]) == []
    assert examples >= 5
    await bank.instruct(instruction())
    [exchange] = transport.exchanges
    exchange.body = exchange.body.replace(b'"settled"', b'"accepted"')
    assert contract.defects(exchange) != [], "what is only accepted was not settled at any time"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": 0},
        {"amount_fen": 100_000_000_001},
        {"account_number": "6222"},
        {"account_number": "62220219000000009\n"},
        {"account_number": "6222 0219 0000 0000 9"},
        {"holder_name": " "},
        {"purpose": "补贴" * 31},
        {"purpose": "补贴\n"},
    ],
    ids=str,
)
def test_instruction_outside_the_contract_is_a_defect_of_the_caller(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has not the form of the contract") as raised:
        instruction(**changes)
    assert "6222" not in str(raised.value)


@pytest.mark.parametrize("purpose", ["补贴 110000199001019003", "付王样收", "电话13900000000"])
def test_purpose_that_names_somebody_is_refused(purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose names somebody") as raised:
        instruction(purpose=purpose)
    assert purpose not in str(raised.value)


async def test_sandbox_refuses_what_the_contract_refuses(bank: Bank, sandbox: SandboxServer) -> None:
    """A purpose with a number in it, past our own check."""
    order = instruction()
    object.__setattr__(order, "purpose", "补贴 110000199001019003")
    answer = await bank.instruct(order)
    assert (answer.outcome, answer.failure) == (BankOutcome.UNAVAILABLE, FailureKind.CALLER_REJECTED)
    assert sandbox.control.get(f"/sandbox/bank/ledger/{order.instruction_id}").status_code == 404
