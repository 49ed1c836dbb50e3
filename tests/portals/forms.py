"""Filling in forms in a browser, by the names of their fields."""

from collections.abc import Mapping

from playwright.sync_api import Page, expect

PLAN = {
    "goal": "达到五级要求",
    "modules.0.title": "照护基础",
    "modules.0.hours": "2",
    "modules.1.title": "照护实操",
    "modules.1.hours": "4",
    "modules.2.title": "安全操作",
    "modules.2.hours": "2",
}
KINDS = {
    "modules.0.hours_kind": "theory",
    "modules.1.hours_kind": "practice",
    "modules.2.hours_kind": "safety",
}


def fill(page: Page, fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        page.locator(f"[name='{name}']").fill(value)


def choose(page: Page, fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        page.locator(f"[name='{name}']").select_option(value)


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".said")).to_be_visible()


def press(page: Page, button: str, said: str) -> None:
    """Press a button and be told that it was done."""
    page.get_by_role("button", name=button).first.click()
    expect(page.locator(".said")).to_contain_text(said)
