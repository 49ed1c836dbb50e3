"""Claims over the API: filed by citizens, decided by two officers, followed, withdrawn and appealed against."""

from datetime import date
from typing import Any

import pytest

from app.access.actor import Permission
from app.kernel.clock import law_date
from tests.builders.claims import ACCOUNT, DIVISION, Claimant, Office, lay_claimant, lay_office
from tests.builders.decided_claims import officer
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def ready(registry: Registry) -> tuple[Claimant, Office, str]:
    """A claimant with a confirmed account, the office of the area, and the claim's id."""
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    return claimant, office, await claimant.submitted()


async def test_a_claim_is_decided_by_two_officers_and_the_citizen_reads_every_step(
    registry: Registry,
) -> None:
    claimant, office, claim_id = await ready(registry)
    today = law_date(await registry.now())
    first = await claimant.claim(claim_id)
    assert (first["state"], first["division_code"], first["amount_fen"]) == ("submitted", DIVISION, None)
    assert first["due_on"] > today.isoformat()
    reviewed = await office.steps(claim_id, "accept", "review")
    assert reviewed["verdict"]["outcome"] == "eligible", reviewed["verdict"]["reasons"]
    assert reviewed["verdict"]["amount_fen"] > 0
    approved = await office.steps(claim_id, "approve")
    assert approved["notice_number"].startswith(f"N{DIVISION}-{today.year}-")
    seen = await claimant.claim(claim_id)
    assert (seen["state"], seen["amount_fen"]) == ("approved", reviewed["verdict"]["amount_fen"])
    assert [move["to_state"] for move in seen["moves"]] == ["accepted", "reviewed", "approved"]
    assert [notice["kind"] for notice in seen["notices"]] == ["acceptance", "approval"]
    assert all(reason["citation"] for reason in seen["notices"][1]["reasons"])
    owner = await registry.owner()
    accesses = await owner.fetch(
        "SELECT purpose, case_number FROM access_event WHERE person_id = $1", claimant.person_id
    )
    assert {(row["purpose"], row["case_number"]) for row in accesses} == {
        ("subsidy_review", first["claim_number"])
    }
    topics = await owner.fetch(
        "SELECT topic, payload FROM outbox_message WHERE topic LIKE 'claim.%' ORDER BY 1"
    )
    assert {row["topic"] for row in topics} == {
        "claim.submitted",
        "claim.accepted",
        "claim.reviewed",
        "claim.decided",
    }
    assert claimant.trainee.name not in str([row["payload"] for row in topics])


async def test_the_review_keeps_facts_edition_and_reasons_and_no_name(registry: Registry) -> None:
    claimant, office, claim_id = await ready(registry)
    await office.steps(claim_id, "accept", "review")
    read = await office.approver.post(f"/v1/claims/{claim_id}:read", json={"case_number": "测试案件0001"})
    assert read.status_code == 200, read.text
    review = only(read.json()["reviews"])
    assert review["facts"]["facts"]["certificate"]["level"] == "level_4"
    assert review["reviewed_by_me"] is False
    assert all(reason["citation"]["document"] for reason in review["reasons"])
    assert claimant.trainee.name not in read.text
    assert claimant.trainee.number not in read.text
    assert ACCOUNT not in read.text


