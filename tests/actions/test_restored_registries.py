"""Cut off in mid-transaction or restored from an older backup: no second payment, and no hold let go after one."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db.roles import DatabaseRole
from app.exchange.peers.states import PATHS, Question
from app.jobs.attestations import run_attestations, run_tokens
from app.jobs.sealing import run_sealing
from tests.builders.payments import CLOSED_TAIL
from tests.builders.restored import Knife, back_up, cutting, paid_at_the_bank
from tests.builders.two_registries import Side, lay_claimants, synthetic_number, two_registries
from tests.registry_server import Cluster, codes
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio

WORKER, PAYER, PEER = DatabaseRole.WORKER, DatabaseRole.PAY_WORKER, DatabaseRole.APP_PEER
ASKING = (
    (WORKER, "FROM ask_registries("),
    (WORKER, "UPDATE attestation AS own SET tries"),
    (WORKER, "SELECT claim.claim_number"),
    (WORKER, "meet_answer("),
    (WORKER, "INSERT INTO attestation_answer"),
    (WORKER, "INSERT INTO attestation_confirmation"),
    (WORKER, "SET confirmed_anew_at"),
    (WORKER, "SET next_try_at = NULL"),
    (PAYER, "instruct_payment("),
    (PAYER, "INSERT INTO audit_event"),
    (PAYER, "answer_instruction("),
    (WORKER, "INSERT INTO attestation_end"),
    (WORKER, "SET acknowledged_at"),
)
ANSWERING = (
    (PEER, "INSERT INTO peer_nonce"),
    (PEER, "count_peer_question("),
    (PEER, "meet_question("),
    (PEER, "look_for_attestation("),
    (PEER, "place_hold("),
    (PEER, "confirm_hold("),
    (PEER, "settle_hold("),
    (PEER, "INSERT INTO audit_event"),
    (PEER, "number_answer("),
)


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """One database for each of the two."""
    with cluster.fresh_database() as one, cluster.fresh_database() as other:
        yield one, other


async def settle_down(first: Side, second: Side, rounds: int) -> None:
    """Let both work."""
    for _ in range(rounds):
        for side in (second, first):
            await side.run()
            await side.later(minutes=7)


async def test_cut_off_between_any_two_statements_each_is_paid_once(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The session ends after each statement of asking, answering, confirming, paying and telling, before its commit."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        numbers = [synthetic_number(serial) for serial in range(3)]
        in_b = await lay_claimants(b, numbers)
        in_a = await lay_claimants(a, numbers)
        for side in (a, b):
            await run_tokens(side.registry.house)
        await b.paying.order(in_b)
        await a.paying.order(in_a)
        knives = [
            *(Knife(b, role, after) for role, after in ASKING),
            *(Knife(a, role, after) for role, after in ANSWERING),
        ]
        with cutting(knives):
            for _ in range(60):
                if all(knife.is_used for knife in knives):
                    break
                for side in (b, a):
                    # Whatever was cut ends the round; what else fails would leave a knife unused or a claim unpaid.
                    with contextlib.suppress(Exception):
                        await side.run()
                    # A registry that keeps failing is asked again after an hour at most.
                    await side.later(minutes=61)
        assert not [knife.after for knife in knives if not knife.is_used]
        await settle_down(a, b, rounds=6)
        assert [await b.settled(person) for person in in_b] == [1, 1, 1]
        assert [await a.settled(person) for person in in_a] == [0, 0, 0]
        holds = await a.rows("SELECT settled_at, released_at FROM peer_hold WHERE confirmed_at IS NOT NULL")
        assert len(holds) == 3
        assert all(hold["settled_at"] and not hold["released_at"] for hold in holds)
        assert not await a.rows("SELECT FROM restoration") + await b.rows("SELECT FROM restoration")


@pytest.mark.parametrize(
    ("when", "sign"),
    [("asked", "peer"), ("asked", "database"), ("confirmed", "database"), ("confirmed", "log")],
)
async def test_an_asker_that_forgot_its_payment_pays_nothing_again(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path, when: str, sign: str
) -> None:
    """B is restored to before its payment: it notices, and pays nothing, nor does it when officers have looked."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        (person,) = await lay_claimants(b, [synthetic_number(1)])
        await run_tokens(b.registry.house)
        await run_sealing(b.registry.house)
        await b.paying.order([person])
        case = (await b.case_numbers([person]))[0]
        if when == "asked":
            b.wire.faults = {(case, PATHS[Question.CONFIRMATION]): "down"}
        await run_attestations(b.registry.house)
        backup = await back_up(b, tmp_path / "log-then")
        before = paid_at_the_bank(sandbox)
        await settle_down(a, b, rounds=3)
        assert (await b.settled(person), paid_at_the_bank(sandbox) - before) == (1, 1)

        await backup.restore(with_log=sign != "log", at_home=sign != "database")
        assert await b.settled(person) == 0
        await b.later(minutes=30)
        await settle_down(a, b, rounds=3)
        assert sign in await opened_by(b)
        assert (await b.settled(person), paid_at_the_bank(sandbox) - before) == (0, 1)
        assert await waits_for(b, person) in {"restored", "registries_not_asked", "log_late"}

        await reopen(b)
        await settle_down(a, b, rounds=3)
        assert paid_at_the_bank(sandbox) - before == 1, "paid again"
        assert [hold["released_at"] for hold in await a.rows("SELECT released_at FROM peer_hold")] == [None]
        assert await b.settled(person) == 0
        # The other registry knows it: what it was told to be paid is not confirmed anew.
        told = await b.rows("SELECT last_failure FROM attestation ORDER BY attestation_id")
        assert sign == "log" or told[0]["last_failure"] == "settled"


