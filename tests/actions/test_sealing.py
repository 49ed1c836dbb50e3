"""The sequencer: what is appended is sealed in order, once, within its promise, and can be checked afterwards."""

import asyncio
import math
from typing import Any

import asyncpg
import httpx
import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import LogCapture

from app.access.actor import AdministratorKind, Permission
from app.archive.log.queries import forget_status
from app.archive.log.rules.leaves import SEALED_FIELDS, speaks_of
from app.archive.log.rules.tree import leaf_hash
from app.jobs.sealing import run_sealing
from tests.builders.certificates import closed_class
from tests.builders.finished_class import Trainee
from tests.registry_server import Registry, only

pytestmark = pytest.mark.anyio

_SEALED = """
SELECT entry.*, log.leaf_index, log.leaf, log.leaf_hash, salt.salt
FROM inclusion JOIN record_entry AS entry USING (person_id, entry_id)
JOIN leaf_salt AS salt USING (person_id, leaf_index)
JOIN log_leaf AS log USING (leaf_index) ORDER BY log.leaf_index
"""
THREE = tuple(Trainee(serial=serial) for serial in (901, 902, 903))


async def sealed(registry: Registry) -> list[asyncpg.Record]:
    return await (await registry.owner()).fetch(_SEALED)


async def status(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/v1/log/status")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_entry_is_sealed_once_in_the_order_it_was_appended(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    assert (await status(client))["newest_sealed_at"] is None
    await run_sealing(registry.house)
    keys = (await status(client))["size"]
    await closed_class(registry, THREE)
    waiting = await status(client)
    assert (waiting["size"], waiting["waiting"]) == (keys, await entries(registry))
    assert await run_sealing(registry.house) == waiting["waiting"]
    assert await run_sealing(registry.house) == 0
    rows = await sealed(registry)
    assert [row["leaf_index"] for row in rows] == list(range(keys, keys + waiting["waiting"]))
    assert [row["entry_id"] for row in rows] == sorted(row["entry_id"] for row in rows)
    assert all(speaks_of(row["leaf"], row, row["salt"]) for row in rows)
    assert [row["leaf_hash"] for row in rows] == [leaf_hash(row["leaf"]) for row in rows]
    after = await status(client)
    assert (after["size"], after["waiting"], after["oldest_waiting_seconds"]) == (keys + len(rows), 0, 0)
    assert after["newest_sealed_at"] is not None


async def entries(registry: Registry) -> int:
    return await (await registry.owner()).fetchval("SELECT count(*) FROM record_entry")


async def test_whoever_is_signed_in_sees_the_status_too(registry: Registry) -> None:
    laid = await closed_class(registry)
    callers = (
        laid.operator,
        await registry.officer(Permission.LOOKUP),
        await registry.citizen(laid.persons[0]),
        await registry.administrator(AdministratorKind.SYSTEM),
    )
    for caller in callers:
        assert (await caller.get("/v1/log/status")).status_code == 200


async def test_sequencers_side_by_side_seal_nothing_twice(registry: Registry) -> None:
    await run_sealing(registry.house)
    await closed_class(registry, THREE)
    await asyncio.gather(*(run_sealing(registry.house) for _ in range(4)))
    rows = await sealed(registry)
    assert len(rows) == await entries(registry)
    first = rows[0]["leaf_index"]
    assert [row["leaf_index"] for row in rows] == list(range(first, first + len(rows)))


async def test_one_salt_is_never_that_of_another_entry(registry: Registry) -> None:
    await closed_class(registry, THREE)
    await run_sealing(registry.house)
    rows = await sealed(registry)
    assert len({row["salt"] for row in rows}) == len({row["leaf"] for row in rows}) == len(rows)


async def test_late_sealing_is_told_and_then_caught_up(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sink alone: a logger that some other test has used is cached, and capture_logs() no longer reaches it.
    capture = LogCapture()
    logged = capture.entries
    monkeypatch.setattr("app.jobs.sealing.log", structlog.wrap_logger(None, processors=[capture]))
    await run_sealing(registry.house)
    logged.clear()
    await closed_class(registry)
    await registry.advance(seconds=90)
    await run_sealing(registry.house)
    late = only(line for line in logged if line["event"] == "sealing late")
    assert late["log_level"] == "warning"
    assert late["oldest_seconds"] >= 90
    await closed_class(registry, [Trainee(serial=905)])
    await registry.advance(minutes=10)
    logged.clear()
    await run_sealing(registry.house)
    assert only(line for line in logged if line["event"] == "sealing late")["log_level"] == "error"


async def test_metrics_show_the_queue_and_admit_what_they_cannot_see(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    await run_sealing(registry.house)
    await closed_class(registry)
    await registry.advance(seconds=61)
    forget_status()
    assert math.isnan(REGISTRY.get_sample_value("registry_unsealed_entries") or 0)
    shown = (await client.get("/metrics")).text
    assert f"registry_unsealed_entries {float(await entries(registry))}" in shown
    assert (REGISTRY.get_sample_value("registry_unsealed_oldest_seconds") or 0) >= 61


async def test_an_entry_that_was_changed_behind_our_back_no_longer_fits_its_leaf(registry: Registry) -> None:
    await closed_class(registry)
    await run_sealing(registry.house)
    row = dict((await sealed(registry))[0])
    assert not speaks_of(row["leaf"], {**row, "credited_minutes": 1}, row["salt"])


async def test_the_sealed_fields_are_all_an_entry_says(registry: Registry) -> None:
    """A new column is either sealed (by a new version of the leaf) or listed here as set later."""
    owner = await registry.owner()
    columns = {
        row["attname"]
        for row in await owner.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'record_entry'::regclass AND attnum > 0"
            " AND NOT attisdropped"
        )
    }
    follows = {"identity_outcome", "correction_kind", "correction_decision", "listing_decision"}
    later = {
        "revoked_at",
        "revoked_by",
        "revocation_id",
        "revocation_kind",
        "revocation_decision",
        "superseded_at",
    }
    assert columns == {*SEALED_FIELDS, *follows, *later}
