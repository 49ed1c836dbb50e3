"""A list of a million lines compared (信息比对), against what PostgreSQL needs for the same join and the same traces.

The floor, in the same run on the same durable server: the lines with their digests ready, COPY into an unlogged table,
one join in one transaction that stores the same access rows, COPY out of the answers. The product: the file as an
officer sends it (CSV, GB18030), read, checked, digested, joined part by part, names decrypted and compared, answers
sealed and stored, progress committed with every part. 90 % of the lines are true, 5 % unknown, 5 % bear another name.

    python scripts/bench/comparison.py [--lines 1000000] [--people 1000000] [--json]
"""

import argparse
import asyncio
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import Actor, PrincipalKind
from app.access.unit import system_unit
from app.db.crypto import KeyRing
from app.db.roles import DatabaseRole
from app.exchange.comparisons.actions.create_comparison import create_comparison
from app.exchange.comparisons.actions.receive_list import queue_comparison, receive_list
from app.exchange.verification.states import VerificationPurpose
from app.jobs.comparisons import run_comparisons
from app.settings import Settings
from app.web.house import House
from scripts.bench.verified_people import (
    DATABASE,
    Known,
    durable_server,
    lay_agency_systems,
    lay_people,
    person,
)

GOAL = 0.4
MEMORY_MIB = 300
FLOOR = """
INSERT INTO comparison (comparison_id, principal_id, agency_id, purpose, case_number, state, form, encoding, pieces,
    upload_id, file_sha256, lines_total)
  VALUES ('{id}', '{principal}', '{agency}', 'inspection', 'bench', 'running', 'csv', 'x', 1,
    '{id}', '\\x00', 1);
"""
JOIN = """
WITH found AS MATERIALIZED (
  SELECT given.line, known.person_id, given.record_number FROM floor_line AS given
  JOIN identifier_key AS known ON known.digest = given.digest
), logged AS (
  INSERT INTO access_event (person_id, access_id, principal_id, agency_id, subject, purpose, case_number, request_id)
  SELECT DISTINCT person_id, '{id}'::uuid, '{principal}'::uuid, '{agency}'::uuid, 'comparison', 'inspection', 'bench',
    'comparison' FROM found
  RETURNING person_id
)
SELECT found.line, name.name_sealed, entry.revoked_at, sealed.leaf_index
FROM found
LEFT JOIN logged ON logged.person_id = found.person_id
LEFT JOIN person_name AS name ON name.person_id = found.person_id
LEFT JOIN record_number AS numbered
  ON numbered.record_number = found.record_number AND numbered.person_id = found.person_id
LEFT JOIN record_entry AS entry ON entry.person_id = numbered.person_id AND entry.entry_id = numbered.entry_id
LEFT JOIN inclusion AS sealed ON sealed.person_id = entry.person_id AND sealed.entry_id = entry.entry_id
"""


def line_of(number: int, people: int) -> Known:
    """What stands in that line: somebody known, somebody unknown, or a known number under another name."""
    serial = number % people
    if number % 20 == 0:
        return person(people + serial)
    known = person(serial)
    return Known(known.number, "欧阳另一", known.record_number) if number % 20 == 1 else known


def write_list(path: Path, lines: int, people: int) -> None:
    """The file of an office: GB18030 with a heading."""
    with path.open("w", encoding="gb18030") as written:
        written.write("姓名,身份证号码,档案编号\r\n")
        for number in range(lines):
            known = line_of(number, people)
            written.write(f"{known.name},{known.number},{known.record_number}\r\n")


async def floor(
    dsn: str, keys: KeyRing, lines: int, people: int, caller: tuple[UUID, UUID], out: Path
) -> float:
    """Seconds of COPY, join with access rows, and COPY out; digests are computed before the clock runs."""
    owner = await asyncpg.connect(dsn, server_settings={"search_path": "registry,public"})
    given = {"id": uuid7(), "principal": caller[0], "agency": caller[1]}
    try:
        known = [line_of(number, people) for number in range(lines)]
        digests = keys.digest_all((each.number for each in known), purpose="identity_number")
        rows = [
            (n, digest, each.record_number)
            for n, (each, digest) in enumerate(zip(known, digests, strict=True))
        ]
        await owner.execute(FLOOR.format(**given))
        await owner.execute("SET work_mem = '64MB'")
        await owner.execute(
            "CREATE UNLOGGED TABLE floor_line (line integer, digest bytea, record_number text)"
        )
        started = time.perf_counter()
        async with owner.transaction():
            await owner.copy_records_to_table("floor_line", records=rows, timeout=900)
            with out.open("wb") as file:
                await owner.copy_from_query(JOIN.format(**given), output=file, timeout=900)
        seconds = time.perf_counter() - started
        await owner.execute("DROP TABLE floor_line")
        await owner.execute(
            "UPDATE comparison SET state = 'canceled', finished_at = now() WHERE comparison_id = $1",
            given["id"],
        )
        return seconds
    finally:
        await owner.close()


