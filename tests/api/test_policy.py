"""Policy over HTTP: which value applies and what it displaces, editions anybody can verify, shortage lists."""

import hashlib
from typing import Any

import httpx
import pytest
import rfc8785

from app.access.actor import Permission
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio

SHORTAGES = "/v1/shortage-occupations"
WELDER = {"occupation_edition": 2022, "occupation_code": "6-18-02-04"}
NURSE = {"occupation_edition": 2022, "occupation_code": "4-10-01-05"}


def list_of(*occupations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "division_code": "640000",
        "document_number": "测试人社发〔2026〕1号",
        "starts_on": "2026-01-01",
        "ends_before": "2028-01-01",
        "occupations": list(occupations or (WELDER, NURSE)),
    } | changes


@pytest.fixture
async def ningxia(registry: Registry) -> Caller:
    return await registry.officer(Permission.DIRECTORY, division_code="640000")


async def listed(client: httpx.AsyncClient, **query: Any) -> list[tuple[str, str]]:
    answer = await client.get(SHORTAGES, params=query)
    assert answer.status_code == 200, answer.text
    return [(row["division_code"], row["benefit_line"]) for row in answer.json()["items"]]


async def test_a_value_says_what_applies_and_what_it_displaced(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/v1/policy-values/skill_upgrade_amounts", params={"as_of": "2025-06-01", "division": "640104"}
    )
    shown = answer.json()
    assert (shown["applied"]["division_code"], shown["applied"]["value"]["level_5"]) == ("640000", 80_000)
    assert shown["applied"]["words"].startswith("五级/初级工800.00元")
    assert (shown["applied"]["confidence"], shown["applied"]["clause"]) == ("secondary", None)
    displaced = shown["displaced"]
    assert [(row["division_code"], row["document"], row["clause"]) for row in displaced] == [
        ("000000", "人社部发〔2017〕40号", "三")
    ]
    assert displaced[0]["bounds_by_code"]["level_5"] == {"least": 10_000, "most": 100_000, "soft": True}
    assert "软上限" in displaced[0]["note"]
    assert list(shown["options"]) == ["level_5", "level_4", "level_3"]
    assert {row["division_code"] for row in shown["items"]} == {"000000", "640000"}


async def test_the_last_day_of_36_months_and_the_first_of_12(client: httpx.AsyncClient) -> None:
    path = "/v1/policy-values"
    for day, months, confidence in (("2018-12-31", 36, "seed"), ("2019-01-01", 12, "secondary")):
        answer = await client.get(path, params={"as_of": day, "key": "skill_upgrade_insured_months"})
        (row,) = answer.json()["items"]
        assert (row["value"], row["confidence"]) == (months, confidence)


