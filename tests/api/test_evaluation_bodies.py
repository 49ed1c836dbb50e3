"""The directory of evaluation bodies: registration, scopes without overlap, and what a body covers on a day."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app.access.actor import Permission
from tests.builders.directory import credit_code, today
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
PATH = "/v1/evaluation-bodies"


def body_of(**changes: Any) -> dict[str, Any]:
    body = {
        "body_code": "S000011990001",
        "kind": "social_body",
        "name": "某市样例技能评价中心",
        "unified_social_credit_code": credit_code(),
        "division_code": "110105",
    }
    return body | changes


def scope_of(**changes: Any) -> dict[str, Any]:
    scope = {
        "occupation_edition": 2015,
        "occupation_code": "4-10-01-05",
        "lowest_level": "level_5",
        "highest_level": "level_3",
        "starts_on": "2024-01-01",
        "ends_before": "2030-01-01",
        "document_number": "某人社评〔2024〕1号",
    }
    return scope | changes


async def register(officer: Caller, **changes: Any) -> str:
    answer = await officer.post(PATH, json=body_of(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def in_force(caller: Caller, path: str, on: date) -> int:
    """How many scopes the directory shows for a day."""
    return len((await caller.get(path, params={"as_of": on.isoformat()})).json()["scopes"])


async def test_everybody_reads_bodies_and_their_scopes_as_of_a_day(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = await register(officer)
    answer = await officer.post(f"{path}/scopes", json=scope_of())
    assert answer.status_code == 201, answer.text
    shown = (await client.get(path, params={"as_of": "2025-06-01"})).json()
    assert shown["body_code"] == "S000011990001"
    assert [(scope["lowest_level"], scope["highest_level"]) for scope in shown["scopes"]] == [
        ("level_5", "level_3")
    ]
    assert (await client.get(path, params={"as_of": "2023-12-31"})).json()["scopes"] == []
    assert (await client.get(path, params={"as_of": "2030-01-01"})).json()["scopes"] == []
    unknown = await client.get(f"{PATH}/01990000-0000-7000-8000-000000000000")
    assert (unknown.status_code, codes(unknown)) == (404, ["evaluation_body_unknown"])


async def test_the_list_is_filtered_and_turned_page_by_page(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    first = await register(officer)
    second = await register(officer, body_code="Y000011990002", kind="employer", name="样例制造公司")
    await officer.post(f"{second}/scopes", json=scope_of())

    async def found(**query: Any) -> list[str]:
        answer = await client.get(PATH, params=query)
        assert answer.status_code == 200, answer.text
        return [f"{PATH}/{item['body_id']}" for item in answer.json()["items"]]

    assert await found() == [first, second]
    assert await found(kind="employer") == [second]
    assert await found(text="评价中心") == [first]
    assert await found(division="110000") == [first, second]
    assert await found(division="330000") == []
    assert await found(occupation="4-10-01-05") == [second]
    yesterday = await today(registry) - timedelta(days=1)
    assert await found(as_of=yesterday.isoformat()) == []
    page = (await client.get(PATH, params={"limit": 1})).json()
    assert await found(limit=1, cursor=page["next_cursor"]) == [second]


async def test_a_registration_is_told_every_defect_of_its_codes(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    wrong = body_of(body_code="Y000044990001", division_code="330106", unified_social_credit_code="ABC")
    refused = await officer.post(PATH, json=wrong)
    assert refused.status_code == 422
    assert {"body_code_letter", "body_code_province", "division_out_of_scope", "credit_code_length"} <= set(
        codes(refused)
    )
    for kind, code in (
        ("social_body", "S0000119900012"),
        ("qualification_station", "1001200"),
        ("other", "sample-1"),
    ):
        answer = await officer.post(PATH, json=body_of(kind=kind, body_code=code))
        assert codes(answer) == ["body_code_form"], kind
    station = body_of(kind="qualification_station", body_code="10992990", unified_social_credit_code=None)
    assert (await officer.post(PATH, json=station)).status_code == 201
    again = await officer.post(PATH, json=station)
    assert (again.status_code, codes(again)) == (409, ["body_already_registered"])


async def test_scopes_are_judged_and_never_overlap(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = await register(officer)
    wrong = scope_of(
        occupation_code="8-99-99-99",
        lowest_level="level_1",
        highest_level="level_5",
        ends_before="2023-01-01",
    )
    refused = await officer.post(f"{path}/scopes", json=wrong)
    assert refused.status_code == 409
    assert codes(refused) == ["occupation_unknown", "scope_levels_backward", "period_empty"]
    assert (await officer.post(f"{path}/scopes", json=scope_of(lowest_level="none"))).status_code == 422
    assert (await officer.post(f"{path}/scopes", json=scope_of())).status_code == 201
    overlapping = await officer.post(
        f"{path}/scopes", json=scope_of(starts_on="2029-12-31", ends_before=None)
    )
    assert codes(overlapping) == ["scope_overlaps"]
    following = await officer.post(f"{path}/scopes", json=scope_of(starts_on="2030-01-01", ends_before=None))
    assert following.status_code == 201, following.text


async def test_a_scope_ends_on_a_day_and_not_for_the_past(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = await register(officer)
    await officer.post(f"{path}/scopes", json=scope_of())
    named = {"occupation_edition": 2015, "occupation_code": "4-10-01-05"}
    begins = await today(registry)
    for day, code in (
        (begins - timedelta(days=1), "effective_day_past"),
        (date(2031, 1, 1), "scope_ends_sooner"),
    ):
        refused = await officer.post(f"{path}/scopes:end", json=named | {"ends_before": day.isoformat()})
        assert codes(refused) == [code]
    assert await in_force(officer, path, begins) == 1
    ended = await officer.post(f"{path}/scopes:end", json=named | {"ends_before": begins.isoformat()})
    assert (ended.status_code, ended.json()["scopes"]) == (200, [])
    assert await in_force(officer, path, begins) == 0
    assert await in_force(officer, path, begins - timedelta(days=1)) == 1
    again = await officer.post(f"{path}/scopes:end", json=named | {"ends_before": begins.isoformat()})
    assert (again.status_code, codes(again)) == (404, ["scope_unknown"])


async def test_officers_act_in_their_area_alone_and_each_act_is_recorded(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = await register(officer)
    await officer.post(f"{path}/scopes", json=scope_of())
    elsewhere = await registry.officer(Permission.DIRECTORY, division_code="330000")
    assert (await elsewhere.post(f"{path}/scopes", json=scope_of())).status_code == 404
    end = {"occupation_edition": 2015, "occupation_code": "4-10-01-05", "ends_before": "2029-01-01"}
    assert (await elsewhere.post(f"{path}/scopes:end", json=end)).status_code == 404
    reviewer = await registry.officer(Permission.REVIEW)
    assert (await reviewer.post(f"{path}/scopes", json=scope_of())).status_code == 403
    assert (await officer.post(f"{path}/scopes:end", json=end)).status_code == 200
    owner = await registry.owner()
    acts = await owner.fetch(
        "SELECT action FROM audit_event WHERE subject_kind = 'evaluation_body' ORDER BY event_id"
    )
    assert [act["action"] for act in acts] == [
        "evaluation_body:registered",
        "evaluation_body:scope_recorded",
        "evaluation_body:scope_ended",
    ]
