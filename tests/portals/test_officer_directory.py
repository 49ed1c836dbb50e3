"""Directories kept through pages: institutions, programs, evaluation bodies, shortage lists; listings and promises."""

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from app.jobs.listing_checks import run_listing_checks
from tests.api.test_claim_commitments import PLACE, project_class, promised
from tests.builders.certificates import new_number
from tests.builders.decided_claims import officer
from tests.builders.directory import credit_code
from tests.builders.listings import file, lay_employer
from tests.builders.rosters import trainees
from tests.portals.forms import choose, fill, press
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk

SCHOOL = {
    "name": "新疆维吾尔自治区巴音郭楞蒙古自治州和静县巴音布鲁克镇示范职业技能培训学校有限责任公司"[:40],
    "division_code": "110105",
    "address": "示范路1号",
    "contact_phone": "010-00000000",
    "qualification.document_number": "人社民3110105000001号",
    "qualification.issued_by": "某市某区人力资源和社会保障局",
    "qualification.starts_on": "2024-01-01",
}
PROGRAM = {
    "name": "某市养老护理员（五级）培训",
    "occupation_code": "4-10-01-05",
    "open_positions": "320",
    "skill_requirements": "能为老年人提供生活照料",
    "content": "照护基础、实操训练、安全操作",
    "theory_hours": "20",
    "practice_hours": "30",
}
CHOSEN = {"skill_level": "level_5", "training_type": "employment_skills", "training_mode": "classroom"}


@pytest.fixture(scope="module")
def keeper(walk: Walk, portal: Portal) -> Page:
    made = officer(portal.registry, Permission.DIRECTORY, division_code="110000")
    return walk.as_somebody(portal.run(made))


def test_institutions_and_programs_enter_the_directory(walk: Walk, keeper: Page) -> None:
    walk.open(keeper, "/office/directory", name="office-directory-empty")
    keeper.get_by_role("link", name="登记机构").click()
    fill(keeper, SCHOOL | {"unified_social_credit_code": "52110000MJ0000001"})
    keeper.get_by_role("button", name="登记").click()
    expect(keeper.locator(".summary")).to_contain_text("种类")
    walk.expect_complaint("422")
    walk.judge(keeper, name="office-institution-new-refused")
    fill(keeper, {"unified_social_credit_code": credit_code()})
    choose(keeper, {"kind": "training_school", "qualification.kind": "school_license"})
    press(keeper, "登记", "已登记")
    walk.judge(keeper, name="office-institution-new")
    form = keeper.locator("form[action$='/designations']")
    keeper.locator("summary", has_text="定点").first.click()
    form.get_by_label("职业编码").fill("4-10-01-05")
    form.get_by_label("地区").fill("110000")
    form.get_by_label("自", exact=True).fill("2026-01-01")
    form.get_by_label("文号").fill("某人社发〔2026〕3号")
    form.get_by_role("button", name="定点").click()
    expect(keeper.locator(".said")).to_contain_text("已定点")
    keeper.locator("summary", has_text="终止定点").click()
    ending = keeper.locator("form[action$='/designations/end']")
    ending.get_by_label("哪一项定点").select_option(index=1)
    ending.get_by_label("自该日起").fill("2099-01-01")
    ending.get_by_role("button", name="终止定点").click()
    expect(keeper.locator(".said")).to_contain_text("终止")
    open_accounts(walk, keeper)
    walk.open(keeper, "/office/directory/programs", name="office-programs-empty")
    keeper.get_by_role("link", name="发布项目").click()
    fill(keeper, PROGRAM)
    choose(keeper, CHOSEN)
    keeper.get_by_role("button", name="发布").click()
    expect(keeper.locator(".summary")).to_contain_text("安全课时")
    walk.expect_complaint("4")
    walk.judge(keeper, name="office-program-new-refused")
    fill(keeper, {"safety_hours": "4"})
    press(keeper, "发布", "已发布")
    keeper.locator("a[href$='/revise']").click()
    walk.judge(keeper, name="office-program-revise")
    expect(keeper.locator("[name=theory_hours]")).to_have_value("20")
    walk.open(keeper, "/office/directory/programs", name="office-programs")


def open_accounts(walk: Walk, keeper: Page) -> None:
    """For a person and for a system; what they sign in with is shown once."""
    keeper.get_by_role("link", name="开设机构账号").click()
    keeper.get_by_role("button", name="开设操作员账号").click()
    expect(keeper.locator(".summary")).to_contain_text("登录名")
    walk.expect_complaint("422")
    walk.judge(keeper, name="office-institution-accounts")
    form = keeper.locator("form[action$='/operators']")
    form.get_by_label("登录名").fill("operator.one")
    form.get_by_label("姓名").fill("王样安")
    form.get_by_role("button").click()
    expect(keeper.get_by_text("凭证只显示这一次")).to_be_visible()
    expect(keeper.locator(".secret").first).to_have_text("operator.one")
    walk.judge(keeper, name="office-operator-registered")
    keeper.get_by_role("link", name="再开设一个账号").click()
    form = keeper.locator("form[action$='/clients']")
    form.get_by_label("系统名称").fill("教务系统")
    form.get_by_role("button").click()
    expect(keeper.get_by_text("凭证只显示这一次")).to_be_visible()


