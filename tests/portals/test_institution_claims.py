"""Claims of a class by its institution: filed line by line, answered, explained, withdrawn; on promise for projects."""

from playwright.sync_api import expect

from app.jobs.sealing import run_sealing
from tests.api.test_claim_commitments import project_class
from tests.builders.certificates import closed_class
from tests.builders.claims import lay_office
from tests.builders.finished_class import FinishedClass, Trainee
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk

_NAMES = ("阿卜杜热依木·买买提吐尔逊", "王样安", "李样安")


def lay_claimable(portal: Portal) -> FinishedClass:
    """A closed class of three; the last one has claimed for himself."""
    trainees = [Trainee(name=name, serial=941 + at) for at, name in enumerate(_NAMES)]
    laid = portal.run(closed_class(portal.registry, trainees))
    portal.run(run_sealing(portal.registry.house))
    portal.run(_claim_oneself(portal, laid))
    return laid


async def _claim_oneself(portal: Portal, laid: FinishedClass) -> None:
    owner = await portal.registry.owner()
    number = await owner.fetchval(
        "SELECT record_number FROM record_entry WHERE person_id = $1 AND kind = 'completion'", laid.persons[2]
    )
    citizen = await portal.registry.citizen(laid.persons[2])
    answer = await citizen.post("/v1/me/claims", json={"record_number": number, "kind": "training"})
    assert answer.status_code == 201, answer.text


def test_a_class_is_claimed_for_answered_explained_and_withdrawn(walk: Walk, portal: Portal) -> None:
    laid = lay_claimable(portal)
    page = walk.as_somebody(laid.operator)
    walk.open(page, "/institution/claims", name="institution-claims-empty")
    walk.open(page, f"/institution/openings/{laid.opening_id}/claims", name="institution-class-claims")
    page.get_by_role("link", name="为3人申领").first.click()
    walk.judge(page, name="institution-class-claim-form")
    people = page.locator("[name=record_numbers]")
    for at in range(3):
        people.nth(at).uncheck()
    page.get_by_role("button", name="提交申领").click()
    expect(page.locator(".summary")).to_contain_text("没有选择申领的人")
    walk.expect_complaint("422")
    for at in range(3):
        people.nth(at).check()
    page.get_by_role("button", name="提交申领").click()
    expect(page.locator(".said")).to_contain_text("已提交2件申领；1行没有提交")
    expect(page.locator("tr.row-bad")).to_contain_text("每人只能享受一次")
    expect(page.locator("tr.row-bad")).to_contain_text("李样安")
    walk.judge(page, name="institution-claim-batch")
    page.get_by_role("link", name="S110105-").first.click()
    walk.judge(page, name="institution-claim-submitted")
    path = page.url.removeprefix(portal.url)
    claim_id = path.rsplit("/", 1)[1]

    office = portal.run(lay_office(portal.registry))
    asked = {"items": ["请补充收费票据", "请补充本班的收费标准"]}
    assert portal.run(office.step(claim_id, "request-supplement", **asked)).status_code == 200
    walk.open(page, "/institution", name="institution-home-with-claims")
    expect(page.locator("table", has_text="待补正")).to_contain_text("还有")
    page.goto(path)
    page.get_by_role("link", name="去补正").click()
    page.locator("[name='answers.0']").fill("票据复印件已交窗口")
    page.get_by_role("button", name="提交补正").click()
    expect(page.locator(".summary")).to_contain_text("还有1项没有答复")
    walk.expect_complaint("422")
    walk.judge(page, name="institution-claim-supplement")
    page.locator("[name='answers.1']").fill("收费标准已在校内公示")
    page.get_by_role("button", name="提交补正").click()
    expect(page.locator(".said")).to_contain_text("已提交补正")

    grounds = {"grounds": ["no_such_policy"], "explanation": "本人已按月领取养老金"}
    assert portal.run(office.step(claim_id, "decline", **grounds)).status_code == 200
    walk.open(page, path, name="institution-claim-not-accepted")
    expect(page.locator("main")).to_contain_text("申领事项没有政策依据")
    expect(page.locator("main")).to_contain_text("申请复核")
    expect(page.locator("main")).not_to_contain_text("养老金")
    with page.expect_download() as started:
        page.get_by_role("link", name="下载不予受理决定书（PDF）").click()
    assert started.value.suggested_filename.endswith(".pdf")
    page.get_by_role("link", name="不服决定").click()
    walk.judge(page, name="institution-claim-appeal")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".summary")).to_contain_text("理由")
    walk.expect_complaint("422")
    page.locator("[name=grounds]").fill("本班职业在目录内，见目录第3页")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".said")).to_contain_text("已登记")
    expect(page.locator("main")).to_contain_text("本机构提出")
    walk.judge(page, name="institution-claim-appealed")
    expect(page.get_by_role("link", name="不服决定")).to_have_count(0)
    listed = walk.as_somebody(office.reviewer)
    walk.open(listed, "/office/claims/appeals", name="office-appeals")
    expect(listed.locator("main")).to_contain_text("S110105-")

    page.goto(f"/institution/openings/{laid.opening_id}/claims")
    page.locator("tr", has_text="待受理").get_by_role("link").click()
    page.get_by_role("link", name="撤回申领").click()
    walk.judge(page, name="institution-claim-withdraw")
    page.locator("[name=reason]").fill("由学员本人申领")
    page.get_by_role("button", name="撤回申领").click()
    expect(page.locator(".said")).to_contain_text("已撤回")
    walk.open(page, "/institution/claims", name="institution-claims")
    expect(page.locator("main")).to_contain_text(_NAMES[0])
    other = walk.as_somebody(portal.run(closed_class(portal.registry, [Trainee(serial=948)])).operator)
    walk.open(other, path, status=404)


def test_a_project_class_is_claimed_for_on_promise_of_the_text_that_was_read(
    walk: Walk, portal: Portal
) -> None:
    laid = portal.run(project_class(portal.registry, serial=944))
    page = walk.as_somebody(laid.operator, scripts=False)
    page.goto(f"/institution/openings/{laid.opening_id}/claims/training")
    page.get_by_label("以告知承诺申领").check()
    page.locator("[name='commitment.fee_fen']").fill("一千二")
    page.get_by_role("button", name="读取承诺书").click()
    expect(page.locator(".summary")).to_contain_text("每人培训费用的写法不对")
    walk.expect_complaint("422")
    page.locator("[name='commitment.fee_fen']").fill("1,200")
    page.get_by_role("button", name="读取承诺书").click()
    expect(page.locator(".commitment")).to_contain_text("1200.00元")
    page.locator("[name='commitment.fee_fen']").fill("1300")
    page.get_by_label("我已阅读承诺书").check()
    page.get_by_role("button", name="提交申领").click()
    expect(page.locator(".summary")).to_contain_text("与本班次现行文本（含所填培训费用）不一致")
    walk.expect_complaint("409")
    expect(page.locator(".commitment")).to_contain_text("1300.00元")
    page.get_by_label("我已阅读承诺书").check()
    page.get_by_role("button", name="提交申领").click()
    expect(page.locator(".said")).to_contain_text("已提交2件申领")
