"""Many clients of two agencies file for the same benefit of the same person at once: who gets it, and how fast.

Each person has two certificates of one occupation and level; half of the clients claim on the one, half on the other,
each agency for its own area, all at the same moment. Exactly one claim may be filed: one live key, one place of the
year, and everybody else is told that the benefit is held. The same is then done as an application without the door
does it (scripts/bench/checked_claims.py): SERIALIZABLE check-then-insert with the same looks, rows and constraints,
statement by statement, and once more inside one function. The ways take turns, so that other load on the machine meets
all of them.

The clients are libpq connections in one thread (scripts/bench/lean_client.py); their share of the processor time is
printed. The server is durable (fsync and synchronous_commit on).

    python scripts/bench/claim_races.py [--rounds 1000] [--clients 64] [--checked-rounds 200] [--repetitions 3] [--json]
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil
from uuid_utils.compat import uuid7

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.db.bootstrap import grant_database
from app.db.embedded import EmbeddedPostgres, ServerAddress
from scripts.bench import checked_claims
from scripts.bench.checked_claims import AREAS, Entrant, Filing
from scripts.bench.lean_client import Script, Session, race
from tests.database.world import identifier, with_identifiers, world_sql
from tests.registry_server import laid_out

DATABASE = "registry_claim_races"
TARGET_RATIO = 4.0
EARLIER = 20_000
WARM_UP = 6
"""Claims each session files for persons of its own before the clock runs: five plans made to measure, then one kept."""
DOOR = {"submit": "SELECT outcome FROM registry.submit_claims($1, NULL, $2::jsonb)"}

EVIDENCE = """
CREATE TEMP TABLE entrant AS
  SELECT number, uuidv7() AS person_id, uuidv7() AS first_entry, uuidv7() AS second_entry
  FROM generate_series(1, {persons}) AS number;
CREATE TEMP TABLE evidence AS
  SELECT number * 2 AS serial, person_id, first_entry AS entry_id FROM entrant
  UNION ALL SELECT number * 2 + 1, person_id, second_entry FROM entrant;
INSERT INTO person (person_id) SELECT person_id FROM entrant;
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
  SELECT person_id, person_id, 'matched', 'cardholder_base', 'e', '\\x01', now() FROM entrant;
INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by,
    check_outcome, check_evidence_id, checked_at)
  SELECT person_id, person_id, 'bank_card', '试验银行', '\\x01', '0001', :system, 'matched', 'e', now() FROM entrant;
INSERT INTO certificate_number (number_id) SELECT entry_id FROM evidence;
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
    occupation_code, skill_level, body_id, body_name, issued_on, source, state, submitted_by, last_confirmed_at)
  SELECT person_id, entry_id, 'skill_level', '\\x01', entry_id, 2022, '4-10-01-02', 'level_4', :body, '试验评价机构',
    '2025-05-01', 'agency', 'matched', :officer, now() FROM evidence;
INSERT INTO certificate_holder (number_id, person_id, certificate_id)
  SELECT entry_id, person_id, entry_id FROM evidence;
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
    occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
  SELECT person_id, entry_id, 'certificate', 'R110105-2026-' || lpad(serial::text, 8, '0') || '-X', :system, person_id,
    entry_id, 2022, '4-10-01-02', 'level_4', '110105', '2025-05-01', '2025-05-01' FROM evidence;
"""
# Benefits of other persons, so that nobody plans or locks as if the tables were empty.
OTHERS = """
CREATE TEMP TABLE other AS SELECT uuidv7() AS person_id, uuidv7() AS key_id FROM generate_series(1, {earlier});
INSERT INTO registry.person (person_id) SELECT person_id FROM other;
"""
OTHERS_HOLD = """
INSERT INTO {schema}.benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
  SELECT person_id, key_id, 'training_or_upgrade', (SELECT benefit_line FROM registry.occupation
    WHERE edition = 2022 AND code = '4-10-01-02'), 'level_4', 'life', 'claim' FROM other;
INSERT INTO {schema}.benefit_slot (person_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
    rule_division)
  SELECT person_id, key_id, 'skill_upgrade', '2025', 1, 3, 0, false, '000000' FROM other;
"""
LEFT_BY = """
SELECT count(*) FILTER (WHERE keys <> 1 OR places <> 1 OR claims <> 1 OR numbers <> 1)
FROM (SELECT
  (SELECT count(*) FROM {0}.benefit_key AS k WHERE k.person_id = raced AND k.released_at IS NULL) AS keys,
  (SELECT count(*) FROM {0}.benefit_slot AS s WHERE s.person_id = raced AND s.released_at IS NULL) AS places,
  (SELECT count(*) FROM {0}.claim AS c WHERE c.person_id = raced) AS claims,
  (SELECT count(*) FROM {0}.claim_number AS n WHERE n.person_id = raced) AS numbers
  FROM unnest($1::uuid[]) AS raced) AS counted
