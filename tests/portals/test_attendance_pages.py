"""Attendance through pages: devices, the calendar, the code in the room, who is missing, corrections by two people."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from tests.builders.attendance import Lesson, OpenClass, lay_open_class, registered_source
from tests.builders.decided_claims import officer
from tests.builders.rosters import lay_draft
from tests.portals.forms import fill, press
from tests.portals.portal_server import Portal
from tests.portals.walking import PHONE, Walk

DEVICE = "一号实训楼201教室人脸考勤机"


@pytest.fixture
def laid(portal: Portal) -> OpenClass:
    """A class of an institution of the test's own: each test moves the clock past it."""
    lessons = (Lesson(), Lesson(begins=60 * 24 * 3), Lesson(begins=60 * 24 * 9))
    return portal.run(lay_open_class(portal.registry, trainees=4, lessons=lessons))


@pytest.fixture(scope="module")
def filing(walk: Walk, portal: Portal) -> Page:
    return walk.as_somebody(portal.run(officer(portal.registry, Permission.FILING)))


def test_a_device_is_proposed_registered_and_ended(
    walk: Walk, portal: Portal, laid: OpenClass, filing: Page
) -> None:
    page = walk.as_somebody(laid.operator)
    walk.open(page, f"/institution/openings/{laid.opening_id}/calendar", name="institution-calendar")
    expect(page.get_by_text("还没有可用的考勤设备")).to_be_visible()
    page.get_by_role("link", name="去申报考勤设备").click()
    walk.judge(page, name="institution-sources-empty")
    page.get_by_role("button", name="申报").click()
    expect(page.locator(".summary")).to_contain_text("名称")
    walk.expect_complaint("422")
    for name in (DEVICE, "旧考勤机"):
        fill(page, {"name": name})
        press(page, "申报", "已申报")
    walk.open(filing, "/office/sources", name="office-sources")
    filing.get_by_role("button", name=f"登记：{DEVICE}").click()
    expect(filing.locator(".secret").first).to_contain_text("source-")
    walk.judge(filing, name="office-source-registered")
    filing.goto("/office/sources")
    filing.get_by_role("button", name="登记：旧考勤机").click()
    walk.open(filing, "/office/sources?standing=in_force", name="office-sources-in-force")
    row = filing.get_by_role("row", name="旧考勤机")
    row.locator("summary").click()
    row.get_by_role("button", name="停用").click()
    expect(filing.locator(".summary")).to_contain_text("停用理由")
    walk.expect_complaint("422")
    row = filing.get_by_role("row", name="旧考勤机")
    row.get_by_label("停用理由").fill("设备已报废")
    row.get_by_role("button", name="停用").click()
    expect(filing.locator(".said")).to_contain_text("已停用")
    walk.open(page, "/institution/sources", name="institution-sources")
    expect(page.get_by_role("row", name="旧考勤机")).to_contain_text("已停用")


def test_the_code_in_the_room_signs_in_and_shows_who_is_missing(
    walk: Walk, portal: Portal, laid: OpenClass
) -> None:
    portal.run(registered_source(portal.registry, laid))
    page = walk.as_somebody(laid.operator)
    code_page = f"/institution/sessions/{laid.sessions[0]}/code"
    walk.open(page, f"/institution/sessions/{laid.sessions[2]}/code", name="institution-code-too-early")
    expect(page.get_by_text("现在不能签到")).to_be_visible()
    portal.run(laid.go_to(-5))
    walk.open(page, code_page, name="institution-code")
    code = page.locator("[data-code-digits]").inner_text()
    screen = walk.as_somebody(laid.operator)
    screen.clock.install()
    screen.goto(code_page)
    plain = walk.as_somebody(laid.operator, scripts=False)
    plain.goto(code_page)
    assert plain.locator("noscript meta[http-equiv=refresh]").count() == 1
    phone = walk.as_somebody(portal.run(portal.registry.citizen(laid.persons[0])))
    phone.set_viewport_size(PHONE)
    walk.open(phone, "/my/check-in", name="my-check-in")
    wrong = "".join("9" if digit != "9" else "0" for digit in re.sub(r"\D", "", code))
    fill(phone, {"code": wrong})
    phone.get_by_role("button", name="确定").click()
    expect(phone.locator(".summary")).to_contain_text("签到码不正确")
    walk.expect_complaint("409")
    walk.judge(phone, name="my-check-in-refused")
    fill(phone, {"code": code})
    press(phone, "确定", "已签到")
    walk.judge(phone, name="my-check-in-done")
    expect(phone.get_by_role("radio", name="签退")).to_be_checked()
    # The open page asks for the next code by itself, and counts along.
    portal.run(portal.registry.advance(seconds=61))
    screen.clock.fast_forward(31_000)
    expect(screen.locator("[data-code-count]")).to_have_text("1")
    assert screen.locator("[data-code-digits]").inner_text() != code
    walk.open(page, f"/institution/sessions/{laid.sessions[0]}", name="institution-session")
    expect(page.locator(".names li")).to_have_count(3)


