"""The dry run: the decision's own code, for the citizen and for an officer with purpose; nothing is stored."""

from typing import Any

import pytest

from app.access.actor import Permission
from tests.builders.claims import DIVISION, Claimant, lay_claimant, lay_office
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio

PATH = "/v1/eligibility:evaluate"


async def tried(caller: Caller, claimant: Claimant, **changes: Any) -> Any:
    """Try 技能提升补贴 on the last certificate."""
    body = {"record_number": claimant.record_number, "kind": "skill_upgrade", **changes}
    return await caller.post(PATH, json=body)


async def test_the_dry_run_says_what_the_review_then_says(registry: Registry) -> None:
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    dry = await tried(claimant.citizen, claimant)
    assert dry.status_code == 200, dry.text
    assert dry.json()["division_code"] == DIVISION
    claim_id = await claimant.submitted()
    reviewed = await office.steps(claim_id, "accept", "review")
    assert dry.json()["verdict"] == reviewed["verdict"]
    assert dry.json()["verdict"]["days_left"] > 300


async def test_the_dry_run_stores_nothing_but_who_looked(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    reviewer = await registry.officer(Permission.REVIEW, division_code="310101")
    owner = await registry.owner()
    count = """SELECT (SELECT count(*) FROM insurance_fact) + (SELECT count(*) FROM claim)
      + (SELECT count(*) FROM outbox_message WHERE topic LIKE 'claim%')"""
    await tried(claimant.citizen, claimant)
    seen = await tried(reviewer, claimant, case_number="测试案件0001")
    assert seen.status_code == 200, seen.text
    assert await owner.fetchval(count) == 0
    rows = await owner.fetch("SELECT purpose, case_number FROM access_event")
    assert [(row["purpose"], row["case_number"]) for row in rows] == [("subsidy_review", "测试案件0001")]


async def test_an_officer_names_the_case_and_a_citizen_sees_only_their_own(registry: Registry) -> None:
    claimant, stranger = await lay_claimant(registry), await lay_claimant(registry)
    reviewer = await registry.officer(Permission.REVIEW)
    caseless = await tried(reviewer, claimant)
    assert (caseless.status_code, codes(caseless)) == (422, ["case_number_missing"])
    assert (await tried(stranger.citizen, claimant)).status_code == 404


async def test_what_the_platform_said_is_used_again_for_a_day(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    await claimant.submitted()
    asked = registry.sandbox.stats("unemployment_insurance")
    await tried(claimant.citizen, claimant)
    assert registry.sandbox.stats("unemployment_insurance") == asked
    await registry.advance(hours=25)
    await tried(claimant.citizen, claimant)
    assert registry.sandbox.stats("unemployment_insurance") != asked


async def test_an_unsealed_entry_is_not_in_yet(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    await claimant.account()
    await claimant.certificate(code="6-18-02-04", sealed=False)
    verdict = (await tried(claimant.citizen, claimant)).json()["verdict"]
    gate = next(reason for reason in verdict["reasons"] if reason["code"] == "record_gate")
    assert (gate["result"], verdict["outcome"] == "eligible") == ("unknown", False)
