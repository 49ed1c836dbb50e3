"""How long statistics take: reading them, and counting a month, with 1,000 and with a million claims.

Claims, their moves and their benefits are copied behind the application's back, past constraints, spread over two years
and the counties of one province. Pages read what was counted: their time must not grow with the claims. The job counts
the month that runs: its time grows with what a month holds, not with what the archive holds.

    python scripts/bench/counted_months.py [--claims 1000000]
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import Permission
from app.access.unit import Unit, system_unit
from app.db.embedded import EmbeddedPostgres
from app.db.roles import DatabaseRole
from app.oversight.statistics.actions.count_months import count_month, months_due
from tests.builders.decided_claims import officer
from tests.builders.overseen import lay_overseen
from tests.registry_server import TEMPLATE, Caller, Cluster, Registry, laid_out, open_registry
from tests.sandbox_server import running_sandbox

FEW = 1_000
_READS = 40
_COUNTIES = "ARRAY['110101', '110102', '110105', '110106', '110107', '110108', '110112', '110114']"
_COPY = f"""
SET session_replication_role = replica;
ALTER TABLE claim DISABLE TRIGGER ALL;
ALTER TABLE claim_move DISABLE TRIGGER ALL;
ALTER TABLE benefit DISABLE TRIGGER ALL;
CREATE TEMP TABLE spread AS
  SELECT nth, uuidv7() AS person_id, uuidv7() AS claim_id, ({_COUNTIES})[1 + nth % 8] AS division_code,
    registry_now() - interval '2 years' * (1 - nth::numeric / {{claims}}) AS at
  FROM generate_series({{already}} + 1, {{claims}}) AS nth;
INSERT INTO claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id, benefit_line,
    skill_level, period, slot_group, slot_id, division_code, payee_kind, submitted_at, submitted_by, state, state_since)
  SELECT spread.person_id, spread.claim_id, 'bench', kind, entry_kind, entry_id, key_group, uuidv7(), benefit_line,
    skill_level, period, slot_group, uuidv7(), spread.division_code, payee_kind, spread.at, submitted_by, 'paid',
    spread.at
  FROM spread CROSS JOIN (SELECT * FROM claim WHERE claim_number <> 'bench' AND state = 'paid' LIMIT 1) AS model;
INSERT INTO claim_move (person_id, claim_id, from_state, to_state, round, step, moved_at, moved_by)
  SELECT spread.person_id, spread.claim_id, from_state, to_state, round, step, spread.at, moved_by
  FROM spread CROSS JOIN (SELECT DISTINCT ON (to_state) * FROM claim_move
    WHERE to_state IN ('accepted', 'approved') ORDER BY to_state, move_id) AS model ORDER BY spread.nth;
INSERT INTO benefit (person_id, claim_id, round, kind, entry_kind, entry_id, order_id, budget_id, tranche_no,
    amount_fen, reviewed_by, approved_by, ordered_by, instructed_at, settled_at)
  SELECT spread.person_id, spread.claim_id, round, kind, entry_kind, entry_id, order_id, budget_id, tranche_no,
    amount_fen, reviewed_by, approved_by, ordered_by, spread.at, spread.at
  FROM spread CROSS JOIN (SELECT * FROM benefit LIMIT 1) AS model ORDER BY spread.nth;
DROP TABLE spread;
TRUNCATE counted_month, monthly_figure, institution_figure;
SET session_replication_role = origin;
ANALYZE claim, claim_move, benefit;
"""  # noqa: S608 - constants


async def measure(cluster: Cluster, folder: Path, claims: int) -> dict[str, Any]:
    """Milliseconds with few and with many claims, and how they compare."""
    with running_sandbox() as sandbox:
        async with open_registry(cluster, TEMPLATE, sandbox, folder) as registry:
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            await lay_overseen(registry)
            reader = await officer(registry, Permission.INSPECTION, division_code="110000")
            few = await _with(registry, reader, 0, FEW)
            many = await _with(registry, reader, FEW, claims)
    return {
        "few": few,
        "many": many,
        "reads_many_to_few": {
            name: round(many["reads_ms"][name] / few["reads_ms"][name], 2) for name in few["reads_ms"]
        },
    }


async def _with(registry: Registry, reader: Caller, already: int, claims: int) -> dict[str, Any]:
    owner = await registry.owner()
    await owner.execute(_COPY.format(claims=claims, already=already), timeout=1200)
    begun = time.perf_counter()
    months = await _in_worker(registry, months_due)
    for month in months:
        await _count(registry, month)
    whole = time.perf_counter() - begun
    begun = time.perf_counter()
    await _count(registry, months[-1])
    running = time.perf_counter() - begun
    year = months[-1].year
    paths = {
        "months": f"/v1/statistics/months?year={year}",
        "divisions": f"/v1/statistics/divisions?year={year}",
        "quarterly": f"/v1/statistics/quarterly?year={year}&quarter=1",
    }
    return {
        "claims": claims,
        "months_counted": len(months),
        "all_months_s": round(whole, 2),
        "running_month_s": round(running, 2),
        "reads_ms": {name: await _milliseconds(reader, path) for name, path in paths.items()},
    }


async def _milliseconds(reader: Caller, path: str) -> float:
    """The median of some reads over the whole interface."""
    took = []
    for _ in range(_READS):
        begun = time.perf_counter()
        answer = await reader.get(path)
        took.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text
    return round(sorted(took)[_READS // 2] * 1000, 2)


async def _in_worker(registry: Registry, work: Callable[[Unit], Awaitable[Any]]) -> Any:
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        return await work(unit)


async def _count(registry: Registry, month: date) -> None:
    assert await _in_worker(registry, lambda unit: count_month(unit, month))


def main() -> None:
    """Measure on a throw-away server."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--claims", type=int, default=1_000_000)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="statistics-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    with laid_out(server, folder) as cluster:
        found = asyncio.run(measure(cluster, folder, given.claims))
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
