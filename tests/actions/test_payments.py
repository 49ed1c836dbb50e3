"""Paying: budgets, orders by a third person, the worker between our books and the bank's, whatever the bank does."""

from typing import Any

import pytest

from app.jobs.payments import run_payments
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
