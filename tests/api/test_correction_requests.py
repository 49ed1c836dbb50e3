"""更正申请: answered with reasons by a day that is told; accepted only by an act; escalated when nobody answers."""

from datetime import date

import pytest

from app.access.actor import Permission
from app.archive.correction_requests.rules import answer_due_on
from app.jobs.messages import run_messages
from app.jobs.notices import run_deadlines
from tests.api.test_shares import archived
from tests.builders.decided_claims import officer
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

CASE = {"case_number": "测试案件0029"}


async def test_asked_answered_and_seen_by_the_person(registry: Registry) -> None:
    _, citizen, number = await archived(registry)
    _, stranger, _ = await archived(registry, serial=932)
    wish = {"record_number": number, "grounds": "成绩登记有误，应为九十分"}
    assert (await stranger.post("/v1/me/correction-requests", json=wish)).status_code == 404
    filed = await citizen.post("/v1/me/correction-requests", json=wish)
    assert filed.status_code == 201, filed.text
    again = await citizen.post("/v1/me/correction-requests", json=wish)
    assert codes(again) == ["correction_request_open"]
    reviewer = await officer(registry, Permission.REVIEW)
    elsewhere = await officer(registry, Permission.REVIEW, division_code="640000")
    assert (await elsewhere.get("/v1/correction-requests")).json()["items"] == []
    listed = await reviewer.get("/v1/correction-requests")
    row = only(listed.json()["items"])
    assert (row["record_number"], row["answer"]) == (number, None)
    assert str(citizen.actor.person_id) not in listed.text
    path = f"/v1/correction-requests/{row['request_id']}"
    for step, body in ((":read", CASE), (":answer", {"answer": "refused", "reason": "不属实"})):
        assert (await elsewhere.post(path + step, json=body)).status_code == 404
    read = (await reviewer.post(f"{path}:read", json=CASE)).json()
    assert (read["grounds"], read["entry"]["record_number"]) == (wish["grounds"], number)
    seen = only((await citizen.get("/v1/me/accesses")).json()["items"])
    assert (seen["purpose"], seen["case_number"]) == ("record_correction", "测试案件0029")
    accepted = {"answer": "accepted", "reason": "核对试卷属实", "correction_id": row["request_id"]}
    assert codes(await reviewer.post(f"{path}:answer", json=accepted)) == ["correction_not_of_request"]
    proposal = {
        "kind": "supersede",
        "changes": {"score_hundredths": 9000},
        "reason": "试卷为九十分",
        "case_number": "测试案件0029",
    }
    proposed = await reviewer.post(f"/v1/records/{number}/corrections", json=proposal)
    assert proposed.status_code == 201, proposed.text
    accepted["correction_id"] = proposed.json()["correction_id"]
    assert (await reviewer.post(f"{path}:answer", json=accepted)).status_code == 200
    assert codes(await reviewer.post(f"{path}:answer", json=accepted)) == ["correction_request_answered"]
    own = only((await citizen.get("/v1/me/correction-requests")).json()["items"])
    assert (own["answer"], own["answer_reason"]) == ("accepted", "核对试卷属实")
    await run_messages(registry.house)
    told = (await citizen.get("/v1/me/messages")).json()["items"]
    assert [message["template"] for message in told].count("correction_answered") == 1


async def test_escalated_once_when_the_day_has_passed(registry: Registry) -> None:
    _, citizen, number = await archived(registry)
    wish = {"record_number": number, "grounds": "成绩登记有误"}
    due_on = date.fromisoformat(
        (await citizen.post("/v1/me/correction-requests", json=wish)).json()["due_on"]
    )
    now = await registry.now()
    await registry.advance(days=(due_on - now.date()).days)
    assert await run_deadlines(registry.house) == 0
    await registry.advance(days=1)
    assert [await run_deadlines(registry.house) for _ in range(2)] == [1, 0]
    province = await officer(registry, Permission.REVIEW, division_code="110000")
    row = only((await province.get("/v1/correction-requests", params={"only_overdue": True})).json()["items"])
    assert row["escalated_at"] is not None
    owner = await registry.owner()
    told = await owner.fetchval(
        "SELECT payload ->> 'supervised_by' FROM outbox_message WHERE topic = 'correction_request.escalated'"
    )
    assert told == "110000"


def test_nobody_waits_for_the_calendar_of_a_later_year() -> None:
    """Fifteen working days as far as holidays are published, a day that is not too early beyond."""
    assert answer_due_on(date(2025, 3, 3), "110105") == date(2025, 3, 24)
    assert date(2150, 1, 20) <= answer_due_on(date(2150, 1, 5), "110105") <= date(2150, 3, 1)
