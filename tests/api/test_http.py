"""What every route does with odd requests: HEAD, strange parameters, unreadable bodies, addresses with a slash."""

from typing import Any

import httpx
import pytest

from app.access.actor import Permission
from tests.builders.attendance import lay_open_class, registered_source, send
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def test_head_answers_as_get_without_content(client: httpx.AsyncClient) -> None:
    got, asked = await client.get("/healthz"), await client.head("/healthz")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert (await client.head("/v1/me/record")).status_code == 401
    refused = await client.head("/v1/oauth/token")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (await client.delete("/healthz")).headers["allow"] == "GET, HEAD"


async def test_an_unknown_parameter_is_named_not_ignored(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/institutions", params={"limt": 5, "limit": 3})
    assert (answer.status_code, codes(answer)) == (422, ["parameter_unknown"])
    reason = only(answer.json()["reasons"])
    assert reason["field"] == "limt"
    assert "limit" in reason["remedy"]
    personal = await client.get("/v1/institutions", params={"11010519491001999X": "1"})
    assert "1949" not in personal.text
    assert (await client.get("/v1/institutions", params={"limit": 3})).status_code == 200
    assert (await client.post("/v1/oauth/token?debug=1", data={})).status_code == 422


async def test_an_address_with_a_slash_too_many_is_another_address(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/institutions/", follow_redirects=False)).status_code == 404


async def test_a_body_that_is_no_json_says_where(registry: Registry) -> None:
    device = await registered_source(registry, await lay_open_class(registry))
    headers = {"Content-Type": "application/json"}
    answer = await device.post("/v1/attendance-events", content='{"events": [}', headers=headers)
    assert answer.status_code == 422
    reason = only(answer.json()["reasons"])
    assert (reason["code"], reason["field"]) == ("input_json_invalid", None)
    assert "第13个字符附近" in reason["message"]
    latin = await device.post("/v1/attendance-events", content=b'{"events": "\xff"}', headers=headers)
    assert latin.status_code in {400, 422}
    assert codes(latin) == ["body_unreadable"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "x"}, "不在可选值之内（可选：sign_in、sign_out、"),
        ({"minutes": "nan"}, "应为整数"),
        ({"occurred_at": "2026-03-01T09:00:00"}, "时间缺少时区"),
        ({"minutes": 10**30}, "不应大于 1440"),
    ],
)
async def test_every_defect_is_said_in_chinese(
    registry: Registry, changes: dict[str, Any], said: str
) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    answer = await send(device, laid.event("e", "sign_in", 0) | changes)
    reason = only(only(answer.json()["answers"])["reasons"])
    assert reason["message"].startswith(said)
    assert " or " not in reason["message"]


async def test_a_lookup_says_its_purposes_without_english(registry: Registry) -> None:
    officer = await registry.officer(Permission.LOOKUP)
    body = {"purpose": "x", "case_number": "测试0001", "subjects": [{"identity_number": "1", "name": "测试"}]}
    reason = only((await officer.post("/v1/records:lookup", json=body)).json()["reasons"])
    assert reason["field"] == "purpose"
    assert "'" not in reason["message"]
    assert "、" in reason["message"]