"""


def by_the_door(entrant: Entrant, side: int, number: str) -> Script:
    """One call; what it answers is the answer."""
    division, officer = AREAS[side]
    line = {
        "person_id": str(entrant.person_id),
        "claim_id": str(uuid7()),
        "claim_number": number,
        "kind": "skill_upgrade",
        "entry_id": str(entrant.entries[side]),
        "division_code": division,
        "payee_kind": "person",
        "account_id": str(entrant.person_id),
    }
    told = yield "submit", (str(identifier(officer)), json.dumps([line]))
    return str(told[0][0]), 1


@dataclass(frozen=True, slots=True)
class Way:
    """One way of filing: its statements, the schema it writes, and a setting of its sessions."""

    name: str
    filing: Filing
    schema: str
    statements: Mapping[str, str]
    options: str = ""


WAYS = (
    Way("door", by_the_door, "registry", DOOR),
    Way("statements", checked_claims.by_statements, "checked", checked_claims.STATEMENTS),
    Way(
        "function",
        checked_claims.by_function,
        "checked",
        checked_claims.FUNCTION_STATEMENTS,
        "-c default_transaction_isolation=serializable",
    ),
)


@dataclass(slots=True)
class Outcome:
    """What one way of filing gave: answers, tries, answers a second of each repetition, persons left wrong."""

    answers: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    rates: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    all_us: list[float] = field(default_factory=list)
    client_shares: list[float] = field(default_factory=list)
    idle_shares: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    wrong: int = 0

    def told(self) -> dict[str, Any]:
        """As it is printed."""
        return {
            "answers": dict(self.answers),
            "tries_per_answer": round(self.tries / self.answers.total(), 2),
            "answers_per_second_min_median_max": [round(each) for each in _spread(self.rates)],
            "server_processor_us_per_answer": [round(each) for each in _spread(self.server_us)],
            "client_share_of_processor": round(statistics.median(self.client_shares), 2),
            "processor_idle_or_others": round(statistics.median(self.idle_shares), 2),
            "load_average": [round(each, 1) for each in self.loads],
            "persons_with_other_than_one_benefit": self.wrong,
        }


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return min(values), statistics.median(values), max(values)


def _server_seconds(server: psutil.Process) -> float:
    """Processor time of the server's living processes."""
    spent = 0.0
    for each in (server, *server.children()):
        times = each.cpu_times()
        spent += times.user + times.system
    return spent


def warm_up(way: Way, sessions: Sequence[Session], entrants: Iterator[Entrant]) -> None:
    """Every session files what it will file: in a pool that lives for hours, no claim waits for plans to be made."""
    for _ in range(WARM_UP):
        alone = [way.filing(next(entrants), 0, _number()) for _ in sessions]
        told, _ = race(sessions, alone)
        assert {answer for answer, _ in told} == {"submitted"}, told


def repeat(
    way: Way,
    sessions: Sequence[Session],
    server: psutil.Process,
    entrants: Sequence[Entrant],
    outcome: Outcome,
) -> None:
    """All rounds once: every client at the same moment, each round another person."""
    seconds = 0.0
    answers = 0
    server_before, client_before = _server_seconds(server), time.process_time()
    for entrant in entrants:
        scripts = [way.filing(entrant, client % 2, _number()) for client in range(len(sessions))]
        told, taken = race(sessions, scripts)
        seconds += taken
        answers += len(told)
        outcome.answers.update(answer for answer, _ in told)
        outcome.tries += sum(tried for _, tried in told)
    client, served = time.process_time() - client_before, _server_seconds(server) - server_before
    outcome.rates.append(answers / seconds)
    outcome.server_us.append(served / answers * 1e6)
    outcome.all_us.append((client + served) / answers * 1e6)
    outcome.client_shares.append(client / (client + served))
    outcome.idle_shares.append(max(0.0, 1 - (client + served) / (seconds * (os.cpu_count() or 1))))
    outcome.loads.append(os.getloadavg()[0])


_SERIALS = iter(range(1, 100_000_000))


def _number() -> str:
    return f"S110105-2026-{next(_SERIALS):08d}"


