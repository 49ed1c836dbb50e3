"""A session that runs out while somebody types: after signing in anew the form is filled as it was."""

import re

from playwright.sync_api import Page, expect

from tests.builders.openings import draft_opening
from tests.portals.portal_server import Portal
from tests.portals.walking import PHONE, Walk

TYPED = {
    "certificate_number": "Y000033995002265990001",
    "body_name": "示例技能评价中心",
    "trade_name": "电焊工",
}
OVER = "UPDATE browser_session SET last_seen_at = last_seen_at - interval '1 hour'"


async def _end_sessions(portal: Portal) -> None:
    await (await portal.registry.owner()).execute(OVER)


def sign_in_with_the_card(page: Page) -> None:
    page.get_by_role("button", name="用电子社保卡登录").click()
    page.locator("button").first.click()


def test_a_form_sent_too_late_is_filled_again_after_signing_in(
    walk: Walk, portal: Portal, visitor: Page
) -> None:
    visitor.set_viewport_size(PHONE)
    visitor.goto("/my/certificates/new")
    sign_in_with_the_card(visitor)
    for name, value in TYPED.items():
        visitor.locator(f"[name='{name}']").fill(value)
    visitor.locator("[name='issued_on']").fill("2026-03-02")
    visitor.get_by_label("职业资格证书").check()
    visitor.locator("[name='skill_level']").select_option("level_3")
    portal.run(_end_sessions(portal))
    visitor.get_by_role("button", name="提交查验").click()
    expect(visitor).to_have_url(re.compile(r"/sign-in/citizen\?next=%2Fkept%2F[0-9a-f-]{36}&over=1$"))
    assert not any(value in visitor.url for value in TYPED.values())
    walk.judge(visitor, name="sign-in-citizen-over")
    sign_in_with_the_card(visitor)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("您填写的内容还在")
    walk.judge(visitor, name="kept")
    visitor.get_by_role("button", name="回到表单继续填写").click()
    for name, value in {**TYPED, "issued_on": "2026-03-02", "skill_level": "level_3"}.items():
        expect(visitor.locator(f"[name='{name}']")).to_have_value(value)
    expect(visitor.get_by_label("职业资格证书")).to_be_checked()
    walk.judge(visitor, name="my-certificate-restored")
    visitor.get_by_role("button", name="提交查验").click()
    expect(visitor.get_by_role("status")).to_contain_text("证书已登记")


def test_what_was_typed_after_the_session_ran_out_is_kept_where_the_form_looks_for_it(
    walk: Walk, portal: Portal
) -> None:
    draft = portal.run(draft_opening(portal.registry))
    path = f"/institution/openings/{draft.opening_id}/parts/teaching_plan"
    page = walk.as_somebody(draft.operator)
    page.goto(path)
    portal.run(_end_sessions(portal))
    page.locator("[name='goal']").fill("过期之后才写下的培训目标")
    expect(page.locator("[data-draft-told]")).to_contain_text("登录已过期")
    page.close()
    again = walk.as_somebody(draft.operator)
    again.goto(path)
    expect(again.locator("[name='goal']")).to_have_value("过期之后才写下的培训目标")
    walk.judge(again, name="institution-part-restored")
