"""Persons who become one hold each other's keys and places; what both enjoyed stops payment until it is decided."""

from uuid import UUID

import asyncpg
import pytest

from app.access.actor import Permission
from app.jobs.payments import run_payments
from tests.builders.earlier import LINE, lay_earlier
from tests.builders.finished_class import Trainee, lay_person
from tests.builders.identity import end, merge, officers
from tests.builders.payments import granted, lay_paying
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio
OTHER_LINE = "2015:4-10-01-02"


async def persons(registry: Registry, count: int = 2) -> list[UUID]:
    return [(await lay_person(registry, Trainee(serial=940 + each)))[0] for each in range(count)]


async def live_keys(registry: Registry, person_id: UUID) -> dict[UUID | None, asyncpg.Record]:
    """Live keys of a person by the key they were copied from (None: an own one)."""
    rows = await (await registry.owner()).fetch(
        "SELECT * FROM benefit_key WHERE person_id = $1 AND released_at IS NULL", person_id
    )
    return {row["copied_from_key"]: row for row in rows}


async def places(registry: Registry, person_id: UUID, year: int = 2018) -> list[int]:
    rows = await (await registry.owner()).fetch(
        "SELECT nth FROM benefit_slot WHERE person_id = $1 AND scope = $2 AND released_at IS NULL ORDER BY nth",
        person_id,
        str(year),
    )
    return [row["nth"] for row in rows]


async def collisions(registry: Registry) -> list[asyncpg.Record]:
    return await (await registry.owner()).fetch("SELECT * FROM merge_collision ORDER BY collision_id")


async def is_held(registry: Registry, person_id: UUID) -> bool:
    return await (await registry.owner()).fetchval("SELECT claim_is_held($1, $1)", person_id)


async def test_each_gets_the_others_keys_and_places_naming_their_origin(registry: Registry) -> None:
    anna, bo = await persons(registry)
    ours, theirs = await lay_earlier(registry, anna), await lay_earlier(registry, bo, line=OTHER_LINE)
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, bo)
    for person, origin_person, origin in ((bo, anna, ours), (anna, bo, theirs)):
        copy = (await live_keys(registry, person))[origin]
        assert (copy["origin"], copy["copied_from_person"]) == ("merged", origin_person)
        assert await places(registry, person) == [1, 2], "two of three in that year, whoever is asked"
    assert await collisions(registry) == []
    assert not await is_held(registry, anna)


async def test_the_same_benefit_of_both_stops_payment_until_an_officer_decides(registry: Registry) -> None:
    anna, bo = await persons(registry)
    ours, theirs = await lay_earlier(registry, anna), await lay_earlier(registry, bo, year=2019)
    maker, checker = await officers(registry)
    alias = await merge(maker, checker, anna, bo)
    found = only(await collisions(registry))
    assert (found["person_id"], found["key_id"]) == (bo, theirs)
    assert (found["other_person_id"], found["other_key_id"], str(found["alias_id"])) == (anna, ours, alias)
    assert await is_held(registry, anna)
    assert await is_held(registry, bo)
    far = await granted(registry, Permission.PAYMENT, division_code="310000")
    assert (await far.get("/v1/merge-collisions")).json()["items"] == []
    payer = await granted(registry, Permission.PAYMENT)
    shown = only((await payer.get("/v1/merge-collisions?is_open=true")).json()["items"])
    assert {shown["one"]["on"], shown["other"]["on"]} == {"2018-06-01", "2019-06-01"}
    assert (shown["benefit_line"], shown["one"]["kind"], shown["one"]["is_earlier"]) == (
        LINE,
        "skill_upgrade",
        True,
    )
    path = f"/v1/merge-collisions/{found['collision_id']}:decide"
    verdict = {"decision": "recovered", "reason": "重复部分已退回专账"}
    assert (await far.post(path, json=verdict)).status_code == 404
    ungranted = await registry.officer(Permission.PAYMENT)
    assert (await ungranted.post(path, json=verdict)).status_code == 404
    assert (await payer.post(path, json=verdict)).status_code == 200
    assert codes(await payer.post(path, json=verdict)) == ["collision_already_decided"]
    assert not await is_held(registry, anna)
    assert (await payer.get("/v1/merge-collisions?is_open=true")).json()["items"] == []


