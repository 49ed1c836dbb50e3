"""Claims of a whole class and steps for many claims: every line with its own answer, none stopping another."""

from typing import Any

import pytest

from app.access.actor import Permission
from app.jobs.sealing import run_sealing
from tests.builders.certificates import closed_class
from tests.builders.claims import DIVISION, lay_claimant, lay_office
from tests.builders.finished_class import FinishedClass, Trainee
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

TWO = (Trainee(serial=911), Trainee(serial=912))


async def class_with_records(registry: Registry) -> tuple[FinishedClass, list[str]]:
    """A closed class of two whose entries are sealed, and their record numbers."""
    laid = await closed_class(registry, TWO)
    await run_sealing(registry.house)
    owner = await registry.owner()
    numbers = await owner.fetch(
        "SELECT record_number FROM record_entry WHERE opening_id = $1 AND kind = 'completion' ORDER BY 1",
        laid.opening_id,
    )
    return laid, [row["record_number"] for row in numbers]


async def batch(laid: FinishedClass, **changes: Any) -> Any:
    """Claim 职业培训补贴 for the institution."""
    body = {"kind": "training", "payee_kind": "institution", **changes}
    return await laid.operator.post("/v1/claim-batches", json=body)


async def test_a_class_is_claimed_for_line_by_line_and_once(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    answer = await batch(laid, record_numbers=[numbers[0], "R110105-2026-99999999-X", numbers[1], numbers[0]])
    assert answer.status_code == 201, answer.text
    out = answer.json()
    assert (out["submitted"], out["refused"]) == (2, 2)
    assert [line["line"] for line in out["lines"]] == [1, 2, 3, 4]
    assert [line["reason"] and line["reason"]["code"] for line in out["lines"]] == [
        None,
        "entry_unknown",
        None,
        "benefit_already_held",
    ]
    assert all(line["reason"]["remedy"] for line in out["lines"] if line["reason"])
    assert out["lines"][0]["claim_number"].startswith(f"S{DIVISION}-")
    whole = (await batch(laid, opening_id=str(laid.opening_id))).json()
    assert {line["reason"]["code"] for line in whole["lines"]} == {"benefit_already_held"}
    listed = (await laid.operator.get("/v1/claims", params={"batch_id": out["batch_id"]})).json()["items"]
    assert {item["record_number"] for item in listed} == set(numbers)


async def test_only_who_the_kind_names_is_paid_and_only_own_entries_are_claimed(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    wrong_payee = await batch(laid, kind="skill_upgrade", record_numbers=numbers)
    assert {line["reason"]["code"] for line in wrong_payee.json()["lines"]} == {"payee_not_allowed"}
    wrong_kind = await batch(laid, kind="living_allowance", payee_kind="person", record_numbers=numbers)
    assert {line["reason"]["code"] for line in wrong_kind.json()["lines"]} == {"entry_of_other_kind"}
    other = await closed_class(registry, (Trainee(serial=913),))
    strange = await batch(other, record_numbers=numbers)
    assert {line["reason"]["code"] for line in strange.json()["lines"]} == {"entry_unknown"}
    voucher = await batch(laid, record_numbers=numbers, voucher_id="00000000-0000-7000-8000-00000000dead")
    assert (voucher.status_code, codes(voucher)) == (422, ["voucher_for_one_person"])
    unclear = await batch(laid)
    assert (unclear.status_code, codes(unclear)) == (422, ["batch_subject_unclear"])


async def test_an_institution_learns_codes_and_clauses_of_its_own_claims_only(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    claim_id = only((await batch(laid, record_numbers=numbers[:1])).json()["lines"])["claim_id"]
    office = await lay_office(registry)
    declined = await office.step(
        claim_id, "decline", grounds=["no_such_policy"], explanation="本人已按月领取养老金"
    )
    assert declined.status_code == 200, declined.text
    seen = await laid.operator.get(f"/v1/claims/{claim_id}/notices")
    notice = only(seen.json()["notices"])
    assert [reason["code"] for reason in notice["reasons"]] == ["no_such_policy"]
    assert "养老金" not in seen.text
    other = await closed_class(registry, (Trainee(serial=914),))
    assert (await other.operator.get(f"/v1/claims/{claim_id}/notices")).status_code == 404
    assert (await other.operator.get("/v1/claims")).json()["items"] == []
    withdraw = f"/v1/claims/{claim_id}:withdraw"
    assert (await other.operator.post(withdraw, json={"reason": "不是我的"})).status_code == 404


async def test_an_institution_withdraws_and_answers_for_its_own(registry: Registry) -> None:
    laid, numbers = await class_with_records(registry)
    claim_id = only((await batch(laid, record_numbers=numbers[:1])).json()["lines"])["claim_id"]
    office = await lay_office(registry)
    asked = await office.step(claim_id, "request-supplement", items=["请补充收费票据"])
    assert asked.status_code == 200, asked.text
    answered = await laid.operator.post(
        f"/v1/claims/{claim_id}:answer-supplement", json={"answers": ["票据已上传"]}
    )
    assert answered.json() == {"claim_id": claim_id, "state": "submitted"}
    done = await laid.operator.post(f"/v1/claims/{claim_id}:withdraw", json={"reason": "由学员本人申领"})
    assert done.json()["state"] == "withdrawn"


async def test_a_training_claim_waits_for_what_an_officer_must_see_and_not_for_what_a_platform_said(
    registry: Registry,
) -> None:
    laid, numbers = await class_with_records(registry)
    office = await lay_office(registry)
    claim_id = only((await batch(laid, record_numbers=numbers[:1])).json()["lines"])["claim_id"]
    await office.steps(claim_id, "accept")
    attested = [
        {
            "fact": "key_group",
            "subject": "registered_unemployed",
            "value": True,
            "evidence": "失业登记证明",
            "dated_on": "2020-01-01",
        },
        {"fact": "contract", "value": True, "evidence": "劳动合同"},
    ]
    wrong = await office.step(claim_id, "review", attested=attested)
    assert (wrong.status_code, codes(wrong)) == (422, ["attested_fact_invalid"])
    assert only(wrong.json()["reasons"])["field"] == "attested.1.fact"
    undecided = await office.step(claim_id, "review")
    assert undecided.status_code in {200, 409}


async def test_steps_for_many_claims_answer_line_by_line(registry: Registry) -> None:
    office = await lay_office(registry)
    claims = []
    for _ in range(2):
        claimant = await lay_claimant(registry)
        await claimant.account()
        claims.append(await claimant.submitted())
    elsewhere = "00000000-0000-7000-8000-00000000dead"
    lines = [
        {"claim_id": claims[0], "version": 1},
        {"claim_id": elsewhere},
        {"claim_id": claims[1], "version": 9},
    ]
    accepted = await office.reviewer.post("/v1/claims:step-batch", json={"step": "accept", "claims": lines})
    assert accepted.status_code == 200, accepted.text
    out = accepted.json()
    assert (out["done"], out["refused"]) == (1, 2)
    assert [[reason["code"] for reason in line["reasons"]] for line in out["lines"]] == [
        [],
        ["not_found"],
        ["claim_changed"],
    ]
    assert out["lines"][0]["notice_number"].startswith("N")
    both = [{"claim_id": claim_id} for claim_id in claims]
    await office.reviewer.post("/v1/claims:step-batch", json={"step": "accept", "claims": both})
    reviewed = await office.reviewer.post("/v1/claims:step-batch", json={"step": "review", "claims": both})
    assert reviewed.json()["done"] == 2, reviewed.text
    assert all(line["amount_fen"] > 0 for line in reviewed.json()["lines"])
    not_theirs = await office.reviewer.post("/v1/claims:step-batch", json={"step": "approve", "claims": both})
    assert {codes_of(line) for line in not_theirs.json()["lines"]} == {"claim_approval_second_person"}
    approved = await office.approver.post(
        "/v1/claims:step-batch", json={"step": "approve", "claims": [*both, *both]}
    )
    assert (approved.json()["done"], approved.json()["refused"]) == (2, 2)
    audit = await registry.officer(Permission.APPROVAL)
    ungranted = await audit.post("/v1/claims:step-batch", json={"step": "refuse", "claims": both})
    assert ungranted.json()["done"] == 0


def codes_of(line: dict[str, Any]) -> str:
    """The one reason of a line."""
    return only(line["reasons"])["code"]
