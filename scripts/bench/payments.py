"""A bank that answers too late after paying, and a paying worker that is killed again and again: who was paid twice?

The worker is a process of its own, as in a deployment: only the payment jobs, and of the database's passwords only
those of ``pay_worker`` and ``app_public``. It is killed (SIGKILL) at random moments and started again; the bank answers
some instructions only after the client has given up, and fails others. Afterwards the bank's own books are compared
with ours: no instruction moved money twice, no benefit was paid by two instructions, every claim has ended, and the
ledger agrees with its rows to the fen.

    python scripts/bench/payments.py [--instructions 10000] [--kills 40] [--workers 2] [--json]
"""

import argparse
import asyncio
import json
import logging
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.db.embedded import EmbeddedPostgres
from app.jobs.sealing import run_sealing
from tests.builders.payments import CLOSED_TAIL, lay_payable, lay_paying
from tests.builders.processes import REGISTRY, ROOT, environment_of
from tests.registry_server import TEMPLATE, Cluster, Registry, laid_out, open_registry
from tests.sandbox_server import running_sandbox

REJECTED_SHARE = 0.02
"""Share of the accounts that the bank knows to be closed: their claims must end as failed."""
_ORDER_SIZE = 1_000
_LATE_MS = 5_500
"""Beyond what the bank's client waits for one attempt."""
_LEFT = "SELECT count(*) FROM claim WHERE state IN ('ordered', 'instructed')"


