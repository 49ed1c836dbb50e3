"""Money through pages: orders by a third person, what the bank sends back, budgets, advances, recoveries, vouchers."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.jobs.earlier_imports import run_earlier_imports
from app.jobs.payments import run_payments
from tests.api.test_bank_desk import notice, push
from tests.builders.claims import lay_claimant
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class, lay_person
from tests.builders.payments import CLOSED_TAIL, Paying, granted, lay_payable, lay_paying
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Registry

ROOMS = (
    "orders",
    "orders/new",
    "failed",
    "contradictions",
    "statements",
    "advances",
    "budgets",
    "ledger-differences",
    "recoveries",
    "vouchers",
    "earlier",
    "accounts",
)


@pytest.fixture(scope="module")
def paying(portal: Portal) -> Paying:
    """Reviewer, approver and payer of one agency with a budget."""
    return portal.run(lay_paying(portal.registry, 0))


async def end_account(paying: Paying, holder: UUID) -> None:
    owner = await paying.registry.owner()
    await owner.execute("UPDATE payee_account SET ended_at = registry_now() WHERE person_id = $1", holder)


async def lay_told(paying: Paying, count: int, *, tail: str = "") -> list[UUID]:
    """Claims of which the bank has said what became of them."""
    claims = await lay_payable(paying, count, tail=tail)
    await paying.order(claims)
    await run_payments(paying.registry.house)
    return claims


def send(page: Page, ending: str, **fields: str) -> None:
    """Fill and send the form whose address ends so, open or folded."""
    form = page.locator(f"form[action$='{ending}']")
    if not form.get_by_role("button").first.is_visible():
        page.locator("details", has=form).locator("summary").click()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button").click()


def test_rooms_are_empty_and_offered_only_to_whom_they_admit(walk: Walk, portal: Portal) -> None:
    everything = (Permission.REVIEW, Permission.APPROVAL, Permission.PAYMENT, Permission.DIRECTORY)
    page = walk.as_somebody(portal.run(granted(portal.registry, *everything, division_code="310000")))
    walk.glance(page, "/office/money", name="office-money-empty")
    for room in ROOMS:
        walk.glance(page, f"/office/money/{room}", name=f"office-money-{room.replace('/', '-')}-empty")
    reviewer = walk.as_somebody(
        portal.run(granted(portal.registry, Permission.REVIEW, division_code="310000"))
    )
    reviewer.goto("/office/money")
    assert reviewer.locator(".rooms a").all_text_contents() == ["预拨", "窗口代为申领"]


def test_claims_are_ordered_answered_one_by_one_and_a_rejection_is_dealt_with(
    walk: Walk, portal: Portal, paying: Paying
) -> None:
    page = walk.as_somebody(paying.payer)
    first, _ = portal.run(lay_payable(paying, 2))
    portal.run(lay_payable(paying, 1, tail=CLOSED_TAIL))
    portal.run(end_account(paying, first))
    page.goto("/office")
    page.get_by_role("link", name="公示期满，待拨付").click()
    walk.judge(page, name="office-money-order-new")
    page.get_by_role("button", name="勾选的开单").click()
    expect(page.locator(".summary")).to_contain_text("没有勾选任何一件")
    walk.expect_complaint("422")
    page.get_by_label("由哪项预算支付").select_option(str(paying.budget_id))
    page.get_by_role("button", name="全部待拨付的开单").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("列入2件，1件未列入")
    walk.judge(page, name="office-money-order-answers")
    page.get_by_role("link", name="查看拨付单").click()
    expect(page.get_by_text("等待拨付程序发出")).to_have_count(2)
    portal.run(run_payments(portal.registry.house))
    page.reload()
    walk.judge(page, name="office-money-order")
    page.get_by_role("row", name="银行退回").get_by_role("link").click()
    walk.glance(page, name="office-money-payment")
    send(page, "/retry")
    expect(page.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    send(page, "/retry", reason="原账户已销户，本人已更正")
    expect(page.locator(".said")).to_contain_text("已列入重新拨付")
    send(page, "/cancel", reason="本人书面放弃")
    expect(page.locator(".said")).to_contain_text("已取消拨付")
    stranger = walk.as_somebody(
        portal.run(granted(portal.registry, Permission.PAYMENT, division_code="310000"))
    )
    answer = stranger.goto(page.url)
    assert answer is not None
    assert answer.status == 404
    walk.expect_complaint("404")
    walk.glance(page, "/office/money/orders")


def test_a_budget_is_opened_allotted_and_adds_up(walk: Walk, paying: Paying) -> None:
    page = walk.as_somebody(paying.payer)
    page.goto("/office/money/budgets")
    page.get_by_role("link", name="建立预算").click()
    walk.glance(page, name="office-money-budget-new")
    page.get_by_label("就业补助资金").check()
    page.locator("form[action='/office/money/budgets']").get_by_role("button").click()
    expect(page.locator(".said")).to_contain_text("已建立预算")
    send(page, "/tranches", amount_fen="十万", document_number="京财社〔2026〕12号")
    expect(page.locator(".summary")).to_contain_text("不是大于零的金额")
    walk.expect_complaint("422")
    send(page, "/tranches", amount_fen="123,456,789.01", document_number="京财社〔2026〕12号")
    expect(page.locator(".said")).to_contain_text("已下达第1笔指标")
    expect(page.locator(".adds-up")).to_contain_text("￥123,456,789.01，与下达数逐分相等")
    walk.judge(page, name="office-money-budget")
    page.get_by_role("link", name="查看这项预算的账").click()
    walk.glance(page, name="office-money-ledger")
    walk.glance(page, "/office/money/budgets")


async def lay_contradiction(paying: Paying) -> UUID:
    """The bank rejected, and then said that it had paid."""
    (claim,) = await lay_told(paying, 1, tail=CLOSED_TAIL)
    owner = await paying.registry.owner()
    told: UUID = await owner.fetchval(
        "SELECT instruction_id FROM bank_instruction WHERE person_id = $1", claim
    )
    answer = await push(paying.registry, notice(told, event="event-0000000000061"))
    assert answer.status_code == 204
    await run_payments(paying.registry.house)
    return told


def test_two_persons_say_that_the_bank_did_pay_and_a_statement_shows_what_differs(
    walk: Walk, portal: Portal, paying: Paying
) -> None:
    told = portal.run(lay_contradiction(paying))
    page = walk.as_somebody(paying.payer)
    walk.glance(page, "/office/money/contradictions")
    page.get_by_role("row", name="待核实").get_by_role("link").click()
    walk.glance(page, name="office-money-contradiction")
    send(page, f"/{told}", reason="银行书面证明确已入账")
    expect(page.locator(".summary")).to_be_visible()
    walk.expect_complaint("409")
    send(page, f"/{told}", document_number="样银证〔2026〕1号")
    expect(page.locator(".said")).to_contain_text("等待另一人决定")
    second = walk.as_somebody(portal.run(granted(portal.registry, Permission.APPROVAL)))
    second.goto(page.url)
    walk.glance(second, name="office-money-confirmation")
    second.get_by_label("确认已入账").check()
    second.get_by_role("textbox", name="理由").fill("已与银行柜面核对")
    second.get_by_role("button", name="决定").click()
    expect(second.locator(".said")).to_contain_text("已决定：已确认入账")
    content = (
        "instruction_id,amount_fen,outcome,reject_code,ended_at\n"
        f"{told},150000,rejected,account_closed,2026-03-01T09:00:00+08:00\n"
        "STRANGER-1,100,settled,,2026-03-01T09:00:00+08:00\n"
    )
    page.goto("/office/money/statements")
    page.locator("details summary", has_text="手工导入").click()
    page.get_by_label("对账日期").fill("2026-03-01")
    file = {"name": "对账.csv", "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="导入并比对").click()
    expect(page.locator(".said")).to_contain_text("共2行")
    walk.glance(page, name="office-money-statement")
    walk.glance(page, "/office/money/statements")


def test_a_paid_benefit_is_asked_back_repaid_and_written_off_and_its_citizen_sees_why(
    walk: Walk, portal: Portal, paying: Paying
) -> None:
    (claim,) = portal.run(lay_told(paying, 1))
    approver, payer = walk.as_somebody(paying.approver), walk.as_somebody(paying.payer)
    walk.glance(approver, f"/office/money/claims/{claim}/recovery", name="office-money-recovery-new")
    approver.get_by_label("以弄虚作假等手段骗取").check()
    send(approver, "/recovery", reason="经查实，培训期间本人未参加培训")
    expect(approver.locator(".said")).to_contain_text("追回决定书已出具")
    payer.goto(approver.url)
    send(payer, "/repayments", amount_fen="500", evidence="缴款书第12号", happened_on="2026-03-02")
    expect(payer.locator(".said")).to_contain_text("已登记退回")
    send(payer, "/referrals", evidence="京人社移〔2026〕3号", happened_on="2026-03-02")
    expect(payer.locator(".said")).to_contain_text("移送司法机关")
    send(payer, "/write-offs", amount_fen="1000.01", reason="债务人死亡且无遗产")
    expect(payer.locator(".summary")).to_be_visible()
    walk.expect_complaint("409")
    send(payer, "/write-offs", amount_fen="300", reason="债务人死亡且无遗产")
    expect(payer.locator(".said")).to_contain_text("等待另一人决定")
    walk.judge(payer, name="office-money-recovery")
    citizen = walk.as_somebody(portal.run(portal.registry.citizen(claim)))
    walk.open(citizen, "/my/recoveries")
    expect(citizen.locator(".big-money")).to_have_text("还要退 ￥1,000.00")
    approver.goto(payer.url)
    approver.locator("details summary", has_text="决定核销").click()
    approver.get_by_label("同意核销").check()
    send(approver, "/decide", reason="材料齐全")
    expect(approver.locator(".said")).to_contain_text("已同意核销")
    walk.glance(payer, "/office/money/recoveries")


async def lay_project(paying: Paying) -> FinishedClass:
    laid = await lay_finished_class(paying.registry, [Trainee(serial=961), Trainee(serial=962)])
    owner = await paying.registry.owner()
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("UPDATE training_program_version SET training_type = 'project_based'")
    await owner.execute("SET session_replication_role = DEFAULT")
    account = {"bank_name": "样例银行", "account_number": "110000000000000001"}
    filed = await laid.operator.post("/v1/institution-accounts", json=account)
    assert filed.status_code == 201, filed.text
    return laid


def test_a_class_is_prepaid_by_three_and_its_account_confirmed(
    walk: Walk, portal: Portal, paying: Paying
) -> None:
    portal.run(lay_project(paying))
    directory = walk.as_somebody(portal.run(granted(portal.registry, Permission.DIRECTORY)))
    walk.glance(directory, "/office/money/accounts")
    directory.get_by_role("button", name="确认").click()
    expect(directory.locator(".said")).to_contain_text("该账户可以收款")
    page = walk.as_somebody(paying.reviewer)
    walk.glance(page, "/office/money/advances/new")
    page.get_by_label("班次").select_option(index=1)
    page.get_by_label("由哪项预算支付").select_option(str(paying.budget_id))
    page.get_by_role("button", name="提出预拨").click()
    expect(page.locator(".said")).to_contain_text("待另一人审批")
    approver, payer = walk.as_somebody(paying.approver), walk.as_somebody(paying.payer)
    approver.goto(page.url)
    approver.get_by_role("button", name="审批同意").click()
    expect(approver.locator(".said")).to_contain_text("待第三人拨付")
    payer.goto(page.url)
    payer.get_by_role("button", name="拨付", exact=True).click()
    expect(payer.locator(".said")).to_contain_text("已列入拨付")
    portal.run(run_payments(portal.registry.house))
    payer.reload()
    send(payer, "/returns", amount_fen="1", evidence="退款回单1号", happened_on="2026-03-02")
    expect(payer.locator(".said")).to_contain_text("资金回到预算")
    walk.glance(payer, name="office-money-advance")
    walk.glance(payer, "/office/money/advances")


def test_vouchers_are_answered_one_by_one_and_seen_by_their_holder(
    walk: Walk, portal: Portal, paying: Paying
) -> None:
    known = Trainee(serial=971, name="阿卜杜热依木·买买提吐尔逊")
    person_id, _ = portal.run(lay_person(portal.registry, known))
    page = walk.as_somebody(paying.payer)
    walk.glance(page, "/office/money/vouchers/new")
    page.get_by_label("面值").fill("1200")
    page.get_by_label("文号").fill("测试券2026-1")
    page.get_by_label("持券人").fill(f"{known.number} {known.name}\n甲乙")
    page.get_by_role("button", name="发放").click()
    expect(page.locator(".summary")).to_contain_text("第2行持券人：不是证件号码和姓名")
    walk.expect_complaint("422")
    page.get_by_label("持券人").fill(f"{known.number}\t{known.name}\n{Trainee(serial=972).number} 测试乙")
    page.get_by_role("button", name="发放").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("发放1张，1人未发放")
    walk.glance(page, name="office-money-voucher-answers")
    citizen = walk.as_somebody(portal.run(portal.registry.citizen(person_id)))
    walk.open(citizen, "/my/vouchers")
    walk.glance(page, "/office/money/vouchers")
    page.locator(".row-link").first.click()
    send(page, "/void", reason="本人书面放弃")
    expect(page.locator(".said")).to_contain_text("已作废")
    walk.glance(page, name="office-money-voucher")


def test_what_was_paid_before_is_taken_in_and_answered_row_by_row(
    walk: Walk, portal: Portal, paying: Paying
) -> None:
    page = walk.as_somebody(paying.payer)
    page.goto("/office/money/earlier")
    page.get_by_role("button", name="上传名单").click()
    expect(page.locator(".summary")).to_contain_text("没有选择文件")
    walk.expect_complaint("422")
    rows = "姓名,证件号码,补贴种类,发放日期,补贴金额,发放批次号\n张样安,110105194910010000,不知道,昨天,很多,失发1号\n"
    file = {"name": "存量.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传名单").click()
    expect(page.locator(".said")).to_contain_text("已收到1行")
    walk.glance(page, name="office-money-earlier-running")
    portal.run(run_earlier_imports(portal.registry.house))
    page.reload()
    expect(page.locator(".row-bad")).to_have_count(1)
    walk.glance(page, name="office-money-earlier-done")
    walk.glance(page, "/office/money/earlier")


async def lay_waiting_certificate(registry: Registry) -> None:
    person_id, _ = await lay_person(registry, Trainee(serial=981))
    owner = await registry.owner()
    number = uuid7()
    await owner.execute("INSERT INTO certificate_number (number_id) VALUES ($1)", number)
    await owner.execute(
        "INSERT INTO certificate (person_id, kind, number_sealed, number_id, skill_level, body_name, issued_on, source,"
        " state, submitted_by) VALUES ($1, 'skill_level', '\\x01', $2, 'level_4', '样例市职业技能评价指导中心',"
        " '2026-01-02', 'citizen', 'pending_upload', $3)",
        person_id,
        number,
        await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'"),
    )


def test_a_claim_is_filed_at_the_counter_and_waiting_certificates_are_listed(
    walk: Walk, portal: Portal
) -> None:
    claimant = portal.run(lay_claimant(portal.registry))
    page = walk.as_somebody(portal.run(granted(portal.registry, Permission.REVIEW)))
    walk.glance(page, "/office/certificates/waiting", name="office-certificates-waiting-empty")
    portal.run(lay_waiting_certificate(portal.registry))
    walk.glance(page, "/office/certificates/waiting")
    page.goto("/office/claims")
    page.get_by_role("link", name="窗口代为申领").click()
    page.get_by_role("button", name="提交申领").click()
    expect(page.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    walk.judge(page, name="office-claim-counter")
    page.get_by_label("档案编号").fill(claimant.record_number)
    page.get_by_label("技能提升补贴").check()
    page.get_by_label("案件编号").fill("京人社核〔2026〕0001")
    page.get_by_role("button", name="提交申领").click()
    expect(page.locator(".said")).to_contain_text("已代为提交，受理编号S110105")
