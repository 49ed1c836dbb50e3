"""An officer and the archive by pages: found, corrected without anybody's request, tried against the rules."""

import re

import pytest

from app.access.actor import Permission
from tests.builders.claims import lay_claimant
from tests.builders.decided_claims import officer
from tests.builders.finished_class import lay_finished_class
from tests.builders.identity import ANNA
from tests.portals.form_client import FormClient
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

CASE = "京人社核〔2026〕0008"
CARRIED = {"_purpose": "record_correction", "_case_number": CASE}


async def at_work(registry: Registry, *permissions: Permission) -> FormClient:
    client = FormClient(registry)
    await client.sign_in(await officer(registry, *permissions))
    return client


async def test_a_wrong_entry_is_found_by_person_and_its_correction_proposed(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [ANNA])
    await registry.advance(hours=1)
    await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    client = await at_work(registry, Permission.REVIEW, Permission.LOOKUP)
    asked = {"purpose": "record_correction", "case_number": CASE}
    missed = await client.post(
        "/office/records/person", {**asked, "identity_number": ANNA.number}, of="/office/records"
    )
    assert (missed.status_code, "姓名：" in missed.text) == (422, True)
    found = await client.post(
        "/office/records/person",
        {**asked, "identity_number": ANNA.number, "name": ANNA.name},
        of="/office/records",
    )
    assert ANNA.number not in found.text
    numbers = re.findall(r'name="record_number" value="(R[0-9X-]+)"', found.text)
    assert len(numbers) == 2
    entry = await client.post(
        "/office/records/read", {**asked, "record_number": numbers[0]}, of="/office/records"
    )
    assert "提出更正或撤销" in entry.text
    correct = f"/office/records/{numbers[0]}/correct"
    unsaid = await client.post(correct, {**CARRIED, "kind": "revoke"}, of="/office/records")
    assert (unsaid.status_code, "提出更正或撤销" in unsaid.text) == (422, True)
    proposed = await client.post(
        correct, {**CARRIED, "kind": "revoke", "reason": "同一班次重复归档"}, of="/office/records"
    )
    assert proposed.headers["location"] == "/office/record-corrections"
    assert numbers[0] in (await client.get("/office/record-corrections")).text


async def test_who_only_reviews_reads_one_entry_of_the_area_to_correct_it(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    client = await at_work(registry, Permission.REVIEW)
    page = await client.get("/office/records")
    assert "/office/records/person" not in page.text
    asked = {"case_number": CASE, "record_number": claimant.record_number}
    own = await client.post(
        "/office/records/read", {**asked, "purpose": "record_correction"}, of="/office/records"
    )
    assert own.status_code == 200
    other = await client.post(
        "/office/records/read", {**asked, "purpose": "inspection"}, of="/office/records"
    )
    assert (other.status_code, "不在您可以查看的范围" in other.text) == (409, True)


async def test_what_would_be_decided_is_tried_without_a_claim(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    client = await at_work(registry, Permission.REVIEW)
    asked = {"record_number": claimant.record_number, "kind": "skill_upgrade", "payee_kind": "person"}
    refused = await client.post("/office/claims/trial", asked)
    assert (refused.status_code, "案件编号" in refused.text) == (422, True)
    tried = await client.post("/office/claims/trial", {**asked, "case_number": CASE})
    assert tried.status_code == 200
    assert "依据：" in tried.text
    assert "试算不产生申领" in tried.text
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM claim") == 0
    assert await owner.fetchval("SELECT count(*) FROM access_event WHERE case_number = $1", CASE) >= 1


async def test_a_certificate_is_registered_for_somebody_and_found(registry: Registry) -> None:
    await lay_finished_class(registry, [ANNA])
    client = await at_work(registry, Permission.REVIEW, Permission.LOOKUP)
    asked = {"purpose": "subsidy_review", "case_number": CASE, "identity_number": ANNA.number}
    shown = {
        "certificate.kind": "skill_level",
        "certificate.certificate_number": "S000011999999265900001",
        "certificate.body_name": "示例评价机构",
        "certificate.issued_on": "2026-05-11",
    }
    path = "/office/certificates/new"
    stranger = await client.post(path, {**asked, **shown, "name": "别人"})
    assert (stranger.status_code, "没有查到此人，或姓名不符" in stranger.text) == (409, True)
    done = await client.post(path, {**asked, **shown, "name": ANNA.name})
    assert re.fullmatch("/office/certificates/[0-9a-f-]{36}", done.headers["location"])
    owner = await registry.owner()
    stored = await owner.fetchrow("SELECT source, skill_level FROM certificate WHERE kind = 'skill_level'")
    assert tuple(stored) == ("agency", "none")
    found = await client.post("/office/certificates/find", {**asked, "name": ANNA.name})
    assert done.headers["location"] in found.text
    assert "S000011999999265900001" not in found.text


async def test_a_claim_leads_to_its_export_for_whoever_may_export(registry: Registry) -> None:
    claim_id = "0198c0de-7f00-7000-8000-00000000abcd"
    client = await at_work(registry, Permission.REVIEW, Permission.AUDIT)
    assert f'value="{claim_id}"' in (await client.get(f"/office/audit?claim_id={claim_id}")).text
