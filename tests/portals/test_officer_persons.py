"""Officers who keep identities, by pages alone: who a number is, another number, two numbers that are one person."""

import re

import pytest

from app.access.actor import Permission
from tests.builders.decided_claims import officer
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.builders.identity import ANNA, BO, group
from tests.portals.form_client import FormClient
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

CASE = "京人社核〔2026〕0007"
LOOK = {"purpose": "identity_maintenance", "case_number": CASE}
CARRIED = {"_purpose": "identity_maintenance", "_case_number": CASE}
WHY = "公安机关证明同一人先后使用两个号码"


async def at_work(registry: Registry, *permissions: Permission) -> FormClient:
    client = FormClient(registry)
    await client.sign_in(await officer(registry, *permissions))
    return client


async def test_a_merge_is_seen_whole_before_each_of_its_four_steps(registry: Registry) -> None:
    """Found, compared, proposed, accepted by another, ended by two again; the texts say what happens."""
    laid = await lay_finished_class(registry, [ANNA, BO])
    await registry.advance(hours=1)
    await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    anna, bo = laid.persons
    maker, checker = [await at_work(registry, Permission.IDENTITY) for _ in range(2)]
    found = await maker.post("/office/persons", {**LOOK, "identity_number": ANNA.number, "name": "别人"})
    assert "所填姓名与核验过的姓名不一致" in found.text
    assert ANNA.number not in found.text
    base = f"/office/persons/{anna}"
    unknown = await maker.post(
        f"{base}/merge", {**CARRIED, "identity_number": Trainee(serial=499).number}, of="/office/persons"
    )
    assert (unknown.status_code, "没有登记过这个号码" in unknown.text) == (409, True)
    beside = await maker.post(
        f"{base}/merge", {**CARRIED, "identity_number": BO.number}, of="/office/persons"
    )
    assert "不可能同属一人的事实" in beside.text
    assert beside.text.count("档案（2）") == 2
    nothing_said = await maker.post(f"{base}/merge/{bo}", CARRIED, of="/office/persons")
    assert nothing_said.status_code == 422
    proposed = await maker.post(
        f"{base}/merge/{bo}", {**CARRIED, "keep": "other", "reason": WHY}, of="/office/persons"
    )
    merge = proposed.headers["location"]
    assert "由您提出" in (await maker.get(merge)).text
    assert (await maker.get("/office")).text.count("人员合并或解除待复核") == 1
    sides = await checker.post(merge, {})
    assert WHY in sides.text
    assert "同意后，4条档案" in sides.text
    own = await maker.post(
        f"{merge}/decide", {**CARRIED, "decision": "accepted", "reason": WHY}, of="/office/persons"
    )
    assert (own.status_code, "提出的人不能自己确认" in own.text) == (409, True)
    assert await group(registry, anna) == {anna}
    for case_number in ("", "案", "京人社\u202e核", "京人社核\0"):
        forged = {"_case_number": case_number, "decision": "neither"}
        again = await checker.post(f"{merge}/decide", forged, of="/office/persons")
        assert (again.status_code, WHY in again.text) == (422, False), "no look for no case"
    decided = await checker.post(
        f"{merge}/decide", {**CARRIED, "decision": "accepted", "reason": "材料已核验"}, of="/office/persons"
    )
    assert decided.headers["location"] == merge
    assert await group(registry, anna) == {anna, bo}
    assert "没有等待复核的合并" in (await maker.get("/office/persons/merges")).text
    apart = await maker.post(merge, {"case_number": CASE})
    assert apart.text.count("档案（2）") == 2, "each side alone, though they are read as one"
    await maker.post(f"{merge}/propose-end", {**CARRIED, "reason": "经核查为两人"}, of="/office/persons")
    assert "经核查为两人" in (await checker.post(merge, {})).text
    await checker.post(f"{merge}/confirm-end", CARRIED, of="/office/persons")
    assert await group(registry, anna) == {anna}
    ended = await checker.get(merge)
    assert "确认解除，两个编号各自查询" in ended.text
    assert "查看双方" not in ended.text


async def test_each_look_before_a_merge_is_shown_to_both(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [ANNA, BO])
    anna, bo = laid.persons
    client = await at_work(registry, Permission.IDENTITY)
    await client.post(
        f"/office/persons/{anna}/merge", {**CARRIED, "identity_number": BO.number}, of="/office/persons"
    )
    for person in (anna, bo):
        seen = (await (await registry.citizen(person)).get("/v1/me/accesses")).json()["items"]
        assert {each["case_number"] for each in seen} == {CASE}


async def test_another_number_is_added_and_the_former_ended(registry: Registry) -> None:
    person, _ = await lay_person(registry, ANNA)
    replacement = Trainee(serial=733)
    registry.sandbox.register(social_security_number=replacement.number, name=ANNA.name, state="normal")
    client = await at_work(registry, Permission.IDENTITY)
    found = await client.post("/office/persons", {**LOOK, "identity_number": ANNA.number})
    (identifier,) = re.findall(r'<option value="([0-9a-f-]{36})"', found.text)
    filled = {
        **CARRIED,
        "identity_number": replacement.number,
        "name": ANNA.name,
        "former.identifier_id": identifier,
        "former.end_kind": "replaced",
    }
    refused = await client.post(f"/office/persons/{person}/identifiers", filled, of="/office/persons")
    assert (refused.status_code, "理由" in refused.text) == (422, True)
    added = await client.post(
        f"/office/persons/{person}/identifiers", {**filled, "reason": "公安机关更正"}, of="/office/persons"
    )
    assert added.headers["location"] == "/office/persons"
    again = await client.post("/office/persons", {**LOOK, "identity_number": replacement.number})
    assert "已换号，仍能查到本人" in again.text


@pytest.mark.parametrize("permission", [Permission.REVIEW, Permission.LOOKUP, Permission.PAYMENT])
async def test_identities_are_kept_by_those_who_may(registry: Registry, permission: Permission) -> None:
    client = await at_work(registry, permission)
    for path in ("/office/persons", "/office/persons/merges"):
        assert (await client.get(path)).status_code == 403
    assert ("/office/persons" in (await client.get("/office")).text) is (permission is Permission.PAYMENT)