async def test_a_policy_that_ended_applies_no_more(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/policy-values/retention_person_fen", params={"as_of": "2023-01-01"})
    shown = answer.json()
    assert (shown["applied"], shown["displaced"], len(shown["items"])) == (None, [], 1)


async def test_a_value_is_not_asked_for_a_division_that_was_not(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/v1/policy-values/training_amounts", params={"as_of": "2026-01-01", "division": "110103"}
    )
    assert (answer.status_code, codes(answer)) == (422, ["division_not_in_force"])


async def test_an_edition_can_be_verified_by_anybody(client: httpx.AsyncClient) -> None:
    (edition,) = (await client.get("/v1/policy-editions")).json()["items"]
    assert edition["is_in_use"] is True
    whole = (await client.get(f"/v1/policy-editions/{edition['edition_id']}")).json()
    assert hashlib.sha256(rfc8785.dumps(whole["content"])).hexdigest() == edition["digest"] == whole["digest"]
    unknown = await client.get("/v1/policy-editions/01990000-0000-7000-8000-000000000000")
    assert unknown.status_code == 404


async def test_a_list_holds_in_the_province_over_its_period(
    ningxia: Caller, client: httpx.AsyncClient
) -> None:
    answer = await ningxia.post(SHORTAGES, json=list_of())
    assert answer.status_code == 201, answer.text
    lines = answer.json()["benefit_lines"]
    assert len(set(lines)) == 2
    pairs = sorted(("640000", line) for line in lines)
    assert await listed(client, as_of="2026-01-01", division="640104") == pairs
    assert await listed(client, as_of="2027-12-31") == pairs
    assert await listed(client, as_of="2028-01-01") == await listed(client, as_of="2025-12-31") == []
    assert await listed(client, as_of="2026-06-01", division="110105") == []
    page = (await client.get(SHORTAGES, params={"as_of": "2026-06-01", "limit": 1})).json()
    rest = await listed(client, as_of="2026-06-01", limit=1, cursor=page["next_cursor"])
    assert [(page["items"][0]["division_code"], page["items"][0]["benefit_line"]), *rest] == pairs


async def test_a_list_is_told_every_defect_and_then_not_stored(
    ningxia: Caller, client: httpx.AsyncClient
) -> None:
    await ningxia.post(SHORTAGES, json=list_of(WELDER))
    unknown = {"occupation_edition": 2022, "occupation_code": "8-99-99-99"}
    refused = await ningxia.post(
        SHORTAGES, json=list_of(unknown, NURSE, NURSE, WELDER, starts_on="2027-12-31")
    )
    assert (refused.status_code, codes(refused)) == (
        409,
        ["occupation_unknown", "occupation_repeated", "shortage_listed_already"],
    )
    fields = [reason["field"] for reason in refused.json()["reasons"]]
    assert fields == [f"occupations.{place}.occupation_code" for place in (0, 2, 3)]
    assert len(await listed(client, as_of="2026-06-01")) == 1
    adjacent = await ningxia.post(SHORTAGES, json=list_of(WELDER, starts_on="2028-01-01", ends_before=None))
    assert adjacent.status_code == 201
    empty = await ningxia.post(SHORTAGES, json=list_of(NURSE, ends_before="2026-01-01"))
    assert codes(empty) == ["period_empty"]


async def test_only_the_province_keeps_its_list(registry: Registry, ningxia: Caller) -> None:
    assert codes(await ningxia.post(SHORTAGES, json=list_of(division_code="640100"))) == [
        "shortage_list_is_provincial"
    ]
    assert codes(await ningxia.post(SHORTAGES, json=list_of(division_code="110000"))) == [
        "division_out_of_scope"
    ]
    assert codes(await ningxia.post(SHORTAGES, json=list_of(division_code="990000"))) == ["division_unknown"]
    city = await registry.officer(Permission.DIRECTORY, division_code="640100")
    assert codes(await city.post(SHORTAGES, json=list_of())) == ["division_out_of_scope"]
    reviewer = await registry.officer(Permission.REVIEW, division_code="640000")
    assert (await reviewer.post(SHORTAGES, json=list_of())).status_code == 403


async def test_an_occupation_leaves_the_list_from_a_day_on(
    registry: Registry, ningxia: Caller, client: httpx.AsyncClient
) -> None:
    await ningxia.post(SHORTAGES, json=list_of(WELDER, ends_before=None))
    today = (await registry.now()).date()
    ending = {"division_code": "640000", **WELDER, "ends_before": f"{today.year + 2}-01-01"}
    assert (await ningxia.post(f"{SHORTAGES}:end", json=ending)).status_code == 200
    assert len(await listed(client, as_of=f"{today.year + 1}-12-31")) == 1
    assert await listed(client, as_of=ending["ends_before"]) == []
    later = await ningxia.post(f"{SHORTAGES}:end", json=ending | {"ends_before": f"{today.year + 3}-01-01"})
    assert codes(later) == ["listing_ends_sooner"]
    past = await ningxia.post(f"{SHORTAGES}:end", json=ending | {"ends_before": "2026-01-02"})
    assert codes(past) == ["effective_day_past"]
    missing = await ningxia.post(f"{SHORTAGES}:end", json=ending | NURSE)
    assert (missing.status_code, codes(missing)) == (404, ["shortage_not_listed"])
    owner = await registry.owner()
    acts = await owner.fetch(
        "SELECT action FROM audit_event WHERE subject_kind = 'division' ORDER BY event_id"
    )
    assert [act["action"] for act in acts] == ["shortage_list:recorded", "shortage_list:ended"]
