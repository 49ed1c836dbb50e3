"""A person's access list has exactly the answers that left: no more, no fewer, however requests fall together."""

import asyncio
import random
from collections import Counter

import pytest

from tests.api.test_shares import archived, opened, shared
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", [11, 29])
async def test_the_access_list_is_the_answers_that_left(registry: Registry, seed: int) -> None:
    """Shares that run out, are taken back and expire midway, papers, wrong codes and callers that hang up."""
    chance = random.Random(seed)  # noqa: S311 - a plan that can be repeated
    _, citizen, _ = await archived(registry)
    shares = [await shared(citizen, looks_max=most) for most in (1, 3, 7, 50)]
    paper = (await citizen.post("/v1/me/extracts", json={})).json()
    left: Counter[str] = Counter()

    async def look() -> None:
        kind = chance.choice(["share"] * 5 + ["paper"] * 3 + ["wrong", "revoke"])
        if kind == "share":
            share = chance.choice(shares)
            if (await opened(registry, share["code"])).status_code == 200:
                left[share["share_id"]] += 1
        elif kind == "paper":
            path, code = "/v1/printed-documents:verify", {"code": paper["code"]}
            if (await registry.client.post(path, json=code)).status_code == 200:
                left[paper["document_id"]] += 1
        elif kind == "wrong":
            assert (await opened(registry, "0" * 26)).status_code in {404, 429}
        else:
            await citizen.post(f"/v1/me/shares/{chance.choice(shares[1:3])['share_id']}:revoke")

    for _ in range(6):
        await asyncio.gather(*(look() for _ in range(chance.randint(4, 12))))
    told: Counter[str] = Counter()
    cursor = None
    while True:
        page = (
            await citizen.get("/v1/me/accesses", params={"limit": 7} | ({"cursor": cursor} if cursor else {}))
        ).json()
        told.update(each["proof_id"] for each in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert told == left
    assert sum(left.values()) > 10
