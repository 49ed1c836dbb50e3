"""The log over HTTP: static files as C2SP says, proofs that the verifier takes, and a monitor that finds foul play."""

import gzip
import hashlib
import json

import httpx
import pytest

from app.archive.log.rules.notes import Checkpoint, sign
from app.db.log_keys import LogKeys
from app.jobs.sealing import run_sealing
from app.verifier.bundles import check_bundle, hashes
from app.verifier.notes import VerifierKey, verified_head
from app.verifier.refusals import DoesNotHold
from app.verifier.tree import check_consistency
from app.verifier.watch import ContentsDiffer, Forked, RolledBack, audit, watch
from tests.architecture.sources import ROOT
from tests.builders.certificates import closed_class
from tests.builders.finished_class import FinishedClass, Trainee
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio

THREE = tuple(Trainee(serial=serial) for serial in (921, 922, 923))


async def published(registry: Registry, trainees: tuple[Trainee, ...] = THREE) -> FinishedClass:
    laid = await closed_class(registry, trainees)
    await run_sealing(registry.house)
    return laid


async def keys(client: httpx.AsyncClient) -> list[VerifierKey]:
    listed = (await client.get("/v1/log/keys")).json()
    return [VerifierKey.parse(item["verifier"]) for item in listed["items"]]


async def test_nothing_is_out_before_the_first_tree_head(client: httpx.AsyncClient) -> None:
    assert (await client.get("/log/checkpoint")).status_code == 404
    assert codes(await client.get("/v1/log/inclusion", params={"index": 0})) == ["log_leaf_not_published"]
    assert (await client.get("/v1/log/keys")).json() == {"origin": "", "items": []}


async def test_files_are_served_as_c2sp_says(registry: Registry, client: httpx.AsyncClient) -> None:
    await published(registry)
    head = await client.get("/log/checkpoint")
    assert head.headers["content-type"] == "text/plain; charset=utf-8"
    assert head.headers["cache-control"] == "public, max-age=5"
    size = verified_head(head.text, await keys(client)).size
    tile = await client.get(f"/log/tile/0/000.p/{size}")
    assert (tile.headers["content-type"], len(tile.content)) == ("application/octet-stream", 32 * size)
    assert "immutable" in tile.headers["cache-control"]
    path = f"/log/tile/entries/000.p/{size}"
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    first = plain.content[2 : 2 + int.from_bytes(plain.content[:2], "big")]
    assert hashlib.sha256(b"\0" + first).digest() == tile.content[:32]
    assert set(json.loads(first)) == {"commitment", "type", "v"}
    async with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize("path", ["0/000", "0/000.p/255", "9/000", "0/%2e%2e/checkpoint", "x", "entries/0"])