def test_evaluation_bodies_and_shortage_lists(walk: Walk, keeper: Page) -> None:
    walk.open(keeper, "/office/directory/bodies", name="office-bodies-empty")
    keeper.get_by_role("link", name="登记评价机构").click()
    fill(keeper, {"body_code": new_number()[:13], "name": "某市样例技能评价中心"})
    keeper.get_by_role("button", name="登记").click()
    expect(keeper.locator(".summary")).to_contain_text("类别")
    walk.expect_complaint("422")
    walk.judge(keeper, name="office-body-new")
    choose(keeper, {"kind": "social_body"})
    press(keeper, "登记", "已登记")
    walk.judge(keeper, name="office-body-empty")
    form = keeper.locator("form[action$='/scopes']")
    form.get_by_label("职业编码").fill("4-10-01-05")
    form.get_by_label("最低等级").select_option("level_5")
    form.get_by_label("最高等级").select_option("level_3")
    form.get_by_label("自", exact=True).fill("2026-01-01")
    form.get_by_label("备案文号").fill("某人社评〔2025〕1号")
    press(keeper, "登记评价范围", "已登记评价范围")
    keeper.locator("summary", has_text="终止评价范围").click()
    keeper.get_by_role("button", name="终止评价范围").click()
    expect(keeper.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    walk.judge(keeper, name="office-body")
    walk.open(keeper, "/office/directory/bodies", name="office-bodies")
    walk.open(keeper, "/office/directory/shortages", name="office-shortages-empty")
    keeper.locator("summary", has_text="登记一份目录").click()
    form = keeper.locator("form[action$='/shortages']")
    form.get_by_label("文号").fill("某人社发〔2026〕1号")
    form.get_by_label("自", exact=True).fill("2026-01-01")
    form.get_by_label("职业编码").fill("4-10-01-05\n9-99-99-99")
    form.get_by_role("button", name="登记目录").click()
    expect(keeper.locator(".summary")).to_contain_text("职业编码")
    walk.expect_complaint("4")
    walk.judge(keeper, name="office-shortages-refused")
    form.get_by_label("职业编码").fill("4-10-01-05、4-03-02-01")
    form.get_by_role("button", name="登记目录").click()
    expect(keeper.locator(".said")).to_contain_text("已登记2个职业")
    walk.judge(keeper, name="office-shortages")


def test_a_listing_is_looked_at_and_confirmed(walk: Walk, portal: Portal) -> None:
    people = trainees(3, first=700)
    for person in people:
        portal.sandbox.register(
            social_security_number=person.identity_number, name=person.name, state="normal"
        )
    page = walk.as_somebody(portal.run(officer(portal.registry, Permission.FILING)))
    walk.open(page, "/office/listings", name="office-listings-empty")
    employer = portal.run(lay_employer(portal.registry))
    filed = portal.run(file(employer, *people))
    assert filed.status_code == 201, filed.text
    walk.open(page, "/office/listings", name="office-listings")
    page.get_by_role("link", name="某市样例制造有限公司").click()
    expect(page.get_by_text("还有3人等待核验")).to_be_visible()
    walk.judge(page, name="office-listing-waiting")
    portal.run(run_listing_checks(portal.registry.house))
    page.get_by_role("link", name="写明事由后查阅人员").click()
    page.get_by_label("事由").select_option("subsidy_review")
    page.get_by_label("案件编号").fill("京人社核〔2026〕0001")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    walk.judge(page, name="office-listing-lines")
    page.goto(f"/office/listings/{filed.json()['listing_id']}")
    page.locator("summary", has_text="退回").click()
    page.get_by_role("button", name="退回，一次告知全部问题").click()
    expect(page.locator(".summary")).to_contain_text("退回的全部问题")
    walk.expect_complaint("422")
    walk.judge(page, name="office-listing-refused")
    press(page, "确认名单", "已确认，3名人员形成档案")


def test_a_promise_is_checked_afterwards(walk: Walk, portal: Portal) -> None:
    checker = portal.run(officer(portal.registry, Permission.INSPECTION, division_code=PLACE))
    page = walk.as_somebody(checker)
    walk.open(page, "/office/post-checks", name="office-post-checks-empty")
    laid = portal.run(project_class(portal.registry))
    portal.run(promised(laid))
    walk.open(page, "/office/post-checks", name="office-post-checks")
    page.get_by_role("link", name="S640104-").first.click()
    page.get_by_role("button", name="记录结论").click()
    expect(page.locator(".summary")).to_contain_text("核查结论")
    walk.expect_complaint("422")
    walk.judge(page, name="office-post-check")
    page.get_by_label("核查相符").check()
    fill(page, {"findings": "抽查学员的身份证明，均与承诺一致"})
    press(page, "记录结论", "已记录：核查相符")
    expect(page.locator("tbody tr")).to_have_count(1)