async def product(settings: Settings, path: Path, caller: tuple[UUID, UUID]) -> dict[str, Any]:
    """Seconds of the upload and of the worker, and what came of it."""
    parts = House.of(settings)
    actor = Actor(caller[0], PrincipalKind.AGENCY_CLIENT, "测试系统", agency_id=caller[1])
    started = time.perf_counter()
    async with system_unit(parts.engines, DatabaseRole.APP_AGENCY, actor) as unit:
        comparison_id = await create_comparison(
            unit, purpose=VerificationPurpose.INSPECTION, case_number="bench-0001"
        )
    async with (
        receive_list(parts.documents, comparison_id, _chunks(path)) as received,
        system_unit(parts.engines, DatabaseRole.APP_AGENCY, actor) as unit,
    ):
        await queue_comparison(unit, comparison_id, received, lines_per_day=1_000_000_000)
    uploaded = time.perf_counter()
    done = await run_comparisons(parts)
    ended = time.perf_counter()
    await parts.close()
    return {"upload_s": round(uploaded - started, 1), "seconds": ended - started, "lines": done}


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(64 * 1024):
            yield chunk


def in_a_process_of_its_own(settings: Settings, path: Path, caller: tuple[UUID, UUID]) -> dict[str, Any]:
    """The product, with the most memory its process ever held."""
    told = asyncio.run(product(settings, path, caller))
    return {**told, "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


async def stored(dsn: str, principal: UUID) -> tuple[int, dict[str, int]]:
    """Access rows of that system's comparison, which must be one for each person found, and its outcomes."""
    owner = await asyncpg.connect(dsn, server_settings={"search_path": "registry,public"})
    try:
        job = await owner.fetchrow("SELECT * FROM comparison WHERE principal_id = $1", principal)
        rows = await owner.fetchval(
            "SELECT count(*) FROM access_event WHERE access_id = $1", job["comparison_id"]
        )
        left = await owner.fetchval("SELECT count(*) FROM comparison_line")
        if (job["state"], job["persons_found"], left) != ("done", rows, 0):
            raise SystemExit(f"{dict(job)}, {rows} access rows, {left} lines left behind")
        return rows, json.loads(job["outcomes"])
    finally:
        await owner.close()


def measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Lay, compare, and do the same by PostgreSQL alone."""
    KeyRing.generate().save(folder / "keyring.json")
    with durable_server(folder) as (settings, address, _):
        dsn, keys = address.dsn(DATABASE), KeyRing.load(settings.keyring_file)
        asyncio.run(lay_people(dsn, keys, range(given.people)))
        systems = asyncio.run(lay_agency_systems(dsn, 2))
        write_list(folder / "list.csv", given.lines, given.people)
        with ProcessPoolExecutor(1, get_context("spawn")) as own:
            told = own.submit(in_a_process_of_its_own, settings, folder / "list.csv", systems[0]).result()
        floor_s = asyncio.run(floor(dsn, keys, given.lines, given.people, systems[1], folder / "out"))
        rows, outcomes = asyncio.run(stored(dsn, systems[0][0]))
    return {
        "lines": told["lines"],
        "product_s": round(told["seconds"], 1),
        "of_it_upload_s": told["upload_s"],
        "lines_per_s": round(told["lines"] / told["seconds"]),
        "floor_s": round(floor_s, 1),
        "of_floor": round(floor_s / told["seconds"], 2),
        "memory_mib": told["memory_mib"],
        "access_rows": rows,
        "outcomes": outcomes,
    }


def main() -> int:
    """Run, print, and say by the exit code whether the goals are met."""
    parser = argparse.ArgumentParser(description="a long list compared, against PostgreSQL alone")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="registry-comparison-"))
    folder.chmod(0o755)
    try:
        told = measure(folder, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(told) if given.json else "\n".join(f"{name:16} {value}" for name, value in told.items()))
    is_met = told["of_floor"] >= GOAL and told["memory_mib"] < MEMORY_MIB
    print("goals met" if is_met else "goals not met", file=sys.stderr)
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
