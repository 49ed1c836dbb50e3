"""A citizen signs in with the code a device shows: in time, in the right room, and not by guessing."""

import pytest

from tests.builders.attendance import (
    Lesson,
    lay_open_class,
    registered_source,
)
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def test_a_citizen_signs_in_with_the_code_of_the_room(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    citizen = await registry.citizen(laid.persons[0])
    await laid.go_to(1)
    shown = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()
    body = {"code": shown["code"], "kind": "sign_in"}
    signed = await citizen.post("/v1/me/check-ins", json=body)
    assert signed.json() == {
        "session_id": str(laid.sessions[0]),
        "kind": "sign_in",
        "result": "accepted",
    }, signed.text
    assert (await citizen.post("/v1/me/check-ins", json=body)).json()["result"] == "repeated"
    await laid.go_to(80)
    assert (await citizen.post("/v1/me/check-ins", json=body)).status_code == 409, (
        "an old code is worth nothing"
    )
    shown = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()
    left = await citizen.post(
        "/v1/me/check-ins",
        json={"code": shown["code"], "kind": "sign_out", "session_id": str(laid.sessions[0])},
    )
    assert left.json()["result"] == "accepted", left.text
    assert only(await laid.presences())["credited_minutes"] >= 78
    owner = await registry.owner()
    senders = await owner.fetch("SELECT DISTINCT source_id FROM attendance_event")
    assert only(senders)["source_id"] == device.actor.principal_id, (
        "the device is the source, not the citizen"
    )


async def test_wrong_codes_are_counted_and_paced(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    citizen = await registry.citizen(laid.persons[0])
    await laid.go_to(1)
    shown = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()["code"]
    wrong = f"{(int(shown) + 1) % 10**8:08}"
    for _ in range(5):
        answer = await citizen.post("/v1/me/check-ins", json={"code": wrong, "kind": "sign_in"})
        assert answer.status_code == 409
        assert codes(answer) == ["check_in_code_wrong"]
    paced = await citizen.post("/v1/me/check-ins", json={"code": shown, "kind": "sign_in"})
    assert paced.status_code == 429
    assert int(paced.headers["retry-after"]) > 0
    await registry.advance(minutes=11)
    fresh = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()["code"]
    assert (
        await citizen.post("/v1/me/check-ins", json={"code": fresh, "kind": "sign_in"})
    ).status_code == 200


async def test_a_code_serves_only_trainees_and_only_devices_of_the_institution(registry: Registry) -> None:
    laid, other = await lay_open_class(registry), await lay_open_class(registry)
    device = await registered_source(registry, laid)
    foreign_device = await registered_source(registry, other)
    platform = await registered_source(registry, laid, kind="platform", name="线上平台")
    address = f"/v1/source/sessions/{laid.sessions[0]}/code"
    assert (await foreign_device.get(address)).status_code == 404
    assert (await platform.get(address)).status_code == 403
    await laid.go_to(1)
    code = (await device.get(address)).json()["code"]
    outsider = await registry.citizen(
        (await lay_open_class(registry, lessons=(Lesson(begins=9000),))).persons[0]
    )
    refused = await outsider.post(
        "/v1/me/check-ins", json={"code": code, "kind": "sign_in", "session_id": str(laid.sessions[0])}
    )
    assert codes(refused) == ["no_session_now"]
