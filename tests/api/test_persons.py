"""Identity maintenance over HTTP: who a number is, and another number of a person."""

from uuid import uuid4

import pytest

from app.access.actor import Permission
from app.kernel.identifiers.citizen import check_digit_of
from app.kernel.identifiers.permanent_residence import check_digit_of_2017
from tests.builders.finished_class import lay_person
from tests.builders.identity import ANNA, BO, add, group, merge, number_of, officers, propose, resolve
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


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
    # The look is rolled back with the refusal, so the answer must not tell whose number it is; resolving does.
    assert str(bo) not in answer.text
    assert not await (await registry.owner()).fetchval(
        "SELECT count(*) FROM access_event WHERE person_id = $1", bo
    )
    assert (await resolve(officer, BO.number)).json()["person_id"] == str(bo)
    assert await (await registry.owner()).fetchval(
        "SELECT count(*) FROM access_event WHERE person_id = $1", bo
    )
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
