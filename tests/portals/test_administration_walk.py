"""The pages of the registry's own administration in a browser, at both widths."""

import json

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import AdministratorKind, Permission
from tests.builders.decided_claims import officer
from tests.portals.forms import fill, press
from tests.portals.portal_server import Portal
from tests.portals.test_administration_pages import PEER, REGISTRIES, RULES
from tests.portals.walking import Walk

NAME = "测试新疆生产建设兵团职业技能提升与实名制培训登记管理服务中心"


@pytest.fixture(scope="module")
def administrators(walk: Walk, portal: Portal) -> list[Page]:
    made = portal.registry.administrator
    return [walk.as_somebody(portal.run(made(AdministratorKind.SECURITY))) for _ in range(2)]


def test_another_registry_is_introduced_by_two(
    walk: Walk, portal: Portal, administrators: list[Page]
) -> None:
    first, second = administrators
    walk.open(first, REGISTRIES, name="office-registries-empty")
    first.get_by_role("link", name="登记机构").first.click()
    fill(first, {**PEER, "name": NAME, "division_code": "新疆维吾尔自治区"})
    walk.judge(first, name="office-registry-form")
    press(first, "提出登记", "已提出登记")
    first.get_by_role("link", name="登记对方公钥").click()
    fill(first, {"public_jwk": json.dumps(portal.registry.house.tokens.public_jwks()["keys"][0])})
    fill(first, {"valid_until": "2099-01-01"})
    walk.judge(first, name="office-registry-key-form")
    press(first, "提出登记", "已提出登记公钥")
    walk.judge(first, name="office-registry")
    walk.open(second, "/office/administration", name="office-administration-security")
    second.goto(first.url)
    second.get_by_role("link", name="核对指纹并确认公钥").click()
    walk.judge(second, name="office-registry-key-confirm")
    press(second, "已核对指纹，确认", "已确认公钥")
    walk.open(second, REGISTRIES, name="office-registries")
    walk.open(first, f"{RULES}/new", name="office-asking-rule-form")
    first.locator("select[name=peer_id]").select_option(index=1)
    first.locator("select[name=kind]").select_option("skill_upgrade")
    fill(first, {"division_code": "北京市朝阳区", "document": "两省数据共享协议", "clause": "第三条"})
    press(first, "提出列入", "已提出")
    walk.judge(first, name="office-asking-rules")
    second.goto(first.url)
    second.get_by_role("link", name="核对并确认列入").click()
    walk.judge(second, name="office-asking-rule-confirm")


def test_systems_and_keys(walk: Walk, portal: Portal, administrators: list[Page]) -> None:
    portal.run(portal.registry.agency())
    first, _ = administrators
    walk.open(first, "/office/administration/clients/new", name="office-client-form")
    system = walk.as_somebody(portal.run(portal.registry.administrator(AdministratorKind.SYSTEM)))
    walk.open(system, "/office/administration/signing-keys", name="office-signing-keys")


def test_why_nothing_is_paid_is_told(walk: Walk, portal: Portal) -> None:
    registry = portal.registry

    async def notice() -> None:
        said = "SELECT notice_restoration('log', '{\"log_behind\": \"已公布到第9条，本地只到第5条\"}')"
        await (await registry.owner()).execute(said)

    portal.run(notice())
    payer = walk.as_somebody(portal.run(officer(registry, Permission.PAYMENT, division_code="000000")))
    walk.open(payer, "/office", name="office-home-closed")
    walk.open(payer, "/office/money", name="office-money-closed")
    payer.get_by_role("link", name="看原因和怎样恢复").click()
    expect(payer.get_by_role("heading", name="要核对什么")).to_be_visible()
    walk.judge(payer, name="office-restorations")
    payer.get_by_role("link", name="写下核对结果").click()
    walk.judge(payer, name="office-restoration-propose")
