"""Institutions go against decisions on their own claims, within the period, and follow what comes of it."""

from typing import Any
from uuid import UUID

import pytest

from tests.api.test_claim_batches import batch, class_with_records
from tests.builders.certificates import closed_class
from tests.builders.claims import lay_office
from tests.builders.finished_class import Trainee
from tests.portals.form_client import FormClient
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio


async def appealed(caller: Caller, claim_id: str, grounds: str = "本班在目录内，见附表") -> Any:
    """Ask the agency to look at it again."""
    body = {"channel": "review", "grounds": grounds}
    return await caller.post(f"/v1/claims/{claim_id}/appeals", json=body)


async def test_an_institution_appeals_for_its_own_claims_within_the_period(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    first, second = (line["claim_id"] for line in (await batch(laid, record_numbers=numbers)).json()["lines"])
    office = await lay_office(registry)
    early = await appealed(laid.operator, first)
    assert (early.status_code, codes(early)) == (409, ["claim_step_in_order"])
    for claim_id in (first, second):
        grounds = {"grounds": ["no_such_policy"], "explanation": "不在目录内"}
        assert (await office.step(claim_id, "decline", **grounds)).status_code == 200
    other = await closed_class(registry, (Trainee(serial=916),))
    assert (await appealed(other.operator, first)).status_code == 404
    assert (await other.operator.get(f"/v1/claims/{first}/appeals")).status_code == 404

    filed = await appealed(laid.operator, first)
    assert filed.status_code == 201, filed.text
    assert codes(await appealed(laid.operator, first)) == ["appeal_already_open"]
    path = f"/v1/claims/{first}/appeals"
    decided = await (await lay_office(registry)).approver.post(
        f"{path}/{filed.json()['appeal_id']}:decide", json={"outcome": "upheld", "reason": "目录不含本职业"}
    )
    assert decided.status_code == 200, decided.text
    seen = only((await laid.operator.get(path)).json()["items"])
    assert (seen["is_ours"], seen["outcome"], seen["outcome_reason"]) == (True, "upheld", "目录不含本职业")

    owner = await registry.owner()
    person_id = await owner.fetchval("SELECT person_id FROM claim WHERE claim_id = $1", UUID(first))
    citizen = await registry.citizen(person_id)
    own = {"channel": "review", "grounds": "本人情况：已退休"}
    assert (await citizen.post(f"/v1/me/claims/{first}/appeals", json=own)).status_code == 201
    theirs = (await laid.operator.get(path)).json()["items"][-1]
    assert (theirs["is_ours"], theirs["grounds"], theirs["outcome_reason"]) == (False, None, None)

    await registry.advance(days=75)
    late = await appealed(laid.operator, second)
    assert (late.status_code, codes(late)) == (409, ["appeal_too_late"])


async def test_each_side_goes_against_a_refusal_whatever_the_other_has_filed(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    claim_id = only((await batch(laid, record_numbers=numbers[:1])).json()["lines"])["claim_id"]
    await (await lay_office(registry)).steps(claim_id, "accept", "review", "refuse")
    owner = await registry.owner()
    person_id = await owner.fetchval("SELECT person_id FROM claim WHERE claim_id = $1", UUID(claim_id))
    citizen = await registry.citizen(person_id)
    assert (await appealed(laid.operator, claim_id)).status_code == 201

    browser = FormClient(registry)
    await browser.sign_in(citizen)
    page = (await browser.get(f"/my/claims/{claim_id}")).text
    assert "机构提出" in page
    assert f"/my/claims/{claim_id}/appeal" in page
    own = {"channel": "review", "grounds": "本人情况：已退休"}
    filed = await citizen.post(f"/v1/me/claims/{claim_id}/appeals", json=own)
    assert filed.status_code == 201, filed.text
    twice = await citizen.post(f"/v1/me/claims/{claim_id}/appeals", json=own)
    assert (twice.status_code, codes(twice)) == (409, ["appeal_already_open"])
    assert "您的申诉正在办理" in (await browser.get(f"/my/claims/{claim_id}")).text

    verdict = {"outcome": "decide_again", "reason": "退休时间核对有误"}
    path = f"/v1/claims/{claim_id}/appeals"
    decided = await (await lay_office(registry)).approver.post(
        f"{path}/{filed.json()['appeal_id']}:decide", json=verdict
    )
    assert decided.status_code == 200, decided.text
    ours, theirs = (await laid.operator.get(path)).json()["items"]
    assert (ours["outcome"], theirs["outcome"]) == ("decide_again", "decide_again")
    assert "退休" not in ours["outcome_reason"], "what was written to the person is the person's"
