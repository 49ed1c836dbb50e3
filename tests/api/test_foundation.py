"""The application starts, refuses in one shape, and lets nobody in who is not in the route table."""

import httpx
import pytest

from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


async def test_an_unknown_address_is_a_problem_answer(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing-here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_the_clock_of_law_moves_only_forward(registry: Registry) -> None:
    before = await registry.now()
    await registry.advance(days=3)
    assert (await registry.now() - before).days == 3
