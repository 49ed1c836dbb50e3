"""A person gains a number after the other registry was asked: what it said covers the numbers it was asked about."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.exchange.peers.queries import live_peers
from app.exchange.peers.rules import number_token
from app.exchange.peers.states import PATHS, Question
from app.gateways.http import UpstreamFailed
from app.jobs.attestations import run_attestations, run_tokens
from app.kernel.clock import utc_now
from app.web.signing_keys import refresh_signing_keys
from tests.builders.attendance import merge
from tests.builders.two_registries import Side, add_number, lay_claimants, synthetic_number, two_registries
from tests.registry_server import Cluster
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio

FIRST, SECOND, OTHER = (synthetic_number(serial) for serial in (1, 2, 3))
KEY = {
    "key_group": "training_or_upgrade",
    "benefit_line": "2015:4-03-02-01",
    "skill_level": "level_4",
    "period": "life",
}


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """One database for each of the two."""
    with cluster.fresh_database() as one, cluster.fresh_database() as other:
        yield one, other


async def settle_down(a: Side, b: Side, rounds: int = 5) -> None:
    """Let both work."""
    for _ in range(rounds):
        await b.run()
        await a.run()
        await b.later(minutes=7)
        await a.later(minutes=7)


async def paid_in_first(a: Side, numbers: list[str]) -> list[UUID]:
    """A need not ask and has paid."""
    persons = await lay_claimants(a, numbers)
    await run_tokens(a.registry.house)
    await a.paying.order(persons)
    for _ in range(4):
        await a.run()
        await a.later(minutes=7)
    assert [await a.settled(person) for person in persons] == [1] * len(persons)
    return persons


async def ask(b: Side, claim_id: UUID) -> None:
    """An officer of B asks."""
    asked = await b.paying.payer.post(f"/v1/claims/{claim_id}/attestations")
    assert asked.status_code == 201, asked.text
    await b.run()


async def test_nobody_is_paid_twice_by_a_number_added_after_the_question(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Added after the answer, between a lost answer and its retry, after the confirmation, or by a merge."""
    async with two_registries(cluster, databases, sandbox, tmp_path, first_asks=False) as (a, b):
        paid = [synthetic_number(serial) for serial in (11, 12, 13, 14)]
        in_a = await paid_in_first(a, paid)
        in_b = await lay_claimants(b, [synthetic_number(serial) for serial in (1, 2, 3, 4)])
        answered, lost, confirmed, merged = in_b
        await run_tokens(b.registry.house)
        b.wire.faults = {((await b.case_numbers([lost]))[0], PATHS[Question.ATTESTATION]): "lost"}
        for person in in_b:
            await ask(b, person)
        await b.paying.order([confirmed])
        await run_attestations(b.registry.house)
        said = await b.rows("SELECT outcome, person_id FROM attestation_answer")
        assert {(row["person_id"], row["outcome"]) for row in said} == {
            (answered, "not_claimed"),
            (confirmed, "not_claimed"),
            (merged, "not_claimed"),
        }
        assert len(await b.rows("SELECT FROM attestation_confirmation")) == 1
        ((alias,),) = await b.rows("INSERT INTO person DEFAULT VALUES RETURNING person_id")
        for person, number in zip((answered, lost, confirmed, alias), paid, strict=True):
            await add_number(b, person, number)
        await merge(b.registry, alias, merged)
        await b.paying.order([answered, lost, merged])
        await settle_down(a, b, rounds=6)
        assert [await b.settled(person) for person in in_b] == [0, 0, 0, 0]
        assert [await a.settled(person) for person in in_a] == [1, 1, 1, 1]
        (said_of_lost,) = await b.rows("SELECT outcome FROM attestation_answer WHERE person_id = $1", lost)
        assert said_of_lost["outcome"] == "claimed"
        (shown,) = (await b.attestations(confirmed))["attestations"]
        assert (shown["last_failure"], shown["closed_at"]) == ("claimed", None)


