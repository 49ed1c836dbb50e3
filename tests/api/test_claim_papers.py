"""Papers with an answer: handed in while it is waited for, sealed, each side's own, opened by officers with a trace."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api.test_claim_batches import batch, class_with_records
from tests.builders.claims import Claimant, lay_claimant, lay_office
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7\n" + b"contract " * 9
PNG = b"\x89PNG\r\n\x1a\n" + b"page " * 9
ASKED = {"items": ["请补充劳动合同"]}
ANSWER = {"answers": ["已上传劳动合同"]}


async def hand_in(caller: Caller, base: str, name: str = "劳动合同.pdf", data: bytes = PDF) -> httpx.Response:
    """One paper."""
    return await caller.post(f"{base}/papers", files={"file": (name, data)})


async def asked_claimant(registry: Registry) -> tuple[Claimant, Any, str, str]:
    """Somebody whose claim waits for an answer; the office, the claim's id, and its address."""
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    claim_id = await claimant.submitted()
    assert (await office.step(claim_id, "request-supplement", **ASKED)).status_code == 200
    return claimant, office, claim_id, f"/v1/me/claims/{claim_id}"


async def test_papers_go_with_the_answer_and_officers_open_them_with_a_trace(registry: Registry) -> None:
    claimant, office, claim_id, base = await asked_claimant(registry)
    first = await hand_in(claimant.citizen, base)
    assert first.status_code == 201, first.text
    paper = first.json()
    assert (paper["file_name"], paper["media_type"]) == ("劳动合同.pdf", "application/pdf")
    again = await hand_in(claimant.citizen, base, "又一份.pdf")
    assert again.json()["paper_id"] == paper["paper_id"]
    wrong = (await hand_in(claimant.citizen, base, "别人的.png", PNG)).json()["paper_id"]
    assert (await claimant.citizen.request("DELETE", f"{base}/papers/{wrong}")).status_code == 204
    assert (await claimant.citizen.get(f"{base}/papers/{wrong}")).status_code == 404
    opening = f"/v1/claims/{claim_id}/papers/{paper['paper_id']}:read"
    assert (await office.reviewer.post(opening)).status_code == 404, "uploaded is not handed in yet"
    case = {"case_number": "测试案件0001"}
    assert (await office.reviewer.post(f"/v1/claims/{claim_id}:read", json=case)).json()["papers"] == []
    numbered = await hand_in(claimant.citizen, base, "110105194910010018.png", PNG)
    assert (numbered.status_code, codes(numbered)) == (409, ["file_name_has_number"])
    unknown = await hand_in(claimant.citizen, base, "a.exe", b"MZ" + PNG)
    assert (unknown.status_code, codes(unknown)) == (422, ["document_kind_not_accepted"])

    answered = await claimant.citizen.post(f"{base}:answer-supplement", json=ANSWER)
    assert answered.status_code == 200, answered.text
    late = await hand_in(claimant.citizen, base, "迟到.png", PNG)
    assert (late.status_code, codes(late)) == (409, ["paper_not_now"])
    kept = await claimant.citizen.request("DELETE", f"{base}/papers/{paper['paper_id']}")
    assert (kept.status_code, codes(kept)) == (409, ["paper_not_now"])
    own = await claimant.citizen.get(f"{base}/papers/{paper['paper_id']}")
    assert own.content == PDF
    assert "attachment" in own.headers["content-disposition"]

    read = await office.reviewer.post(f"/v1/claims/{claim_id}:read", json=case)
    assert [each["paper_id"] for each in read.json()["papers"]] == [paper["paper_id"]]
    before = (await claimant.citizen.get("/v1/me/accesses")).json()["items"]
    opened = await office.reviewer.post(opening)
    assert opened.content == PDF
    after = (await claimant.citizen.get("/v1/me/accesses")).json()["items"]
    assert len(after) == len(before) + 1
    gone = await office.reviewer.post(f"/v1/claims/{claim_id}/papers/{wrong}:read")
    assert gone.status_code == 404


async def test_nothing_of_a_paper_lies_open(registry: Registry) -> None:
    claimant, _, claim_id, base = await asked_claimant(registry)
    paper_id = (await hand_in(claimant.citizen, base)).json()["paper_id"]
    folder = Path(registry.house.settings.object_store_url.removeprefix("file://"))
    assert PDF[:20] not in (folder / "claim" / claim_id / paper_id).read_bytes()
    owner = await registry.owner()
    sealed = await owner.fetchval(
        "SELECT file_name_sealed FROM claim_paper WHERE paper_id = $1", UUID(paper_id)
    )
    assert "劳动合同".encode() not in sealed


async def test_each_side_sees_its_own_papers_and_strangers_none(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    claim_id = only((await batch(laid, record_numbers=numbers[:1])).json()["lines"])["claim_id"]
    office = await lay_office(registry)
    assert (await office.step(claim_id, "request-supplement", **ASKED)).status_code == 200
    owner = await registry.owner()
    person_id = await owner.fetchval("SELECT person_id FROM claim WHERE claim_id = $1", UUID(claim_id))
    citizen = await registry.citizen(person_id)
    ours, theirs = f"/v1/claims/{claim_id}", f"/v1/me/claims/{claim_id}"
    of_school = (await hand_in(laid.operator, ours, "收费票据.png", PNG)).json()["paper_id"]
    of_person = (await hand_in(citizen, theirs)).json()["paper_id"]
    for caller, base, own, other in (
        (laid.operator, ours, of_school, of_person),
        (citizen, theirs, of_person, of_school),
    ):
        listed = (await caller.get(f"{base}/papers")).json()["items"]
        assert [each["paper_id"] for each in listed] == [own]
        assert (await caller.get(f"{base}/papers/{own}")).status_code == 200
        assert (await caller.get(f"{base}/papers/{other}")).status_code == 404
        assert (await caller.request("DELETE", f"{base}/papers/{other}")).status_code == 404
    stranger = await lay_claimant(registry)
    assert (await hand_in(stranger.citizen, theirs)).status_code == 404
    assert (await laid.operator.post(f"{ours}:answer-supplement", json=ANSWER)).status_code == 200
    read = await office.reviewer.post(f"/v1/claims/{claim_id}:read", json={"case_number": "测试案件0001"})
    kinds = [each["uploader_kind"] for each in read.json()["papers"]]
    assert kinds == ["institution_operator", "citizen"]
