"""The citizens' door on a phone: a claim from what I can claim to its number, a denial, a share until taken back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.builders.claims import DIVISION, Claimant, Office, lay_claimant, lay_office
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.portals.portal_server import Portal
from tests.portals.walking import PHONE, Walk
from tests.registry_server import Caller

NAME = "阿卜杜热依木·买买提吐尔逊"
ACCOUNT = "6222000000000000004"


@pytest.fixture(scope="module")
def claimant(portal: Portal) -> Claimant:
    return portal.run(lay_claimant(portal.registry))


async def trained(portal: Portal) -> Caller:
    """Somebody with the longest name, of a closed class and a running one."""
    laid = await lay_finished_class(portal.registry, [Trainee(name=NAME, serial=931)])
    closed = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert closed.status_code == 200, closed.text
    return await portal.registry.citizen(laid.persons[0])


async def newcomer(portal: Portal, serial: int) -> Caller:
    """Somebody the registry knows nothing of but who they are."""
    person_id, _ = await lay_person(portal.registry, Trainee(name=NAME, serial=serial))
    return await portal.registry.citizen(person_id)


def on_a_phone(walk: Walk, caller: Caller) -> Page:
    page = walk.as_somebody(caller)
    page.set_viewport_size(PHONE)
    return page


EMPTY = [
    "",
    "/record",
    "/benefits",
    "/claims",
    "/shares",
    "/shares/new",
    "/accesses",
    "/enrollments",
    "/accounts",
    "/documents",
    "/certificates/new",
    "/messages",
    "/rights",
]


def test_with_nothing_in_it_each_page_says_what_will_be_there(walk: Walk, portal: Portal) -> None:
    page = on_a_phone(walk, portal.run(newcomer(portal, 932)))
    for path in EMPTY:
        walk.open(page, f"/my{path}", name=f"my{path.replace('/', '-')}-empty")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_claim_is_filed_one_question_a_page(walk: Walk, portal: Portal, claimant: Claimant) -> None:
    portal.sandbox.open_account(
        account_number=ACCOUNT, holder_name=claimant.trainee.name, holder_number=claimant.trainee.number
    )
    page = on_a_phone(walk, claimant.citizen)
    walk.open(page, "/my/benefits", name="my-benefits")
    page.get_by_role("link", name=re.compile("去申领")).click()
    expect(page.get_by_text("依据：").first).to_be_visible()
    walk.judge(page, name="my-benefit")
    page.get_by_role("link", name="开始申领").click()
    walk.judge(page, name="my-claim-no-account")
    page.get_by_role("link", name="登记账户").click()
    page.get_by_label("账号或卡号").fill("6222")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("alert")).to_be_focused()
    walk.expect_complaint("status of 4")
    walk.judge(page, name="my-account-refused")
    page.get_by_label("银行卡").check()
    page.get_by_label("开户银行").fill("示例银行")
    page.get_by_label("账号或卡号").fill(ACCOUNT)
    page.get_by_role("button", name="登记").click()
    walk.judge(page, name="my-claim-account")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("尾号 0004")).to_be_visible()
    walk.judge(page, name="my-claim-check")
    page.get_by_role("button", name="提交申领").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已提交申领")
    expect(page.locator(".confirmation-number")).to_have_text(re.compile(r"^S110105-\d{4}-\d{8}$"))
    walk.judge(page, name="my-claim-submitted")
    page.get_by_role("link", name="看办理进度").click()
    walk.judge(page, name="my-claim")
    walk.open(page, "/my/benefits", name="my-benefits-claimed")
    walk.open(page, "/my/claims", name="my-claims")
    walk.open(page, "/my/accounts", name="my-accounts")
    walk.open(page, "/my", name="my-home")
    page.get_by_role("link", name="技能提升补贴").click()
    page.get_by_role("link", name="撤回申领").click()
    walk.judge(page, name="my-claim-withdraw")
    page.get_by_label("为什么撤回").fill("改在另一地申领")
    page.get_by_role("button", name="撤回申领").click()
    expect(page.get_by_role("status")).to_contain_text("已撤回")


async def asked_for_more(portal: Portal) -> tuple[Claimant, Office, str]:
    """A claim of somebody insured for too short a time, whom the office has asked for something."""
    claimant, office = await lay_claimant(portal.registry), await lay_office(portal.registry)
    await claimant.account()
    spells = [{"starts_on": "2026-01-01", "division_code": DIVISION}]
    portal.sandbox.insure(claimant.trainee.number, own_months=2, spells=spells)
    claim_id = await claimant.submitted()
    told = await office.step(claim_id, "request-supplement", items=["劳动合同复印件"])
    assert told.status_code == 200, told.text
    return claimant, office, claim_id


def test_what_was_asked_is_answered_and_a_decision_gone_against(walk: Walk, portal: Portal) -> None:
    claimant, office, claim_id = portal.run(asked_for_more(portal))
    page = on_a_phone(walk, claimant.citizen)
    walk.open(page, "/my", name="my-home-waiting")
    page.get_by_role("link", name="补齐申领材料").click()
    walk.judge(page, name="my-claim-supplement")
    page.get_by_label(re.compile("劳动合同复印件")).fill("见合同照片")
    photo = {
        "name": "劳动合同第一页.png",
        "mimeType": "image/png",
        "buffer": b"\x89PNG\r\n\x1a\n" + b"0" * 99,
    }
    page.locator("[name=files]").set_input_files(files=[photo])  # type: ignore[list-item]
    page.get_by_role("button", name="先不提交").click()
    expect(page.locator(".papers")).to_contain_text("劳动合同第一页.png")
    expect(page.get_by_label(re.compile("劳动合同复印件"))).to_have_value("见合同照片")
    walk.judge(page, name="my-claim-supplement-papers")
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_role("status").first).to_contain_text("已提交补正")
    walk.judge(page, name="my-claim-supplemented")
    desk = walk.as_somebody(office.reviewer)
    walk.open(desk, f"/office/claims/{claim_id}", name="office-claim-papers")
    expect(desk.locator(".papers")).to_contain_text("劳动合同第一页.png")
    portal.run(office.steps(claim_id, "accept", "review", "refuse"))
    page.goto(f"/my/claims/{claim_id}")
    expect(page.get_by_role("region", name="不予发放决定书")).to_contain_text("依据：")
    walk.judge(page, name="my-claim-refused")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载不予发放决定书").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_role("link", name="不同意，我要申诉").click()
    walk.judge(page, name="my-claim-appeal")
    page.get_by_label("您的理由").fill("外省缴费月数漏计")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status")).to_contain_text("已登记")
    expect(page.get_by_role("link", name="不同意，我要申诉")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("您的申诉正在办理")
    walk.judge(page, name="my-claim-appealed")


def test_where_nobody_knows_the_payer_the_person_is_asked(walk: Walk, portal: Portal) -> None:
    claimant = portal.run(lay_claimant(portal.registry))
    portal.run(claimant.account())
    portal.sandbox.set_insurance(silent_regions=["110000"])
    page = on_a_phone(walk, claimant.citizen)
    page.goto(f"/my/benefits/{claimant.record_number}/account")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("省（自治区、直辖市）").select_option(label="北京市")
    walk.judge(page, name="my-claim-province")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("区（县、市）").select_option(value=DIVISION)
    walk.judge(page, name="my-claim-place")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("北京市朝阳区")).to_be_visible()
    portal.sandbox.set_insurance()


def test_a_certificate_that_is_missing_is_reported(walk: Walk, portal: Portal) -> None:
    page = on_a_phone(walk, portal.run(newcomer(portal, 933)))
    page.goto("/my/certificates/new")
    page.get_by_role("button", name="提交查验").click()
    expect(page.get_by_role("alert")).to_be_focused()
    walk.expect_complaint("status of 4")
    walk.judge(page, name="my-certificate-refused")
    page.get_by_label("证书编号").fill("S000011999999265900001")
    page.get_by_label("核发机构").fill("示例评价机构")
    page.get_by_label("核发日期").fill("2026-05-11")
    page.get_by_role("button", name="提交查验").click()
    expect(page.get_by_role("status")).to_contain_text("正在向评价工作网查验")
    walk.judge(page, name="my-record-reported")
    page.goto("/my/messages")
    page.get_by_label("手机号码").fill("19900000000")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_text("199****0000")).to_be_visible()


def test_the_record_a_denial_and_a_share_until_it_is_taken_back(walk: Walk, portal: Portal) -> None:
    page = on_a_phone(walk, portal.run(trained(portal)))
    walk.open(page, "/my/record", name="my-record")
    page.locator(".timeline li").filter(has_text="培训结业").get_by_role("link").click()
    walk.judge(page, name="my-entry")
    page.get_by_role("link", name="申请更正").click()
    walk.judge(page, name="my-entry-correction-form")
    page.get_by_label("写明哪一项不对、应当是什么").fill("结束日期不对")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("status")).to_contain_text("最迟")
    walk.judge(page, name="my-entry-correction")

    with page.expect_download() as credential:
        page.get_by_role("button", name="下载电子凭证").click()
    assert Path(credential.value.path()).read_text().count(".") == 2
    page.goto("/my/documents")
    with page.expect_download() as printed:
        page.get_by_role("button", name="下载 PDF").click()
    assert Path(printed.value.path()).read_bytes().startswith(b"%PDF-")
    walk.open(page, "/my/documents", name="my-documents")

    walk.open(page, "/my/enrollments", name="my-enrollments")
    page.get_by_role("link", name=re.compile("我没有参加")).click()
    walk.judge(page, name="my-denial")
    page.get_by_role("button", name="确认，我没有参加").click()
    expect(page.get_by_text("您反映没有参加：正在核查")).to_be_visible()

    walk.open(page, "/my/shares/new", name="my-share-form")
    page.get_by_label("给自己的备注").fill("给应聘单位")
    page.get_by_role("button", name="生成链接和二维码").click()
    link = page.locator(".secret").inner_text()
    walk.judge(page, name="my-share-created")
    receiver = walk.as_nobody()
    receiver.goto(link)
    expect(receiver.get_by_label("分享码")).not_to_have_value("")
    walk.judge(receiver, name="share")
    receiver.get_by_role("button", name="查看").click()
    expect(receiver.get_by_role("heading", level=1)).to_contain_text("阿*")
    walk.judge(receiver, name="share-opened")
    walk.open(page, "/my/accesses", name="my-accesses")
    expect(page.get_by_text("打开您的分享：培训档案")).to_be_visible()
    walk.open(page, "/my/shares", name="my-shares")
    page.get_by_role("link", name="给应聘单位").click()
    walk.judge(page, name="my-share")
    page.get_by_role("button", name="收回这份分享").click()
    plain = walk.as_nobody(scripts=False)
    plain.goto("/share")
    plain.get_by_label("分享码").fill(link.partition("#")[2])
    plain.get_by_role("button", name="查看").click()
    expect(plain.get_by_text("本人已收回这份分享").first).to_be_visible()
    walk.expect_complaint("409")
