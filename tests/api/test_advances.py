"""Advances: capped by policy, three persons, instructed by the worker, worked off by benefits, the rest returned."""

from typing import Any

import pytest

from app.access.actor import Permission
from app.jobs.payments import run_payments
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
