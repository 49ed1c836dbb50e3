"""Public notice over the API: what the public sees and never sees, who may object, what an objection does."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.access.actor import Permission
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.jobs.notices import run_clearance
from app.subsidies.notices.actions.clear_claims import FIRST, clear_claims, clearable
from tests.builders.decided_claims import AMOUNT_FEN, DecidedClaims, lay_approved, officer
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio

NAMES = ("测试学员", "欧阳测试", "阿依古丽·测试")
GROUNDS = {"grounds": "此人当时不在本地参加培训", "contact": "010-00000000"}


async def publish(laid: DecidedClaims, **changes: Any) -> httpx.Response:
    body = {"title": "技能提升补贴公示", "division_code": "110105", "kinds": ["skill_upgrade"], **changes}
    return await laid.approver.post("/v1/public-notices", json=body)


async def published(laid: DecidedClaims, **changes: Any) -> str:
    answer = await publish(laid, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["notice_id"])


async def object_to(
    registry: Registry, notice_id: str, line_no: int = 1, *, key: str | None = None, **changes: Any
) -> httpx.Response:
    return await registry.client.post(
        f"/v1/public-notices/{notice_id}/lines/{line_no}/objections",
        json={**GROUNDS, **changes},
        headers={"Idempotency-Key": key or str(uuid4())},
    )


async def open_objections(caller: Caller) -> list[dict[str, Any]]:
    return (await caller.get("/v1/objections")).raise_for_status().json()["items"]


async def test_the_public_sees_masked_lines_and_nothing_else(registry: Registry) -> None:
    laid = await lay_approved(registry, NAMES)
    notice_id = await published(laid)
    listed = (await registry.client.get("/v1/public-notices", params={"division": "110000"})).json()
    assert [each["notice_id"] for each in listed["items"]] == [notice_id]
    answer = await registry.client.get(f"/v1/public-notices/{notice_id}")
    lines = answer.json()["items"]
    assert [line["name"] for line in lines] == ["测*", "欧阳*", "阿*"]
    assert [line["line_no"] for line in lines] == [1, 2, 3]
    assert {line["amount_fen"] for line in lines} == {AMOUNT_FEN}
    assert set(lines[0]) == {
        "line_no",
        "name",
        "benefit",
        "occupation",
        "level",
        "institution",
        "amount_fen",
        "division",
    }
    for hidden in (*NAMES, *map(str, laid.persons), *map(str, laid.claims), "S110105"):
        assert hidden not in answer.text
    without_ids = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", answer.text)
    assert not re.search(r"\d{11}", without_ids)
    assert [await laid.state(place) for place in range(3)] == [("noticed", 1)] * 3
    owner = await registry.owner()
    looks = "SELECT count(*) FROM access_event WHERE person_id = ANY ($1) AND purpose = 'subsidy_review'"
    assert await owner.fetchval(looks, laid.persons) == 3


async def test_pages_and_areas(registry: Registry) -> None:
    laid = await lay_approved(registry, NAMES)
    notice_id = await published(laid)
    path, shown, cursor = f"/v1/public-notices/{notice_id}", [], None
    while True:
        page = (
            await registry.client.get(path, params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        shown += [line["line_no"] for line in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert shown == [1, 2, 3]
    elsewhere = (await registry.client.get("/v1/public-notices", params={"division": "640000"})).json()
    assert elsewhere["items"] == []
    forged = await registry.client.get(path, params={"cursor": "bm9uZQ"})
    assert codes(forged) == ["cursor_invalid"]


async def test_a_notice_runs_for_working_days_and_is_gone_after(registry: Registry) -> None:
    laid = await lay_approved(registry)
    answer = (await publish(laid)).json()
    # Published on a Sunday or not: the period is five working days after the day it went up.
    owner = await registry.owner()
    days = await owner.fetchval(
        "SELECT ends_on - starts_on FROM public_notice WHERE notice_id = $1::uuid", answer["notice_id"]
    )
    assert 5 <= days <= 15
    await registry.advance(days=days)
    assert (await registry.client.get(f"/v1/public-notices/{answer['notice_id']}")).status_code == 200
    await registry.advance(days=1)
    gone = await registry.client.get(f"/v1/public-notices/{answer['notice_id']}")
    assert (gone.status_code, codes(gone)) == (404, ["notice_over"])
    assert (await registry.client.get("/v1/public-notices")).json()["items"] == []
    late = await object_to(registry, answer["notice_id"])
    assert (late.status_code, codes(late)) == (404, ["notice_over"])


async def test_every_claim_that_cannot_be_noticed_is_told_at_once(registry: Registry) -> None:
    laid = await lay_approved(registry, NAMES)
    waiting = await lay_approved(registry, ("测试其他",), upto="submitted")
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)"
        " VALUES ($1, $2, 'risk', '待查', $3)",
        laid.persons[1],
        laid.claims[1],
        laid.reviewer.actor.principal_id,
    )
    asked = [laid.claims[0], waiting.claims[0], laid.claims[1], uuid4()]
    refused = await publish(laid, kinds=[], claim_ids=[str(each) for each in asked])
    assert refused.status_code == 409
    reasons = {reason["code"]: reason["line"] for reason in refused.json()["reasons"]}
    assert reasons == {"claim_unknown": 4, "claim_not_approved": 2, "claim_held": 3}
    assert await laid.state() == ("approved", 1)
    # Taken by kind, what is held is left out.
    assert (await publish(laid)).json()["lines"] == 2
    assert codes(await publish(laid)) == ["nothing_to_notice"]


async def test_officers_publish_in_their_own_area_only(registry: Registry) -> None:
    laid = await lay_approved(registry)
    stranger = await officer(registry, Permission.APPROVAL, division_code="640000")
    body = {"title": "技能提升补贴公示", "division_code": "110105", "kinds": ["skill_upgrade"]}
    assert (await stranger.post("/v1/public-notices", json=body)).status_code == 404
    body = {"title": "技能提升补贴公示", "division_code": "640000", "claim_ids": [str(laid.claims[0])]}
    assert codes(await stranger.post("/v1/public-notices", json=body)) == ["claim_unknown"]
    both = await publish(laid, claim_ids=[str(laid.claims[0])])
    assert both.status_code == 422
    assert await laid.state() == ("approved", 1)


async def test_a_grant_taken_back_meanwhile_publishes_nothing(registry: Registry) -> None:
    """The token still says approval; the database asks for the live grant."""
    laid = await lay_approved(registry)
    owner = await registry.owner()
    await owner.execute(
        "UPDATE permission_grant SET revoked_at = registry_now(), revoked_by = confirmed_by WHERE principal_id = $1",
        laid.approver.actor.principal_id,
    )
    refused = await publish(laid)
    assert refused.status_code in {401, 409}
    assert await laid.state() == ("approved", 1)
    assert await owner.fetchval("SELECT count(*) FROM public_notice") == 0


async def test_an_objection_stops_its_own_claim_only(registry: Registry) -> None:
    laid = await lay_approved(registry, NAMES)
    notice_id = await published(laid)
    receipt = (await object_to(registry, notice_id, 2)).json()["receipt_code"]
    await registry.advance(days=16)
    assert await run_clearance(registry.house) == 2
    assert [(await laid.state(place))[0] for place in range(3)] == ["payable", "noticed", "payable"]
    owner = await registry.owner()
    told = await owner.fetch("SELECT payload FROM outbox_message WHERE topic = 'claim.payable'")
    assert len(told) == 2
    inspector = await officer(registry, Permission.INSPECTION)
    row = only(await open_objections(inspector))
    decision = {"outcome": "dismissed", "reason": "经核实签到记录，异议不成立"}
    path = f"/v1/objections/{row['objection_id']}:decide"
    decided = (await inspector.post(path, json=decision)).json()
    assert not decided["is_sent_back"]
    assert codes(await inspector.post(path, json=decision)) == ["objection_already_decided"]
    assert await run_clearance(registry.house) == 1
    assert await laid.state(1) == ("payable", 1)
    tracked = await registry.client.post("/v1/objections:track", json={"receipt_code": receipt})
    assert (tracked.json()["outcome"], tracked.json()["outcome_reason"]) == ("dismissed", decision["reason"])


async def test_one_claim_held_meanwhile_does_not_keep_the_others_back(registry: Registry) -> None:
    """The list was read before the hold came: the batch is refused as a whole, so each is tried by itself."""
    laid = await lay_approved(registry, NAMES)
    await published(laid)
    await registry.advance(days=16)
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        due = await clearable(unit, FIRST, 10)
        assert len(due) == 3
        owner = await registry.owner()
        await owner.execute(
            "INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)"
            " VALUES ($1, $2, 'risk', '待查', $3)",
            laid.persons[1],
            laid.claims[1],
            laid.reviewer.actor.principal_id,
        )
        assert await clear_claims(unit, due) == 2
    assert [(await laid.state(place))[0] for place in range(3)] == ["payable", "noticed", "payable"]


async def test_an_upheld_objection_sends_the_claim_back_to_be_decided_anew(registry: Registry) -> None:
    laid = await lay_approved(registry)
    notice_id = await published(laid)
    await object_to(registry, notice_id)
    inspector = await officer(registry, Permission.INSPECTION)
    row = only(await open_objections(inspector))
    upheld = {"outcome": "upheld", "reason": "签到记录与本人陈述不符"}
    for decider in (laid.reviewer,):
        own = await decider.post(f"/v1/objections/{row['objection_id']}:decide", json=upheld)
        assert codes(own) == ["objection_decided_by_others"]
    decided = await inspector.post(f"/v1/objections/{row['objection_id']}:decide", json=upheld)
    assert decided.json()["is_sent_back"]
    assert await laid.state() == ("accepted", 2)
    # What was sent back is no longer shown, and cannot be objected to again.
    assert (await registry.client.get(f"/v1/public-notices/{notice_id}")).json()["items"] == []
    again = await object_to(registry, notice_id)
    assert (again.status_code, codes(again)) == (409, ["notice_line_settled"])
    await registry.advance(days=16)
    assert await run_clearance(registry.house) == 0
    await laid.approve_again()
    await published(laid)
    assert await laid.state() == ("noticed", 2)
    await registry.advance(days=16)
    assert await run_clearance(registry.house) == 1


async def test_what_was_written_is_read_for_a_case_only(registry: Registry) -> None:
    laid = await lay_approved(registry)
    notice_id = await published(laid)
    await object_to(registry, notice_id)
    listed = await laid.reviewer.get("/v1/objections")
    assert GROUNDS["grounds"] not in listed.text
    objection_id = only(listed.json()["items"])["objection_id"]
    owner = await registry.owner()
    stored = await owner.fetchrow("SELECT * FROM objection")
    assert GROUNDS["grounds"].encode() not in stored["grounds_sealed"]
    case = {"purpose": "complaint", "case_number": "测试案件0001"}
    read = (await laid.reviewer.post(f"/v1/objections/{objection_id}:read", json=case)).json()
    assert (read["grounds"], read["contact"], read["line"]["name"]) == (
        GROUNDS["grounds"],
        GROUNDS["contact"],
        "测*",
    )
    looks = "SELECT count(*) FROM access_event WHERE person_id = $1 AND case_number = '测试案件0001'"
    assert await owner.fetchval(looks, laid.persons[0]) == 1
    stranger = await officer(registry, Permission.REVIEW, division_code="640000")
    assert (await stranger.post(f"/v1/objections/{objection_id}:read", json=case)).status_code == 404
    upheld = {"outcome": "upheld", "reason": "不符"}
    assert (await stranger.post(f"/v1/objections/{objection_id}:decide", json=upheld)).status_code == 404
    assert await open_objections(stranger) == []


async def test_objecting_is_paced_and_repeating_files_nothing_anew(registry: Registry) -> None:
    laid = await lay_approved(registry)
    notice_id = await published(laid)
    first, second = [await object_to(registry, notice_id, key="the-same-key") for _ in range(2)]
    assert first.json() == second.json()
    assert (await object_to(registry, notice_id, 7)).status_code == 404
    for _ in range(4):
        assert (await object_to(registry, notice_id)).status_code == 201
    too_many = await object_to(registry, notice_id)
    assert (too_many.status_code, codes(too_many)) == (429, ["objections_too_many"])
    assert too_many.headers["retry-after"] == "3600"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM objection") == 5
    unknown = await registry.client.post(
        "/v1/objections:track", json={"receipt_code": "YAAAA-AAAA-AAAA-AAAA"}
    )
    assert unknown.status_code == 404


async def test_lines_cannot_be_added_to_a_notice_that_is_already_up(registry: Registry) -> None:
    """Otherwise a line could be slipped in on the last day, when nobody looks any more."""
    laid = await lay_approved(registry, NAMES[:2])
    notice_id = await published(laid, kinds=[], claim_ids=[str(laid.claims[0])])
    owner = await registry.owner()
    with pytest.raises(Exception, match="with their notice") as refusal:
        await owner.execute(
            "SELECT publish_notice_lines($1, $2, jsonb_build_array(jsonb_build_object('person_id', $3::uuid,"
            " 'claim_id', $4::uuid, 'line_no', 2, 'shown', '{}'::jsonb)))",
            laid.approver.actor.principal_id,
            notice_id,
            laid.persons[1],
            laid.claims[1],
        )
    assert refusal.value.constraint_name == "public_notice_line_with_notice"
