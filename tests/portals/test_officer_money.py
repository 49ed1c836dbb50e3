"""Money through pages: orders by a third person, what the bank sends back, budgets and their ledger."""

from playwright.sync_api import expect

from app.jobs.payments import run_payments
from tests.builders.payments import CLOSED_TAIL, Paying, lay_payable, lay_paying
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk


async def end_account_of_first(paying: Paying) -> None:
    owner = await paying.registry.owner()
    await owner.execute(
        "UPDATE payee_account SET ended_at = registry_now() WHERE person_id = $1", paying.claims[0]
    )


def test_claims_are_ordered_answered_one_by_one_and_a_rejection_is_dealt_with(
    walk: Walk, portal: Portal
) -> None:
    paying = portal.run(lay_paying(portal.registry, 0))
    page = walk.as_somebody(paying.payer)
    for path in ("money", "money/orders", "money/orders/new", "money/failed"):
        walk.open(page, f"/office/{path}", name=f"office-{path.replace('/', '-')}-empty")
    portal.run(lay_payable(paying, 2))
    portal.run(lay_payable(paying, 1, tail=CLOSED_TAIL))
    portal.run(end_account_of_first(paying))
    page.goto("/office")
    page.get_by_role("link", name="公示期满，待拨付").click()
    walk.judge(page, name="office-money-order-new")
    page.get_by_role("button", name="勾选的开单").click()
    expect(page.locator(".summary")).to_contain_text("没有勾选任何一件")
    walk.expect_complaint("422")
    page.get_by_role("button", name="全部待拨付的开单").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("列入2件，1件未列入")
    walk.judge(page, name="office-money-order-answers")
    page.get_by_role("link", name="查看拨付单").click()
    expect(page.get_by_text("等待拨付程序发出")).to_have_count(2)
    portal.run(run_payments(portal.registry.house))
    page.reload()
    walk.judge(page, name="office-money-order")
    page.get_by_role("row", name="银行退回").get_by_role("link").click()
    walk.judge(page, name="office-money-payment")
    page.get_by_role("button", name="重新拨付").click()
    expect(page.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    page.get_by_role("textbox", name="理由").fill("原账户已销户，本人已更正")
    page.get_by_role("button", name="重新拨付").click()
    expect(page.locator(".said")).to_contain_text("已列入重新拨付")
    page.get_by_text("取消拨付", exact=True).first.click()
    page.locator("form[action$=cancel] textarea").fill("本人书面放弃")
    page.get_by_role("button", name="取消拨付").click()
    expect(page.locator(".said")).to_contain_text("已取消拨付")
    walk.open(page, "/office/money/orders", name="office-money-orders")
    assert portal.run(paying.states()) == ["payable", "paid", "withdrawn"]
