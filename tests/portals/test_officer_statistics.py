"""Statistics, the quarterly report and scorecards: counted by the job, shown, downloaded, and the same in the API."""

import io

import pytest
import python_calamine
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from app.jobs.counting import run_counting
from tests.builders.decided_claims import officer
from tests.builders.finished_class import lay_finished_class
from tests.builders.overseen import lay_overseen
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Caller


@pytest.fixture(scope="module")
def clerk(portal: Portal) -> Caller:
    return portal.run(officer(portal.registry, Permission.INSPECTION, division_code="110000"))


@pytest.fixture(scope="module")
def desk(walk: Walk, clerk: Caller) -> Page:
    return walk.as_somebody(clerk)


def test_what_was_done_is_counted_and_shown(walk: Walk, portal: Portal, clerk: Caller, desk: Page) -> None:
    walk.open(desk, "/office/statistics", name="office-statistics-empty")
    walk.open(desk, "/office/statistics/quarterly", name="office-quarterly-empty")
    portal.run(lay_overseen(portal.registry))
    laid = portal.run(lay_finished_class(portal.registry))
    closed = portal.run(laid.operator.post(f"/v1/openings/{laid.opening_id}:close"))
    assert closed.status_code == 200, closed.text
    assert portal.run(run_counting(portal.registry.house)) >= 1
    now = portal.run(portal.registry.now())
    walk.open(desk, "/office/statistics")
    expect(desk.get_by_text("发放1件次").first).to_be_visible()
    quarter = (now.month + 2) // 3
    walk.open(
        desk, f"/office/statistics/quarterly?year={now.year}&quarter={quarter}", name="office-quarterly"
    )
    expect(desk.get_by_role("heading", name="技能提升补贴")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="下载季报（xlsx）").click()
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    assert book.sheet_names == ["申领发放", "用款份额", "更正与追回"]
    told = portal.run(clerk.get(f"/v1/statistics/quarterly?year={now.year}&quarter={quarter}")).json()
    assert told["total"]["claim_submitted"]["items"] == 3
    assert told["total"]["benefit_paid"]["items"] == 1
    assert told["by_source"][0]["share_bp"] == 10_000
    assert told["adjustments"]["recovery_ordered"] == {"items": 1, "amount_fen": 50_000}
    assert told["adjustments"]["recovery_repaid"] == {"items": 1, "amount_fen": 20_000}
    assert not told["is_final"]
    assert told["statement"] is None
    elsewhere = portal.run(officer(portal.registry, Permission.INSPECTION, division_code="310000"))
    assert portal.run(elsewhere.get("/v1/statistics/months?year=2026&division=110000")).status_code == 404
    of_shanghai = portal.run(elsewhere.get(f"/v1/statistics/months?year={now.year}")).json()
    assert of_shanghai["items"] == []


def test_a_month_that_is_over_stays_as_it_was_counted(portal: Portal, clerk: Caller) -> None:
    now = portal.run(portal.registry.now())
    asked = f"/v1/statistics/quarterly?year={now.year}&quarter={(now.month + 2) // 3}"
    portal.run(portal.registry.advance(days=95))
    assert portal.run(run_counting(portal.registry.house)) >= 3
    final = portal.run(clerk.get(asked)).json()
    assert final["is_final"]
    assert final["total"]["benefit_paid"]["items"] == 1
    assert final["statement"].count(".") == 2
    portal.run(portal.registry.advance(days=1))
    assert portal.run(run_counting(portal.registry.house)) == 1, "only the month that runs is counted anew"
    again = portal.run(clerk.get(asked)).json()
    assert again | {"statement": ""} == final | {"statement": ""}


def test_institutions_are_compared(walk: Walk, desk: Page) -> None:
    walk.open(desk, "/office/statistics/institutions", name="office-scorecards")
    desk.locator("tbody a").first.click()
    expect(desk.locator("dl.facts")).to_contain_text("备案班次")
    walk.judge(desk, name="office-scorecard")
