"""Certificates of trainees, listings of an enterprise with their claims, messages and the institution itself."""

from playwright.sync_api import expect

from app.access.actor import Permission
from app.jobs.listing_checks import run_listing_checks
from app.jobs.sealing import run_sealing
from tests.builders import rosters
from tests.builders.certificates import check, closed_class, on_network, printed
from tests.builders.finished_class import Trainee
from tests.builders.listings import lay_employer
from tests.builders.payments import granted
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Caller

_NAME = "阿卜杜热依木·买买提吐尔逊"
ANNA, BO = rosters.Trainee(serial=984, name=_NAME), rosters.Trainee(serial=985)


def test_certificates_are_reported_with_every_fault_and_checked(walk: Walk, portal: Portal) -> None:
    trainees = [Trainee(name=_NAME, serial=961), Trainee(serial=962)]
    laid = portal.run(closed_class(portal.registry, trainees))
    certificate = portal.run(printed(portal.registry))
    on_network(portal.registry, trainees[0], certificate)
    page = walk.as_somebody(laid.operator)
    base = f"/institution/openings/{laid.opening_id}/certificates"
    walk.open(page, base, name="institution-certificates-of-completion")
    page.get_by_role("link", name="报送证书").click()
    page.locator("[name='lines.0.certificate_number']").fill("太短")
    page.locator("[name='lines.1.certificate_number']").fill("X")
    page.get_by_role("button", name="报送查验").click()
    summary = page.locator(".summary")
    for said in ("核发机构", "核发日期"):
        expect(summary).to_contain_text(said)
    walk.expect_complaint("422")
    page.locator("[name=body_name]").fill("样例评价机构")
    page.locator("[name=issued_on]").fill(certificate.issued_on.isoformat())
    page.get_by_role("button", name="报送查验").click()
    expect(page.locator("tr.row-bad")).to_have_count(2)
    walk.expect_complaint("422")
    walk.judge(page, name="institution-certificate-form")
    page.locator("[name='lines.0.certificate_number']").fill(certificate.number)
    page.locator("[name='lines.1.certificate_number']").fill("")
    page.get_by_role("button", name="报送查验").click()
    expect(page.locator(".said")).to_contain_text("已登记1本证书")
    portal.run(check(portal.registry))
    walk.open(page, base, name="institution-certificates")
    expect(page.locator("tbody tr", has_text="职业技能等级证书")).to_contain_text("已核实")
    walk.open(page, "/institution/messages", name="institution-messages-empty")
    walk.open(page, "/institution/profile", name="institution-profile")
    expect(page.locator("main")).to_contain_text("测试项目")


async def lay_known(portal: Portal) -> Caller:
    """An enterprise, and two persons whom the cardholder base knows."""
    for person in (ANNA, BO):
        portal.registry.sandbox.register(
            social_security_number=person.identity_number,
            name=person.name,
            card_number=f"S98{person.serial}001",
            state="normal",
        )
    return await lay_employer(portal.registry)


async def confirm(portal: Portal, listing: str) -> None:
    await run_listing_checks(portal.registry.house)
    officer = await granted(portal.registry, Permission.FILING)
    answer = await officer.post(f"/v1/employer-listings/{listing}:confirm")
    assert answer.status_code == 200, answer.text
    await run_sealing(portal.registry.house)


def test_a_listing_is_pasted_confirmed_and_claimed_on(walk: Walk, portal: Portal) -> None:
    page = walk.as_somebody(portal.run(lay_known(portal)))
    walk.open(page, "/institution/claims/listings", name="institution-listings-empty")
    page.get_by_role("link", name="报送名单").click()
    page.locator("[name=period]").fill("2026-05")
    page.get_by_role("button", name="报送名单").click()
    expect(page.locator(".summary")).to_contain_text("受理地")
    expect(page.locator(".summary")).to_contain_text("没有选择文件")
    walk.expect_complaint("422")
    page.locator("[name=division_code]").fill("110105")
    lines = [f"{each.name}\t{each.identity_number}" for each in (ANNA, BO)]
    page.locator("[name=pasted]").fill("\n".join(["姓名\t证件号码", "王样\t123"]))
    page.get_by_role("button", name="报送名单").click()
    expect(page.locator(".part-faults")).to_contain_text("第2行")
    walk.expect_complaint("422")
    walk.judge(page, name="institution-listing-form")
    page.locator("[name=pasted]").fill("\n".join(["姓名\t证件号码", *lines, "王样\t123"]))
    page.get_by_role("button", name="报送名单").click()
    expect(page.locator(".said")).to_contain_text("已报送2人；1行没有报送")
    walk.judge(page, name="institution-listing-filed")
    listing = page.url.rsplit("/", 1)[1]
    portal.run(confirm(portal, listing))
    page.reload()
    walk.judge(page, name="institution-listing-confirmed")
    page.get_by_role("button", name="为2人申领").click()
    expect(page.locator(".said")).to_contain_text("已提交2件申领")
    walk.open(page, "/institution/claims/listings", name="institution-listings")
    walk.open(page, "/institution/messages", name="institution-messages")
    expect(page.locator(".timeline")).to_contain_text("用人单位名单已确认")
