"""An officer and filings: put on record, returned with everything that is wrong, the roster for a purpose."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from app.access.actor import Permission
from app.kernel.clock import law_date
from tests.builders.decided_claims import officer
from tests.builders.directory import ready_directory
from tests.builders.openings import filed_opening
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk


def test_a_filing_goes_on_record_by_keyboard_and_another_back_with_its_defects(
    walk: Walk, portal: Portal
) -> None:
    good = portal.run(filed_opening(portal.registry))
    bad = portal.run(filed_opening(portal.registry, good.directory))
    page = walk.as_somebody(portal.run(officer(portal.registry, Permission.FILING)))
    walk.open(page, "/office/openings/changes")
    walk.open(page, "/office/openings")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_text("规则没有查出缺项")).to_be_visible()
    walk.judge(page, name="office-opening")
    page.keyboard.press("p")
    page.get_by_label("案件编号").fill("京")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    walk.judge(page, name="office-look")
    page.get_by_label("事由").select_option("filing_review")
    page.get_by_label("案件编号").fill("京人社备〔2026〕0001")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("本次查阅已留痕")).to_be_visible()
    walk.judge(page, name="office-roster")
    page.goto(f"/office/openings/{good.opening_id}")
    page.keyboard.press("a")
    expect(page.locator(".said")).to_contain_text("已备案")
    expect(page).to_have_url(re.compile(str(bad.opening_id)))
    # The class begins meanwhile: the rules find it late, and the text of the return is prepared.
    portal.run(portal.registry.advance(days=5))
    page.reload()
    expect(page.get_by_text("不能备案")).to_be_visible()
    prepared = page.locator("textarea[name='defects.0.message']")
    expect(prepared).not_to_have_value("")
    walk.judge(page, name="office-opening-defects")
    prepared.fill("首次课已经开始，请重新安排课次")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said")).to_contain_text("已退回")
    shown = portal.run(bad.show())
    assert shown["state"] == "returned"
    assert "首次课已经开始，请重新安排课次" in [reason["message"] for reason in shown["returned_reasons"]]


def test_the_directory_is_kept(walk: Walk, portal: Portal) -> None:
    portal.run(ready_directory(portal.registry))
    page = walk.as_somebody(portal.run(officer(portal.registry, Permission.DIRECTORY)))
    walk.open(page, "/office/directory")
    page.get_by_role("link", name="某市示范职业培训学校").first.click()
    walk.judge(page, name="office-institution")
    page.locator("summary", has_text="暂停").click()
    form = page.locator("form[action$=suspend]")
    form.get_by_label("理由").fill("年度检查不合格，限期整改")
    form.get_by_label("生效日期").fill("2020-01-01")
    form.get_by_role("button", name="暂停").click()
    expect(page.locator(".summary")).to_contain_text("生效日期")
    walk.expect_complaint("409")
    walk.judge(page, name="office-institution-refused")
    assert form.get_by_label("理由").input_value() == "年度检查不合格，限期整改"
    assert page.locator("form[action$=withdraw] textarea").input_value() == ""
    tomorrow = law_date(portal.run(portal.registry.now())) + timedelta(days=1)
    form.get_by_label("生效日期").fill(tomorrow.isoformat())
    form.get_by_role("button", name="暂停").click()
    expect(page.locator(".said")).to_contain_text("已暂停")
    walk.open(page, "/office/directory/programs")
