"""One budget for every route by which an agency finds persons by number, and one trail of misses."""

from typing import Any

import httpx
import pytest

from app.access.actor import Permission
from app.exchange.verification.actions.take_allowance import Budget
from tests.builders.finished_class import Trainee
from tests.builders.verified import lay_known
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
CASE = {"purpose": "inspection", "case_number": "S110105-2026-00000001"}


def subjects(*serials: int) -> list[dict[str, str]]:
    return [{"identity_number": Trainee(serial=serial).number, "name": "测试丙"} for serial in serials]


async def look_up(caller: Caller, serial: int, route: str, **changes: Any) -> httpx.Response:
    (subject,) = subjects(serial)
    body = {
        "/v1/records:lookup": {"subjects": [subject]},
        "/v1/certificates:lookup": subject,
        "/v1/other-registries:lookup": {**subject, "about": "records"},
        "/v1/verifications": subject,
    }[route]
    return await caller.post(route, json={**CASE, **body, **changes})


def narrow(registry: Registry, budget: Budget) -> None:
    allowances = registry.house.allowances
    allowances._budgets = dict.fromkeys(allowances._budgets, budget)


async def misses(registry: Registry) -> int:
    return await (await registry.owner()).fetchval("SELECT count(*) FROM verification_miss")


@pytest.mark.parametrize(
    "route", ["/v1/records:lookup", "/v1/certificates:lookup", "/v1/other-registries:lookup"]
)
async def test_what_one_route_has_spent_no_other_gives(registry: Registry, route: str) -> None:
    caller = await registry.officer(Permission.LOOKUP, division_code="320000")
    narrow(registry, Budget(per_minute=100, per_day=4, misses_per_day=100))
    for _ in range(4):
        assert (await look_up(caller, 990, route)).status_code == 200
    refused = await look_up(caller, 990, route)
    assert (refused.status_code, codes(refused)) == (429, ["lookup_day_budget_spent"])
    refused = await look_up(caller, 990, "/v1/verifications")
    assert (refused.status_code, codes(refused)) == (429, ["lookup_day_budget_spent"])


@pytest.mark.parametrize("route", ["/v1/records:lookup", "/v1/certificates:lookup"])
async def test_numbers_tried_are_misses_and_leave_rows(registry: Registry, route: str) -> None:
    caller, known = (
        await registry.officer(Permission.LOOKUP, division_code="320000"),
        await lay_known(registry),
    )
    narrow(registry, Budget(per_minute=100, per_day=100, misses_per_day=3))
    (subject,) = [{"identity_number": known.trainee.number, "name": known.trainee.name}]
    found = await caller.post("/v1/records:lookup", json={**CASE, "subjects": [subject]})
    assert (found.status_code, await misses(registry)) == (200, 0)
    for serial in (991, 992, 993):
        assert (await look_up(caller, serial, route)).status_code == 200
    assert await misses(registry) == 3
    refused = await look_up(caller, 994, route)
    assert (refused.status_code, codes(refused)) == (429, ["lookup_misses_spent"])
    assert await misses(registry) == 3
    other = await look_up(caller, 994, route, purpose="record_correction")
    assert other.status_code == 200, "each purpose has its own"
    assert await misses(registry) == 4


async def test_a_batch_costs_one_a_person_all_or_none(registry: Registry) -> None:
    caller, known = (
        await registry.officer(Permission.LOOKUP, division_code="320000"),
        await lay_known(registry),
    )
    narrow(registry, Budget(per_minute=8, per_day=100, misses_per_day=100))
    one = {"identity_number": known.trainee.number, "name": known.trainee.name}

    async def ask(count: int) -> httpx.Response:
        asked = [*subjects(*range(970, 969 + count)), one]
        return await caller.post("/v1/records:lookup", json={**CASE, "subjects": asked})

    whole = await ask(9)
    assert (whole.status_code, codes(whole)) == (429, ["lookup_batch_over_rate"])
    assert (await misses(registry), "8人" in whole.text) == (0, True)
    answers = [await ask(5) for _ in range(4)]  # the minute may end meanwhile, once
    assert [each.status_code for each in answers].count(429) >= 2
    assert await misses(registry) == 4 * [each.status_code for each in answers].count(200)


async def test_a_certificate_entered_for_somebody_is_a_look_at_the_same_budget(registry: Registry) -> None:
    caller = await registry.officer(Permission.REVIEW, division_code="320000")
    narrow(registry, Budget(per_minute=100, per_day=100, misses_per_day=2))
    (subject,) = subjects(995)
    certificate = {
        "kind": "skill_level",
        "certificate_number": "S000032011002261000011",
        "occupation_edition": 2022,
        "occupation_code": "4-03-02-01",
        "skill_level": "level_5",
        "body_name": "测试评价机构",
        "issued_on": "2026-01-05",
    }

    async def enter() -> httpx.Response:
        body = {**CASE, "purpose": "subsidy_review", **subject, "certificate": certificate}
        return await caller.post("/v1/certificates", json=body)

    statuses = [(await enter()).status_code for _ in range(3)]
    assert statuses == [404, 404, 429]
    assert await misses(registry) == 2, "kept although the entry is refused"
