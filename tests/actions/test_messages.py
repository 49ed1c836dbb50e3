"""Messages: laid with the step, made once, sent once, without personal data; reminders before days pass."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.access.actor import Permission
from app.jobs.messages import run_messages, run_reminders
from app.jobs.notices import run_deadlines
from app.sandbox.behavior import System
from tests.builders.decided_claims import DecidedClaims, lay_approved, officer
from tests.builders.finished_class import Trainee, lay_finished_class
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

PHONE = "19900000001"


@pytest.fixture(autouse=True)
def calm(registry: Registry) -> Iterator[None]:
    """The message platform behaves, before and after."""
    registry.sandbox.behave(System.MESSAGE_GATEWAY)
    yield
    registry.sandbox.behave(System.MESSAGE_GATEWAY)


async def with_phone(registry: Registry, laid: DecidedClaims, place: int = 0, phone: str = PHONE) -> Any:
    """The citizen, who has named a number."""
    citizen = await registry.citizen(laid.persons[place])
    named = await citizen.post("/v1/me/message-addresses", json={"channel": "sms", "address": phone})
    assert named.status_code == 201, named.text
    return citizen


async def deliveries(registry: Registry) -> list[tuple[str, str, int]]:
    owner = await registry.owner()
    rows = await owner.fetch(
        "SELECT template, state, attempts FROM message_delivery ORDER BY made_at, template"
    )
    return [(row["template"], row["state"], row["attempts"]) for row in rows]


async def test_a_step_is_told_once_however_often_the_job_runs(registry: Registry) -> None:
    laid = await lay_approved(registry)
    citizen = await with_phone(registry, laid)
    assert await run_messages(registry.house) == 1
    assert await run_messages(registry.house) == 0
    assert await deliveries(registry) == [("decision_made", "sent", 1)]
    told = only((await citizen.get("/v1/me/messages")).json()["items"])
    assert told["text"].startswith("您申领的技能提升补贴已作出决定")
    assert told["state_label"] == "已发送"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM message_request") == 0


async def test_notices_and_what_follows_are_told_in_order(registry: Registry) -> None:
    laid = await lay_approved(registry)
    citizen = await with_phone(registry, laid)
    body = {"title": "技能提升补贴公示", "division_code": "110105", "kinds": ["skill_upgrade"]}
    published = (await laid.approver.post("/v1/public-notices", json=body)).json()
    assert await run_messages(registry.house) == 2
    texts = [item["text"] for item in (await citizen.get("/v1/me/messages")).json()["items"]]
    assert any(published["ends_on"] in text for text in texts)
    assert not any(PHONE in text or "测试" in text for text in texts)


async def test_a_silent_platform_is_asked_again(registry: Registry) -> None:
    laid = await lay_approved(registry)
    await with_phone(registry, laid)
    registry.sandbox.behave(System.MESSAGE_GATEWAY, wrong="malformed_json")
    assert await run_messages(registry.house) == 0
    assert await deliveries(registry) == [("decision_made", "waiting", 1)]
    registry.sandbox.behave(System.MESSAGE_GATEWAY)
    assert await run_messages(registry.house) == 0, "not before its time"
    await registry.advance(minutes=2)
    assert await run_messages(registry.house) == 1
    assert await deliveries(registry) == [("decision_made", "sent", 2)]


async def test_a_refused_number_is_not_tried_again(registry: Registry) -> None:
    laid = await lay_approved(registry)
    await with_phone(registry, laid, phone="19900000000")
    assert await run_messages(registry.house) == 0
    await registry.advance(days=2)
    assert await run_messages(registry.house) == 0
    assert await deliveries(registry) == [("decision_made", "undeliverable", 1)]


async def test_without_an_address_the_message_stays_where_it_is_read(registry: Registry) -> None:
    laid = await lay_approved(registry)
    assert await run_messages(registry.house) == 0
    assert await deliveries(registry) == [("decision_made", "undeliverable", 1)]
    citizen = await registry.citizen(laid.persons[0])
    assert only((await citizen.get("/v1/me/messages")).json()["items"])["state"] == "undeliverable"
    stranger = await registry.citizen((await lay_approved(registry, ("测试其他",))).persons[0])
    ids = {item["message_id"] for item in (await stranger.get("/v1/me/messages")).json()["items"]}
    assert ids == set()


async def test_enrolled_persons_hear_of_it_once(registry: Registry) -> None:
    """A push that cannot be missed: whoever never went to a class learns that one has enrolled them."""
    laid = await lay_finished_class(registry, [Trainee(serial=931), Trainee(serial=932, state="not_matched")])
    owner = await registry.owner()
    for topic in ("roster.checked", "opening:put_on_record", "roster.checked"):
        await owner.execute(
            "INSERT INTO outbox_message (topic, payload) VALUES ($1, jsonb_build_object('opening_id', $2::uuid))",
            topic,
            laid.opening_id,
        )
    await run_messages(registry.house)
    assert await deliveries(registry) == [("enrolled", "undeliverable", 1)]
    told = await owner.fetchrow("SELECT person_id, parameters FROM message_delivery")
    assert told["person_id"] == laid.persons[0]


async def test_a_supplement_is_reminded_of_and_marked_when_overdue_but_never_refused(
    registry: Registry,
) -> None:
    laid = await lay_approved(registry, upto="submitted")
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO claim_supplement (person_id, claim_id, requests, due_on, requested_by)"
        " VALUES ($1, $2, '[\"x\"]', law_date(registry_now()) + 9, $3)",
        laid.persons[0],
        laid.claims[0],
        laid.reviewer.actor.principal_id,
    )
    await run_messages(registry.house)
    assert await run_reminders(registry.house) == 0
    await registry.advance(days=8)
    assert await run_reminders(registry.house) == 1
    assert await run_reminders(registry.house) == 0
    assert await run_deadlines(registry.house) == 0
    await registry.advance(days=2)
    assert await run_deadlines(registry.house) == 1
    assert await run_deadlines(registry.house) == 0
    assert await laid.state() == ("supplement_requested", 1)
    lapsed = (await laid.reviewer.get("/v1/claim-deadline-lapses")).json()["items"]
    assert only(lapsed)["state"] == "supplement_requested"
    elsewhere = await officer(registry, Permission.REVIEW, division_code="640000")
    assert (await elsewhere.get("/v1/claim-deadline-lapses")).json()["items"] == []


async def test_an_agency_that_lets_a_claim_lie_is_marked(registry: Registry) -> None:
    laid = await lay_approved(registry, upto="submitted")
    await registry.advance(days=5)
    assert await run_deadlines(registry.house) == 0
    await registry.advance(days=10)
    assert await run_deadlines(registry.house) == 1
    owner = await registry.owner()
    assert await owner.fetchval("SELECT stage FROM deadline_lapse") == "submitted"
    assert await laid.state() == ("submitted", 1)


async def test_addresses_are_sealed_masked_and_the_citizens_own(registry: Registry) -> None:
    laid = await lay_approved(registry, ("测试学员", "测试其他"))
    citizen = await with_phone(registry, laid)
    twice = await citizen.post("/v1/me/message-addresses", json={"channel": "sms", "address": PHONE})
    assert codes(twice) == ["message_address_exists"]
    wrong = await citizen.post(
        "/v1/me/message-addresses", json={"channel": "social_security_card", "address": "1990"}
    )
    assert codes(wrong) == ["message_address_malformed"]
    shown = only((await citizen.get("/v1/me/message-addresses")).json()["items"])
    assert shown["masked"] == "199****0001"
    owner = await registry.owner()
    assert PHONE.encode() not in await owner.fetchval("SELECT address_sealed FROM message_address")
    other = await registry.citizen(laid.persons[1])
    path = f"/v1/me/message-addresses/{shown['address_id']}:end"
    assert (await other.post(path)).status_code == 404
    assert (await citizen.post(path)).status_code == 204
    assert (await citizen.get("/v1/me/message-addresses")).json()["items"] == []
