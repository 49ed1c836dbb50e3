"""Two registries, one person, one benefit: every step × every fault, and never a second payment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access.actor import Permission
from app.archive.certificates.queries.sealed_numbers import digests_of_number
from app.exchange.peers.states import PATHS, Question
from app.jobs.attestations import run_tokens
from tests.builders.payments import CLOSED_TAIL
from tests.builders.two_registries import Side, lay_claimants, synthetic_number, two_registries
from tests.registry_server import Cluster
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio

CERTIFICATE = "S000011990001244000000"
"""The number ``lay_payable`` gives to the first certificate."""

STEPS = (Question.ATTESTATION, Question.CONFIRMATION, Question.SETTLEMENT)
FAULTS = ("", "down", "lost", "twice", "killed_before", "killed_after", "garbled")


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """One database for each of the two."""
    with cluster.fresh_database() as one, cluster.fresh_database() as other:
        yield one, other


async def settle_down(first: Side, second: Side, rounds: int = 10) -> None:
    """Let both work until nothing moves any more."""
    for _ in range(rounds):
        for side in (second, first):
            await side.run()
            await side.later(minutes=7)


async def test_every_step_with_every_fault_pays_once(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """B filed first and is paid, whatever becomes of any message; A, which has the same claim, never is."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        table = [(step, fault) for step in STEPS for fault in FAULTS]
        numbers = [synthetic_number(serial) for serial in range(len(table))]
        in_b = await lay_claimants(b, numbers)
        in_a = await lay_claimants(a, numbers)
        cases = await b.case_numbers(in_b)
        b.wire.faults = {
            (case, PATHS[step]): fault for case, (step, fault) in zip(cases, table, strict=True) if fault
        }
        for side in (a, b):
            await run_tokens(side.registry.house)
        await b.paying.order(in_b)
        await b.run()
        # The other side pays as soon as it may, in the middle of whatever went wrong here.
        await a.paying.order(in_a)
        await settle_down(a, b)
        assert not b.wire.faults
        for (step, fault), here, there in zip(table, in_b, in_a, strict=True):
            assert await b.settled(here) == 1, (step, fault)
            assert await a.settled(there) == 0, (step, fault)
        holds = await a.rows("SELECT settled_at, released_at FROM peer_hold WHERE confirmed_at IS NOT NULL")
        assert len(holds) == len(table)
        assert all(hold["settled_at"] is not None and hold["released_at"] is None for hold in holds)


