"""Institutions: from an empty work list to a filed class, through pages alone."""

from datetime import timedelta
from urllib.parse import urlsplit

from playwright.sync_api import expect

from app.kernel.clock import law_date
from tests.builders.directory import Directory, program_body, ready_directory, today
from tests.builders.openings import first_day_of, lay_roster_line
from tests.portals.forms import KINDS, PLAN, choose, fill, save
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk

LONG_NAME = "新疆维吾尔自治区巴音郭楞蒙古自治州和静县巴音布鲁克镇示范职业技能培训学校有限责任公司"[:40]


async def longest(portal: Portal) -> Directory:
    begins = await today(portal.registry)
    return await ready_directory(
        portal.registry,
        institution={"name": LONG_NAME},
        program={"name": program_body(begins)["name"]},
    )


def test_a_class_is_filed_through_its_five_parts(walk: Walk, portal: Portal) -> None:
    directory = portal.run(longest(portal))
    first_day = portal.run(first_day_of(portal.registry, in_days=5))
    page = walk.as_somebody(directory.operator)
    walk.open(page, "/institution", name="institution-empty")
    walk.open(page, "/institution/openings", name="institution-openings-empty")
    page.get_by_role("link", name="申报开班").first.click()
    page.get_by_role("button", name="建立草稿").click()
    expect(page.locator(".summary")).to_contain_text("培训项目")
    walk.expect_complaint("422")
    walk.judge(page, name="institution-opening-new-refused")
    choose(page, {"program_id": str(directory.program_id), "division_code": "110105"})
    fill(
        page,
        {
            "name": "某市养老护理员（为老服务方向）培训2026年第1期",
            "planned_size": "30",
            "venue": "二号楼201教室",
        },
    )
    page.get_by_role("button", name="建立草稿").click()
    expect(page.locator(".said")).to_contain_text("草稿")
    walk.judge(page, name="institution-opening-draft")
    base = page.url

    page.get_by_role("link", name="教学计划").click()
    fill(page, {**PLAN, "starts_on": law_date(first_day).isoformat()})
    choose(page, KINDS)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".summary")).to_contain_text("结束日期")
    walk.expect_complaint("422")
    walk.judge(page, name="institution-part-plan-refused")
    fill(page, {"ends_on": law_date(first_day + timedelta(days=10)).isoformat()})
    save(page)

    walk.open(page, f"{urlsplit(base).path}/basics", name="institution-part-basics")
    page.goto(base)
    page.get_by_role("link", name="授课师资").click()
    walk.judge(page, name="institution-part-teachers")
    fill(
        page,
        {
            "teachers.1.name": "阿卜杜热依木·买买提吐尔逊",
            "teachers.1.qualification": "养老护理员二级/技师",
            "teachers.1.subject": "生活照护实操",
        },
    )
    save(page)

    page.get_by_role("link", name="课次安排").click()
    page.get_by_role("button", name="增加空行").click()
    for number, (kind, day, starts, ends) in enumerate(
        [("theory", 0, "09:00", "10:30"), ("practice", 0, "13:00", "16:00"), ("safety", 1, "09:00", "10:30")]
    ):
        at = f"sessions.{number}"
        on = law_date(first_day + timedelta(days=day)).isoformat()
        fill(page, {f"{at}.on": on, f"{at}.starts_at": starts, f"{at}.ends_at": ends, f"{at}.venue": "201"})
        choose(page, {f"{at}.hours_kind": kind})
        page.locator(f"[name='{at}.teacher_id']").select_option(index=1)
    walk.judge(page, name="institution-part-sessions")
    save(page)

    page.get_by_role("link", name="教材教学资源清单").click()
    fill(page, {"items.0.title": "养老护理员教程", "items.0.source": "自编", "items.0.quantity": "30"})
    choose(page, {"items.0.kind": "textbook"})
    save(page)

    page.get_by_role("link", name="核对并申报").click()
    walk.judge(page, name="institution-opening-check-blocked")
    page.get_by_role("button", name="申报开班备案").click()
    expect(page.locator(".summary")).to_contain_text("缺少考核方案")
    expect(page.locator(".summary")).to_contain_text("缺少学员名册")
    walk.expect_complaint("409")
    page.goto(f"{base}/parts/assessment_plan")
    page.get_by_label("理论和实操").check()
    fill(
        page,
        {
            "planned_on": law_date(first_day + timedelta(days=11)).isoformat(),
            "pass_score": "60",
            "description": "理论闭卷，实操现场考核",
        },
    )
    save(page)
    opening_id = base.rsplit("/", 1)[1]
    for line in (3, 4):
        portal.run(
            lay_roster_line(portal.registry, opening_id, directory.institution_id, sheet_line=line)  # type: ignore[arg-type]
        )
    page.goto(f"{base}/file")
    walk.judge(page, name="institution-opening-check-ready")
    page.get_by_label("我已阅读承诺书").check()
    page.get_by_role("button", name="申报开班备案").click()
    expect(page.locator(".said")).to_contain_text("已申报")
    walk.judge(page, name="institution-opening-filed")
    walk.open(page, "/institution", name="institution-full")
    walk.open(page, "/institution/openings", name="institution-openings")
    walk.open(page, f"{base}/sessions", name="institution-sessions-read")
