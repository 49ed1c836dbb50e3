"""Devices and platforms: proposed by an institution, registered and ended by an officer, senders of attendance."""

import hashlib

import pytest

from app.access.actor import Permission
from app.kernel.clock import law_date
from tests.builders.attendance import (
    DIVISION,
    lay_institution,
    lay_open_class,
    registered_source,
    results,
    send,
)
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def test_a_registered_source_gets_a_credential_that_is_stored_as_a_digest(registry: Registry) -> None:
    operator = await registry.operator(await lay_institution(registry))
    proposed = await operator.post(
        "/v1/attendance-source-proposals", json={"kind": "device", "name": "一号机"}
    )
    officer = await registry.officer(Permission.FILING, division_code="110000")
    address = f"/v1/attendance-source-proposals/{proposed.json()['proposal_id']}:register"
    registered = await officer.post(address)
    assert registered.status_code == 201, registered.text
    body = registered.json()
    owner = await registry.owner()
    stored = await owner.fetchrow("SELECT * FROM client_credential WHERE client_id = $1", body["client_id"])
    assert stored["secret_digest"] == hashlib.sha256(body["client_secret"].encode()).digest()
    assert str(stored["principal_id"]) == body["source"]["source_id"]
    assert len(body["client_secret"]) == 43, "256 random bits"
    kept = await owner.fetchval(
        "SELECT count(*) FROM idempotency_key WHERE convert_from(body, 'UTF8') LIKE $1",
        f"%{body['client_secret']}%",
    )
    assert kept == 0, "the secret is not kept by idempotency either"
    again = await officer.post(address)
    assert again.status_code == 409
    assert codes(again) == ["source_already_registered"]
    listed = await operator.get("/v1/attendance-source-proposals")
    assert only(listed.json()["items"])["source_id"] == body["source"]["source_id"]
    assert [each["name"] for each in (await officer.get("/v1/attendance-sources")).json()["items"]] == [
        "一号机"
    ]


async def test_a_name_is_used_once_while_it_lives(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    source = await registered_source(registry, laid)
    taken = await laid.operator.post(
        "/v1/attendance-source-proposals", json={"kind": "platform", "name": "一号教室考勤机"}
    )
    assert codes(taken) == ["source_name_taken"]
    officer = await registry.officer(Permission.FILING, division_code=DIVISION)
    ended = await officer.post(
        f"/v1/attendance-sources/{source.actor.principal_id}:revoke", json={"reason": "设备报废"}
    )
    assert ended.json()["revoked_at"] is not None
    assert (
        await laid.operator.post(
            "/v1/attendance-source-proposals", json={"kind": "device", "name": "一号教室考勤机"}
        )
    ).status_code == 201


async def test_strangers_see_and_end_nothing(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    source = await registered_source(registry, laid)
    elsewhere = await registry.officer(Permission.FILING, division_code="320100")
    other = await registry.operator(await lay_institution(registry))
    assert (await elsewhere.get("/v1/attendance-sources")).json()["items"] == []
    assert (await other.get("/v1/attendance-sources")).json()["items"] == []
    assert (await other.get("/v1/attendance-source-proposals")).json()["items"] == []
    stopped = await elsewhere.post(
        f"/v1/attendance-sources/{source.actor.principal_id}:revoke", json={"reason": "越权试探"}
    )
    assert stopped.status_code == 404
    proposed = await laid.operator.post(
        "/v1/attendance-source-proposals", json={"kind": "device", "name": "二号机"}
    )
    foreign = await elsewhere.post(
        f"/v1/attendance-source-proposals/{proposed.json()['proposal_id']}:register"
    )
    assert foreign.status_code == 404


async def test_a_revoked_source_sends_nothing_more_and_what_it_sent_stays(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    source = await registered_source(registry, laid)
    await laid.go_to(10)
    assert results(await send(source, laid.event("e1", "sign_in", 1))) == ["accepted"]
    officer = await registry.officer(Permission.FILING, division_code=DIVISION)
    address = f"/v1/attendance-sources/{source.actor.principal_id}:revoke"
    assert (await officer.post(address, json={"reason": "核实不符"})).status_code == 200
    again = await officer.post(address, json={"reason": "再停一次"})
    assert codes(again) == ["source_already_revoked"]
    refused = await source.post("/v1/attendance-events", json={"events": [laid.event("e2", "sign_out", 9)]})
    assert refused.status_code == 409
    assert codes(refused) == ["source_revoked"]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM attendance_event") == 1


async def test_institutions_officers_and_citizens_cannot_write_attendance(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    body = {"events": [laid.event("e1", "sign_in", 1)]}
    officer = await registry.officer(*Permission, division_code=DIVISION)
    citizen = await registry.citizen(laid.persons[0])
    for caller in (laid.operator, officer, citizen):
        assert (await caller.post("/v1/attendance-events", json=body)).status_code == 403


async def test_a_source_sees_todays_sessions_of_its_institution_with_masked_names(registry: Registry) -> None:
    laid = await lay_open_class(registry, trainees=2)
    await lay_open_class(registry)
    source = await registered_source(registry, laid)
    answer = await source.get("/v1/source/sessions", params={"on": law_date(laid.starts[0]).isoformat()})
    session = only(answer.json()["items"])
    assert session["session_id"] == str(laid.sessions[0])
    assert {each["name"] for each in session["trainees"]} == {"张*"}
    assert {each["line_id"] for each in session["trainees"]} == {str(line) for line in laid.lines}


async def test_a_source_signs_in_with_its_credential(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    proposed = await laid.operator.post(
        "/v1/attendance-source-proposals", json={"kind": "device", "name": "一号机"}
    )
    officer = await registry.officer(Permission.FILING, division_code=DIVISION)
    registered = await officer.post(
        f"/v1/attendance-source-proposals/{proposed.json()['proposal_id']}:register"
    )
    credential = {name: registered.json()[name] for name in ("client_id", "client_secret")}
    answer = await registry.client.post(
        "/v1/oauth/token", data={"grant_type": "client_credentials", **credential}
    )
    assert answer.status_code == 200, answer.text
    sessions = await registry.client.get(
        "/v1/source/sessions",
        params={"on": law_date(laid.starts[0]).isoformat()},
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
    )
    assert only(sessions.json()["items"])["session_id"] == str(laid.sessions[0])
