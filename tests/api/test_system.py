"""The process speaks of itself: alive, ready, measured, documented without a CDN."""

import re

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json()["status"] == "ok"


async def test_metrics_name_the_route_and_never_the_path_as_sent(client: httpx.AsyncClient) -> None:
    typed = "11010519491231002X"
    await client.get(f"/v1/records/{typed}")
    metrics = (await client.get("/metrics")).text
    assert "registry_requests_total" in metrics
    assert typed not in metrics


async def test_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert assets
    for address in assets:
        assert not address.startswith(("http:", "https:", "//")), address
        assert (await client.get(address)).status_code == 200, address
