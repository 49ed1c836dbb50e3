"""Statistics, the quarterly report and scorecards: counted by the job, shown, downloaded, and the same in the API."""

import io
from datetime import date
from uuid import UUID

import pytest
import python_calamine
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from app.jobs.counting import run_counting
from app.kernel.clock import law_date
from app.oversight.statistics.rules import Quarter
from tests.builders.decided_claims import officer
from tests.builders.finished_class import lay_finished_class
from tests.builders.overseen import lay_overseen
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Caller, Registry


@pytest.fixture(scope="module")
def clerk(portal: Portal) -> Caller:
    return portal.run(officer(portal.registry, Permission.INSPECTION, division_code="110000"))


@pytest.fixture(scope="module")
def desk(walk: Walk, clerk: Caller) -> Page:
    return walk.as_somebody(clerk)


async def contradict(registry: Registry, claim_id: UUID) -> None:
    """Another registry says, after a restore, that it paid this claim's benefit too."""
    owner = await registry.owner()
    await owner.execute(f"""
        SET session_replication_role = replica;
        WITH peer AS (
          INSERT INTO peer_registry (name, division_code, issuer, base_url, agency_id, principal_id,
            token_secret_sealed, hourly_budget, proposed_by)
          VALUES ('外省登记机构', '310000', 'https://peer.test', 'https://peer.test', uuidv7(), uuidv7(), '\\x01', 2,
            uuidv7())
          RETURNING peer_id
        ), own AS (
          SELECT held.*, known.identifier_id FROM claim AS held JOIN person_identifier AS known USING (person_id)
          WHERE claim_id = '{claim_id}'
        ), hold AS (
          INSERT INTO peer_hold (peer_id, attestation_id, key_group, benefit_line, skill_level, period, expires_at,
            is_restored, contradicts, confirmed_at, settled_at)
          SELECT peer_id, uuidv7(), key_group, benefit_line, skill_level, period, now(), true, true, now(), now()
          FROM peer, own RETURNING hold_id, peer_id
        ), token AS (
          INSERT INTO person_token (person_id, peer_id, identifier_id, token)
          SELECT person_id, peer_id, identifier_id, sha256('token') FROM peer, own
        )
        INSERT INTO peer_hold_token (hold_id, peer_id, token) SELECT hold_id, peer_id, sha256('token') FROM hold;
        SET session_replication_role = origin;
    """)


@pytest.fixture(scope="module")
def counted_on(portal: Portal) -> date:
    """The day on which a class was closed, one claim was paid of three, and a month was counted."""
    overseen = portal.run(lay_overseen(portal.registry))
    portal.run(contradict(portal.registry, overseen.claim_id))
    laid = portal.run(lay_finished_class(portal.registry))
    closed = portal.run(laid.operator.post(f"/v1/openings/{laid.opening_id}:close"))
    assert closed.status_code == 200, closed.text
    assert portal.run(run_counting(portal.registry.house)) >= 1
    return law_date(portal.run(portal.registry.now()))


def test_what_was_done_is_counted_shown_and_stays(
    walk: Walk, portal: Portal, clerk: Caller, desk: Page, counted_on: date
) -> None:
    quarter = Quarter.of(counted_on)
    asked = f"year={quarter.year}&quarter={quarter.number}"
    walk.open(desk, f"/office/statistics?year={quarter.year}")
    expect(desk.get_by_text("发放1件次").first).to_be_visible()
    walk.open(desk, f"/office/statistics/quarterly?{asked}", name="office-quarterly")
    expect(desk.get_by_role("heading", name="技能提升补贴")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="下载季报（xlsx）").click()
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    assert book.sheet_names == ["申领发放", "用款份额", "更正与追回"]
    told = portal.run(clerk.get(f"/v1/statistics/quarterly?{asked}")).json()
    assert told["total"]["claim_submitted"]["items"] == 3
    assert told["total"]["benefit_paid"]["items"] == 1
    assert told["by_source"][0]["share_bp"] == 10_000
    assert told["adjustments"]["recovery_ordered"] == {"items": 1, "amount_fen": 50_000}
    assert told["adjustments"]["recovery_repaid"] == {"items": 1, "amount_fen": 20_000}
    portal.run(portal.registry.advance(days=95))
    assert portal.run(run_counting(portal.registry.house)) >= 3
    final = portal.run(clerk.get(f"/v1/statistics/quarterly?{asked}")).json()
    assert final["is_final"]
    assert final["total"] == told["total"]
    assert final["statement"].count(".") == 2
    portal.run(portal.registry.advance(days=1))
    assert portal.run(run_counting(portal.registry.house)) == 1, "only the month that runs is counted anew"
    again = portal.run(clerk.get(f"/v1/statistics/quarterly?{asked}")).json()
    assert again | {"statement": ""} == final | {"statement": ""}


def test_another_area_sees_nothing_of_it(walk: Walk, portal: Portal, counted_on: date) -> None:
    caller = portal.run(officer(portal.registry, Permission.INSPECTION, division_code="310000"))
    elsewhere = walk.as_somebody(caller)
    walk.open(elsewhere, f"/office/statistics?year={counted_on.year}", name="office-statistics-empty")
    path = f"/v1/statistics/months?year={counted_on.year}"
    assert portal.run(caller.get(f"{path}&division=110000")).status_code == 404
    assert portal.run(caller.get(path)).json()["items"] == []


def test_paid_here_and_there_is_found_out_once(walk: Walk, portal: Portal, counted_on: date) -> None:
    registry = portal.registry
    elsewhere = portal.run(officer(registry, Permission.APPROVAL, division_code="310000"))
    assert portal.run(elsewhere.get("/v1/peer-contradictions")).json()["items"] == []
    approver = portal.run(officer(registry, Permission.APPROVAL, division_code="110000"))
    desk = walk.as_somebody(approver)
    walk.open(desk, "/office/money/registries", name="office-contradictions")
    desk.locator("summary", has_text="写明结论").click()
    desk.get_by_label("结论").select_option("recovered_there")
    desk.get_by_label("理由").fill("经与对方核对，由对方追回")
    desk.get_by_role("button", name="认定").click()
    expect(desk.locator(".said")).to_contain_text("已认定：由对方追回")
    hold = portal.run(approver.get("/v1/peer-contradictions")).json()["items"][0]["hold_id"]
    again = {"finding": "not_double", "reason": "重复认定"}
    path = f"/v1/peer-contradictions/{hold}:decide"
    assert portal.run(approver.post(path, json=again)).status_code == 409
    assert portal.run(elsewhere.post(path, json=again)).status_code == 404


def test_institutions_are_compared(walk: Walk, desk: Page, counted_on: date) -> None:
    walk.open(desk, f"/office/statistics/institutions?year={counted_on.year}", name="office-scorecards")
    desk.locator("tbody a").first.click()
    expect(desk.locator("dl.facts")).to_contain_text("备案班次")
    walk.judge(desk, name="office-scorecard")
