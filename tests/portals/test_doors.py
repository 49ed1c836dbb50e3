"""Signing in and out by every door, and what becomes of a session and of what was typed when it is over."""

import re

import pytest
from playwright.sync_api import Page, expect

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