async def test_an_answerer_that_forgot_its_hold_says_neither_yes_nor_no(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """A is restored to before its hold, files and all: B's next question tells it, and it neither pays nor attests."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        paid, later = await lay_claimants(b, [synthetic_number(1), synthetic_number(2)])
        (there,) = await lay_claimants(a, [synthetic_number(1)])
        for side in (a, b):
            await run_tokens(side.registry.house)
            await run_sealing(side.registry.house)
        backup = await back_up(a, tmp_path / "log-then")
        await b.paying.order([paid])
        await settle_down(a, b, rounds=3)
        assert await b.settled(paid) == 1
        await backup.restore(with_log=True, at_home=True)
        assert not await a.rows("SELECT FROM peer_hold")
        await b.paying.order([later])
        await b.run()
        assert await opened_by(a) == ["peer"]
        assert (await b.attestations(later))["is_partial"] is True
        # Even what A would not have to ask for: nothing is paid.
        await a.rows(
            "UPDATE asking_rule SET ends_before = '2020-01-02', end_confirmed_at = now(), "
            "end_proposed_by = proposed_by, end_confirmed_by = confirmed_by"
        )
        await a.paying.order([there])
        await a.later(minutes=30)
        await a.run()
        assert (await waits_for(a, there), await a.settled(there)) == ("restored", 0)
        await b.later(minutes=30)
        await b.run()
        assert (await b.settled(later), await a.rows("SELECT FROM peer_hold")) == (0, [])
        await reopen(a)
        await b.later(hours=2)
        await settle_down(a, b, rounds=2)
        assert await b.settled(later) == 1


async def test_nothing_is_released_to_an_asker_that_has_forgotten_answers(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """B tells of a rejection and knows fewer answers than it did: a payment may be among what it forgot."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        (rejected,) = await lay_claimants(b, [synthetic_number(1)], tail=CLOSED_TAIL)
        await run_tokens(b.registry.house)
        await b.paying.order([rejected])
        case = (await b.case_numbers([rejected]))[0]
        b.wire.faults = {(case, PATHS[Question.RELEASE]): "down"}
        for _ in range(3):
            await b.run()
        assert not b.wire.faults
        await b.rows("UPDATE peer_mark SET seen = 0")
        await a.rows("UPDATE peer_mark SET seen_there = 2")
        await b.later(hours=2)
        await b.run()
        held = await a.rows("SELECT confirmed_at, released_at FROM peer_hold")
        assert [(hold["confirmed_at"] is not None, hold["released_at"]) for hold in held] == [(True, None)]
        assert await opened_by(b) == ["peer"]
        await reopen(b)
        await b.later(hours=2)
        await b.run()
        assert (await a.rows("SELECT release_reason FROM peer_hold"))[0]["release_reason"] == "bank_rejected"


async def test_two_officers_in_charge_of_everything_reopen_payments(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Neither alone, nor somebody of a part of the area, nor before anybody said what was found."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (_, b):
        await b.rows("SELECT notice_restoration('log', '{}')")
        (noticed,) = (await b.paying.payer.get("/v1/restorations")).json()["items"]
        path = f"/v1/restorations/{noticed['restoration_id']}"
        assert (noticed["is_open"], noticed["noticed_by"]) == (True, "log")
        assert (await b.registry.client.get("/v1/log/status")).json()["payment_gate_open"] is False
        assert codes(await b.paying.approver.post(f"{path}:reopen")) == ["reopening_not_proposed"]
        finding = {"finding": "已核对恢复点之后的银行流水"}
        assert (await b.paying.payer.post(f"{path}:propose-reopening", json=finding)).status_code == 200
        again = await b.paying.payer.post(f"{path}:propose-reopening", json=finding)
        assert codes(again) == ["reopening_proposed"]
        assert (await b.paying.payer.post(f"{path}:reopen")).status_code == 403
        opened = await b.paying.approver.post(f"{path}:reopen")
        assert (opened.status_code, opened.json()["is_open"]) == (200, False)
        assert (await b.registry.client.get("/v1/log/status")).json()["payment_gate_open"] is True
        assert codes(await b.paying.approver.post(f"{path}:reopen")) == ["reopening_confirmed"]
        unknown = path[:-12] + "000000000000"
        assert (await b.paying.approver.post(f"{unknown}:reopen")).status_code == 404


async def opened_by(side: Side) -> list[str]:
    """The signs that close its payments now."""
    rows = await side.rows(
        "SELECT noticed_by FROM restoration WHERE confirmed_at IS NULL ORDER BY noticed_by"
    )
    return [row["noticed_by"] for row in rows]


async def waits_for(side: Side, claim_id: Any) -> str | None:
    """Why its payment was not instructed at the last try."""
    rows = await side.rows("SELECT reason FROM payment_wait WHERE subject_id = $1", claim_id)
    return rows[0]["reason"] if rows else None


async def reopen(side: Side) -> None:
    """Two officers find nothing missing."""
    for noticed in (await side.paying.payer.get("/v1/restorations")).json()["items"]:
        path = f"/v1/restorations/{noticed['restoration_id']}"
        if not noticed["is_open"]:
            continue
        body = {"finding": "已核对恢复点之后的银行流水"}
        assert (await side.paying.payer.post(f"{path}:propose-reopening", json=body)).status_code == 200
        assert (await side.paying.approver.post(f"{path}:reopen")).status_code == 200