async def test_other_paths_hold_nothing(registry: Registry, client: httpx.AsyncClient, path: str) -> None:
    await published(registry, THREE[:1])
    answer = await client.get(f"/log/tile/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_proofs_by_index_hash_and_size_hold(registry: Registry, client: httpx.AsyncClient) -> None:
    await published(registry)
    known = await keys(client)
    shown = (await client.get("/v1/log/inclusion", params={"index": 3})).json()
    assert check_bundle(shown, known).content is None
    digest = hashlib.sha256(b"\0" + shown["leaf"].encode()).hexdigest()
    assert (await client.get("/v1/log/inclusion", params={"leaf_hash": digest})).json() == shown
    older = shown["tree_size"]
    await published(registry, (Trainee(serial=924),))
    again = await client.get("/v1/log/inclusion", params={"index": 3, "size": older})
    assert again.json() == shown
    assert (await client.get("/v1/log/inclusion", params={"index": 3})).json()["tree_size"] > older
    assert codes(await client.get("/v1/log/inclusion")) == ["leaf_not_named"]
    unknown = await client.get("/v1/log/inclusion", params={"index": 3, "size": older + 10_000})
    assert codes(unknown) == ["log_leaf_not_published"]


async def test_any_two_sizes_are_consistent(registry: Registry, client: httpx.AsyncClient) -> None:
    await published(registry)
    head = verified_head((await client.get("/log/checkpoint")).text, await keys(client))
    tile = (await client.get(f"/log/tile/0/000.p/{head.size}")).content
    assert len(tile) == 32 * head.size
    for old in range(head.size + 1):
        answer = await client.get("/v1/log/consistency", params={"from": old, "to": head.size})
        path = hashes(answer.json()["path"])
        if old == head.size:
            check_consistency(old, head.root, head.size, head.root, path)
    swapped = await client.get("/v1/log/consistency", params={"from": 3, "to": 2})
    assert codes(swapped) == ["log_sizes_swapped"]
    beyond = await client.get("/v1/log/consistency", params={"from": 1, "to": head.size + 1})
    assert codes(beyond) == ["log_leaf_not_published"]


async def test_a_citizen_takes_away_a_proof_that_anybody_can_check(registry: Registry) -> None:
    laid = await published(registry)
    citizen = await registry.citizen(laid.persons[0])
    entry = (await citizen.get("/v1/me/record")).json()["entries"][0]
    shown = (await citizen.get(f"/v1/me/record/{entry['record_number']}/proof")).json()
    proved = check_bundle(shown, await keys(registry.client))
    assert proved.content is not None
    assert proved.content["record_number"] == entry["record_number"]
    with pytest.raises(DoesNotHold):
        check_bundle(
            {**shown, "content": {**shown["content"], "skill_level": "level_1"}}, await keys(registry.client)
        )
    stranger = await registry.citizen(laid.persons[1])
    refused = await stranger.get(f"/v1/me/record/{entry['record_number']}/proof")
    assert (refused.status_code, codes(refused)) == (404, ["record_not_sealed"])


def test_the_document_has_the_form_that_is_published() -> None:
    schema = json.loads((ROOT / "openapi" / "log-proof.schema.json").read_text())
    described = json.loads((ROOT / "openapi" / "registry-v1.json").read_text())["components"]["schemas"]
    assert set(schema["required"]) == set(described["InclusionOut"]["properties"])


class Outside:
    """What a monitor can fetch, as it was served; a forger may change it."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content

    def __call__(self, path: str) -> bytes | None:
        return self.content.get(path)


async def outside(registry: Registry, since: int | None = None) -> Outside:
    folder = registry.house.settings.data_dir / "log"
    content: dict[str, bytes] = {}
    for file in [path for path in folder.rglob("*") if path.is_file() and path.name != ".publishing"]:
        path = f"log/{file.relative_to(folder)}"
        content[path] = (await registry.client.get(f"/{path}")).content
    if since is not None:
        size = int(content["log/checkpoint"].split(b"\n")[1])
        path = f"v1/log/consistency?from={since}&to={size}"
        content[path] = (await registry.client.get(f"/{path}")).content
    return Outside(content)


async def test_a_monitor_goes_on_with_an_honest_log_and_finds_the_other_kinds(registry: Registry) -> None:
    await published(registry)
    known = await keys(registry.client)
    first = watch(await outside(registry), known, None)
    assert audit(await outside(registry), first.head) == first.head.size
    await published(registry, (Trainee(serial=925),))
    now = await outside(registry, since=first.head.size)
    second = watch(now, known, first.note)
    assert second.head.size > first.head.size
    assert audit(now, second.head) == second.head.size
    with pytest.raises(RolledBack):
        watch(await outside(registry), known, _signed(registry, second.head.size + 1))
    with pytest.raises(Forked):
        watch(now, known, _signed(registry, second.head.size))
    with pytest.raises(Forked):
        watch(now, known, _signed(registry, first.head.size))
    for path in [name for name in now.content if "/tile/" in name and f".p/{second.head.size}" in name]:
        changed = dict(now.content)
        changed[path] = changed[path][:40] + bytes([changed[path][40] ^ 1]) + changed[path][41:]
        with pytest.raises(ContentsDiffer):
            audit(Outside(changed), second.head)
    forged = Outside({**now.content, "log/checkpoint": now.content["log/checkpoint"][:-9] + b"AAAAAAA=\n"})
    with pytest.raises(DoesNotHold):
        watch(forged, known, None)


def _signed(registry: Registry, size: int) -> str:
    """A tree head that our own key has signed and that belongs to no history of ours."""
    keys_of_log = LogKeys.load(registry.house.settings.log_key_file)
    root = hashlib.sha256(b"another history").digest()
    return sign(Checkpoint("registry.test/log", size, root), keys_of_log.private_keys)
