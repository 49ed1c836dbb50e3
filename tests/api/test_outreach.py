"""精准推送: what a citizen can claim, who could and has not, messages to them, and the share that was taken up."""

from typing import Any

import pytest

from app.access.actor import Permission
from app.jobs.messages import run_messages, run_reminders
from app.jobs.outreach import run_outreach
from tests.builders.decided_claims import DecidedClaims, lay_approved, officer
from tests.registry_server import Registry, only

pytestmark = pytest.mark.anyio

INSURED = "110000"


def insure(registry: Registry, laid: DecidedClaims, place: int = 0, **facts: Any) -> None:
    """An ordinary employee of this place, not yet drawing a pension, unless told otherwise."""
    trainee = laid.trainees[place]
    registry.sandbox.register(social_security_number=trainee.number, name=trainee.name)
    registry.sandbox.insure(trainee.number, **{"pension_from": None, **facts})


async def counts(registry: Registry) -> list[dict[str, Any]]:
    anybody = await officer(registry, division_code="110000")
    return (await anybody.get("/v1/proactive-candidates")).raise_for_status().json()["items"]


async def test_a_citizen_reads_what_can_be_claimed_and_why_not(registry: Registry) -> None:
    laid = await lay_approved(registry, ("测试学员", "测试其他"), upto="entry")
    insure(registry, laid, 0)
    insure(registry, laid, 1, spells=[])
    told = []
    for person_id in laid.persons:
        citizen = await registry.citizen(person_id)
        told.append(only((await citizen.get("/v1/me/eligibility")).raise_for_status().json()["items"]))
    assert told[0]["can_claim"], told[0]["verdict"]["reasons"]
    assert told[0]["division_code"] == INSURED
    assert told[0]["verdict"]["standard_fen"] == 150_000
    assert 0 < told[0]["verdict"]["days_left"] <= 366
    assert not told[1]["can_claim"]
    against = [reason for reason in told[1]["verdict"]["reasons"] if reason["result"] == "failed"]
    assert {"insured_months"} <= {reason["code"] for reason in against}
    assert all(reason["remedy"] for reason in against)


async def test_a_pass_finds_who_could_claim_and_forgets_who_has(registry: Registry) -> None:
    laid = await lay_approved(registry, ("测试学员", "测试其他", "测试第三"), upto="entry")
    insure(registry, laid, 0)
    insure(registry, laid, 1)
    insure(registry, laid, 2, spells=[])
    await lay_approved(registry, ("测试已申领",))
    assert await run_outreach(registry.house) == 2
    assert await run_outreach(registry.house) == 0, "one pass a day"
    row = only(await counts(registry))
    assert (row["division_code"], row["kind"], row["benefits"], row["amount_fen"]) == (
        INSURED,
        "skill_upgrade",
        2,
        300_000,
    )
    await registry.advance(days=1)
    insure(registry, laid, 1, spells=[])
    assert await run_outreach(registry.house) == 1
    assert only(await counts(registry))["benefits"] == 1


async def test_a_silent_insurance_makes_nobody_a_candidate(registry: Registry) -> None:
    """What is not known is not guessed: nobody is sent to claim what may be refused."""
    laid = await lay_approved(registry, upto="entry")
    insure(registry, laid)
    registry.sandbox.behave("unemployment_insurance", down=True)
    try:
        assert await run_outreach(registry.house) == 0
    finally:
        registry.sandbox.behave("unemployment_insurance")


async def test_the_list_is_read_for_a_case_inside_the_area(registry: Registry) -> None:
    laid = await lay_approved(registry, ("测试学员", "测试其他"), upto="entry")
    insure(registry, laid, 0)
    insure(registry, laid, 1)
    await run_outreach(registry.house)
    caller = await officer(registry, Permission.LOOKUP, division_code="110000")
    body = {
        "division_code": "110000",
        "kind": "skill_upgrade",
        "purpose": "subsidy_review",
        "case_number": "测试案件0007",
        "limit": 1,
    }
    first = (await caller.post("/v1/proactive-candidates:read", json=body)).raise_for_status().json()
    owner = await registry.owner()
    looks = "SELECT count(*) FROM access_event WHERE case_number = '测试案件0007'"
    assert await owner.fetchval(looks) == 1, "whoever is not shown is not looked at"
    rest = {**body, "cursor": first["next_cursor"]}
    second = (await caller.post("/v1/proactive-candidates:read", json=rest)).raise_for_status().json()
    names = {item["name"] for item in first["items"] + second["items"]}
    assert names == {"测试学员", "测试其他"}
    stranger = await officer(registry, Permission.LOOKUP, division_code="640000")
    assert (await stranger.post("/v1/proactive-candidates:read", json=body)).status_code == 404
    assert (await stranger.get("/v1/proactive-candidates", params={"division": "110000"})).status_code == 404
    assert (await stranger.get("/v1/proactive-candidates")).json()["items"] == []


async def test_a_push_tells_each_once_a_day_and_the_reminder_comes_by_itself(registry: Registry) -> None:
    laid = await lay_approved(registry, upto="entry")
    insure(registry, laid)
    await run_outreach(registry.house)
    caller = await officer(registry, Permission.REVIEW, division_code="110000")
    body = {"division_code": "110000", "kind": "skill_upgrade"}
    for _ in range(2):
        pushed = await caller.post("/v1/proactive-candidates:push", json=body)
        assert pushed.json() == {"messages": 1}
        await run_messages(registry.house)
    owner = await registry.owner()
    told = await owner.fetch("SELECT template, parameters FROM message_delivery")
    assert [row["template"] for row in told] == ["deadline_near"]
    assert await run_reminders(registry.house) == 0, "the last day is far"
    await owner.execute("UPDATE proactive_candidate SET last_claim_on = law_date(registry_now()) + 30")
    assert await run_reminders(registry.house) == 1
    assert await run_reminders(registry.house) == 0
    stranger = await officer(registry, Permission.REVIEW, division_code="640000")
    assert (await stranger.post("/v1/proactive-candidates:push", json=body)).status_code == 404


async def test_take_up_is_paid_of_all_who_are_entitled(registry: Registry) -> None:
    laid = await lay_approved(registry, upto="entry", division_code="110000")
    insure(registry, laid)
    await lay_approved(registry, ("测试已批准", "测试也批准"), division_code="110000")
    await run_outreach(registry.house)
    anybody = await officer(registry, division_code="110000")
    row = only((await anybody.get("/v1/statistics/take-up")).raise_for_status().json()["items"])
    assert (row["paid"], row["under_way"], row["unclaimed"], row["take_up_bp"]) == (0, 2, 1, 0)
    owner = await registry.owner()
    async with owner.transaction():
        await owner.execute("ALTER TABLE claim DISABLE TRIGGER append_only")
        await owner.execute(
            "UPDATE claim SET state = 'paid' WHERE claim_id = (SELECT min(claim_id::text)::uuid FROM claim)"
        )
        await owner.execute("ALTER TABLE claim ENABLE ALWAYS TRIGGER append_only")
    row = only((await anybody.get("/v1/statistics/take-up")).json()["items"])
    assert (row["paid"], row["under_way"], row["take_up_bp"]) == (1, 1, 3333)