async def test_whoever_reviewed_does_not_approve_and_the_amount_is_the_rules(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    await claimant.account()
    claim_id = await claimant.submitted()
    both = await officer(registry, Permission.REVIEW, Permission.APPROVAL)
    office = Office(both, both)
    await office.steps(claim_id, "accept", "review")
    refused = await office.step(claim_id, "approve")
    assert (refused.status_code, codes(refused)) == (409, ["claim_approval_second_person"])
    changed = await office.step(claim_id, "review", amount_fen=999_999)
    assert changed.status_code == 422


async def test_an_unknown_fact_is_neither_yes_nor_no_and_nothing_is_lost(registry: Registry) -> None:
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    registry.sandbox.set_insurance(silent_regions=["110000"])
    try:
        nowhere = await claimant.submit()
        assert (nowhere.status_code, codes(nowhere)) == (409, ["insured_place_unknown"])
        claim_id = await claimant.submitted(division_code=DIVISION)
        await office.steps(claim_id, "accept")
        undecided = await office.step(claim_id, "review")
        assert (undecided.status_code, undecided.json()["code"]) == (409, "verdict_undecided")
        fields = {reason["field"] for reason in undecided.json()["reasons"]}
        assert {"insured_months", "insured_status"} <= fields
        assert all(reason["remedy"] for reason in undecided.json()["reasons"])
    finally:
        registry.sandbox.set_insurance()
    before = await claimant.claim(claim_id)
    await registry.advance(minutes=1)
    reviewed = await office.steps(claim_id, "review")
    assert reviewed["verdict"]["outcome"] == "eligible"
    assert (await claimant.claim(claim_id))["submitted_at"] == before["submitted_at"]


async def test_a_platform_that_is_down_costs_no_day(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    registry.sandbox.behave("unemployment_insurance", down=True)
    try:
        claim_id = await claimant.submitted(division_code=DIVISION)
    finally:
        registry.sandbox.behave("unemployment_insurance")
    filed = date.fromisoformat((await claimant.claim(claim_id))["submitted_at"][:10])
    assert abs((filed - law_date(await registry.now())).days) <= 1


async def test_a_refusal_names_clause_fact_and_the_ways_against_it(registry: Registry) -> None:
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    registry.sandbox.insure(
        claimant.trainee.number,
        own_months=2,
        spells=[{"starts_on": "2026-01-01", "division_code": DIVISION}],
    )
    claim_id = await claimant.submitted()
    reviewed = await office.steps(claim_id, "accept", "review")
    assert (reviewed["verdict"]["outcome"], reviewed["verdict"]["amount_fen"]) == ("ineligible", 0)
    wrong = await office.step(claim_id, "approve")
    assert codes(wrong) == ["claim_approval_follows_review"]
    await office.steps(claim_id, "refuse")
    seen = await claimant.claim(claim_id)
    notice = seen["notices"][-1]
    assert (seen["state"], notice["kind"]) == ("refused", "refusal")
    assert "insured_months" in {reason["code"] for reason in notice["reasons"]}
    assert all(reason["citation"]["document"] and reason["remedy"] for reason in notice["reasons"])
    by_channel = {remedy["channel"]: remedy for remedy in notice["remedies"]}
    told = law_date(await registry.now())
    assert date.fromisoformat(by_channel["reconsideration"]["until"]) >= date.fromordinal(
        told.toordinal() + 60
    )
    assert "人民法院" in by_channel["litigation"]["text"]
    # Key and slot are free again: the same certificate may be claimed on anew.
    assert (await claimant.submit()).status_code == 201


async def test_supplement_is_asked_once_for_everything_with_a_last_day(registry: Registry) -> None:
    claimant, office, claim_id = await ready(registry)
    asked = await office.step(claim_id, "request-supplement", items=["请补充劳动合同", "请补充培训协议"])
    assert asked.status_code == 200, asked.text
    seen = await claimant.claim(claim_id)
    assert (seen["state"], seen["supplement"]["requests"]) == (
        "supplement_requested",
        ["请补充劳动合同", "请补充培训协议"],
    )
    assert seen["due_on"] == asked.json()["due_on"]
    answered = await claimant.citizen.post(
        f"/v1/me/claims/{claim_id}:answer-supplement", json={"answers": ["已补充"]}
    )
    assert answered.json()["state"] == "submitted"
    again = await office.step(claim_id, "request-supplement", items=["还有一项"])
    assert (again.status_code, codes(again)) == (409, ["supplement_asked_once"])
    twice = await claimant.citizen.post(
        f"/v1/me/claims/{claim_id}:answer-supplement", json={"answers": ["又一次"]}
    )
    assert codes(twice) == ["claim_step_in_order"]


async def test_a_supplement_that_never_comes_ends_in_not_accepted_but_not_before_its_day(
    registry: Registry,
) -> None:
    claimant, office, claim_id = await ready(registry)
    asked = await office.step(claim_id, "request-supplement", items=["请补充劳动合同"])
    assert asked.status_code == 200, asked.text
    grounds = {"grounds": ["supplement_missing"], "explanation": "未补充劳动合同"}
    early = await office.step(claim_id, "decline", **grounds)
    assert (early.status_code, codes(early)) == (409, ["supplement_still_running"])
    await registry.advance(days=40)
    assert (await office.step(claim_id, "decline", **grounds)).status_code == 200
    seen = await claimant.claim(claim_id)
    assert [move["to_state"] for move in seen["moves"]] == [
        "supplement_requested",
        "submitted",
        "not_accepted",
    ]
    assert seen["supplement"]["answers"] == []


async def test_not_accepted_gives_the_key_back_and_can_be_gone_against(registry: Registry) -> None:
    claimant, office, claim_id = await ready(registry)
    declined = await office.step(claim_id, "decline", grounds=["not_claimant"], explanation="材料不是本人的")
    assert declined.status_code == 200, declined.text
    notice = (await claimant.claim(claim_id))["notices"][-1]
    assert notice["kind"] == "not_accepted"
    assert {remedy["channel"] for remedy in notice["remedies"]} == {"review", "reconsideration", "litigation"}
    assert (await claimant.submit()).status_code == 201


async def test_withdrawn_by_the_claimant_and_by_nobody_else(registry: Registry) -> None:
    claimant, _, claim_id = await ready(registry)
    stranger = await lay_claimant(registry)
    path = f"/v1/me/claims/{claim_id}:withdraw"
    assert (await stranger.citizen.post(path, json={"reason": "不是我的"})).status_code == 404
    assert (await stranger.citizen.get(f"/v1/me/claims/{claim_id}")).status_code == 404
    done = await claimant.citizen.post(path, json={"reason": "改在另一地申领"})
    assert done.json()["state"] == "withdrawn"
    late = await claimant.citizen.post(path, json={"reason": "再撤一次"})
    assert codes(late) == ["claim_step_in_order"]
    assert (await claimant.submit()).status_code == 201


async def test_officers_of_another_area_see_no_claim(registry: Registry) -> None:
    _, _, claim_id = await ready(registry)
    elsewhere = await lay_office(registry, "310101")
    assert (await elsewhere.step(claim_id, "accept")).status_code == 404
    listed = await elsewhere.reviewer.get("/v1/claims")
    assert listed.json()["items"] == []


async def test_two_regions_filing_the_same_key(registry: Registry) -> None:
    claimant, _, _ = await ready(registry)
    counter = await officer(registry, Permission.REVIEW, division_code="310101")
    second = await counter.post(
        "/v1/claims",
        json={
            "record_number": claimant.record_number,
            "kind": "skill_upgrade",
            "division_code": "310101",
            "case_number": "沪人社核〔2026〕第0001号",
        },
    )
    assert (second.status_code, codes(second)) == (409, ["benefit_already_held"])
    citation = only(second.json()["reasons"])["citation"]
    assert citation["document"] == "国办发〔2019〕24号"


async def test_work_list_pages_by_age_and_names_nobody(registry: Registry) -> None:
    claimant, office, _ = await ready(registry)
    other = await lay_claimant(registry)
    await other.submitted()
    page = (await office.reviewer.get("/v1/claims", params={"state": "submitted", "limit": 1})).json()
    assert len(page["items"]) == 1
    assert page["items"][0]["record_number"] is None
    rest = await office.reviewer.get(
        "/v1/claims", params={"state": "submitted", "limit": 1, "cursor": page["next_cursor"]}
    )
    both = [page["items"][0], only(rest.json()["items"])]
    assert both[0]["state_since"] <= both[1]["state_since"]
    assert rest.json()["next_cursor"] is None
    await registry.advance(days=60)
    late = (await office.reviewer.get("/v1/claims", params={"state": "submitted"})).json()["items"]
    assert [item["is_overdue"] for item in late if item["due_on"]] == [True] * len(
        [item for item in late if item["due_on"]]
    )
    owner = await registry.owner()
    looks = await owner.fetchval("SELECT count(*) FROM access_event WHERE person_id = $1", claimant.person_id)
    assert looks == 0


async def test_a_hold_stops_approval_and_is_released_by_another_approver(registry: Registry) -> None:
    _, office, claim_id = await ready(registry)
    await office.steps(claim_id, "accept", "review")
    held = await office.approver.post(
        f"/v1/claims/{claim_id}:hold", json={"cause": "complaint", "reason": "收到举报"}
    )
    assert held.status_code == 200, held.text
    stopped = await office.step(claim_id, "approve")
    assert codes(stopped) == ["claim_not_held"]
    read = (
        await office.reviewer.post(f"/v1/claims/{claim_id}:read", json={"case_number": "测试案件0001"})
    ).json()
    path = f"/v1/claims/{claim_id}/holds/{only(read['holds'])['hold_id']}:release"
    own = await office.approver.post(path, json={"reason": "自己解除"})
    assert codes(own) == ["claim_hold_second_person"]
    another = await officer(registry, Permission.APPROVAL)
    assert (await another.post(path, json={"reason": "经核查不属实"})).status_code == 200
    assert (await office.step(claim_id, "approve")).status_code == 200


async def refused_claim(registry: Registry) -> tuple[Claimant, Office, str]:
    """A claim that was refused for too few months."""
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    registry.sandbox.insure(
        claimant.trainee.number,
        own_months=2,
        spells=[{"starts_on": "2026-01-01", "division_code": DIVISION}],
    )
    claim_id = await claimant.submitted()
    await office.steps(claim_id, "accept", "review", "refuse")
    return claimant, office, claim_id


async def appeal(claimant: Claimant, claim_id: str, **changes: Any) -> Any:
    """Go against the decision."""
    body = {"channel": "review", "grounds": "外省缴费月数漏计", **changes}
    return await claimant.citizen.post(f"/v1/me/claims/{claim_id}/appeals", json=body)


async def test_decided_again_by_others_in_a_new_round(registry: Registry) -> None:
    claimant, office, claim_id = await refused_claim(registry)
    filed = await appeal(claimant, claim_id)
    assert filed.status_code == 201, filed.text
    path = f"/v1/claims/{claim_id}/appeals/{filed.json()['appeal_id']}:decide"
    verdict = {"outcome": "decide_again", "reason": "外省月数漏计"}
    own = await office.approver.post(path, json=verdict)
    assert codes(own) == ["claim_decided_again_by_others"]
    others = await lay_office(registry)
    decided = await others.approver.post(path, json=verdict)
    assert decided.status_code == 200, decided.text
    seen = await claimant.claim(claim_id)
    assert (seen["state"], seen["round"]) == ("accepted", 2)
    registry.sandbox.insure(
        claimant.trainee.number, spells=[{"starts_on": "2015-01-01", "division_code": DIVISION}]
    )
    await registry.advance(hours=25)
    same = await office.step(claim_id, "review")
    assert codes(same) == ["claim_decided_again_by_others"]
    await others.steps(claim_id, "review", "approve")
    assert (await claimant.claim(claim_id))["state"] == "approved"


async def test_an_appeal_after_the_period_is_told_until_when_it_ran(registry: Registry) -> None:
    claimant, _, claim_id = await refused_claim(registry)
    await registry.advance(days=75)
    late = await appeal(claimant, claim_id, channel="reconsideration")
    assert (late.status_code, codes(late)) == (409, ["appeal_too_late"])
    assert only(late.json()["reasons"])["citation"]["document"] == "中华人民共和国行政复议法（2023年修订）"


async def test_sent_back_is_reviewed_anew(registry: Registry) -> None:
    claimant, office, claim_id = await ready(registry)
    await office.steps(claim_id, "accept", "review")
    back = await office.step(claim_id, "send-back", reason="请核对出勤")
    assert back.json()["state"] == "accepted"
    await office.steps(claim_id, "review", "approve")
    assert (await claimant.claim(claim_id))["round"] == 2


async def test_an_outdated_version_changes_nothing(registry: Registry) -> None:
    claimant, office, claim_id = await ready(registry)
    stale = await office.step(claim_id, "accept", version=7)
    assert stale.status_code == 412
    assert (await claimant.claim(claim_id))["state"] == "submitted"
