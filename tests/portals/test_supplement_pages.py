"""补正 with papers on the pages: chosen with the answer or before it, nothing typed is lost, officers find them."""

import re

import pytest

from tests.api.test_claim_batches import batch, class_with_records
from tests.api.test_claim_papers import PDF, PNG, asked_claimant
from tests.builders.claims import lay_office
from tests.portals.form_client import FormClient
from tests.registry_server import Registry, only

pytestmark = pytest.mark.anyio


async def client(registry: Registry, caller: object) -> FormClient:
    """A browser in which somebody is signed in."""
    browser = FormClient(registry)
    await browser.sign_in(caller)  # type: ignore[arg-type]
    return browser


async def test_a_citizen_hands_in_papers_first_and_answers_later(registry: Registry) -> None:
    claimant, office, claim_id, _ = await asked_claimant(registry)
    browser, path = await client(registry, claimant.citizen), f"/my/claims/{claim_id}/supplement"
    nothing = await browser.post(path, {"_upload": "1"})
    assert nothing.status_code == 422
    assert "没有选择文件" in nothing.text
    fields = {"answers.0": "合同见照片", "_upload": "1"}
    two = [("files", ("合同.pdf", PDF)), ("files", ("坏.exe", b"MZ"))]
    mixed = await browser.post(path, fields, files=two)
    assert mixed.status_code == 422
    assert "第2个文件：" in mixed.text
    assert "合同.pdf" in mixed.text
    assert "合同见照片" in mixed.text
    sent = await browser.post(path, fields, files=[("files", ("第二页.png", PNG))])
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    form = await browser.get(path)
    assert "合同见照片" in form.text
    assert form.text.index("合同.pdf") < form.text.index("第二页.png")
    removing = re.findall(rf"/my/claims/{claim_id}/papers/[0-9a-f-]+/remove", form.text)
    assert (await browser.post(removing[1], {}, of=path)).status_code == 303
    assert "第二页.png" not in (await browser.get(path)).text

    answered = await browser.post(path, {"answers.0": "合同见照片"})
    assert answered.headers["location"] == f"/my/claims/{claim_id}"
    shown = await browser.get(f"/my/claims/{claim_id}")
    assert "您提交的材料" in shown.text
    paper = re.findall(rf"/my/claims/{claim_id}/papers/[0-9a-f-]+", shown.text)[0]
    assert (await browser.get(paper)).content == PDF

    desk = await client(registry, office.reviewer)
    seen = await desk.get(f"/office/claims/{claim_id}")
    assert "合同.pdf" in seen.text
    assert "本人提交" in seen.text
    assert (await desk.get(paper.replace("/my/", "/office/"))).content == PDF


async def test_an_institution_answers_with_its_papers_in_one_go(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    claim_id = only((await batch(laid, record_numbers=numbers[:1])).json()["lines"])["claim_id"]
    office = await lay_office(registry)
    asked = {"items": ["请补充收费票据", "请补充收费标准"]}
    assert (await office.step(claim_id, "request-supplement", **asked)).status_code == 200
    browser, path = await client(registry, laid.operator), f"/institution/claims/{claim_id}/supplement"
    one = await browser.post(path, {"answers.0": "见票据"}, files=[("files", ("票据.pdf", PDF))])
    assert one.status_code == 422
    assert "还有1项没有答复" in one.text
    assert "票据.pdf" in one.text
    whole = {"answers.0": "见票据", "answers.1": "已公示"}
    assert (await browser.post(path, whole)).headers["location"] == f"/institution/claims/{claim_id}"
    shown = (await browser.get(f"/institution/claims/{claim_id}")).text
    assert "本机构提交的材料" in shown
    late = await browser.post(path, whole, files=[("files", ("迟.png", PNG))])
    assert late.status_code == 422
    assert "现在没有等待补正" in late.text
