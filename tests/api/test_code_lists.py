"""Code lists and policy values over HTTP: public, as of a day, page by page, with their sources."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from app.commands.code_lists import operator_name
from app.policy.values import all_keys, all_values
from app.reference.divisions import divisions
from app.web.code_lists import keep_code_lists
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


async def all_pages(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = await client.get(path, params=query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items


async def test_divisions_are_told_as_of_a_day(client: httpx.AsyncClient) -> None:
    before = await all_pages(client, "/v1/divisions", within="110000", as_of="2009-06-01")
    after = await all_pages(client, "/v1/divisions", within="110000", as_of="2012-06-01")
    assert "110103" in {row["code"] for row in before}
    assert "110103" not in {row["code"] for row in after}
    county = next(row for row in after if row["code"] == "110105")
    assert (county["path_name"], county["level"], county["parent_code"]) == (
        "北京市朝阳区",
        "county",
        "110000",
    )


async def test_pages_join_to_the_whole_list(client: httpx.AsyncClient) -> None:
    paged = await all_pages(client, "/v1/divisions", as_of="2026-06-01", limit=200)
    assert [row["code"] for row in paged] == [
        row.code for row in divisions().get().in_force(date(2026, 6, 1))
    ]
    provinces = await all_pages(client, "/v1/divisions", as_of="2026-06-01", level="province", limit=7)
    assert {row["level"] for row in provinces} == {"province"}
    assert len(provinces) == 34


async def test_today_is_the_day_of_law(registry: Registry) -> None:
    before = (await registry.client.get("/v1/key-groups")).json()["as_of"]
    await registry.advance(days=40)
    after = (await registry.client.get("/v1/key-groups")).json()["as_of"]
    assert (date.fromisoformat(after) - date.fromisoformat(before)).days == 40


async def test_a_division_tells_its_history(client: httpx.AsyncClient) -> None:
    abolished = (await client.get("/v1/divisions/110103")).json()
    assert abolished["current"] is None
    assert [(row["name"], row["path_name"]) for row in abolished["history"]] == [("崇文区", "北京市崇文区")]
    then = (await client.get("/v1/divisions/110103", params={"as_of": "2000-01-01"})).json()
    assert then["current"]["name"] == "崇文区"
    moved = (await client.get("/v1/divisions/510202", params={"as_of": "1996-01-01"})).json()
    assert moved["current"]["path_name"].startswith("四川省重庆市")
    assert (await client.get("/v1/divisions/999999")).status_code == 404
    assert (await client.get("/v1/divisions/11010")).status_code == 422


async def test_occupations_by_day_edition_and_text(client: httpx.AsyncClient) -> None:
    of_2016 = (await client.get("/v1/occupations", params={"as_of": "2016-01-01"})).json()
    of_2026 = (await client.get("/v1/occupations", params={"as_of": "2026-01-01"})).json()
    assert (of_2016["edition"], of_2026["edition"]) == (2015, 2022)
    renamed = {
        edition: (
            await client.get("/v1/occupations", params={"edition": edition, "text": "4-10-01-03"})
        ).json()["items"][0]
        for edition in (2015, 2022)
    }
    assert renamed[2015]["name"] != renamed[2022]["name"]
    assert renamed[2015]["benefit_line"] == renamed[2022]["benefit_line"] == "2015:4-10-01-03"
    welders = await all_pages(client, "/v1/occupations", edition=2022, text="焊工", limit=1)
    assert any(trade["benefit_line"].endswith("/" + trade["name"]) for trade in welders[0]["trades"])
    assert all(
        "焊工" in row["name"] or any("焊工" in trade["name"] for trade in row["trades"]) for row in welders
    )
    assert (await client.get("/v1/occupations", params={"edition": 1999})).status_code == 404
    assert (await client.get("/v1/occupations", params={"as_of": "1990-01-01"})).json() == {
        "edition": None,
        "items": [],
        "next_cursor": None,
    }


async def test_editions_count_what_is_listed(client: httpx.AsyncClient) -> None:
    editions = (await client.get("/v1/occupation-editions", params={"as_of": "2020-01-01"})).json()["items"]
    assert [(row["edition"], row["occupation_count"]) for row in editions] == [(2015, 1481)]
    listed = await all_pages(client, "/v1/occupations", edition=2015, limit=200)
    assert editions[0]["listed_count"] == len(listed) > 0


async def test_levels_rank_against_their_numbers(client: httpx.AsyncClient) -> None:
    now = (await client.get("/v1/skill-levels", params={"as_of": "2026-01-01"})).json()["items"]
    assert [row["rank"] for row in now] == list(range(9))
    assert now[0]["code"] == "none"
    numbered = [row["national_number"] for row in now if row["national_number"]]
    assert numbered == [5, 4, 3, 2, 1]
    before = (await client.get("/v1/skill-levels", params={"as_of": "2020-01-01"})).json()["items"]
    assert [row["national_number"] for row in before] == [None, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("path", ["/v1/key-groups", "/v1/training-types", "/v1/training-modes"])
async def test_small_lists_grow_with_their_texts(client: httpx.AsyncClient, path: str) -> None:
    whole = (await client.get(path, params={"as_of": "2026-01-01"})).json()["items"]
    earlier = (await client.get(path, params={"as_of": "2019-12-31"})).json()["items"]
    assert all(row["document"] and row["clause"] for row in whole)
    assert all(row["valid_from"] <= "2019-12-31" for row in earlier)
    assert 0 < len(earlier) < len(whole) or path == "/v1/training-modes"
    assert (await client.get(path, params={"as_of": "1990-01-01"})).json()["items"] == []


async def test_working_days_follow_the_notice(client: httpx.AsyncClient) -> None:
    # 2026-02-15 to 23 is the Spring Festival; 14 and 28 February are worked in exchange.
    answer = await client.get("/v1/working-days", params={"from": "2026-02-14", "to": "2026-03-01"})
    days = {row["on"]: row["is_working_day"] for row in answer.json()["items"]}
    assert days["2026-02-14"]
    assert days["2026-02-28"]
    assert not days["2026-02-17"]
    assert "2026-03-01" not in days
    assert answer.json()["working_days"] == sum(days.values())


async def test_an_unpublished_year_is_said_not_guessed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/working-days", params={"from": "2090-12-30", "to": "2091-01-03"})
    assert answer.status_code == 200
    assert answer.json()["is_provisional"]
    assert "2090年、2091年放假安排尚未公布" in answer.json()["note"]
    assert all(row["is_provisional"] for row in answer.json()["items"])
    older = await client.get("/v1/working-days", params={"from": "2003-12-30", "to": "2004-01-03"})
    assert (older.status_code, older.json()["code"]) == (409, "calendar_year_unpublished")
    known = await client.get("/v1/working-days", params={"from": "2026-03-02", "to": "2026-03-09"})
    assert (known.json()["is_provisional"], known.json()["note"]) == (False, None)


@pytest.mark.parametrize("to", ["2026-01-01", "2025-12-01", "2027-02-06"])
async def test_a_span_of_days_has_a_limit(client: httpx.AsyncClient, to: str) -> None:
    answer = await client.get("/v1/working-days", params={"from": "2026-01-01", "to": to})
    assert (answer.status_code, codes(answer)) == (422, ["period_out_of_range"])


async def test_a_full_span_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/working-days", params={"from": "2024-01-01", "to": "2025-02-04"})
    assert len(answer.json()["items"]) == 400


async def test_policy_values_of_a_day(client: httpx.AsyncClient) -> None:
    listed = await all_pages(client, "/v1/policy-values", as_of="2026-01-01", division="110105")
    items = {row["key"]: row for row in listed}
    assert list(items) == [key.key for key in all_keys() if key.required_before is None]
    assert items["opening_parts"]["document"] == "人社部发〔2025〕10号"
    assert items["opening_parts"]["value"][0] == {"code": "teaching_plan", "name": "教学计划"}
    assert items["assessment_required"]["value"] is True
    unsourced = items["class_size_max"]
    assert (unsourced["confidence"], unsourced["document"], unsourced["clause"]) == ("unsourced", None, None)
    assert unsourced["bounds"] == {"least": 1, "most": 2000, "soft": False}
    early = await all_pages(client, "/v1/policy-values", as_of="2021-01-01", limit=200)
    known_then = {row["key"] for row in early}
    assert "online_evidence_kinds" in known_then
    assert "class_size_max" not in known_then


async def test_policy_values_only_of_a_division_in_force(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/policy-values", params={"as_of": "2026-01-01", "division": "110103"})
    assert (answer.status_code, codes(answer)) == (422, ["division_not_in_force"])


async def test_a_policy_value_shows_every_version(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/policy-values/filing_lead_hours")
    versions = [value for value in all_values() if value.key.key == "filing_lead_hours"]
    assert [(row["value"], row["note"]) for row in answer.json()["items"]] == [
        (version.value, version.note) for version in versions
    ]
    assert (await client.get("/v1/policy-values/no_such_key")).status_code == 404


async def test_an_import_takes_effect_without_a_restart(registry: Registry) -> None:
    owner = await registry.owner()
    before = divisions().get()
    try:
        async with keep_code_lists(registry.house, every_s=0.05):
            await owner.execute("INSERT INTO division_code VALUES ('119999')")
            await owner.execute(
                "INSERT INTO division VALUES ('119999', '[2026-01-01,)', '测试新区', 'county', '测试', 'imported')"
            )
            await owner.execute(
                "INSERT INTO code_list_load (list, origin, edition, source, content_sha256, rows_read,"
                " rows_changed, loaded_by) VALUES ('divisions', 'imported', 'x', '测试', $1, 1, 1, $2)",
                "0" * 64,
                operator_name(),
            )
            async with asyncio.timeout(10):
                while divisions().get().name_of("119999", date(2026, 2, 1)) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            shown = await registry.client.get("/v1/divisions/119999", params={"as_of": "2026-02-01"})
            assert shown.json()["current"]["name"] == "测试新区"
    finally:
        divisions().adopt(before)
