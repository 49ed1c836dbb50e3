"""Signing in and out by every door, and what becomes of a session and of what was typed when it is over."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from tests.builders.accounts import officer_account
from tests.portals.portal_server import Portal
from tests.portals.walking import WEIGHT_MAX, Walk


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/sign-in/officer",
        "/sign-in/institution",
        "/sign-in/citizen",
        "/activation",
        "/signed-out",
    ],
)
def test_the_doors_stand_open(walk: Walk, visitor: Page, path: str) -> None:
    walk.open(visitor, path)


def test_a_first_view_is_light(walk: Walk) -> None:
    assert 10_000 < walk.weigh("/") < WEIGHT_MAX


def test_a_citizen_signs_in_with_the_card_and_out_again(walk: Walk, portal: Portal, visitor: Page) -> None:
    visitor.goto("/my")
    expect(visitor).to_have_url(re.compile(r"/sign-in/citizen\?next=%2Fmy$"))
    visitor.get_by_role("button", name="用电子社保卡登录").click()
    visitor.locator("button").first.click()
    expect(visitor).to_have_url(f"{portal.url}/my")
    walk.judge(visitor, name="my")
    visitor.get_by_role("button", name="退出").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("已退出登录")
    visitor.goto("/my")
    expect(visitor).to_have_url(re.compile("/sign-in/citizen"))


def test_an_officer_signs_in_by_the_form(walk: Walk, portal: Portal, visitor: Page) -> None:
    account = portal.run(officer_account(portal.registry, Permission.REVIEW))
    visitor.goto("/office")
    visitor.get_by_role("button", name="登录").click()
    expect(visitor.get_by_role("alert")).to_be_focused()
    visitor.get_by_role("link", name="口令：没有填写口令", exact=True).click()
    expect(visitor.get_by_label("口令", exact=True)).to_be_focused()
    walk.expect_complaint("422")
    walk.judge(visitor, name="sign-in-officer-refused")
    visitor.get_by_label("登录名").fill(account.login_name)
    visitor.get_by_label("口令", exact=True).fill(account.password)
    visitor.get_by_label("动态口令").fill(account.code())
    visitor.get_by_role("button", name="登录").click()
    expect(visitor).to_have_url(f"{portal.url}/office")
    walk.judge(visitor, name="office")
    walk.open(visitor, "/account")
    walk.open(visitor, "/my", status=403, name="wrong-door")
    expect(visitor.get_by_text("您现在以“经办人”身份登录")).to_be_visible()


def test_what_is_not_there_is_said_and_the_way_back_shown(walk: Walk, visitor: Page) -> None:
    walk.open(visitor, "/nothing-here", status=404, name="not-found")
    visitor.get_by_role("link", name="回到首页").click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("一查就知道")


def test_the_doors_open_without_scripts(walk: Walk, portal: Portal) -> None:
    account = portal.run(officer_account(portal.registry, login_name="no.script"))
    page = walk.as_nobody(scripts=False)
    page.goto("/sign-in/officer")
    page.get_by_label("登录名").fill(account.login_name)
    page.get_by_label("口令", exact=True).fill(account.password)
    page.get_by_label("动态口令").fill(account.code())
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{portal.url}/office")
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("status")).to_have_text("✓您已退出登录。")
