"""Two officers of different regions decide on one certificate number for two persons at once: who holds it afterwards.

The whole application in-process on an embedded PostgreSQL, requests through its real interface, both officers at the
same moment. Half of the rounds take the number, half link a certificate to an entry (which takes it as well). The one
that loses must be told so, and exactly one holder, and at most one link, must be there.

    python scripts/bench/certificate_races.py [--rounds 1000] [--json]
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import Permission
from app.db.embedded import EmbeddedPostgres
from tests.builders.certificates import closed_class, decide, lay_confirmed, new_number, printed
from tests.builders.finished_class import Trainee
from tests.registry_server import TEMPLATE, Caller, Cluster, Registry, laid_out, open_registry
from tests.sandbox_server import running_sandbox


async def one_round(
    registry: Registry, sides: list[dict[str, Any]], verb: str, issued_on: Any
) -> Counter[str]:
    """Both decide at once; what came of it, in counts."""
    number = new_number(issued_on)
    ids = [await lay_confirmed(registry, side["person"], number, issued_on) for side in sides]
    more = [{"record_number": side["entry"]} if verb == "link" else {} for side in sides]
    officers: list[Caller] = [side["officer"] for side in sides]
    answers = await asyncio.gather(
        *(
            decide(officer, certificate_id, verb, **fields)
            for officer, certificate_id, fields in zip(officers, ids, more, strict=True)
        )
    )
    owner = await registry.owner()
    holders = await owner.fetchval(
        "SELECT count(*) FROM certificate_holder WHERE certificate_id = ANY($1::uuid[])", ids
    )
    links = await owner.fetchval(
        "SELECT count(*) FROM certificate_link WHERE certificate_id = ANY($1::uuid[]) AND unlinked_at IS NULL",
        ids,
    )
    said = sorted("done" if answer.status_code == 200 else str(answer.json()["code"]) for answer in answers)
    return Counter(
        {
            f"{verb}: rounds": 1,
            f"{verb}: {holders} holder(s)": 1,
            f"{verb}: {links} link(s)": 1,
            f"{verb}: answers {' + '.join(said)}": 1,
        }
    )


async def race(cluster: Cluster, folder: Path, rounds: int) -> tuple[Counter[str], float]:
    """All rounds, and how long they took in seconds."""
    with running_sandbox() as sandbox:
        async with open_registry(cluster, TEMPLATE, sandbox, folder) as registry:
            # After the application has set up its own: 2,000 request lines would be in the way.
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            sides: list[dict[str, Any]] = []
            for serial, division, area in ((941, "110105", "110000"), (942, "310101", "310000")):
                laid = await closed_class(registry, [Trainee(serial=serial)], division_code=division)
                owner = await registry.owner()
                entry = await owner.fetchval(
                    "SELECT record_number FROM record_entry WHERE person_id = $1 AND kind = 'completion'",
                    laid.persons[0],
                )
                officer = await registry.officer(Permission.REVIEW, division_code=area)
                sides.append({"person": laid.persons[0], "entry": entry, "officer": officer})
            issued_on = (await printed(registry)).issued_on
            counts: Counter[str] = Counter()
            begun = time.perf_counter()
            for number in range(rounds):
                if number % 200 == 0:
                    # A token lives ten minutes at most.
                    for side in sides:
                        side["officer"] = registry.sign_in(side["officer"].actor)
                counts += await one_round(registry, sides, "link" if number % 2 else "take-number", issued_on)
            return counts, time.perf_counter() - begun


def main() -> int:
    """Print the counts; 1 when a round had not exactly one holder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="certificate-races-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    with laid_out(server, folder) as cluster:
        counts, seconds = asyncio.run(race(cluster, folder, given.rounds))
    shown: dict[str, Any] = {**dict(sorted(counts.items())), "seconds": round(seconds, 1)}
    if given.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        for name, value in shown.items():
            print(f"{name:<60} {value}")
    held_once = sum(count for name, count in counts.items() if name.endswith(": 1 holder(s)"))
    return 0 if held_once == given.rounds else 1


if __name__ == "__main__":
    sys.exit(main())
