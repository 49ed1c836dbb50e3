"""Advances: capped by policy, three persons, instructed by the worker, worked off by benefits, the rest returned."""

import asyncio
from typing import Any

import pytest

from app.access.actor import Permission
from app.jobs.payments import run_payments
from app.jobs.sealing import run_sealing
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class
from tests.builders.payments import Paying, granted, lay_institution_account, lay_paying
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio


async def lay_class(
    registry: Registry, training_type: str = "project_based", trainees: int = 2
) -> FinishedClass:
    laid = await lay_finished_class(registry, [Trainee(serial=931 + place) for place in range(trainees)])
    owner = await registry.owner()
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("UPDATE training_program_version SET training_type = $1", training_type)
    await owner.execute("SET session_replication_role = DEFAULT")
    return laid


async def propose(paying: Paying, laid: FinishedClass, by: Caller | None = None, **more: Any) -> Any:
    body = {"opening_id": str(laid.opening_id), "budget_id": str(paying.budget_id), **more}
    return await (by or paying.reviewer).post("/v1/advances", json=body)


async def test_an_advance_is_capped_paid_by_three_and_its_rest_returned(registry: Registry) -> None:
    paying = await lay_paying(registry, 0)
    laid = await lay_class(registry)
    too_much = await propose(paying, laid, amount_fen=10_000_000)
    assert codes(too_much) == ["advance_over_share"]
    assert "30%" in too_much.json()["reasons"][0]["message"]
    proposed = await propose(paying, laid)
    assert proposed.status_code == 201, proposed.text
    shown = proposed.json()
    assert shown["amount_fen"] == shown["base_fen"] * shown["share_bp"] // 10_000 > 0
    assert codes(await propose(paying, laid)) == ["advance_exists"]
    path = f"/v1/advances/{shown['advance_id']}"
    assert codes(await paying.payer.post(f"{path}:order")) == ["advance_not_in_order"]
    assert (await paying.approver.post(f"{path}:approve")).json()["state"] == "approved"
    assert codes(await paying.approver.post(f"{path}:approve")) == ["advance_not_in_order"]
    assert (await paying.payer.post(f"{path}:order")).json()["state"] == "ordered"
    await run_payments(registry.house)
    assert (await paying.payer.get(path)).json()["state"] == "ordered"
    await lay_institution_account(registry, laid.institution_id)
    await registry.advance(minutes=6)
    await run_sealing(registry.house)
    await run_payments(registry.house)
    assert (await laid.operator.get(path)).json()["state"] == "settled"
    assert codes(await paying.payer.post(f"{path}:cancel")) == ["advance_money_under_way"]
    back = {"amount_fen": shown["amount_fen"] - 1, "evidence": "退款回单1号", "happened_on": "2026-03-02"}
    returned = await paying.payer.post(f"{path}/returns", json=back)
    assert (returned.status_code, returned.json()["remaining_fen"]) == (201, 1)
    assert codes(await paying.payer.post(f"{path}/returns", json={**back, "amount_fen": 2})) == [
        "return_exceeds_advance"
    ]
    done = await paying.payer.post(f"{path}/returns", json={**back, "amount_fen": 1})
    assert done.json()["state"] == "worked_off"
    assert (await paying.budget())["available_fen"] == (await paying.budget())["allotted_fen"]
    owner = await registry.owner()
    assert not await owner.fetch("SELECT * FROM ledger_differences()")


async def test_only_what_the_text_foresees_is_paid_in_advance_and_by_different_persons(
    registry: Registry,
) -> None:
    paying = await lay_paying(registry, 0)
    laid = await lay_class(registry, "key_group", trainees=1)
    refused = await propose(paying, laid)
    assert codes(refused) == ["advance_not_foreseen"]
    assert refused.json()["reasons"][0]["citation"] == {
        "document": "国办发〔2019〕24号", "clause": "四(十二)", "note": None,
    }  # fmt: skip
    owner = await registry.owner()
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("UPDATE training_program_version SET training_type = 'project_based'")
    await owner.execute("SET session_replication_role = DEFAULT")
    all_three = await granted(registry, Permission.REVIEW, Permission.APPROVAL, Permission.PAYMENT)
    made = (await propose(paying, laid, by=all_three)).json()
    path = f"/v1/advances/{made['advance_id']}"
    assert codes(await all_three.post(f"{path}:approve")) == ["advance_three_persons"]
    await paying.approver.post(f"{path}:approve")
    assert codes(await all_three.post(f"{path}:order")) == ["advance_three_persons"]
    stranger = await granted(registry, Permission.PAYMENT, division_code="310000")
    assert (await stranger.post(f"{path}:cancel")).status_code == 404
    assert (await paying.payer.post(f"{path}:cancel")).json()["state"] == "canceled"
    assert (await propose(paying, laid)).status_code == 201


async def test_a_trainee_is_paid_in_person_or_in_advance_and_never_both(registry: Registry) -> None:
    """Who claimed before the advance is counted out of it; who claims after it is told that the class is prepaid."""
    paying = await lay_paying(registry, 0)
    laid = await lay_class(registry, trainees=3)
    assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
    owner = await registry.owner()
    numbers = dict(
        await owner.fetch("SELECT person_id, record_number FROM record_entry WHERE kind = 'completion'")
    )

    citizens = [await registry.citizen(person_id) for person_id in laid.persons]

    async def claim(place: int) -> Any:
        body = {"record_number": numbers[laid.persons[place]], "kind": "training"}
        return await citizens[place].post("/v1/me/claims", json=body)

    assert (await claim(0)).status_code == 201
    made = (await propose(paying, laid)).json()
    assert made["base_fen"] == 2 * 100_000
    refused = await claim(1)
    assert (refused.status_code, codes(refused)) == (409, ["class_prepaid"])
    assert refused.json()["reasons"][0]["remedy"]
    assert await owner.fetchval("SELECT count(*) FROM benefit_key WHERE released_at IS NULL") == 1
    batch = {"kind": "training", "payee_kind": "institution", "opening_id": str(laid.opening_id)}
    lines = (await laid.operator.post("/v1/claim-batches", json=batch)).json()["lines"]
    assert sorted(line["reason"]["code"] if line["reason"] else "" for line in lines) == [
        "",
        "",
        "benefit_already_held",
    ]
    for line in lines:
        if line["claim_id"]:
            done = f"/v1/claims/{line['claim_id']}:withdraw"
            assert (await laid.operator.post(done, json={"reason": "由学员本人申领"})).status_code == 200
    assert codes(await claim(1)) == ["class_prepaid"]
    assert (await paying.payer.post(f"/v1/advances/{made['advance_id']}:cancel")).status_code == 200
    assert (await claim(1)).status_code == 201


async def test_an_advance_and_a_claim_in_person_wait_for_each_other(registry: Registry) -> None:
    """Whichever comes second sees the first: the claim is refused, or the advance counts it out."""
    paying = await lay_paying(registry, 0)
    laid = await lay_class(registry, trainees=1)
    assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
    owner = await registry.owner()
    number = await owner.fetchval("SELECT record_number FROM record_entry WHERE kind = 'completion'")
    citizen = await registry.citizen(laid.persons[0])
    body = {"record_number": number, "kind": "training"}
    claimed, proposed = await asyncio.gather(citizen.post("/v1/me/claims", json=body), propose(paying, laid))
    assert {claimed.status_code, proposed.status_code} == {201, 409}
    assert codes(claimed if claimed.status_code == 409 else proposed) in (
        ["class_prepaid"],
        ["advance_nothing_expected"],
    )
