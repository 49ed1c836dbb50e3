"""Sealing: entries waiting in the queue become leaves, tiles, a signed tree head and inclusions, all of it on disk.

The server writes ahead with fsync, tiles and tree heads are fsynced, and the sequencer is the real job. Floors of the
same run: hashing the same leaves into a root and doing nothing else, and pymerkle's append into memory.

    python scripts/bench/sealing.py [--entries 200000] [--json]
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pymerkle
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.unit import system_unit
from app.archive.log.queries import proof_of_leaf
from app.archive.log.rules.growth import grown
from app.archive.log.rules.tree import leaf_hash
from app.db.embedded import EmbeddedPostgres
from app.db.roles import DatabaseRole
from app.jobs.sealing import run_sealing
from app.settings import Settings
from app.web.house import House
from tests.registry_server import laid_out

_GOAL = 20_000
_PROOFS = 500
_LAY = """
INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, certificate_id,
  occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
SELECT gen_random_uuid(), 'certificate', 'R110105-2026-' || lpad(n::text, 8, '0') || '-X', gen_random_uuid(),
  gen_random_uuid(), gen_random_uuid(), 2022, '4-10-01-02', 'level_4', '110105', '2026-05-01', '2026-05-01'
FROM generate_series(1, $1::integer) AS n
"""


async def measure(settings: Settings, owner_dsn: str, entries: int) -> dict[str, Any]:
    """Lay the entries, seal them, and read what came of it."""
    owner = await asyncpg.connect(owner_dsn, server_settings={"search_path": "registry,public"})
    server = psutil.Process(await owner.fetchval("SELECT pg_backend_pid()")).parent()
    assert server is not None
    # Foreign keys and guards aside while laying: nobody has to exist for an entry to wait in the queue.
    await owner.execute(
        "SET session_replication_role = replica; ALTER TABLE record_entry DISABLE TRIGGER USER;"
        "ALTER TABLE record_entry ENABLE ALWAYS TRIGGER queued_for_sealing"
    )
    await owner.execute(_LAY, entries, timeout=600)
    await owner.execute("VACUUM ANALYZE", timeout=600)
    parts = House.of(settings)
    try:
        await run_sealing_once(parts)
        begun, used = time.perf_counter(), cpu_seconds(server)
        sealed = await run_sealing(parts)
        seconds, used = time.perf_counter() - begun, cpu_seconds(server) - used
        proofs = await proofs_a_second(parts, sealed)
    finally:
        await parts.close()
    leaves = [row["leaf"] for row in await owner.fetch("SELECT leaf FROM log_leaf ORDER BY leaf_index")]
    included = await owner.fetchval("SELECT count(*) FROM inclusion")
    await owner.close()
    bare, root = bare_hashing(leaves)
    oracle, oracle_root = appended_by_pymerkle(leaves)
    assert root == oracle_root
    assert included == entries
    rate = sealed / seconds
    return {
        "leaves": sealed,
        "seconds": round(seconds, 2),
        "leaves_a_second": round(rate),
        "leaves_a_cpu_second": round(sealed / used),
        "goal": _GOAL,
        "pymerkle_appends_a_second": round(oracle),
        "of_pymerkle": round(rate / oracle, 3),
        "bare_hashing_a_second": round(bare),
        "of_bare_hashing": round(rate / bare, 4),
        "inclusion_proofs_a_second": round(proofs),
    }


async def run_sealing_once(parts: House) -> None:
    """Nothing: the first connections are opened by looking at the queue alone."""
    async with system_unit(parts.engines, DatabaseRole.LOG_SEQUENCER):
        pass


def cpu_seconds(server: psutil.Process) -> float:
    """Of this process and of the database's: what it took, however busy the machine was with other things."""
    times = [each.cpu_times() for each in (psutil.Process(), server, *server.children(recursive=True))]
    return sum(each.user + each.system for each in times)


async def proofs_a_second(parts: House, size: int) -> float:
    """Proofs from stored nodes, one after the other on one connection."""
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        begun = time.perf_counter()
        for number in range(_PROOFS):
            assert await proof_of_leaf(unit, number * (size // _PROOFS)) is not None
        return _PROOFS / (time.perf_counter() - begun)


def bare_hashing(leaves: list[bytes]) -> tuple[float, bytes]:
    """Leaf hashes and every inner node, in memory."""
    begun = time.perf_counter()
    root = grown(0, {}, [leaf_hash(leaf) for leaf in leaves]).root(len(leaves))
    return len(leaves) / (time.perf_counter() - begun), root


def appended_by_pymerkle(leaves: list[bytes]) -> tuple[float, bytes]:
    """What others do in memory alone."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    begun = time.perf_counter()
    for leaf in leaves:
        tree.append_entry(leaf)
    root: bytes = tree.get_root(len(leaves))
    return len(leaves) / (time.perf_counter() - begun), root


def main() -> None:
    """Measure on a server of its own with fsync on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folder = Path(tempfile.mkdtemp(prefix="registry-bench-"))
    server = EmbeddedPostgres(folder / "postgres")
    with laid_out(server, folder, "bench") as cluster:
        told = asyncio.run(measure(cluster.settings, cluster.address.dsn("bench"), asked.entries))
    if asked.json:
        print(json.dumps(told))
    else:
        for name, value in told.items():
            print(f"{name:28} {value:>12,}" if isinstance(value, int) else f"{name:28} {value:>12}")


if __name__ == "__main__":
    main()
