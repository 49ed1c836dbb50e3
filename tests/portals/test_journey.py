"""The whole journey through pages only: an institution, four officers and a citizen, from an opening to the money."""

from playwright.sync_api import expect

from tests.portals import journey as steps
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk


def test_from_an_opening_to_money_on_the_account_through_pages_only(walk: Walk, portal: Portal) -> None:
    journey = steps.begin(walk, portal)
    steps.register_device(journey)
    steps.file_class(journey)
    steps.put_on_record(journey)
    steps.attend(journey)
    steps.assess_and_close(journey)
    steps.link_certificate(journey)
    steps.claim(journey)
    steps.decide(journey)
    steps.pay(journey)
    phone = journey.citizen
    assert phone is not None
    phone.goto("/my/claims")
    expect(phone.locator("li", has_text="技能提升补贴")).to_contain_text("已发放")
    walk.judge(phone, name="journey-paid")
