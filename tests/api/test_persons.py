"""Identity maintenance over HTTP: who a number is, another number, merge and unmerge by two officers."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.access.actor import Permission
from app.kernel.identifiers.citizen import check_digit_of
from app.kernel.identifiers.permanent_residence import check_digit_of_2017
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio

CASE = {"case_number": "测试案件0001"}
WHY = {"reason": "公安机关证明同一人先后使用两个号码", **CASE}
ANNA, BO = Trainee(serial=901), Trainee(serial=902)


def number_of(serial: int) -> str:
    return Trainee(serial=serial).number


async def officers(registry: Registry) -> tuple[Caller, Caller]:
    return await registry.officer(Permission.IDENTITY), await registry.officer(Permission.IDENTITY)


async def resolve(officer: Caller, number: str, **more: Any) -> httpx.Response:
    body = {"identity_number": number, "purpose": "identity_maintenance", **CASE, **more}
    return await officer.post("/v1/persons:resolve", json=body)


async def add(officer: Caller, person_id: UUID, number: str, **more: Any) -> httpx.Response:
    body = {"identity_number": number, "name": "测试学员", **WHY, **more}
    return await officer.post(f"/v1/persons/{person_id}/identifiers", json=body)


async def propose(officer: Caller, person_id: UUID, survivor_id: UUID, **more: Any) -> httpx.Response:
    body = {"person_id": str(person_id), "survivor_id": str(survivor_id), **WHY, **more}
    return await officer.post("/v1/person-merges", json=body)


async def decide(officer: Caller, alias_id: str, decision: str = "accepted") -> httpx.Response:
    body = {"decision": decision, "reason": "材料已核验"}
    return await officer.post(f"/v1/person-merges/{alias_id}:decide", json=body)


async def merge(maker: Caller, checker: Caller, person_id: UUID, survivor_id: UUID) -> str:
    proposed = await propose(maker, person_id, survivor_id)
    assert proposed.status_code == 201, proposed.text
    decided = await decide(checker, proposed.json()["alias_id"])
    assert decided.status_code == 200, decided.text
    assert decided.json()["state"] == "merged"
    return str(proposed.json()["alias_id"])


async def end(maker: Caller, checker: Caller, alias_id: str) -> httpx.Response:
    proposed = await maker.post(f"/v1/person-merges/{alias_id}:propose-end", json=WHY)
    assert proposed.json()["state"] == "end_proposed", proposed.text
    return await checker.post(f"/v1/person-merges/{alias_id}:confirm-end")


async def group(registry: Registry, person_id: UUID) -> set[UUID]:
    owner = await registry.owner()
    return {row[0] for row in await owner.fetch("SELECT person_group($1)", person_id)}


async def test_a_number_leads_to_its_person_and_the_look_is_shown(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    answer = await resolve(officer, ANNA.number, name="测试学员")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["person_id"], found["survivor_id"], found["is_alias"]) == (str(anna), str(anna), False)
    assert (found["masked_name"], found["name_matches"]) == ("测*", True)
    held = only(found["identifiers"])
    assert (held["kind"], held["kind_label"]) == ("citizen", "居民身份证")
    assert ANNA.number not in answer.text
    assert held["masked_number"].startswith("110")
    seen = (await (await registry.citizen(anna)).get("/v1/me/accesses")).json()["items"]
    assert [(look["subject"], look["purpose"], look["case_number"]) for look in seen] == [
        ("身份信息", "identity_maintenance", "测试案件0001")
    ]


async def test_a_name_is_compared_not_told(registry: Registry) -> None:
    officer, _ = await officers(registry)
    await lay_person(registry, ANNA)
    assert (await resolve(officer, ANNA.number, name="测试他人")).json()["name_matches"] is False
    assert (await resolve(officer, ANNA.number)).json()["name_matches"] is None


async def test_an_unknown_number_is_a_404_and_a_malformed_one_a_422(registry: Registry) -> None:
    officer, _ = await officers(registry)
    assert (await resolve(officer, number_of(950))).status_code == 404
    wrong = number_of(950)[:-1] + ("0" if number_of(950)[-1] != "0" else "1")
    answer = await resolve(officer, wrong)
    assert (answer.status_code, codes(answer)) == (422, ["identity_number_check_digit"])
    assert wrong not in answer.text


async def test_only_officers_of_identity_maintain_it(registry: Registry) -> None:
    anna, _ = await lay_person(registry, ANNA)
    for stranger in (await registry.officer(Permission.LOOKUP), await registry.citizen(anna)):
        assert (await resolve(stranger, ANNA.number)).status_code == 403
        assert (await stranger.get("/v1/person-merges")).status_code == 403
        assert (await propose(stranger, anna, anna)).status_code == 403


async def test_another_number_finds_the_same_person(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    registry.sandbox.register(social_security_number=number_of(960), name="测试学员", card_number="S00000960")
    old = only((await resolve(officer, ANNA.number)).json()["identifiers"])
    answer = await add(
        officer,
        anna,
        number_of(960),
        former={"identifier_id": old["identifier_id"], "end_kind": "replaced"},
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json()["is_new"], answer.json()["kind"]) == (True, "citizen")
    assert number_of(960) not in answer.text
    for number in (ANNA.number, number_of(960)):
        assert (await resolve(officer, number)).json()["person_id"] == str(anna)
    ends = {
        held["identifier_id"]: held["end_kind"]
        for held in (await resolve(officer, ANNA.number)).json()["identifiers"]
    }
    assert ends == {old["identifier_id"]: "replaced", answer.json()["identifier_id"]: None}
    owner = await registry.owner()
    assert await owner.fetchval(
        "SELECT count(*) FROM identity_check WHERE person_id = $1 AND outcome = 'matched'", anna
    ) == 2  # fmt: skip
    acts = await owner.fetch(
        "SELECT details FROM audit_event WHERE action = 'person:identifier_added' AND subject_id = $1",
        str(anna),
    )
    assert len(acts) == 1


async def test_a_number_recorded_by_mistake_becomes_free(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    registry.sandbox.register(social_security_number=number_of(961), name="测试学员", card_number="S00000961")
    old = only((await resolve(officer, ANNA.number)).json()["identifiers"])["identifier_id"]
    answer = await add(officer, anna, number_of(961), former={"identifier_id": old, "end_kind": "not_theirs"})
    assert answer.status_code == 201, answer.text
    assert (await resolve(officer, ANNA.number)).status_code == 404
    # Two people shared it: now the other one can be registered under it.
    other, _ = await lay_person(registry, ANNA)
    assert (await resolve(officer, ANNA.number)).json()["person_id"] == str(other) != str(anna)


async def test_fifteen_digits_are_the_same_number(registry: Registry) -> None:
    officer, _ = await officers(registry)
    eighteen = "11000019500101901" + check_digit_of("11000019500101901")
    assert eighteen == ANNA.number
    anna, _ = await lay_person(registry, ANNA)
    fifteen = eighteen[:6] + eighteen[8:17]
    assert (await resolve(officer, fifteen)).json()["person_id"] == str(anna)
    asked = registry.sandbox.stats("cardholder_base")
    answer = await add(officer, anna, fifteen)
    assert (answer.status_code, answer.json()["is_new"]) == (201, False)
    assert registry.sandbox.stats("cardholder_base") == asked
    assert len((await resolve(officer, eighteen)).json()["identifiers"]) == 1
    owner = await registry.owner()
    assert (
        await owner.fetchval("SELECT count(*) FROM audit_event WHERE action = 'person:identifier_added'") == 0
    )


async def test_cards_of_2017_and_2023_are_one_person(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    of_2017 = "KAZ11009501010" + "1"
    of_2017 = of_2017[:14] + check_digit_of_2017(of_2017[:14])
    seventeen = "91139819500101001"
    of_2023 = seventeen + check_digit_of(seventeen)
    for number in (of_2017, of_2023):
        registry.sandbox.register(social_security_number=number, name="测试学员", card_number="S00000962")
        assert (await add(officer, anna, number)).status_code == 201
    kinds = {held["kind"] for held in (await resolve(officer, of_2017)).json()["identifiers"]}
    assert kinds == {"citizen", "permanent_residence_2017", "permanent_residence_2023"}
    assert (await resolve(officer, of_2023)).json()["person_id"] == str(anna)


async def test_anothers_number_is_refused_and_never_merged_silently(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    bo, _ = await lay_person(registry, BO)
    answer = await add(officer, anna, BO.number)
    assert (answer.status_code, codes(answer)) == (409, ["identifier_belongs_to_another"])
    assert answer.json()["reasons"][0]["value"] == str(bo)
    assert await group(registry, anna) == {anna}


async def test_a_number_of_a_merged_person_is_known(registry: Registry) -> None:
    maker, checker = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    bo, _ = await lay_person(registry, BO)
    await merge(maker, checker, anna, bo)
    answer = await add(maker, anna, BO.number)
    assert (answer.status_code, answer.json()["is_new"]) == (201, False)
    assert answer.json()["person_id"] == str(bo)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("deceased", "identity_deceased"),
        ("card_canceled", "identity_card_canceled"),
        (None, "identity_unknown"),
    ],
)
async def test_a_number_the_base_does_not_match_is_not_stored(
    registry: Registry, state: str | None, code: str
) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    number = number_of({"deceased": 963, "card_canceled": 964, None: 965}[state])
    if state is not None:
        registry.sandbox.register(
            social_security_number=number, name="测试学员", card_number="S00000963", state=state
        )
    answer = await add(officer, anna, number)
    assert (answer.status_code, codes(answer)) == (409, [code])
    assert (await resolve(officer, number)).status_code == 404


async def test_without_the_base_nothing_is_stored(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    registry.sandbox.register(social_security_number=number_of(966), name="测试学员", card_number="S00000966")
    registry.sandbox.behave("cardholder_base", error_rate=1.0)
    try:
        answer = await add(officer, anna, number_of(966))
    finally:
        registry.sandbox.behave("cardholder_base")
    assert (answer.status_code, codes(answer)) == (503, ["identity_unavailable"])
    assert (await resolve(officer, number_of(966))).status_code == 404


async def test_another_name_and_a_strange_former_number_are_told_together(registry: Registry) -> None:
    officer, _ = await officers(registry)
    anna, _ = await lay_person(registry, ANNA)
    former = {"identifier_id": str(uuid4()), "end_kind": "replaced"}
    answer = await add(officer, anna, number_of(967), name="测试他人", former=former)
    assert (answer.status_code, codes(answer)) == (409, ["former_number_unknown", "name_differs_from_record"])
    assert (await add(officer, uuid4(), number_of(967))).status_code == 404
    told = await add(officer, anna, number_of(967), reason="原号码11010519491231002X有误")
    assert (told.status_code, codes(told)) == (422, ["text_holds_identity_number"])


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
    assert len(alone) == 1
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
    assert len(together) == 2
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
    assert await owner.fetchval("SELECT count(*) FROM record_entry") == 2


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
