"""Around the turn of a year whose holidays are not published: everything goes on, provisional days say so."""

from datetime import date

import pytest

from app.kernel.clock import law_date
from app.reference.calendar import LAST_YEAR, HolidaySchedule, Schedules, due_after, schedules
from tests.builders.claims import DIVISION, lay_claimant, lay_office
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


async def test_a_claim_is_decided_in_the_last_days_of_the_last_published_year(registry: Registry) -> None:
    """Filed, accepted, supplemented and shown when all periods run into a year nobody has published."""
    today = law_date(await registry.now())
    await registry.advance(days=(date(LAST_YEAR, 12, 29) - today).days)
    claimant, office = await lay_claimant(registry), await lay_office(registry)
    await claimant.account()
    filed = await claimant.submit()
    assert filed.status_code == 201, filed.text
    assert filed.json()["due_is_provisional"]
    due_on = date.fromisoformat(filed.json()["due_on"])
    assert due_on.year == LAST_YEAR + 1
    claim_id = filed.json()["claim_id"]
    asked = await office.step(claim_id, "request-supplement", items=["请补充劳动合同"])
    assert asked.status_code == 200, asked.text
    assert asked.json()["due_on"].startswith(str(LAST_YEAR + 1))
    answered = await claimant.citizen.post(
        f"/v1/me/claims/{claim_id}:answer-supplement", json={"answers": ["已提交"]}
    )
    assert answered.status_code == 200, answered.text
    await office.steps(claim_id, "accept", "review", "approve")
    shown = await office.approver.post(
        "/v1/public-notices",
        json={"title": "年末公示", "division_code": DIVISION, "kinds": ["skill_upgrade"]},
    )
    assert shown.status_code == 201, shown.text
    # With the notice loaded the same question has an exact answer, and not a later one.
    year = LAST_YEAR + 1
    off = frozenset(date(year, *day) for day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)))
    loaded = HolidaySchedule(
        year=year, off=off, worked=frozenset(), document="测试", published_on=date(LAST_YEAR, 11, 1)
    )
    provisional = due_after(date(LAST_YEAR, 12, 29), 5)
    schedules().adopt(Schedules([loaded]))
    try:
        exact = due_after(date(LAST_YEAR, 12, 29), 5)
        mine = await claimant.claim(claim_id)
    finally:
        schedules().forget()
    assert provisional.is_provisional
    assert not exact.is_provisional
    assert exact.on <= provisional.on
    assert not mine["due_is_provisional"]
