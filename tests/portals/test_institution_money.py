"""The institution's account, vouchers, advances and papers, as pages."""

from playwright.sync_api import expect

from app.access.actor import Permission
from app.jobs.sealing import run_sealing
from tests.api.test_advances import lay_class, propose
from tests.builders.certificates import closed_class
from tests.builders.finished_class import FinishedClass, Trainee
from tests.builders.openings import draft_opening
from tests.builders.payments import granted, lay_paying
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk

_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
HOLDER = Trainee(name="阿卜杜热依木·买买提吐尔逊", serial=951)


async def lay_voucher(portal: Portal) -> tuple[FinishedClass, str, str]:
    """A closed class, the number of a voucher of its trainee, and of the trainee's record."""
    laid = await closed_class(portal.registry, [HOLDER])
    await run_sealing(portal.registry.house)
    payer = await granted(portal.registry, Permission.PAYMENT)
    body = {
        "division_code": "110105",
        "amount_fen": 120_000,
        "document_number": "测试券2026-1",
        "holders": [{"identity_number": HOLDER.number, "name": HOLDER.name}],
    }
    issued = (await payer.post("/v1/vouchers", json=body)).json()["lines"][0]["voucher_number"]
    record = await (await portal.registry.owner()).fetchval(
        "SELECT record_number FROM record_entry WHERE person_id = $1 AND kind = 'completion'", laid.persons[0]
    )
    return laid, issued, record


def test_an_account_is_filed_and_a_voucher_redeemed(walk: Walk, portal: Portal) -> None:
    laid, voucher, record = portal.run(lay_voucher(portal))
    page = walk.as_somebody(laid.operator)
    walk.open(page, "/institution/claims/accounts", name="institution-accounts-empty")
    page.get_by_role("button", name="登记账户").click()
    expect(page.locator(".summary")).to_contain_text("开户银行")
    expect(page.locator(".summary")).to_contain_text("账号")
    walk.expect_complaint("422")
    page.locator("[name=bank_name]").fill("样例银行股份有限公司某某市分行营业部第一支行")
    page.locator("[name=account_number]").fill("110000000000000001")
    page.get_by_role("button", name="登记账户").click()
    expect(page.locator(".said")).to_contain_text("经办机构确认后才能收款")
    expect(page.locator("main")).not_to_contain_text("110000000000000001")
    walk.judge(page, name="institution-accounts")
    page.get_by_role("link", name="停用尾号0001的账户").click()
    walk.judge(page, name="institution-account-end")
    page.get_by_role("button", name="停用这个账户").click()
    expect(page.locator("tbody tr")).to_contain_text("已停用")

    walk.open(page, "/institution/claims/vouchers", name="institution-vouchers-empty")
    page.locator("[name=voucher_number]").fill("V110000-2026-9")
    page.get_by_role("button", name="查询这张券").click()
    expect(page.locator(".summary")).to_contain_text("券号的写法不对")
    walk.expect_complaint("422")
    page.locator("[name=voucher_number]").fill(voucher.lower())
    page.get_by_role("button", name="查询这张券").click()
    expect(page.locator(".band")).to_contain_text("￥1,200.00")
    walk.judge(page, name="institution-voucher")
    page.locator("[name=record_number]").fill(record)
    page.get_by_role("button", name="用这张券申领").click()
    expect(page.locator(".said")).to_contain_text("已提交1件申领")
    walk.open(page, "/institution/claims/vouchers", name="institution-vouchers")
    expect(page.locator("tbody tr")).to_contain_text(voucher)


def test_advances_are_seen_with_what_is_left_of_them(walk: Walk, portal: Portal) -> None:
    paying = portal.run(lay_paying(portal.registry, 0))
    laid = portal.run(lay_class(portal.registry))
    page = walk.as_somebody(laid.operator)
    walk.open(page, "/institution/claims/advances", name="institution-advances-empty")
    assert portal.run(propose(paying, laid)).status_code == 201
    walk.open(page, "/institution/claims/advances", name="institution-advances")
    expect(page.locator("tbody tr")).to_contain_text("待审批")
    page.get_by_role("link", name="测试班").click()
    expect(page.locator(".note")).to_contain_text("本班有预拨")
    walk.judge(page, name="institution-class-claims-empty")


def test_papers_of_a_draft_are_uploaded_read_and_taken_off(walk: Walk, portal: Portal) -> None:
    opening = portal.run(draft_opening(portal.registry))
    page = walk.as_somebody(opening.operator)
    base = f"/institution/openings/{opening.opening_id}"
    page.goto(f"{base}/parts/teaching_plan")
    page.get_by_role("link", name="上传这部分的附件").click()
    walk.judge(page, name="institution-documents-empty")
    expect(page.locator("[name=part]")).to_have_value("teaching_plan")
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".summary")).to_contain_text("没有选择文件")
    walk.expect_complaint("422")
    named = "教学计划" * 20 + ".pdf"
    page.locator("[name=file]").set_input_files(
        {"name": named, "mimeType": "application/pdf", "buffer": _PDF}
    )
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".said")).to_contain_text("已上传附件")
    walk.judge(page, name="institution-documents")
    with page.expect_download() as started:
        page.get_by_role("link", name="教学计划教学计划").click()
    assert started.value.path().read_bytes() == _PDF
    page.get_by_role("button", name="删除").click()
    expect(page.locator(".said")).to_contain_text("已删除附件")
    expect(page.locator(".empty")).to_be_visible()
