"""The officer's work list and claims: lists, one claim after the other by keyboard, two persons, many at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from tests.builders.claims import Office, lay_claimant, lay_office
from tests.builders.decided_claims import officer
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Registry

REVIEWED_IN_A_ROW = 10


async def submit(registry: Registry, count: int) -> list[str]:
    """Claims that are eligible, of one person each."""
    taken = []
    for _ in range(count):
        claimant = await lay_claimant(registry)
        await claimant.account()
        taken.append(await claimant.submitted())
    return taken


@pytest.fixture(scope="module")
def office(portal: Portal) -> Office:
    """One may review and approve, though not the same claim; the other approves."""
    both = officer(portal.registry, Permission.REVIEW, Permission.APPROVAL)
    return Office(portal.run(both), portal.run(officer(portal.registry, Permission.APPROVAL)))


@pytest.fixture(scope="module")
def reviewer(walk: Walk, office: Office) -> Page:
    return walk.as_somebody(office.reviewer)


def test_the_work_list_shows_what_waits(walk: Walk, portal: Portal, reviewer: Page) -> None:
    elsewhere = walk.as_somebody(portal.run(lay_office(portal.registry, "310115")).reviewer)
    walk.open(elsewhere, "/office", name="office-empty")
    expect(elsewhere.get_by_text("没有待办事项")).to_be_visible()
    portal.run(submit(portal.registry, 1))
    walk.open(reviewer, "/office")
    expect(reviewer.get_by_role("row", name="补贴申领待受理")).to_be_visible()
    reviewer.keyboard.press("?")
    expect(reviewer.locator("#shortcuts")).to_have_attribute("open", "")
    walk.judge(reviewer, name="office-shortcuts")
    reviewer.get_by_role("link", name="补贴申领待受理").focus()
    reviewer.keyboard.press("Enter")
    expect(reviewer).to_have_url(re.compile("/office/claims"))
    walk.judge(reviewer, name="office-claims")
    for further in ("lapsed", "held", "trial"):
        walk.open(reviewer, f"/office/claims/{further}")


def test_claims_are_reviewed_one_after_the_other_by_keyboard(
    walk: Walk, portal: Portal, reviewer: Page, office: Office
) -> None:
    portal.run(submit(portal.registry, REVIEWED_IN_A_ROW))
    for state in ("submitted", "accepted"):
        reviewer.goto(f"/office/claims?state={state}")
        waiting = reviewer.locator("tbody tr").count()
        assert waiting >= REVIEWED_IN_A_ROW
        reviewer.keyboard.press("j")
        reviewer.keyboard.press("Enter")
        expect(reviewer.locator("[data-key=a]")).to_be_visible()
        for left in range(waiting, 0, -1):
            here = reviewer.url
            expect(reviewer.locator("[data-key=a]")).to_be_visible()
            if left == waiting:
                walk.judge(reviewer, name=f"office-claim-{state}")
            reviewer.keyboard.press("a")
            reviewer.wait_for_url(lambda url, here=here: url != here)
        expect(reviewer.locator(".said")).to_contain_text("这一批已经办完")
    maker_is_not_checker(walk, reviewer, office)


def maker_is_not_checker(walk: Walk, reviewer: Page, office: Office) -> None:
    """What one has reviewed another approves; whoever may do both is told why not."""
    reviewer.goto("/office/claims?state=reviewed")
    reviewer.keyboard.press("j")
    reviewer.keyboard.press("Enter")
    expect(reviewer.get_by_text("审核人不能审批自己审核的申领")).to_be_visible()
    walk.judge(reviewer, name="office-claim-maker")
    reviewer.keyboard.press("p")
    expect(reviewer.get_by_role("heading", level=1)).to_have_text("查看本人历史")
    reviewer.get_by_label("事由").select_option("subsidy_review")
    reviewer.get_by_label("案件编号").fill("京人社核〔2026〕0001")
    reviewer.keyboard.press("Control+Enter")
    expect(reviewer.get_by_text("测试申领人")).to_be_visible()
    walk.judge(reviewer, name="office-claim-history")
    approver = walk.as_somebody(office.approver)
    approver.goto("/office/claims?state=reviewed")
    approver.locator("tbody input[name=pick]").first.check()
    approver.get_by_role("button", name="批准勾选的").click()
    expect(approver.get_by_role("heading", level=1)).to_have_text("办成1件")
    walk.judge(approver, name="office-claims-steps")
