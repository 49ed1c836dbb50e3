"""Whatever officers, worker and bank do in whatever order: the ledger agrees with its rows, and money is conserved."""

import random
from typing import Any

import pytest

from app.jobs.payments import run_payments
from app.jobs.sealing import run_sealing
from tests.builders.payments import CLOSED_TAIL, Paying, lay_payable, lay_paying
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

_SETTLE_LATER = {"settle_after_seconds": None}


class Hands:
    """One random act after another; an act that is refused is as good as one that is done."""

    def __init__(self, paying: Paying, seed: int) -> None:
        self.paying = paying
        self.draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.done: dict[str, int] = {}

    async def act(self) -> None:
        """Do one of them."""
        acts = [
            self.order,
            self.pay,
            self.settle,
            self.retry,
            self.cancel,
            self.recover,
            self.repay,
            self.allot,
        ]
        chosen = self.draw.choice(acts)
        if await chosen():
            self.done[chosen.__name__] = self.done.get(chosen.__name__, 0) + 1

    def _claim(self) -> Any:
        return self.draw.choice(self.paying.claims)

    async def _post(self, path: str, body: dict[str, Any], *, by_approver: bool = False) -> bool:
        caller = self.paying.approver if by_approver else self.paying.payer
        answer = await caller.post(path, json=body)
        assert answer.status_code in {200, 201, 404, 409}, answer.text
        return answer.status_code < 300

    async def order(self) -> bool:
        wanted = self.draw.sample(self.paying.claims, 3)
        body = {"budget_id": str(self.paying.budget_id), "claim_ids": [str(each) for each in wanted]}
        return await self._post("/v1/payment-orders", body)

    async def pay(self) -> bool:
        await self.paying.registry.advance(minutes=self.draw.choice([0, 10, 90]))
        await run_sealing(self.paying.registry.house)
        return await run_payments(self.paying.registry.house) > 0

    async def settle(self) -> bool:
        control = self.paying.registry.sandbox.control
        ended: int = control.post("/sandbox/bank/settle").raise_for_status().json()["ended"]
        return ended > 0

    async def retry(self) -> bool:
        return await self._post(f"/v1/claims/{self._claim()}:retry-payment", {"reason": "再付一次"})

    async def cancel(self) -> bool:
        return await self._post(f"/v1/claims/{self._claim()}:cancel-payment", {"reason": "本人放弃"})

    async def recover(self) -> bool:
        body = {"claim_id": str(self._claim()), "cause": "mistake", "reason": "多发"}
        return await self._post(
            "/v1/recoveries", {**body, "amount_fen": self.draw.randint(1, 160_000)}, by_approver=True
        )

    async def repay(self) -> bool:
        listed = (await self.paying.payer.get("/v1/recoveries")).json()["items"]
        if not listed:
            return False
        path = f"/v1/recoveries/{self.draw.choice(listed)['recovery_id']}/repayments"
        amount = self.draw.randint(1, 100_000)
        return await self._post(
            path, {"amount_fen": amount, "evidence": "缴款书", "happened_on": "2026-03-02"}
        )

    async def allot(self) -> bool:
        path = f"/v1/budgets/{self.paying.budget_id}/tranches"
        return await self._post(
            path, {"amount_fen": self.draw.randint(1, 400_000), "document_number": "测财社1号"}
        )


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_ledger_adds_up_after_each_of_many_acts(registry: Registry, seed: int) -> None:
    paying = await lay_paying(registry, 8, budget_fen=500_000)
    await lay_payable(paying, 3, tail=CLOSED_TAIL)
    owner, control = await registry.owner(), registry.sandbox.control
    control.put("/sandbox/bank", json=_SETTLE_LATER).raise_for_status()
    hands = Hands(paying, seed)
    try:
        for _ in range(90):
            await hands.act()
            assert not await owner.fetch("SELECT * FROM ledger_differences()"), hands.done
            shown = await paying.budget()
            moved = shown["in_transit_fen"] + shown["paid_fen"] + shown["advanced_fen"]
            assert shown["available_fen"] + moved == shown["allotted_fen"]
            assert min(shown[name] for name in ("available_fen", "in_transit_fen", "paid_fen")) >= 0
            assert await owner.fetchval("SELECT sum(amount_fen) FROM ledger_posting") == 0
    finally:
        control.put("/sandbox/bank", json={}).raise_for_status()
    assert {"order", "pay", "settle"} <= hands.done.keys(), hands.done
