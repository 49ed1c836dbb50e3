"""Results typed into the grid by one, confirmed by another, and the class closed."""

from playwright.sync_api import expect

from tests.builders.finished_class import Trainee, lay_finished_class
from tests.builders.openings import opening_on_record
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk


def test_results_are_entered_confirmed_and_the_class_closed(walk: Walk, portal: Portal) -> None:
    names = ("阿卜杜热依木·买买提吐尔逊", "王样安", "李样安")
    trainees = [Trainee(name=name, serial=901 + at, outcome=None) for at, name in enumerate(names)]
    laid = portal.run(lay_finished_class(portal.registry, trainees))
    page = walk.as_somebody(laid.operator)
    base = f"/institution/openings/{laid.opening_id}"
    walk.open(page, base, name="institution-opening-running")
    walk.open(page, f"{base}/closing", name="institution-closing-blocked")
    expect(page.get_by_role("button", name="办理结班")).to_have_count(0)
    expect(page.locator("tbody")).to_contain_text(names[0])
    expect(page.locator("details")).to_contain_text(f"{names[0]}：这名学员没有考核结果", use_inner_text=False)
    walk.open(page, f"{base}/results", name="institution-results")
    page.get_by_role("link", name="结业考核").click()
    outcomes, scores = page.locator("[name$='.outcome']"), page.locator("[name$='.score']")
    for at in range(3):
        outcomes.nth(at).select_option("pass")
    scores.nth(0).focus()
    page.keyboard.type("88.5")
    page.keyboard.press("Enter")
    page.keyboard.type("61")
    page.get_by_role("button", name="保存成绩").click()
    expect(page.locator(".summary")).to_contain_text("第3项成绩")
    walk.expect_complaint("409")
    walk.judge(page, name="institution-results-grid-refused")
    scores.nth(2).fill("75")
    page.get_by_role("button", name="保存成绩").click()
    expect(page.locator(".said")).to_contain_text("已录入3名学员的成绩")
    expect(page.get_by_text("须由本机构另一名经办人登录后确认")).to_be_visible()

    second = walk.as_somebody(portal.run(portal.registry.operator(laid.institution_id)))
    second.goto(f"{base}/results/1")
    walk.judge(second, name="institution-results-confirm")
    second.get_by_role("button", name="确认本页成绩").click()
    expect(second.locator(".said")).to_contain_text("已确认3名学员的成绩")
    walk.open(second, f"{base}/closing", name="institution-closing-ready")
    second.get_by_role("button", name="办理结班").click()
    expect(second.locator(".said")).to_contain_text("3名学员的培训档案已归档")
    walk.open(second, f"{base}/closing", name="institution-closed")
    walk.open(second, f"{base}/records", name="institution-records")
    expect(second.locator("tbody tr").first).to_contain_text("R1101")
    expect(second.locator("tbody")).to_contain_text(names[0])
    walk.open(second, "/institution/claims", name="institution-claims-empty")


def test_an_assessment_is_scheduled_with_every_fault_at_once(walk: Walk, portal: Portal) -> None:
    opening = portal.run(opening_on_record(portal.registry))
    page = walk.as_somebody(opening.operator, scripts=False)
    page.goto(f"/institution/openings/{opening.opening_id}/results")
    page.get_by_role("button", name="安排考核").click()
    expect(page.locator(".summary")).to_contain_text("考核时间")
    expect(page.locator(".summary")).to_contain_text("考核方式")
    walk.expect_complaint("422")


def test_a_change_is_asked_for_with_its_reason(walk: Walk, portal: Portal) -> None:
    opening = portal.run(opening_on_record(portal.registry))
    page = walk.as_somebody(opening.operator)
    base = f"/institution/openings/{opening.opening_id}/changes"
    walk.open(page, base, name="institution-changes-empty")
    page.get_by_role("link", name="更换地点").click()
    page.get_by_role("button", name="提出变更").click()
    expect(page.locator(".summary")).to_contain_text("地点")
    walk.expect_complaint("422")
    walk.judge(page, name="institution-change-refused")
    page.locator("[name='proposal.venue']").fill("实训中心3号车间")
    page.locator("[name=reason]").fill("原教室检修")
    page.get_by_role("button", name="提出变更").click()
    expect(page.locator(".said")).to_contain_text("已提出变更")
    expect(page.locator("tbody tr")).to_contain_text("原教室检修")
    page.goto(f"{base}/session_time")
    page.locator("[name='proposal.session_id']").select_option(index=1)
    page.locator("[name=reason]").fill("教师外出")
    page.get_by_role("button", name="提出变更").click()
    expect(page.locator(".summary")).to_contain_text("开始时间")
    walk.expect_complaint("422")
