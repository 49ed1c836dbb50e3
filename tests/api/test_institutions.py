"""The directory of institutions: registration, standing without gaps, designations, and public reads as of a day."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.access.actor import Permission
from tests.builders.directory import (
    OCCUPATION,
    credit_code,
    designation_body,
    institution_body,
    ready_directory,
    today,
)
from tests.builders.openings import ready_opening
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio


async def register(officer: Caller, **changes: Any) -> str:
    answer = await officer.post("/v1/institutions", json=institution_body(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["institution_id"]


async def test_everybody_reads_an_institution_without_personal_data(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    created = await officer.post("/v1/institutions", json=institution_body(contact_phone="13900000000"))
    shown = await client.get(created.headers["location"])
    assert shown.status_code == 200
    assert shown.json()["public_phone"] is None
    assert "13900000000" not in shown.text
    assert [period["standing"] for period in shown.json()["standings"]] == ["active"]
    assert shown.json()["qualifications"][0]["kind"] == "school_license"


async def test_both_check_digits_and_everything_else_are_told_at_once(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    code = credit_code()
    ninth = "1" if code[16] != "1" else "2"
    eighteenth = "1" if code[17] != "1" else "2"
    wrong = code[:16] + ninth + eighteenth
    license_ = institution_body()["qualification"] | {"ends_before": "2019-01-01"}
    refused = await officer.post(
        "/v1/institutions",
        json=institution_body(
            unified_social_credit_code=wrong, division_code="330106", qualification=license_
        ),
    )
    assert refused.status_code == 422
    assert set(codes(refused)) == {
        "credit_code_check_digit",
        "credit_code_organization_check_digit",
        "division_out_of_scope",
        "period_empty",
    }


async def test_a_code_is_registered_once(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    code = credit_code()
    await register(officer, unified_social_credit_code=code)
    again = await officer.post("/v1/institutions", json=institution_body(unified_social_credit_code=code))
    assert (again.status_code, codes(again)) == (409, ["institution_already_registered"])
    assert again.json()["reasons"][0]["field"] == "unified_social_credit_code"


async def test_standing_changes_without_gap_and_withdrawal_is_final(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = f"/v1/institutions/{await register(officer)}"
    begun = await today(registry)
    same_day = await officer.post(f"{path}:suspend", json={"reason": "限期整改"})
    assert codes(same_day) == ["standing_change_pending"]
    await registry.advance(days=1)
    for verb in ("suspend", "restore", "withdraw"):
        changed = await officer.post(f"{path}:{verb}", json={"reason": "年度检查结论"})
        assert changed.status_code == 200, changed.text
        await registry.advance(days=1)
    periods = changed.json()["standings"]
    assert [period["standing"] for period in periods] == ["active", "suspended", "active", "withdrawn"]
    assert [period["ends_before"] for period in periods[:-1]] == [
        period["starts_on"] for period in periods[1:]
    ]
    assert periods[-1]["ends_before"] is None
    final = await officer.post(f"{path}:restore", json={"reason": "申请恢复"})
    assert codes(final) == ["standing_final"]
    then = await officer.get(path, params={"as_of": (begun + timedelta(days=1)).isoformat()})
    assert then.json()["standing"] == "suspended"
    before = await officer.get(path, params={"as_of": (begun - timedelta(days=1)).isoformat()})
    assert before.json()["standing"] is None


async def test_standing_is_not_changed_twice_the_same_way_nor_for_the_past(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    path = f"/v1/institutions/{await register(officer)}"
    await registry.advance(days=2)
    yesterday = (await today(registry) - timedelta(days=1)).isoformat()
    refused = await officer.post(f"{path}:restore", json={"reason": "恢复", "effective_on": yesterday})
    assert codes(refused) == ["standing_unchanged", "effective_day_past"]


async def test_a_day_used_by_a_filing_cannot_be_taken_back(registry: Registry) -> None:
    directory = await ready_directory(registry)
    await registry.advance(days=1)
    opening = await ready_opening(registry, directory)
    assert (await opening.file()).status_code == 200
    path = f"/v1/institutions/{directory.institution_id}"
    refused = await directory.officer.post(f"{path}:suspend", json={"reason": "限期整改"})
    assert codes(refused) == ["standing_day_used"]
    ended = await directory.officer.post(
        f"{path}/designations:end",
        json={
            "occupation_edition": OCCUPATION[0],
            "occupation_code": OCCUPATION[1],
            "division_code": "110000",
            "ends_before": (await today(registry)).isoformat(),
        },
    )
    assert codes(ended) == ["designation_day_used"]
    tomorrow = (await today(registry) + timedelta(days=1)).isoformat()
    suspended = await directory.officer.post(
        f"{path}:suspend", json={"reason": "限期整改", "effective_on": tomorrow}
    )
    assert suspended.status_code == 200, suspended.text


async def test_an_officer_of_elsewhere_cannot_touch_an_institution(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    institution_id = await register(officer)
    elsewhere = await registry.officer(Permission.DIRECTORY, division_code="330000")
    path = f"/v1/institutions/{institution_id}"
    body = institution_body()["qualification"]
    assert (await elsewhere.post(f"{path}:suspend", json={"reason": "限期整改"})).status_code == 404
    assert (await elsewhere.post(f"{path}/qualifications", json=body)).status_code == 404
    begins = await today(registry)
    refused = await elsewhere.post(f"{path}/designations", json=designation_body(begins))
    assert codes(refused) == ["division_out_of_scope"]
    filing = await registry.officer(Permission.FILING)
    assert (await filing.post(f"{path}:suspend", json={"reason": "限期整改"})).status_code == 403


async def test_designations_do_not_overlap_and_end_on_a_day(registry: Registry) -> None:
    directory = await ready_directory(registry)
    path = f"/v1/institutions/{directory.institution_id}"
    begins = await today(registry)
    again = await directory.officer.post(f"{path}/designations", json=designation_body(begins))
    assert codes(again) == ["designation_overlaps"]
    unknown = await directory.officer.post(
        f"{path}/designations", json=designation_body(begins, occupation_code="8-99-99-99")
    )
    assert codes(unknown) == ["occupation_unknown"]
    named = {
        "occupation_edition": OCCUPATION[0],
        "occupation_code": OCCUPATION[1],
        "division_code": "110000",
    }
    past = await directory.officer.post(
        f"{path}/designations:end",
        json=named | {"ends_before": (begins - timedelta(days=1)).isoformat()},
    )
    assert codes(past) == ["effective_day_past"]
    ended = await directory.officer.post(
        f"{path}/designations:end", json=named | {"ends_before": begins.isoformat()}
    )
    assert ended.status_code == 200, ended.text
    assert ended.json()["designations"] == []
    earlier = await directory.officer.get(path, params={"as_of": (begins - timedelta(days=1)).isoformat()})
    assert len(earlier.json()["designations"]) == 1
    none = await directory.officer.post(
        f"{path}/designations:end", json=named | {"ends_before": begins.isoformat()}
    )
    assert none.status_code == 404


async def test_the_list_is_filtered_and_paged_as_of_a_day(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    directory = await ready_directory(registry, institution={"name": "百分之百%培训学校"})
    second = await register(directory.officer, division_code="110101")
    third = await register(directory.officer, division_code="110105")
    everything = (await client.get("/v1/institutions", params={"limit": 2})).json()
    ids = [item["institution_id"] for item in everything["items"]]
    assert ids == [str(directory.institution_id), second]
    rest = (await client.get("/v1/institutions", params={"cursor": everything["next_cursor"]})).json()
    assert [item["institution_id"] for item in rest["items"]] == [third]

    async def found(**query: str) -> list[str]:
        answer = await client.get("/v1/institutions", params=query)
        assert answer.status_code == 200, answer.text
        return [item["institution_id"] for item in answer.json()["items"]]

    assert await found(division="110101") == [second]
    assert len(await found(division="110000")) == 3
    assert await found(division="330000") == []
    assert await found(occupation=OCCUPATION[1]) == [str(directory.institution_id)]
    assert await found(text="0%") == []
    assert await found(text="百%培") == [str(directory.institution_id)]
    yesterday = (await today(registry) - timedelta(days=1)).isoformat()
    assert await found(as_of=yesterday) == []
    broken = await client.get("/v1/institutions", params={"cursor": "%%%"})
    assert (broken.status_code, codes(broken)) == (422, ["cursor_invalid"])


async def test_the_same_registration_sent_twice_registers_once(registry: Registry) -> None:
    officer = await registry.officer(Permission.DIRECTORY)
    body, headers = institution_body(), {"Idempotency-Key": "register-once-0001"}
    first = await officer.post("/v1/institutions", json=body, headers=headers)
    again = await officer.post("/v1/institutions", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert UUID(first.json()["institution_id"]) == UUID(again.json()["institution_id"])