async def test_no_decision_lets_the_same_benefit_be_paid_twice(registry: Registry) -> None:
    paying = await lay_paying(registry, 2)
    maker, checker = await officers(registry)
    await merge(maker, checker, *paying.claims)
    found = only(await collisions(registry))
    path = f"/v1/merge-collisions/{found['collision_id']}:decide"
    for decision in ("no_double_benefit", "recovered"):
        verdict = {"decision": decision, "reason": "经核对无误"}
        assert codes(await paying.payer.post(path, json=verdict)) == ["collision_claim_under_way"]
    withdrawn = f"/v1/claims/{paying.claims[0]}:withdraw"
    assert (await paying.reviewer.post(withdrawn, json={"reason": "重复申领"})).status_code == 200
    verdict = {"decision": "no_double_benefit", "reason": "重复的一件已撤回"}
    assert (await paying.payer.post(path, json=verdict)).status_code == 200
    await paying.order([paying.claims[1]])
    await run_payments(registry.house)
    assert await paying.states() == ["withdrawn", "paid"]


async def test_what_was_paid_twice_is_recovered_only_by_a_recovery(registry: Registry) -> None:
    paying = await lay_paying(registry, 2)
    await paying.order()
    await run_payments(registry.house)
    maker, checker = await officers(registry)
    await merge(maker, checker, *paying.claims)
    path = f"/v1/merge-collisions/{only(await collisions(registry))['collision_id']}:decide"
    verdict = {"decision": "recovered", "reason": "已追回"}
    assert codes(await paying.payer.post(path, json=verdict)) == ["collision_without_recovery"]
    order = {"claim_id": str(paying.claims[0]), "cause": "double_benefit", "reason": "以两个身份重复享受"}
    assert (await paying.approver.post("/v1/recoveries", json=order)).status_code == 201
    assert (await paying.payer.post(path, json=verdict)).status_code == 200


async def test_more_than_the_cap_together_is_a_collision_too(registry: Registry) -> None:
    anna, bo = await persons(registry)
    await lay_earlier(registry, anna, cap=1)
    await lay_earlier(registry, bo, line=OTHER_LINE, cap=1)
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, bo)
    assert len(await collisions(registry)) == 2, "seen from either"
    assert await is_held(registry, anna)
    assert await places(registry, anna) == await places(registry, bo) == [1]


async def test_parting_gives_back_the_copies_and_nothing_else(registry: Registry) -> None:
    anna, bo = await persons(registry)
    await lay_earlier(registry, anna)
    await lay_earlier(registry, bo)
    await lay_earlier(registry, bo, line=OTHER_LINE, place=2)
    maker, checker = await officers(registry)
    for _ in range(2):  # and once more: what was parted can be merged again
        alias = await merge(maker, checker, anna, bo)
        assert len(await live_keys(registry, anna)) == 2
        assert await is_held(registry, bo)
        ended = await end(maker, checker, alias)
        assert ended.json()["state"] == "ended", ended.text
        assert list(await live_keys(registry, anna)) == [None]
        assert (await places(registry, anna), await places(registry, bo)) == ([1], [1, 2])
        assert not await is_held(registry, anna)
    assert {row["decision"] for row in await collisions(registry)} == {"no_double_benefit"}


async def test_a_third_identity_shares_with_all(registry: Registry) -> None:
    anna, bo, cai = await persons(registry, 3)
    ours = await lay_earlier(registry, anna)
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, bo)
    second = await merge(maker, checker, cai, anna)
    assert (await live_keys(registry, cai))[ours]["copied_from_person"] == anna
    late = await lay_earlier(registry, cai, line=OTHER_LINE, place=2)
    await end(maker, checker, second)
    third = await merge(maker, checker, cai, anna)
    assert late in await live_keys(registry, anna)
    assert late in await live_keys(registry, bo)
    assert await places(registry, bo) == [1, 2]
    await end(maker, checker, third)
    assert list(await live_keys(registry, bo)) == [ours]


async def test_keys_given_back_before_are_not_copied(registry: Registry) -> None:
    anna, bo = await persons(registry)
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin, released_at,"
        " release_reason)"
        " VALUES ($1, 'training_or_upgrade', $2, 'level_4', 'life', 'claim', registry_now(), 'refused')",
        anna,
        LINE,
    )
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, bo)
    assert await live_keys(registry, bo) == {}
