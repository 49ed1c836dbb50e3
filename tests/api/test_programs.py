"""The directory of programs: the five published fields, versions without overlap, public reads as of a day."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.access.actor import Permission
from tests.builders.directory import program_body, ready_directory, today
from tests.builders.openings import ready_opening
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio


def version_body(starts_on: Any, **changes: Any) -> dict[str, Any]:
    body = program_body(starts_on, **changes)
    del body["division_code"]
    return body


async def publish(officer: Caller, registry: Registry, **changes: Any) -> str:
    answer = await officer.post("/v1/programs", json=program_body(await today(registry), **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["program_id"]


async def test_the_five_published_fields_are_there_for_everybody(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    program_id = await publish(officer, registry)
    (item,) = (await client.get("/v1/programs")).json()["items"]
    assert item["program_id"] == program_id
    assert item["published"] == {
        "posts_wanted": 320,
        "skill_requirements": "能为老年人提供生活照料和基础护理",
        "training_content": "照护基础、实操训练、安全操作",
        "training_duration": {
            "class_hours": 8,
            "theory_hours": 2,
            "practice_hours": 4,
            "safety_hours": 2,
        },
        "training_mode": "classroom",
    }


async def test_every_defect_of_a_program_is_told_at_once(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    begins = await today(registry) - timedelta(days=1)
    refused = await officer.post(
        "/v1/programs",
        json=program_body(
            begins,
            division_code="330000",
            occupation_code="8-99-99-99",
            training_type="no_such_type",
            training_mode="no_such_mode",
            theory_hours=0,
            practice_hours=0,
            safety_hours=0,
            ends_before=begins.isoformat(),
        ),
    )
    assert refused.status_code == 409
    assert codes(refused) == [
        "division_out_of_scope",
        "occupation_unknown",
        "training_type_unknown",
        "training_mode_unknown",
        "program_hours_missing",
        "safety_hours_missing",
        "effective_day_past",
        "period_empty",
    ]
    safety = next(reason for reason in refused.json()["reasons"] if reason["code"] == "safety_hours_missing")
    assert safety["citation"] == {"document": "人社部发〔2025〕10号", "clause": "三(三)", "note": None}


async def test_a_revision_begins_where_the_version_before_ends(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    program_id = await publish(officer, registry)
    begins = await today(registry)
    same_day = await officer.post(f"/v1/programs/{program_id}:revise", json=version_body(begins))
    assert codes(same_day) == ["program_change_pending"]
    later = begins + timedelta(days=10)
    revised = await officer.post(
        f"/v1/programs/{program_id}:revise", json=version_body(later, open_positions=500)
    )
    assert revised.status_code == 201, revised.text
    first, second = revised.json()["versions"]
    assert first["ends_before"] == second["starts_on"] == later.isoformat()

    async def posts(on: Any) -> list[int]:
        page = (await client.get("/v1/programs", params={"as_of": on.isoformat()})).json()
        return [item["published"]["posts_wanted"] for item in page["items"]]

    assert await posts(begins) == [320]
    assert await posts(later - timedelta(days=1)) == [320]
    assert await posts(later) == [500]
    assert await posts(begins - timedelta(days=1)) == []


async def test_a_withdrawn_program_can_no_longer_be_filed_under(registry: Registry) -> None:
    directory = await ready_directory(registry)
    opening = await ready_opening(registry, directory)
    tomorrow = await today(registry) + timedelta(days=1)
    path = f"/v1/programs/{directory.program_id}:withdraw"
    body = {"ends_before": tomorrow.isoformat(), "reason": "岗位需求变化"}
    withdrawn = await directory.officer.post(path, json=body)
    assert withdrawn.status_code == 200, withdrawn.text
    await registry.advance(days=1)
    refused = await opening.file()
    assert "program_not_in_force" in codes(refused)
    again = await directory.officer.post(
        path, json=body | {"ends_before": (tomorrow + timedelta(days=5)).isoformat()}
    )
    assert codes(again) == ["program_ended"]


async def test_a_version_used_today_is_not_ended_today(registry: Registry) -> None:
    directory = await ready_directory(registry)
    await registry.advance(days=1)
    opening = await ready_opening(registry, directory)
    assert (await opening.file()).status_code == 200
    begins = await today(registry)
    path = f"/v1/programs/{directory.program_id}"
    refused = await directory.officer.post(f"{path}:revise", json=version_body(begins))
    assert codes(refused) == ["program_day_used"]
    revised = await directory.officer.post(f"{path}:revise", json=version_body(begins + timedelta(days=1)))
    assert revised.status_code == 201, revised.text
    await registry.advance(days=1)
    assert (await opening.put_on_record()).status_code == 200


async def test_an_officer_of_elsewhere_cannot_touch_a_program(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = f"/v1/programs/{await publish(officer, registry)}"
    elsewhere = await registry.officer(Permission.DIRECTORY, division_code="330000")
    begins = await today(registry) + timedelta(days=1)
    assert (await elsewhere.post(f"{path}:revise", json=version_body(begins))).status_code == 404
    ended = {"ends_before": begins.isoformat(), "reason": "岗位需求变化"}
    assert (await elsewhere.post(f"{path}:withdraw", json=ended)).status_code == 404


async def test_the_list_is_filtered_and_paged(registry: Registry, client: httpx.AsyncClient) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    first = await publish(officer, registry)
    second = await publish(
        officer, registry, division_code="110105", name="育婴员培训", skill_level="level_4"
    )

    async def found(**query: Any) -> list[str]:
        answer = await client.get("/v1/programs", params=query)
        assert answer.status_code == 200, answer.text
        return [item["program_id"] for item in answer.json()["items"]]

    page = (await client.get("/v1/programs", params={"limit": 1})).json()
    assert [item["program_id"] for item in page["items"]] == [first]
    assert await found(cursor=page["next_cursor"]) == [second]
    assert await found(division="110105") == [second]
    assert await found(skill_level="level_5") == [first]
    assert await found(text="育婴") == [second]
    assert await found(occupation="4-10-01-06") == [first, second]
    assert await found(occupation="4-10-01-07") == []