@dataclass(slots=True)
class Worker:
    """The paying worker as a process of its own."""

    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, if it does not run."""
        with self.log.open("ab") as written:
            self.process = subprocess.Popen(
                [*REGISTRY, "work", "--job", "payments"],
                env=self.environment,
                stdout=written,
                stderr=written,
                cwd=ROOT,
            )

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """SIGTERM, as an operator stops it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def worker_of(registry: Registry, folder: Path, name: str) -> Worker:
    """Configured by environment alone; its file of passwords holds two."""
    environment = environment_of(registry, folder, name=f"{name}-secrets", roles=("pay_worker", "app_public"))
    environment["REGISTRY_BANK_URL"] = registry.sandbox.url
    return Worker(environment, folder / f"{name}.log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard to try."""

    instructions: int
    kills: int
    workers: int
    alive_s: tuple[float, float]
    seed: int = 20260301


async def pay_under_fire(registry: Registry, folder: Path, plan: Plan) -> dict[str, Any]:
    """Lay and order the claims, let the workers pay while they are killed, and compare the books."""
    draw = random.Random(plan.seed)  # noqa: S311 - repeatable on purpose
    owner, control = await registry.owner(), registry.sandbox.control
    rejected = round(plan.instructions * REJECTED_SHARE)
    paying = await lay_paying(registry, 0, budget_fen=plan.instructions * 150_000)
    await lay_payable(paying, plan.instructions - rejected)
    if rejected:
        await lay_payable(paying, rejected, tail=CLOSED_TAIL)
    for first in range(0, plan.instructions, _ORDER_SIZE):
        paying.payer = registry.sign_in(paying.payer.actor)
        await paying.order(paying.claims[first : first + _ORDER_SIZE])
    workers = [worker_of(registry, folder, f"worker-{number}") for number in range(plan.workers)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    kills = 0
    try:
        while await owner.fetchval(_LEFT):
            misbehave(control, draw, calm=kills >= plan.kills)
            await asyncio.sleep(draw.uniform(*plan.alive_s) if kills < plan.kills else 0.5)
            # What a dead worker held is due again when its lease ends; nobody here waits that long by the clock.
            await registry.advance(seconds=70 if kills < plan.kills else 400)
            # The sequencer keeps up, as it does beside a paying worker: a late log closes the payment door.
            await run_sealing(registry.house)
            if kills < plan.kills:
                killed = draw.choice(workers)
                killed.kill()
                killed.start()
                kills += 1
            elif any(worker.process is None or worker.process.poll() is not None for worker in workers):
                raise RuntimeError(f"a worker ended by itself: see {folder}")
    finally:
        for worker in workers:
            worker.stop()
        control.put("/sandbox/behavior/bank", json={}).raise_for_status()
    seconds = time.perf_counter() - begun
    return {**await compared(owner, control, plan.instructions), "kills": kills, "seconds": round(seconds, 1)}


def misbehave(control: httpx.Client, draw: random.Random, *, calm: bool) -> None:
    """The bank of the next moments: it answers too late (having paid), fails, or for a while does neither."""
    behavior: dict[str, Any] = {}
    if not calm:
        behavior = draw.choice(
            [
                {"late_ms": _LATE_MS, "remaining": draw.randint(1, 8)},
                {"late_ms": _LATE_MS, "remaining": draw.randint(4, 30)},
                {"error_rate": 0.2, "seed": draw.randint(1, 10**6)},
                {"delay_ms": [0, 30]},
            ]
        )
    control.put("/sandbox/behavior/bank", json=behavior).raise_for_status()


def books_of_the_bank(control: httpx.Client) -> tuple[list[dict[str, Any]], list[str]]:
    """Every instruction the bank ever took, and those that moved money more than once."""
    bank: list[dict[str, Any]] = []
    while True:
        page = control.get("/sandbox/bank/ledger", params={"offset": len(bank), "limit": 5_000}).json()
        bank += page["instructions"]
        if len(page["instructions"]) < 5_000:
            return bank, page["paid_more_than_once"]


async def compared(owner: asyncpg.Connection, control: httpx.Client, expected: int) -> dict[str, Any]:
    """Our books against the bank's."""
    bank, more_than_once = books_of_the_bank(control)
    paid_there = {each["instruction_id"]: each["amount_fen"] for each in bank if each["times_paid"]}
    rows = await owner.fetch(
        "SELECT instruction_id::text, benefit_id, state, amount_fen FROM bank_instruction"
    )
    ours = {row["instruction_id"]: row for row in rows}
    paid_here = {name for name, row in ours.items() if row["state"] == "settled"}
    ids = list(ours)
    benefits = [ours[name]["benefit_id"] for name in paid_there if name in ours]
    states = await owner.fetch("SELECT state, count(*) FROM claim GROUP BY state ORDER BY state")
    return {
        "instructions": len(ids),
        "expected": expected,
        "paid_by_the_bank": sum(name in ours for name in paid_there),
        "paid_twice_at_the_bank": sum(name in ours for name in more_than_once),
        "benefits_paid_by_two_instructions": len(benefits) - len(set(benefits)),
        "paid_there_not_here": len([name for name in paid_there if name in ours and name not in paid_here]),
        "paid_here_not_there": len(paid_here - paid_there.keys()),
        "amounts_that_differ": sum(
            paid_there[name] != ours[name]["amount_fen"] for name in paid_there if name in ours
        ),
        "received_more_than_once": sum(
            each["received"] > 1 for each in bank if each["instruction_id"] in ours
        ),
        "claims": {row["state"]: row["count"] for row in states},
        "benefits": await owner.fetchval("SELECT count(*) FROM benefit WHERE canceled_at IS NULL"),
        "ledger_differences": await owner.fetchval("SELECT count(*) FROM ledger_differences()"),
    }


def is_clean(found: dict[str, Any]) -> bool:
    """Nothing was paid twice, lost or left open."""
    nothing = (
        "paid_twice_at_the_bank",
        "benefits_paid_by_two_instructions",
        "paid_there_not_here",
        "paid_here_not_there",
        "amounts_that_differ",
        "ledger_differences",
    )
    return (
        not any(found[name] for name in nothing)
        and found["claims"].keys() <= {"paid", "failed"}
        and found["instructions"] == found["expected"] == found["benefits"]
    )


async def run(cluster: Cluster, folder: Path, plan: Plan) -> dict[str, Any]:
    """Everything on one server, with the sandbox's bank over HTTP."""
    with running_sandbox() as sandbox:
        async with open_registry(cluster, TEMPLATE, sandbox, folder) as registry:
            # After the application has set up its own: its request lines would stand between the figures.
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            return await pay_under_fire(registry, folder, plan)


def main() -> int:
    """Print the comparison; 1 when anything was paid twice, lost or left open."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--instructions", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="payments-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    with laid_out(server, folder) as cluster:
        plan = Plan(
            instructions=given.instructions, kills=given.kills, workers=given.workers, alive_s=(3.0, 6.0)
        )
        found = asyncio.run(run(cluster, folder, plan))
    if is_clean(found):
        # What a run that was not clean leaves behind are the workers' logs.
        shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name:<36} {value}")
    return 0 if is_clean(found) else 1


if __name__ == "__main__":
    sys.exit(main())
