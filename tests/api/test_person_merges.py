"""Merge and unmerge by two officers over HTTP: records are read together, no row moves, and they part again."""

from uuid import uuid4

import pytest

from app.access.actor import Permission
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.builders.identity import ANNA, BO, CASE, WHY, decide, end, group, merge, officers, propose, resolve
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio


async def look_up(officer: Caller, number: str) -> list[str]:
    subject = {"identity_number": number, "name": "测试学员"}
    body = {"purpose": "subsidy_review", **CASE, "subjects": [subject]}
    answer = (await officer.post("/v1/records:lookup", json=body)).json()["items"][0]
    return [entry["record_number"] for entry in answer["entries"]]


async def test_merged_records_are_read_together_and_part_again(registry: Registry) -> None:
    maker, checker = await officers(registry)
    reader = await registry.officer(Permission.LOOKUP)
    first = await lay_finished_class(registry, [ANNA])
    second = await lay_finished_class(registry, [BO])
    owner = await registry.owner()
    await registry.advance(hours=1)
    for laid in (first, second):
        assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
    anna, bo = first.persons[0], second.persons[0]
    citizen = await registry.citizen(anna)

    async def own_record() -> set[str]:
        return {each["record_number"] for each in (await citizen.get("/v1/me/record")).json()["entries"]}

    alone = await own_record()
    assert len(alone) == 2
    proposed = (await propose(maker, anna, bo)).json()
    assert [each["kind"] for each in proposed["collisions"]] == ["presence"]
    assert await own_record() == alone
    decided = (await decide(checker, proposed["alias_id"])).json()
    collision = only(decided["collisions"])
    assert {collision["opening_id"], collision["other_opening_id"]} == {
        str(first.opening_id),
        str(second.opening_id),
    }
    together = await own_record()
    assert len(together) == 4
    assert together > alone
    for number in (ANNA.number, BO.number):
        assert set(await look_up(reader, number)) == together
    assert (await resolve(maker, ANNA.number)).json()["survivor_id"] == str(bo)
    details = await owner.fetchval(
        "SELECT details->'collisions'->0->>'kind' FROM audit_event WHERE action = 'person:merged'"
    )
    assert details == "presence"
    assert (
        await owner.fetchval("SELECT count(*) FROM outbox_message WHERE topic = 'person.merge_collided'") == 1
    )
    ended = await end(maker, checker, proposed["alias_id"])
    assert ended.json()["state"] == "ended", ended.text
    assert await own_record() == alone
    assert set(await look_up(reader, BO.number)) == together - alone
    assert await owner.fetchval("SELECT count(*) FROM record_entry") == 4


async def test_two_completions_of_one_class_collide(registry: Registry) -> None:
    maker, checker = await officers(registry)
    laid = await lay_finished_class(registry, [ANNA, BO])
    await registry.advance(hours=1)
    await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    proposed = (await propose(maker, *laid.persons)).json()
    assert [each["kind"] for each in proposed["collisions"]] == ["completion", "presence"]
    assert proposed["collisions"][0]["record_number"].startswith("R")
    assert (await decide(checker, proposed["alias_id"])).status_code == 200
    # Both citizens see that an officer looked at what they did.
    for person in laid.persons:
        seen = (await (await registry.citizen(person)).get("/v1/me/accesses")).json()["items"]
        assert {look["subject"] for look in seen} == {"身份信息"}


async def test_maker_is_not_checker(registry: Registry) -> None:
    maker, checker = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    bo, _ = await lay_person(registry, BO)
    alias_id = (await propose(maker, anna, bo)).json()["alias_id"]
    own = await decide(maker, alias_id)
    assert (own.status_code, codes(own)) == (409, ["second_person_required"])
    assert await group(registry, anna) == {anna}
    assert (await decide(checker, alias_id)).status_code == 200
    again = await decide(checker, alias_id)
    assert codes(again) == ["merge_already_decided"]
    await maker.post(f"/v1/person-merges/{alias_id}:propose-end", json=WHY)
    own_end = await maker.post(f"/v1/person-merges/{alias_id}:confirm-end")
    assert codes(own_end) == ["second_person_required"]
    assert await group(registry, anna) == {anna, bo}


async def test_a_refused_proposal_frees_the_person(registry: Registry) -> None:
    maker, checker = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    bo, _ = await lay_person(registry, BO)
    alias_id = (await propose(maker, anna, bo)).json()["alias_id"]
    assert codes(await propose(maker, anna, bo)) == ["merge_already_proposed"]
    assert (await decide(checker, alias_id, "refused")).json()["state"] == "refused"
    assert await group(registry, anna) == {anna}
    await merge(maker, checker, anna, bo)
    states = [each["state"] for each in (await maker.get("/v1/person-merges")).json()["items"]]
    assert states == ["merged", "refused"]


async def test_an_ended_merge_can_be_made_again(registry: Registry) -> None:
    maker, checker = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    bo, _ = await lay_person(registry, BO)
    alias_id = await merge(maker, checker, anna, bo)
    assert (await end(maker, checker, alias_id)).status_code == 200
    assert codes(await maker.post(f"/v1/person-merges/{alias_id}:propose-end", json=WHY)) == [
        "merge_not_in_force"
    ]
    await merge(maker, checker, bo, anna)
    assert await group(registry, bo) == {anna, bo}


async def test_chains_resolve_to_the_root(registry: Registry) -> None:
    maker, checker = await officers(registry)
    anna, bo, chen, dai = [(await lay_person(registry, Trainee(serial=901 + n)))[0] for n in range(4)]
    first = await merge(maker, checker, anna, bo)
    await merge(maker, checker, bo, chen)
    # Named after an alias, a merge points at whom the alias is read as.
    pointed = (await propose(maker, dai, anna)).json()
    assert pointed["survivor_id"] == str(chen)
    await decide(checker, pointed["alias_id"])
    assert await group(registry, anna) == {anna, bo, chen, dai}
    assert codes(await propose(maker, anna, chen)) == ["persons_already_one"]
    assert codes(await propose(maker, chen, anna)) == ["persons_already_one"]
    eve, _ = await lay_person(registry, Trainee(serial=909))
    assert codes(await propose(maker, anna, eve)) == ["person_already_merged"]
    await end(maker, checker, first)
    assert await group(registry, anna) == {anna}
    assert await group(registry, dai) == {bo, chen, dai}


async def test_a_merge_needs_two_known_persons(registry: Registry) -> None:
    maker, checker = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    answer = await propose(maker, anna, uuid4())
    assert (answer.status_code, codes(answer)) == (409, ["person_unknown"])
    assert codes(await propose(maker, anna, anna)) == ["merge_with_oneself"]
    for step, body in (("decide", {"decision": "accepted", "reason": "材料已核验"}), ("propose-end", WHY)):
        assert (await checker.post(f"/v1/person-merges/{uuid4()}:{step}", json=body)).status_code == 404
    assert (await checker.post(f"/v1/person-merges/{uuid4()}:confirm-end")).status_code == 404


async def test_the_list_names_nobody_and_pages(registry: Registry) -> None:
    maker, checker = await officers(registry)
    people = [(await lay_person(registry, Trainee(serial=910 + n)))[0] for n in range(4)]
    ids = [(await propose(maker, people[n], people[3])).json()["alias_id"] for n in range(3)]
    page = (await maker.get("/v1/person-merges", params={"limit": 2})).json()
    rest = (await checker.get("/v1/person-merges", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [each["alias_id"] for each in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert [each["is_own_proposal"] for each in page["items"] + rest["items"]] == [True, True, False]
    assert "测" not in str([{**each, "case_number": ""} for each in page["items"]])
