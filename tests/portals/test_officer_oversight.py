"""Verification, comparison, rules, outreach, administration and audit: their pages, walked by whoever they are for."""

import json

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import AdministratorKind, Permission
from app.archive.records.rules import record_number
from app.jobs.comparisons import run_comparisons
from app.jobs.outreach import run_outreach
from app.jobs.sealing import run_sealing
from tests.builders.decided_claims import lay_approved, officer
from tests.builders.verified import Known, lay_known, lay_record
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Caller

RECORD = record_number("110105", 2026, 1)
PERMISSIONS = (Permission.REVIEW, Permission.LOOKUP, Permission.AUDIT)


@pytest.fixture(scope="module")
def known(portal: Portal) -> Known:
    found = portal.run(lay_known(portal.registry, name="阿卜杜热依木·买买提吐尔逊"))
    portal.run(lay_record(portal.registry, found, RECORD))
    return found


@pytest.fixture(scope="module")
def clerk(portal: Portal) -> Caller:
    return portal.run(officer(portal.registry, *PERMISSIONS, division_code="110000"))


@pytest.fixture(scope="module")
def desk(walk: Walk, clerk: Caller) -> Page:
    return walk.as_somebody(clerk)


def test_one_person_is_verified_after_purpose_and_case(walk: Walk, desk: Page, known: Known) -> None:
    walk.open(desk, "/office/verifications")
    desk.get_by_role("button", name="核验").click()
    expect(desk.get_by_role("alert")).to_be_visible()
    walk.expect_complaint("422")
    walk.judge(desk, name="office-verify-errors")
    desk.get_by_label("事由").select_option("subsidy_review")
    desk.get_by_label("案件编号").fill("京人社核〔2026〕0001")
    desk.get_by_label("姓名").fill(known.trainee.name)
    desk.get_by_label("身份证件号码").fill(known.trainee.number)
    desk.get_by_label("同时询问外省登记机构").check()
    desk.get_by_role("button", name="核验").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("本登记系统：有效")
    expect(desk.get_by_text("测试技能培训")).to_be_visible()
    assert known.trainee.number not in desk.content()
    walk.judge(desk, name="office-verified")


def test_a_list_is_compared_and_downloaded(walk: Walk, portal: Portal, desk: Page, known: Known) -> None:
    walk.open(desk, "/office/verifications/comparisons/new")
    desk.get_by_label("事由").select_option("inspection")
    desk.get_by_label("案件编号").fill("测试案件0003")
    lines = f"身份证件号码,姓名\n{known.trainee.number},{known.trainee.name}\n{known.trainee.number},别人\n"
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    desk.get_by_label("名单文件").set_input_files(file)  # type: ignore[arg-type]
    desk.get_by_role("button", name="上传并比对").click()
    expect(desk.locator("progress")).to_be_visible()
    portal.run(run_comparisons(portal.registry.house))
    expect(desk.get_by_role("link", name="下载结果（xlsx）")).to_be_visible()
    walk.judge(desk, name="office-comparison-done")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="NDJSON").click()
    told = [json.loads(line)["outcome"] for line in download.value.path().read_text().splitlines()]
    assert told == ["matched", "name_differs"]
    walk.open(desk, "/office/verifications/comparisons")


def test_rules_are_compared_and_explained(walk: Walk, desk: Page) -> None:
    of_upgrades = "text=技能提升补贴每人"
    walk.open(desk, f"/office/rules?{of_upgrades}")
    walk.open(
        desk, f"/office/rules?day=2025-06-01&other=2018-06-01&{of_upgrades}", name="office-rules-compared"
    )
    expect(desk.get_by_text("项不同").first).to_be_visible()
    desk.get_by_role("link", name="技能提升补贴每人每年次数上限").click()
    expect(desk.get_by_role("heading", name="为什么是它")).to_be_visible()
    walk.judge(desk, name="office-rule")
    walk.open(desk, "/office/rules/editions")


def test_who_could_claim_is_listed_after_purpose(walk: Walk, portal: Portal, desk: Page) -> None:
    laid = portal.run(lay_approved(portal.registry, ("测试学员",), upto="entry"))
    trainee = laid.trainees[0]
    portal.registry.sandbox.register(social_security_number=trainee.number, name=trainee.name)
    portal.registry.sandbox.insure(trainee.number, pension_from=None)
    assert portal.run(run_outreach(portal.registry.house)) >= 1
    walk.open(desk, "/office/outreach")
    desk.get_by_role("link", name="查看名单").first.click()
    walk.judge(desk, name="office-outreach-ask")
    desk.get_by_label("事由").select_option("subsidy_review")
    desk.get_by_label("案件编号").fill("测试案件0004")
    desk.get_by_role("button", name="查看").click()
    expect(desk.get_by_role("rowheader", name="测试学员")).to_be_visible()
    walk.judge(desk, name="office-outreach-list")


def test_two_administrators_open_an_account(walk: Walk, portal: Portal, clerk: Caller) -> None:
    registry = portal.registry
    system = walk.as_somebody(portal.run(registry.administrator(AdministratorKind.SYSTEM)))
    walk.open(system, "/office/administration")
    walk.open(system, "/office/administration/agencies")
    system.get_by_label("机构名称").fill(
        "测试市朝阳区人力资源和社会保障局职业能力建设与失业保险经办服务管理中心"
    )
    system.get_by_label("辖区").fill("北京市朝阳区")
    system.get_by_role("button", name="登记").click()
    expect(system.locator(".said")).to_contain_text("已登记")
    first, second = (
        walk.as_somebody(portal.run(registry.administrator(AdministratorKind.SECURITY))) for _ in range(2)
    )
    walk.open(first, "/office/administration/accounts/new")
    first.get_by_label("经办机构").select_option(index=1)
    first.get_by_label("姓名").fill("李华")
    first.get_by_label("登录名").fill("li.hua")
    first.get_by_label("审批").check()
    first.get_by_role("button", name="开设").click()
    expect(first.locator(".confirmation-number")).to_be_visible()
    walk.judge(first, name="office-account-made")
    first.goto("/office/administration/grants")
    expect(first.get_by_text("由您提出，须另一人确认")).to_be_visible()
    walk.open(second, "/office/administration/grants")
    second.get_by_role("button", name="确认李华的审批").click()
    expect(second.locator(".said")).to_contain_text("立即生效")
    walk.open(second, "/office/administration/accounts")


def test_the_audit_sees_everything_and_changes_nothing(
    walk: Walk, portal: Portal, desk: Page, clerk: Caller, known: Known
) -> None:
    looked = known.asked(case_number="测试案件0005")
    assert portal.run(clerk.post("/v1/verifications", json=looked)).status_code == 200
    portal.run(run_sealing(portal.registry.house))
    walk.open(desk, "/office/audit", name="office-audit-officer")
    desk.get_by_label("案件编号").last.fill("测试审计0001")
    with desk.expect_download() as download:
        desk.get_by_role("button", name="导出（NDJSON，每行一件）").click()
    assert download.value.suggested_filename.endswith(".ndjson")
    auditor = walk.as_somebody(portal.run(portal.registry.administrator(AdministratorKind.AUDIT)))
    walk.open(auditor, "/office/audit/events")
    walk.open(auditor, "/office/audit/accesses")
    expect(auditor.get_by_text("测试案件0005").first).to_be_visible()