async def test_a_release_with_every_fault_ends_the_hold_once(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """What B's bank has finally rejected is released whatever becomes of the message; A may pay when B gives up."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        numbers = [synthetic_number(serial) for serial in range(len(FAULTS))]
        in_b = await lay_claimants(b, numbers, tail=CLOSED_TAIL)
        in_a = await lay_claimants(a, numbers)
        cases = await b.case_numbers(in_b)
        b.wire.faults = {
            (case, PATHS[Question.RELEASE]): fault for case, fault in zip(cases, FAULTS, strict=True) if fault
        }
        for side in (a, b):
            await run_tokens(side.registry.house)
        await b.paying.order(in_b)
        await settle_down(a, b, rounds=5)
        assert not b.wire.faults
        ends = await a.rows("SELECT release_reason, settled_at FROM peer_hold")
        assert [tuple(end) for end in ends] == [("bank_rejected", None)] * len(FAULTS)
        for claim_id in in_b:
            given_up = await b.paying.payer.post(
                f"/v1/claims/{claim_id}:cancel-payment", json={"reason": "账户已销户"}
            )
            assert given_up.status_code == 200, given_up.text
        await a.paying.order(in_a)
        await settle_down(a, b, rounds=5)
        assert [await a.settled(person) for person in in_a] == [1] * len(FAULTS)
        assert [await b.settled(person) for person in in_b] == [0] * len(FAULTS)


async def test_a_hold_ends_by_its_date_or_by_the_banks_rejection_and_by_nothing_else(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Down: partial and closed. Late: refused and asked anew. Rejected by the bank: released, and A may pay."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        number = synthetic_number(0)
        (rejected,) = await lay_claimants(b, [synthetic_number(1)], tail=CLOSED_TAIL)
        (late,) = await lay_claimants(b, [number])
        (there,) = await lay_claimants(a, [synthetic_number(1)])
        for side in (a, b):
            await run_tokens(side.registry.house)
        b.wire.is_down = True
        await b.paying.order([late])
        await b.run()
        shown = await b.attestations(late)
        assert (shown["is_partial"], len(shown["silent"]), await b.settled(late)) == (True, 1, 0)
        b.wire.is_down = False
        case = (await b.case_numbers([late]))[0]
        await b.later(minutes=7)
        # Every confirmation is lost on its way there until the answer has run out.
        b.wire.faults = {(case, PATHS[Question.CONFIRMATION]): "down"}
        await b.run()
        assert not (await b.attestations(late))["is_partial"]
        first = await a.rows("SELECT hold_id, expires_at, confirmed_at FROM peer_hold")
        assert [hold["confirmed_at"] for hold in first] == [None]
        await a.later(hours=73)
        await b.run()
        await b.later(hours=73)
        await settle_down(a, b, rounds=4)
        assert await b.settled(late) == 1
        ends = await a.rows("SELECT confirmed_at, settled_at FROM peer_hold ORDER BY held_at")
        assert [hold["settled_at"] is not None for hold in ends] == [False, True]

        await b.paying.order([rejected])
        await a.paying.order([there])
        b.wire.faults = {
            ((await b.case_numbers([rejected]))[0], PATHS[Question.RELEASE]): "lost",
        }
        await settle_down(a, b, rounds=6)
        told = await a.rows("SELECT release_reason FROM peer_hold WHERE release_reason IS NOT NULL")
        assert [row["release_reason"] for row in told] == ["bank_rejected"]
        assert await b.settled(rejected) == 0
        # B still has its claim, filed first: A is told so until B cancels it.
        assert await a.settled(there) == 0
        canceled = await b.paying.payer.post(
            f"/v1/claims/{rejected}:cancel-payment", json={"reason": "账户已销户"}
        )
        assert canceled.status_code == 200, canceled.text
        asked = await a.paying.payer.post(f"/v1/claims/{there}/attestations")
        assert asked.status_code == 201, asked.text
        await settle_down(a, b, rounds=4)
        assert await a.settled(there) == 1
        looks = await a.rows("SELECT purpose, subject FROM access_event WHERE person_id = $1", there)
        assert {(look["purpose"], look["subject"]) for look in looks} >= {("subsidy_review", "benefit")}


async def test_an_officer_asks_other_regions_and_is_told_who_was_silent(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Signed answers; the person sees which region looked; a silent region makes it partial, and no "not found"."""
    async with two_registries(cluster, databases, sandbox, tmp_path) as (a, b):
        number = synthetic_number(7)
        (there,) = await lay_claimants(a, [number])
        sandbox.register(social_security_number=number, name="测试学员", state="normal")
        sandbox.insure(number, spells=[{"starts_on": "2015-01-01", "division_code": "110105"}])
        officer = await b.registry.officer(Permission.LOOKUP)
        asked = {
            "about": "records",
            "purpose": "subsidy_review",
            "case_number": "S110105-2026-00000009",
            "name": "测试学员",
            "identity_number": number,
        }
        shown = (await officer.post("/v1/other-registries:lookup", json=asked)).json()
        (answer,) = shown["answers"]
        assert (shown["is_partial"], answer["claims"]["is_found"]) == (False, True)
        assert [entry["state"] for entry in answer["claims"]["entries"]] == ["in_force"]
        other = {**asked, "name": "测试别人"}
        (answer,) = (await officer.post("/v1/other-registries:lookup", json=other)).json()["answers"]
        assert (answer["claims"]["is_found"], answer["claims"]["entries"]) == (False, [])
        months = {**asked, "about": "contribution_months"}
        (answer,) = (await officer.post("/v1/other-registries:lookup", json=months)).json()["answers"]
        assert answer["claims"]["outcome"] == "answered", answer
        assert answer["claims"]["months"]["total"] > 100
        (digest,) = digests_of_number(a.registry.house.keys, CERTIFICATE)
        await a.rows(
            "INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES ($1, $2, $3)",
            digest,
            a.registry.house.keys.digest_key_ids[0],
            there,
        )
        certificate = {**asked, "about": "certificate", "certificate_number": CERTIFICATE}
        (answer,) = (await officer.post("/v1/other-registries:lookup", json=certificate)).json()["answers"]
        assert (answer["claims"]["is_found"], len(answer["claims"]["certificates"])) == (True, 1)
        citizen = await a.registry.citizen(there)
        seen = (await citizen.get("/v1/me/accesses")).json()["items"]
        assert {look["agency_name"] for look in seen} == {"登记机构b"}
        assert len(seen) == 4
        b.wire.is_down = True
        shown = (await officer.post("/v1/other-registries:lookup", json=asked)).json()
        assert (shown["is_partial"], shown["silent"], shown["answers"]) == (True, ["登记机构a"], [])
