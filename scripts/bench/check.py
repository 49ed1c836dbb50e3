"""How fast ``registry check`` goes, and whether its memory stays flat.

One claim is decided honestly through the real interface; its review is then copied as so many rounds behind the
application's back, and all of them are derived again from their stored facts and edition, as the auditor's role. Beside
it stands the pure rate: the same rules on the same facts without a database. Resident memory is read at a tenth and at
the end of the stream.

    python scripts/bench/check.py [--decisions 20000] [--json]
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

import psutil
import structlog
from pydantic import TypeAdapter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.unit import snapshot_unit
from app.db.embedded import EmbeddedPostgres
from app.db.roles import DatabaseRole
from app.oversight.checker.queries import differences
from app.oversight.checker.states import Part
from app.subsidies.entitlements.rules.evaluate import evaluate
from app.subsidies.entitlements.rules.facts import ClaimFacts
from tests.builders.overseen import lay_overseen
from tests.registry_server import TEMPLATE, Cluster, Registry, laid_out, open_registry
from tests.sandbox_server import running_sandbox

ROUNDS_MAX = 32_000
_COPY = """
ALTER TABLE claim_review DISABLE TRIGGER ALL;
INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by)
SELECT person_id, claim_id, nth, verdict, amount_fen, facts, reasons, edition_id, reviewed_by
FROM claim_review CROSS JOIN generate_series(2, {decisions}) AS nth;
ANALYZE claim_review;
"""


async def measure(cluster: Cluster, folder: Path, decisions: int) -> dict[str, Any]:
    """Rates per second and resident memory in MiB."""
    with running_sandbox() as sandbox:
        async with open_registry(cluster, TEMPLATE, sandbox, folder) as registry:
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            await lay_overseen(registry)
            owner = await registry.owner()
            await owner.execute(_COPY.format(decisions=decisions))
            memory: dict[int, float] = {}
            found, begun = 0, time.perf_counter()

            def progress(part: Part, done: int, place: str) -> None:
                memory[done] = psutil.Process().memory_info().rss / 2**20

            async with snapshot_unit(registry.house.engines, DatabaseRole.AUDITOR) as unit:
                async for _ in differences(unit, [Part.DECISIONS], progress=progress):
                    found += 1
            seconds = time.perf_counter() - begun
            early = min(done for done in memory if done * 10 >= decisions)
            return {
                "decisions": max(memory),
                "differences": found,
                "per_second": round(max(memory) / seconds),
                "rules_alone_per_second": await rules_alone(registry),
                "other_parts_seconds": await other_parts(registry),
                "memory_at_a_tenth_mib": round(memory[early], 1),
                "memory_at_the_end_mib": round(memory[max(memory)], 1),
            }


async def rules_alone(registry: Registry, times: int = 2_000) -> int:
    """The same facts judged again and again."""
    owner = await registry.owner()
    facts = TypeAdapter(ClaimFacts).validate_json(
        await owner.fetchval("SELECT facts ->> 'facts' FROM claim_review LIMIT 1")
    )
    begun = time.perf_counter()
    for _ in range(times):
        evaluate(facts)
    return round(times / (time.perf_counter() - begun))


async def other_parts(registry: Registry) -> float:
    """All parts but the decisions, on a handful of claims: what a check costs at least."""
    begun = time.perf_counter()
    async with snapshot_unit(registry.house.engines, DatabaseRole.AUDITOR) as unit:
        parts = [part for part in Part if part not in {Part.DECISIONS, Part.STEPS}]
        async for _ in differences(unit, parts):
            pass
    return round(time.perf_counter() - begun, 3)


def main() -> int:
    """Print the figures; 1 when an honest decision is called different."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="check-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    with laid_out(server, folder) as cluster:
        shown = asyncio.run(measure(cluster, folder, min(given.decisions, ROUNDS_MAX)))
    if given.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        for name, value in shown.items():
            print(f"{name:<28} {value}")
    return 1 if shown["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