async def test_whoever_is_paid_nowhere_is_paid_once_whenever_the_number_is_added(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The hold grows, confirmed or not, and from then on keeps A from paying under the new number."""
    async with two_registries(cluster, databases, sandbox, tmp_path, first_asks=False) as (a, b):
        answered, confirmed = in_b = await lay_claimants(b, [synthetic_number(1), synthetic_number(2)])
        await run_tokens(b.registry.house)
        await ask(b, answered)
        await b.paying.order([confirmed])
        await run_attestations(b.registry.house)
        assert [len(await a.rows("SELECT FROM peer_hold_token")), await b.settled(confirmed)] == [2, 0]
        later = [synthetic_number(11), synthetic_number(12)]
        for person, number in zip(in_b, later, strict=True):
            await add_number(b, person, number)
        await run_tokens(b.registry.house)
        await b.paying.order([answered])
        await run_attestations(b.registry.house)
        in_a = await lay_claimants(a, later)
        await run_tokens(a.registry.house)
        await a.paying.order(in_a)
        await settle_down(a, b)
        assert [await b.settled(person) for person in in_b] == [1, 1]
        assert [await a.settled(person) for person in in_a] == [0, 0]
        holds = await a.rows("SELECT settled_at FROM peer_hold")
        assert [hold["settled_at"] is not None for hold in holds] == [True, True]


async def put_question(b: Side, question: UUID, numbers: list[str], **other: str) -> dict[str, Any] | str:
    """What A signs for B's question; the code of its refusal."""
    house = b.registry.house
    await refresh_signing_keys(house)
    async with system_unit(house.engines, DatabaseRole.WORKER) as unit:
        (peer,) = (await live_peers(unit, house.keys)).values()
    now = utc_now()
    document = {
        "attestation_id": str(question),
        "case_number": "S110105-2026-00000009",
        "answers_seen": 0,
        "number_tokens": [number_token(peer.secret, number).hex() for number in numbers],
        "name_tokens": [],
        "filed_at": "2030-12-02T00:00:00+00:00",
        **KEY,
        **other,
    }
    try:
        heard = await house.peers.ask(
            peer.line,
            PATHS[Question.ATTESTATION],
            document,
            sign=lambda octets: house.tokens.sign_octets(octets, now=now),
            key_id=house.tokens.signing_key_id(now),
            read=peer.reader(house.settings.issuer),
        )
    except UpstreamFailed as refused:
        return f"{refused.status} {refused.code}"
    assert heard.claims["key"] == {name: other.get(name, value) for name, value in KEY.items()}
    return {**heard.claims, "numbers": len(heard.claims["tokens"])}


async def test_a_question_stands_for_one_person_and_one_benefit(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Whatever id it comes under, "not claimed" is judged of whom it is about, and signed as it is kept."""
    async with two_registries(cluster, databases, sandbox, tmp_path, first_asks=False) as (a, b):
        await paid_in_first(a, [SECOND])
        (held,) = await a.rows("SELECT key_group, benefit_line, skill_level, period FROM benefit_key")
        key = dict(held)
        question = uuid.uuid4()

        async def said(numbers: list[str], **other: str) -> Any:
            answer = await put_question(b, question, numbers, **{**key, **other})
            return answer if isinstance(answer, str) else (answer["outcome"], answer["numbers"])

        assert await said([FIRST]) == ("not_claimed", 1)
        assert await said([FIRST]) == ("not_claimed", 1)
        assert await said([SECOND]) == "409 attestation_id_reused"
        assert await said([FIRST], skill_level="chief_technician") == "409 attestation_id_reused"
        assert await said([FIRST, SECOND]) == ("claimed", 2)
        assert len(await a.rows("SELECT FROM peer_hold_token")) == 1
        assert await said([FIRST, OTHER]) == ("not_claimed", 2)
        # What is kept is signed, also to whoever asks for less.
        assert await said([FIRST]) == ("not_claimed", 2)
        await a.rows("UPDATE peer_hold SET released_at = registry_now(), release_reason = 'withdrawn'")
        assert await said([FIRST]) == "409 attestation_id_reused"


async def test_a_question_about_no_benefit_is_refused_by_its_field(
    cluster: Cluster, databases: tuple[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Nothing is signed about what cannot be; a trade (工种) of an occupation can."""
    async with two_registries(cluster, databases, sandbox, tmp_path, first_asks=False) as (_, b):
        for field in ("skill_level", "key_group", "benefit_line"):
            refused = await put_question(b, uuid.uuid4(), [FIRST], **{field: "level_99"})
            assert str(refused).startswith("422"), (field, refused)
        trade = await put_question(b, uuid.uuid4(), [FIRST], benefit_line="2015:6-18-02-04/电焊工")
        assert isinstance(trade, dict), trade
        assert trade["outcome"] == "not_claimed"
