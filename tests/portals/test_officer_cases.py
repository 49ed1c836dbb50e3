"""An officer and what people say: notices, objections, denied enrollments, corrections, certificates."""

from playwright.sync_api import Page, expect

from app.access.actor import Permission
from tests.builders.claims import Claimant, lay_claimant
from tests.builders.decided_claims import lay_approved, officer
from tests.builders.finished_class import Trainee, lay_finished_class
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Registry


def look(page: Page, purpose: str | None = "complaint") -> None:
    """Say why, by the form that stands before everything about persons."""
    if purpose:
        page.get_by_label("事由").select_option(purpose)
    page.get_by_label("案件编号").fill("京人社核〔2026〕0001")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("本次查看已留痕")).to_be_visible()


async def object_to_first(registry: Registry, notice_id: str) -> None:
    answer = await registry.client.post(
        f"/v1/public-notices/{notice_id}/lines/1/objections",
        json={"grounds": "此人当时不在本地参加培训"},
        headers={"Idempotency-Key": notice_id},
    )
    assert answer.status_code == 201, answer.text


def test_a_notice_is_published_and_an_objection_to_it_is_decided(walk: Walk, portal: Portal) -> None:
    laid = portal.run(lay_approved(portal.registry, ["测试甲", "欧阳测试", "阿卜杜热依木·买买提吐尔逊"]))
    page = walk.as_somebody(laid.approver)
    walk.open(page, "/office/notices", name="office-notices-empty")
    page.get_by_role("link", name="公示已批准的申领").click()
    walk.judge(page, name="office-notice-new")
    page.get_by_label("技能提升补贴").check()
    page.get_by_role("button", name="公示").click()
    expect(page.locator(".said")).to_contain_text("已公示3件")
    walk.judge(page, name="office-notice")
    assert "欧阳测试" not in page.content()
    portal.run(object_to_first(portal.registry, page.url.rsplit("/", 1)[1]))
    other = walk.as_somebody(portal.run(officer(portal.registry, Permission.REVIEW)))
    walk.open(other, "/office/objections")
    other.keyboard.press("j")
    other.keyboard.press("Enter")
    look(other)
    walk.judge(other, name="office-objection")
    other.get_by_role("button", name="确定").click()
    expect(other.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    other.get_by_label("异议不成立").check()
    other.get_by_label("理由").fill("经调取签到记录核实，异议不成立")
    other.get_by_role("button", name="确定").click()
    expect(other.locator(".said")).to_contain_text("已处理")
    walk.open(other, "/office/objections?is_open=false", name="office-objections-decided")


async def deny(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=951)])
    closed = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert closed.status_code == 200, closed.text
    citizen = await registry.citizen(laid.persons[0])
    answer = await citizen.post(f"/v1/me/enrollments/{laid.opening_id}:deny", json={})
    assert answer.status_code == 200, answer.text


async def ask_for_correction(registry: Registry) -> Claimant:
    claimant = await lay_claimant(registry)
    asked = {"record_number": claimant.record_number, "grounds": "等级登记有误，请核对证书原件"}
    answer = await claimant.citizen.post("/v1/me/correction-requests", json=asked)
    assert answer.status_code == 201, answer.text
    return claimant


def test_a_denial_and_a_correction_are_answered_for_a_case(walk: Walk, portal: Portal) -> None:
    portal.run(deny(portal.registry))
    claimant = portal.run(ask_for_correction(portal.registry))
    page = walk.as_somebody(portal.run(officer(portal.registry, Permission.REVIEW)))
    walk.open(page, "/office/denials")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    look(page)
    walk.judge(page, name="office-denial")
    page.get_by_label("不属实").check()
    page.get_by_label("理由").fill("签到记录与本人一致")
    page.get_by_role("button", name="确定").click()
    expect(page.locator(".said")).to_contain_text("已处理")
    walk.open(page, "/office/corrections")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    look(page, purpose=None)
    walk.judge(page, name="office-correction")
    page.get_by_label("同意更正").check()
    page.get_by_label("理由").fill("经核对，结束日期有误")
    page.locator(".folded summary").click()
    page.get_by_label("项目名称").fill("养老护理员四级")
    page.get_by_role("button", name="答复").click()
    expect(page.locator(".summary")).to_contain_text("以评价工作网为准")
    walk.expect_complaint("409")
    walk.judge(page, name="office-correction-refused")
    page.get_by_label("更正方式").select_option("revoke")
    page.get_by_label("项目名称").fill("")
    page.get_by_role("button", name="答复").click()
    expect(page.locator(".said")).to_contain_text("等待第二人复核")
    second = walk.as_somebody(portal.run(officer(portal.registry, Permission.APPROVAL)))
    walk.open(second, "/office/record-corrections")
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    expect(second.get_by_role("button", name="确定")).to_be_visible()
    walk.judge(second, name="office-record-correction")
    second.get_by_label("不同意").check()
    second.get_by_role("textbox", name="理由", exact=True).fill("证书原件与登记一致")
    second.get_by_role("button", name="确定").click()
    expect(second.locator(".said")).to_contain_text("不予更正")
    walk.open(page, "/office/certificates")
    page.goto(f"/office/certificates/{portal.run(certificate_of(claimant))}")
    look(page, "subsidy_review")
    walk.judge(page, name="office-certificate")


async def certificate_of(claimant: Claimant) -> str:
    owner = await claimant.registry.owner()
    found = "SELECT certificate_id FROM certificate WHERE person_id = $1"
    return str(await owner.fetchval(found, claimant.person_id))
