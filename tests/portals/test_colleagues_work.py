"""Two colleagues at one draft: nobody replaces unseen what the other has saved. And addresses that nothing can have."""

import re

import pytest

from app.access.actor import Permission
from app.portals.institution.meanwhile import Difference, differences
from app.web.pages.typed import Typed
from tests.builders.decided_claims import officer
from tests.builders.listings import lay_employer
from tests.builders.openings import Opening, draft_opening
from tests.portals.form_client import FormClient, signed_in
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio
_LABELS = {"venue": "地点", "items.*.kind": "类别", "items.*.title": "名称"}
_WORDS = {"items.*.kind": {"textbook": "教材", "": "未选"}}


def test_differences_are_told_by_field_in_words() -> None:
    saved = Typed.from_values({"venue": "一号楼", "items.0.kind": "textbook", "items.0.title": "甲"})
    typed = Typed([("venue", "二号楼"), ("items.0.title", "甲"), ("items.1.title", "乙"), ("_version", "1")])
    assert differences(saved, typed, labels=_LABELS, words=_WORDS) == (
        Difference("地点", "一号楼", "二号楼"),
        Difference("第1项类别", "教材", "未选"),
        Difference("第2项名称", "", "乙"),
    )
    assert differences(saved, saved, labels=_LABELS, words=_WORDS) == ()


async def drafted(registry: Registry) -> tuple[Opening, FormClient, str]:
    made = await draft_opening(registry)
    return made, await signed_in(registry, made.operator), f"/institution/openings/{made.opening_id}"


def version_in(text: str) -> str:
    found = re.search(r'name="_version" value="([0-9]+)"', text)
    assert found is not None
    return found[1]


async def test_what_a_colleague_saved_is_shown_before_it_is_replaced(registry: Registry) -> None:
    made, client, base = await drafted(registry)
    opened = (await client.get(f"{base}/basics")).text
    mine = {"_version": version_in(opened), "name": "我的班名", "venue": "二号楼201教室"}
    assert (await made.patch(venue="五号楼501教室")).status_code == 200
    refused = await client.post(f"{base}/basics", mine)
    assert refused.status_code == 412
    rows = re.findall(r"<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>", refused.text)
    assert ("培训地点", "五号楼501教室", "二号楼201教室") in rows
    again = {**mine, "_version": version_in(refused.text)}
    assert (await client.post(f"{base}/basics", again)).status_code == 303
    assert (await made.show())["venue"] == "二号楼201教室"


async def test_more_rows_and_other_mistakes_keep_the_version_a_form_was_opened_on(
    registry: Registry,
) -> None:
    made, client, base = await drafted(registry)
    teacher = {
        "teachers.0.name": "王样",
        "teachers.0.qualification": "高级技师",
        "teachers.0.subject": "照护",
    }
    opened = version_in((await client.get(f"{base}/teachers")).text)
    assert (await made.patch(venue="五号楼501教室")).status_code == 200
    mine = {**teacher, "_version": opened}
    more = await client.post(f"{base}/teachers", {**mine, "_more": "1"})
    assert version_in(more.text) == opened
    faulty = await client.post(f"{base}/teachers", {**mine, "teachers.0.subject": ""})
    assert (faulty.status_code, version_in(faulty.text)) == (422, opened)
    refused = await client.post(f"{base}/teachers", mine)
    assert (refused.status_code, version_in(refused.text)) == (412, str(made.version))
    assert "第1项教师姓名" in refused.text


async def test_another_areas_institution_is_only_designated_for_the_own_area(registry: Registry) -> None:
    made, _, _ = await drafted(registry)
    address = f"/office/directory/{made.directory.institution_id}"
    near = await signed_in(registry, await officer(registry, Permission.DIRECTORY, division_code="110105"))
    far = await signed_in(registry, await officer(registry, Permission.DIRECTORY, division_code="310000"))
    offered = {
        name: set(re.findall(rf'(?:action|href)="{address}/([a-z/]+)"', (await client.get(address)).text))
        for name, client in (("near", near), ("far", far))
    }
    assert {"suspend", "withdraw", "qualifications", "accounts", "designations"} <= offered["near"]
    assert offered["far"] == {"designations"}
    assert (await far.get(f"{address}/accounts")).status_code == 404


async def test_an_address_nothing_can_have_is_not_found(registry: Registry) -> None:
    made, client, _ = await drafted(registry)
    for path in ("/institution/openings/no-id", f"/institution/openings/{made.opening_id}/parts/nothing"):
        missing = await client.get(path)
        assert (missing.status_code, "填写内容有误" in missing.text) == (404, False)
    assert (await made.operator.get("/v1/openings/no-id")).status_code == 422


async def test_the_year_of_an_apprenticeship_is_chosen_in_words(registry: Registry) -> None:
    employer = await signed_in(registry, await lay_employer(registry))
    place = "/institution/claims/listings"
    fields = {"kind": "apprenticeship_year", "division_code": "110105"}
    asked = (await employer.get(f"{place}/new")).text
    assert '<option value="year-1">第1个培养年度</option>' in asked
    for year, is_missing in (("", True), ("year-1", False)):
        refused = await employer.post(place, {**fields, "_year": year}, of=f"{place}/new")
        assert (refused.status_code, "所属期间：缺少必填项" in refused.text) == (422, is_missing)
