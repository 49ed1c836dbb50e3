"""The public door in a browser: searching, notices and objections to them, and codes of paper, guides and the log."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.api.test_shares import archived
from tests.builders.decided_claims import lay_approved
from tests.builders.directory import Directory, ready_directory
from tests.portals.portal_server import Portal
from tests.portals.walking import WEIGHT_MAX, Walk

LONG_NAME = "阿卜杜热依木·买买提吐尔逊"
LONG_INSTITUTION = "某某民族自治县乡村振兴与现代农业职业技能培训学校（有限责任公司）示范分校区"


@pytest.fixture(scope="module")
def directory(portal: Portal) -> Directory:
    return portal.run(ready_directory(portal.registry, institution={"name": LONG_INSTITUTION}))


@pytest.fixture(scope="module")
def notice(portal: Portal) -> str:
    """A notice of two lines; its id."""

    async def publish() -> str:
        laid = await lay_approved(portal.registry, (LONG_NAME, "测试学员"))
        body = {"title": "技能提升补贴公示", "division_code": "110105", "kinds": ["skill_upgrade"]}
        answer = await laid.approver.post("/v1/public-notices", json=body)
        return str(answer.raise_for_status().json()["notice_id"])

    return portal.run(publish())


def test_somebody_finds_a_program_and_who_teaches_it(walk: Walk, visitor: Page, directory: Directory) -> None:
    walk.open(visitor, "/")
    visitor.get_by_label("想学什么职业").fill("护理")
    visitor.get_by_label("在哪里").select_option(label="　北京市")
    visitor.get_by_role("button", name="找培训项目").click()
    walk.judge(visitor, name="programs-candidates")
    visitor.get_by_role("link", name="家政服务员", exact=True).click()
    walk.judge(visitor, name="programs")
    visitor.locator(".row-link").first.click()
    expect(visitor.get_by_text("技能岗位用工数量")).to_be_visible()
    walk.judge(visitor, name="program")
    visitor.get_by_role("link", name="看哪些机构可以培训这个职业").click()
    walk.judge(visitor, name="institutions")
    visitor.get_by_role("link", name=LONG_INSTITUTION).click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(LONG_INSTITUTION)
    walk.judge(visitor, name="institution")
    walk.open(visitor, "/programs?occupation=没有这个职业&kind=employment_skills", name="programs-none")
    walk.open(visitor, "/programs?division=999999", status=422, name="programs-refused")


def test_anybody_objects_to_a_line_and_asks_what_became_of_it(walk: Walk, visitor: Page, notice: str) -> None:
    walk.open(visitor, "/notices?division=110000")
    visitor.get_by_role("link", name="技能提升补贴公示").click()
    expect(visitor.get_by_text("阿*")).to_be_visible()
    assert LONG_NAME not in visitor.content()
    walk.judge(visitor, name="notice")
    visitor.get_by_role("link", name="对第1条提出异议").click()
    visitor.get_by_role("button", name="提交异议").click()
    expect(visitor.get_by_role("alert")).to_be_focused()
    walk.expect_complaint("422")
    walk.judge(visitor, name="objection-refused")
    visitor.get_by_label("异议的理由").fill("此人当时不在本地参加培训")
    visitor.get_by_role("button", name="提交异议").click()
    receipt = visitor.locator(".confirmation-number").inner_text()
    assert re.fullmatch(r"Y[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", receipt)
    walk.judge(visitor, name="objection-filed")
    visitor.get_by_role("link", name="查询处理结果").click()
    visitor.get_by_label("回执号").fill(receipt)
    visitor.get_by_role("button", name="查询").click()
    expect(visitor.get_by_text("正在核查")).to_be_visible()
    walk.judge(visitor, name="objection-tracked")
    assert receipt not in visitor.url
    walk.open(visitor, f"/notices/{notice}/lines/9/objection", status=404, name="notice-line-gone")


def test_a_printed_code_leads_to_how_the_paper_stands(walk: Walk, visitor: Page, portal: Portal) -> None:
    async def print_record() -> str:
        _, citizen, _ = await archived(portal.registry)
        printed = (await citizen.post("/v1/me/extracts", json={})).raise_for_status().json()
        return str(printed["link"])

    paper = portal.run(print_record())
    visitor.goto(paper)
    code = paper.partition("#")[2]
    expect(visitor.get_by_label("验证码")).to_have_value(code)
    assert code not in visitor.url
    walk.judge(visitor, name="verify")
    visitor.get_by_role("button", name="核验").click()
    expect(visitor.get_by_text("有效，与登记一致")).to_be_visible()
    walk.judge(visitor, name="verified")
    visitor.get_by_label("验证码").fill("0000-0000-0000-0000-0000")
    visitor.get_by_role("button", name="核验").click()
    expect(visitor.get_by_role("alert")).to_be_focused()
    walk.expect_complaint("404")
    walk.judge(visitor, name="verify-unknown")


def test_guides_say_what_the_rules_read_and_why(walk: Walk, visitor: Page) -> None:
    walk.open(visitor, "/guide?division=640000&on=2026-11-01", name="guides")
    visitor.get_by_role("link", name="看职业培训补贴怎么领").click()
    expect(visitor.get_by_role("heading", name="谁可以领")).to_be_visible()
    walk.judge(visitor, name="guide")
    visitor.get_by_role("link", name="为什么是这样").first.click()
    expect(visitor.get_by_role("heading", name="为什么是这一个")).to_be_visible()
    walk.judge(visitor, name="rule")
    walk.open(visitor, "/rules?division=321000&text=补贴", name="rules")
    walk.open(visitor, "/guide/retention?on=2026-11-01", name="guide-over")
    walk.open(visitor, "/guide?on=yesterday", status=422, name="guides-refused")


def test_the_log_tells_how_far_it_is_and_proves_a_leaf(walk: Walk, visitor: Page, notice: str) -> None:
    walk.open(visitor, "/log")
    visitor.get_by_label("条目序号或散列").fill("0")
    visitor.get_by_role("button", name="查询").click()
    expect(visitor.get_by_text("第 0 条在日志中")).to_be_visible()
    walk.judge(visitor, name="log-proof")
    walk.open(visitor, "/log?leaf=nonsense", status=422, name="log-refused")
    walk.open(visitor, "/help")


def test_first_views_are_light(walk: Walk) -> None:
    for path in ("/rules", "/guide/skill_upgrade"):
        assert 10_000 < walk.weigh(path) < WEIGHT_MAX