def test_a_correction_is_asked_for_and_decided_by_another(
    walk: Walk, portal: Portal, laid: OpenClass, filing: Page
) -> None:
    page = walk.as_somebody(laid.operator)
    portal.run(laid.go_to(120))
    base = f"/institution/openings/{laid.opening_id}"
    walk.open(page, f"{base}/presence", name="institution-presence-empty")
    page.get_by_role("button", name="提出更正").click()
    page.locator("[name=line_id]").select_option(index=2)
    page.get_by_role("button", name="提出更正").click()
    expect(page.locator(".summary")).to_contain_text("理由")
    walk.expect_complaint("422")
    walk.judge(page, name="institution-presence-refused")
    fill(page, {"reason": "考勤机当日断电，有现场签到表为证"})
    press(page, "提出更正", "已提出考勤更正")
    walk.open(filing, "/office", name="office-with-attendance")
    filing.get_by_role("link", name="考勤更正待核实").click()
    walk.judge(filing, name="office-presence-list")
    filing.get_by_role("link", name="测试班").click()
    filing.get_by_label("事由").select_option("filing_review")
    filing.get_by_label("案件编号").fill("京人社备〔2026〕0001")
    filing.get_by_role("button", name="查看").click()
    expect(filing.get_by_text("考勤机当日断电")).to_be_visible()
    walk.judge(filing, name="office-presence")
    filing.get_by_role("button", name="不予更正").click()
    expect(filing.locator(".summary")).to_contain_text("不予更正须说明理由")
    walk.expect_complaint("409")
    walk.judge(filing, name="office-presence-refused")
    press(filing, "同意更正", "已同意更正")
    walk.open(filing, "/office/presence", name="office-presence-list-empty")
    walk.open(page, f"{base}/presence", name="institution-presence")
    expect(page.get_by_role("row", name="考勤机当日断电")).to_contain_text("已同意")
    walk.open(page, f"/institution/sessions/{laid.sessions[0]}", name="institution-session-corrected")
    expect(page.get_by_text("按更正认定")).to_be_visible()
    page.goto(f"{base}/calendar")
    page.get_by_role("link", name=re.compile("^改时间")).first.click()
    expect(page.get_by_label("日期")).not_to_have_value("")
    walk.judge(page, name="institution-change-session")


def test_without_sessions_or_classes_the_pages_say_what_comes(
    walk: Walk, portal: Portal, laid: OpenClass
) -> None:
    drafted = portal.run(lay_draft(portal.registry))
    page = walk.as_somebody(drafted.operator)
    base = f"/institution/openings/{drafted.opening_id}"
    walk.open(page, f"{base}/calendar", name="institution-calendar-empty")
    portal.run(portal.registry.advance(days=30))
    phone = walk.as_somebody(portal.run(portal.registry.citizen(laid.persons[0])))
    phone.set_viewport_size(PHONE)
    walk.open(phone, "/my/check-in", name="my-check-in-empty")
