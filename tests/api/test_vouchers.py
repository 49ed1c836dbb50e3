"""Vouchers: issued to known persons line by line, seen by their holder, voided once, expired by the job."""

from typing import Any

import pytest

from app.access.actor import Permission
from app.jobs.vouchers import run_voucher_expiry
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.builders.payments import granted
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio

LINE = "2015:6-18-02-04"


async def issue(payer: Caller, *holders: Trainee, **more: Any) -> Any:
    body = {
        "division_code": "110105",
        "amount_fen": 120_000,
        "document_number": "测试券2026-1",
        "holders": [{"identity_number": each.number, "name": each.name} for each in holders],
        **more,
    }
    return await payer.post("/v1/vouchers", json=body)


async def test_vouchers_go_to_known_persons_and_each_line_says_why_not(registry: Registry) -> None:
    payer = await granted(registry, Permission.PAYMENT)
    known = Trainee(serial=921)
    person_id, _ = await lay_person(registry, known)
    answered = await issue(payer, known, Trainee(serial=922), Trainee(serial=921, name="别人"), known)
    assert answered.status_code == 201, answered.text
    assert [line["outcome"] for line in answered.json()["lines"]] == [
        "issued", "person_unknown", "name_differs", "voucher_held",
    ]  # fmt: skip
    assert answered.json()["lines"][3]["reason"]["line"] == 4
    citizen = await registry.citizen(person_id)
    (own,) = (await citizen.get("/v1/me/vouchers")).json()["items"]
    assert (own["state"], own["amount_fen"], own["benefit_line"]) == ("valid", 120_000, None)
    accesses = (await citizen.get("/v1/me/accesses")).json()["items"]
    assert {each["purpose"] for each in accesses} == {"subsidy_review"}
    operator = (await lay_finished_class(registry, [Trainee(serial=923)])).operator
    seen = await operator.get(f"/v1/voucher-numbers/{own['voucher_number']}")
    assert seen.json()["voucher_id"] == own["voucher_id"]
    assert (await operator.get("/v1/voucher-numbers/V110000-2026-99999999")).status_code == 404


async def test_face_and_validity_keep_within_the_policy(registry: Registry) -> None:
    payer = await granted(registry, Permission.PAYMENT)
    refused = await issue(payer, Trainee(serial=924), amount_fen=99_000_000, valid_until="2199-01-01")
    assert codes(refused) == ["voucher_face_too_high", "voucher_validity_out_of_range"]
    assert (await issue(payer, Trainee(serial=924), division_code="310000")).status_code == 404
    malformed = Trainee(serial=924).number[:-1] + "?"
    body_codes = await payer.post(
        "/v1/vouchers",
        json={
            "division_code": "110105",
            "amount_fen": 1,
            "document_number": "测试券2026-1",
            "holders": [{"identity_number": malformed, "name": "测试学员"}],
        },
    )
    assert body_codes.status_code == 422
    assert malformed not in body_codes.text
    await lay_person(registry, Trainee(serial=925))
    unknown = await issue(payer, Trainee(serial=925), benefit_line="2015:9-99-99-99")
    assert codes(unknown) == ["benefit_line_unknown"]


async def test_a_voucher_is_voided_once_and_expires_by_itself(registry: Registry) -> None:
    payer = await granted(registry, Permission.PAYMENT)
    people = [Trainee(serial=serial) for serial in (926, 927, 928)]
    for person in people:
        await lay_person(registry, person)
    issued = (await issue(payer, *people, benefit_line=LINE)).json()["lines"]
    voided, expiring, _ = (f"/v1/vouchers/{line['voucher_id']}" for line in issued)
    done = await payer.post(f"{voided}:void", json={"reason": "本人放弃"})
    assert (done.status_code, done.json()["state"]) == (200, "voided")
    assert codes(await payer.post(f"{voided}:void", json={"reason": "再来"})) == ["voucher_ended"]
    stranger = await granted(registry, Permission.PAYMENT, division_code="310000")
    assert (await stranger.post(f"{expiring}:void", json={"reason": "外区"})).status_code == 404
    assert await run_voucher_expiry(registry.house) == 0
    await registry.advance(days=400)
    assert await run_voucher_expiry(registry.house) == 2
    states = [each["state"] for each in (await payer.get("/v1/vouchers")).json()["items"]]
    assert sorted(states) == ["expired", "expired", "voided"]