async def lay(address: ServerAddress, persons: int) -> list[Entrant]:
    """The world of the attacks, many persons with two certificates each, and the tables that are checked first."""
    admin = await asyncpg.connect(address.dsn())
    await grant_database(admin, DATABASE)
    await admin.close()
    owner = await asyncpg.connect(address.dsn(DATABASE), server_settings={"search_path": "registry,public"})
    await owner.execute(world_sql())
    await owner.execute(with_identifiers(EVIDENCE.replace("{persons}", str(persons))))
    await owner.execute(checked_claims.SCHEMA + checked_claims.FUNCTION)
    await owner.execute(OTHERS.replace("{earlier}", str(EARLIER)))
    for schema in ("registry", "checked"):
        await owner.execute(OTHERS_HOLD.replace("{schema}", schema))
    await owner.execute("VACUUM ANALYZE")
    rows = await owner.fetch("SELECT * FROM entrant ORDER BY number")
    await owner.close()
    return [Entrant(row["person_id"], (row["first_entry"], row["second_entry"])) for row in rows]


async def count_wrong(address: ServerAddress, schema: str, persons: Sequence[UUID]) -> int:
    """Persons raced for who hold other than one key, place, claim and number."""
    owner = await asyncpg.connect(address.dsn(DATABASE))
    try:
        return int(await owner.fetchval(LEFT_BY.format(schema), persons))
    finally:
        await owner.close()


def run(address: ServerAddress, server: psutil.Process, given: argparse.Namespace) -> dict[str, Outcome]:
    """The ways in turn on the same server, each repetition on persons nobody has filed for in that way's tables."""
    rounds = {"door": given.rounds, "statements": given.checked_rounds, "function": given.checked_rounds}
    alone = WARM_UP * given.clients
    needed = given.repetitions * max(given.rounds + alone, 2 * (given.checked_rounds + alone))
    entrants = asyncio.run(lay(address, needed))
    fresh = {schema: iter(entrants) for schema in ("registry", "checked")}
    outcomes = {way.name: Outcome() for way in WAYS}
    for _ in range(given.repetitions):
        for way in WAYS:
            if rounds[way.name] == 0:
                continue
            dsn = (
                f"host={address.host} port={address.port} dbname={DATABASE} user=app_agency"
                f" password=test-app_agency options='{way.options}'"
            )
            sessions = [Session(dsn, way.statements) for _ in range(given.clients)]
            warm_up(way, sessions, fresh[way.schema])
            raced = [next(fresh[way.schema]) for _ in range(rounds[way.name])]
            repeat(way, sessions, server, raced, outcomes[way.name])
            for session in sessions:
                session.close()
            persons = [each.person_id for each in raced]
            outcomes[way.name].wrong += asyncio.run(count_wrong(address, way.schema, persons))
    return {name: outcome for name, outcome in outcomes.items() if outcome.rates}


def ratios(outcomes: Mapping[str, Outcome], to: str) -> dict[str, list[float]]:
    """The door beside another way, repetition by repetition: least, median, greatest.

    Rates are what clients see, other load on the machine included; processor time an answer is nearly free of that.
    """
    door, other = outcomes["door"], outcomes[to]
    rates = [mine / theirs for mine, theirs in zip(door.rates, other.rates, strict=True)]
    spent = [theirs / mine for mine, theirs in zip(door.all_us, other.all_us, strict=True)]
    return {
        "by answers a second": [round(each, 2) for each in _spread(rates)],
        "by processor time": [round(each, 2) for each in _spread(spent)],
    }


def _with_server(
    measure: Callable[[ServerAddress, psutil.Process], dict[str, Outcome]],
) -> dict[str, Outcome]:
    with tempfile.TemporaryDirectory(prefix="claim-races-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "postgres")
        with laid_out(server, folder, DATABASE) as cluster:
            process = server.server()
            assert process is not None
            return measure(cluster.address, process)


def main() -> int:
    """Print all ways; 1 when a person has other than one benefit, or the median ratio is below the target."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--checked-rounds", type=int, default=200)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    outcomes = _with_server(lambda address, server: run(address, server, given))
    told: dict[str, Any] = {name: each.told() for name, each in outcomes.items()}
    compared = {name: ratios(outcomes, name) for name in outcomes if name != "door"}
    if given.json:
        print(json.dumps({**told, "ratios": compared, "target": TARGET_RATIO}))
    else:
        for name, figures in told.items():
            print(f"{name}: {figures}")
        for name, spread in compared.items():
            print(f"door / {name}: {spread} (min, median, max)")
        print(f"target {TARGET_RATIO} of the statements")
    right = not any(each.wrong for each in outcomes.values())
    return 0 if right and compared["statements"]["by answers a second"][1] >= TARGET_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
