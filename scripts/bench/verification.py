"""Audited verification through the real application, against PostgreSQL itself and against the usual way.

In one run, on one durable server: the product (``registry serve``, 2 workers; token, purpose, budget, access row
committed before the answer), ``pgbench`` (prepared, as many clients) calling the very same function and committing one
by one, ``pgbench`` with the bare look-up (nothing audited), and the same route written with FastAPI dependencies and
SQLModel rows (``verification_by_orm.py``, 2 workers). The ways take turns. Load comes from ``wrk`` (Debian package) on
loopback, a record of another person each time, 16 systems of an agency with a token each. At the end the access rows
are counted: never fewer than the answers, and no more than were under way when the load began and stopped.

Beside the rates stands the work: processor time of server, application and client for each answer. On a machine that
others use as well, 32 backends of pgbench get more turns than two workers, so rates are judged only where it is quiet.

    python scripts/bench/verification.py [--people 100000] [--times 20] [--seconds 8] [--rounds 3] [--requests 0]

``--times 20`` lays twenty times as many persons afterwards and compares the median latency. ``--requests 1000000`` goes
on until so many were answered, and fails when one hangs.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import Actor, Permission, PrincipalKind
from app.db.crypto import KeyRing
from app.db.embedded import ServerAddress
from app.kernel.clock import utc_now
from app.settings import Settings
from app.web.house import House
from app.web.signing_keys import refresh_signing_keys
from scripts.bench.load import Load, Meter, Served, drive, free_port, pgbench, served
from scripts.bench.verified_people import (
    DATABASE,
    durable_server,
    lay_agency_systems,
    lay_people,
    person,
)

SYSTEMS = 16
CONNECTIONS = 32
GOALS = {"of_pgbench_audited": 1.0, "of_orm": 6.0}
P99_MS = 50.0
QUIET_CORES = 0.2
GROWTH = 1.3

QUESTIONS = """
DROP TABLE IF EXISTS bench_question;
CREATE TABLE bench_question
  (serial integer PRIMARY KEY, digest bytea, record_number text, principal_id uuid, agency_id uuid);
GRANT SELECT ON bench_question TO app_agency;
"""
AUDITED = """\\set serial random(0, {last})
SELECT said.* FROM registry.bench_question AS q, LATERAL registry.verify_persons(
  ARRAY[q.principal_id], ARRAY[q.agency_id], ARRAY[q.principal_id], ARRAY[NULL::uuid], ARRAY[now()],
  ARRAY['subsidy_review'], ARRAY['bench-0001'], ARRAY['r'], 1,
  ARRAY[q.digest], ARRAY[q.record_number], ARRAY[NULL::bytea]) AS said WHERE q.serial = :serial;
"""
BARE = """\\set serial random(0, {last})
SELECT entry.*, name.name_sealed FROM registry.bench_question AS q
JOIN registry.identifier_key AS known ON known.digest = q.digest
JOIN registry.record_number AS numbered
  ON numbered.record_number = q.record_number AND numbered.person_id = known.person_id
JOIN registry.record_entry AS entry ON entry.person_id = numbered.person_id AND entry.entry_id = numbered.entry_id
JOIN registry.person_name AS name ON name.person_id = known.person_id
WHERE q.serial = :serial;
"""
LUA = """
local tokens, bodies, headers = {{}}, {{}}, {{}}
for line in io.lines("{folder}/tokens") do tokens[#tokens + 1] = line end
for line in io.lines("{folder}/bodies") do bodies[#bodies + 1] = line end
function init(args) math.randomseed(os.time() + tonumber(string.match(tostring({{}}), "0x(%x+)"), 16) % 100000) end
function request()
  return wrk.format("POST", "/v1/verifications", {{
    ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)]
  }}, bodies[math.random(#bodies)])
end
"""


async def lay_questions(dsn: str, keys: KeyRing, people: int, systems: Sequence[tuple[UUID, UUID]]) -> None:
    """What pgbench asks: digests computed beforehand, which the product computes itself."""
    owner = await asyncpg.connect(dsn, server_settings={"search_path": "registry,public"})
    try:
        await owner.execute(QUESTIONS)
        known = [person(serial) for serial in range(people)]
        digests = keys.digest_all((each.number for each in known), purpose="identity_number")
        await owner.copy_records_to_table(
            "bench_question",
            records=[
                (serial, digest, each.record_number, *systems[serial % len(systems)])
                for serial, (each, digest) in enumerate(zip(known, digests, strict=True))
            ],
        )
        await owner.execute("VACUUM (ANALYZE) bench_question")
    finally:
        await owner.close()


async def issue_tokens(settings: Settings, systems: Sequence[tuple[UUID, UUID]], folder: Path) -> None:
    """One access token for each system, as the registry that is being served signs them."""
    house = House.of(settings)
    await refresh_signing_keys(house)
    tokens = [
        house.tokens.issue(
            Actor(
                principal, PrincipalKind.AGENCY_CLIENT, "测试系统", agency_id=agency, agency_name="测试机构",
                division_code="320000", permissions=frozenset({Permission.LOOKUP}),
            ),
            now=utc_now(),
        )
        for principal, agency in systems
    ]  # fmt: skip
    await house.close()
    (folder / "tokens").write_text("\n".join(tokens))


def write_bodies(folder: Path, people: int) -> None:
    """Ten thousand questions spread over all persons."""
    with (folder / "bodies").open("w") as written:
        for step in range(10_000):
            known = person(step * people // 10_000)
            said = {
                "identity_number": known.number,
                "name": known.name,
                "record_number": known.record_number,
                "purpose": "subsidy_review",
                "case_number": "bench-0001",
            }
            written.write(json.dumps(said, ensure_ascii=False) + "\n")
    (folder / "load.lua").write_text(LUA.format(folder=folder))


async def accesses(dsn: str) -> int:
    """Access rows stored so far."""
    owner = await asyncpg.connect(dsn)
    try:
        return int(await owner.fetchval("SELECT count(*) FROM registry.access_event"))
    finally:
        await owner.close()


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of one way: rate, processor time of all that serve and ask it for each answer, and others' cores."""

    rate: float
    work_us: float
    others: float
    load: Load | None = None


class Bench:
    """One server, the product and the baseline beside it."""

    def __init__(
        self,
        settings: Settings,
        address: ServerAddress,
        folder: Path,
        given: argparse.Namespace,
        meter: Meter,
    ) -> None:
        self.meter = meter
        self.settings, self.address, self.folder, self.given = settings, address, folder, given
        self.dsn = address.dsn(DATABASE)
        self.keys = KeyRing.load(settings.keyring_file)
        secrets = {role: secret.get_secret_value() for role, secret in settings.role_passwords.items()}
        (folder / "secrets.json").write_text(json.dumps({"role_passwords": secrets}))
        self.environment = {
            **os.environ,
            "REGISTRY_EVALUATION": "true",
            "REGISTRY_DATA_DIR": str(folder),
            "REGISTRY_DATABASE_URL": str(settings.database_base_url),
            "REGISTRY_SYSTEM_LOOKUPS_PER_MINUTE": "10000000",
            "REGISTRY_SYSTEM_LOOKUPS_PER_DAY": "1000000000",
            "BENCH_DSN": self.dsn,
        }

    @contextmanager
    def product(self) -> Iterator[Served]:
        """``registry serve`` with two workers."""
        port = free_port()
        command = ["-c", "from app.cli import main; main()", "serve", "--workers", "2", "--port", str(port)]
        with served(
            command, {**self.environment, "REGISTRY_ISSUER": "http://bench"}, port, self.folder / "p.log"
        ) as server:
            yield server

    @contextmanager
    def baseline(self) -> Iterator[Served]:
        """The usual way, with two workers and the same event loop and parser."""
        port = free_port()
        command = ["-m", "uvicorn", "scripts.bench.verification_by_orm:app", "--workers", "2", "--port", str(port),
                   "--loop", "uvloop", "--http", "httptools", "--no-access-log"]  # fmt: skip
        with served(
            command, {**self.environment, "REGISTRY_ISSUER": "http://bench"}, port, self.folder / "b.log"
        ) as server:
            yield server

    def prepare(self, systems: Sequence[tuple[UUID, UUID]], people: int) -> None:
        """Tokens are good for ten minutes: anew for each part of the run."""
        asyncio.run(
            issue_tokens(self.settings.model_copy(update={"issuer": "http://bench"}), systems, self.folder)
        )
        write_bodies(self.folder, people)

    def in_database(self, name: str, script: str, role: str, last: int) -> Measured:
        """What PostgreSQL does by itself."""
        path = self.folder / f"{name}.sql"
        path.write_text(script.format(last=last))
        with self.meter.over() as spent:
            rate, count = pgbench(
                self.address, DATABASE, path, role=role, seconds=self.given.seconds, clients=CONNECTIONS
            )
        return Measured(rate, spent.seconds / count * 1e6, spent.others)

    def ask_once(self, url: str) -> str:
        """One answer in full, to see what is wrong."""
        headers = {"Authorization": "Bearer " + (self.folder / "tokens").read_text().split()[0]}
        body = json.loads((self.folder / "bodies").read_text().splitlines()[0])
        answer = httpx.post(url + "/v1/verifications", json=body, headers=headers)
        return f"{answer.status_code} {answer.text}"

    def audited(self, server: Served, seconds: int, connections: int = CONNECTIONS) -> Measured:
        """Load on the product or the baseline, and whether every answer has its row."""
        time.sleep(1)  # what was under way when an earlier load stopped
        before = asyncio.run(accesses(self.dsn))
        with self.meter.over(server.process) as spent:
            load = drive(server.url, self.folder, seconds=seconds, connections=connections)
        time.sleep(1)
        rows = asyncio.run(accesses(self.dsn)) - before
        if load.errors or not load.answered <= rows <= load.answered + 2 * connections:
            raise SystemExit(
                f"{load.errors} errors; {load.answered} answers, {rows} access rows; {self.ask_once(server.url)}"
            )
        return Measured(load.rate, spent.seconds / load.answered * 1e6, spent.others, load)


def compare(bench: Bench, people: int) -> dict[str, Any]:
    """The four ways in turns."""
    seconds, last = bench.given.seconds, people - 1
    told: dict[str, list[Measured]] = {"product": [], "audited": [], "orm": [], "bare": []}
    with bench.product() as product, bench.baseline() as baseline:
        for server in (product, baseline):
            drive(server.url, bench.folder, seconds=2, connections=CONNECTIONS)
        for _ in range(bench.given.rounds):
            told["product"].append(bench.audited(product, seconds))
            told["audited"].append(bench.in_database("audited", AUDITED, "app_agency", last))
            told["orm"].append(bench.audited(baseline, seconds))
            told["bare"].append(bench.in_database("bare", BARE, "postgres", last))
        alone = bench.audited(product, max(seconds // 2, 2), connections=1)
    rate = {way: statistics.median(each.rate for each in rounds) for way, rounds in told.items()}
    work = {way: statistics.median(each.work_us for each in rounds) for way, rounds in told.items()}
    loads = [each.load for each in told["product"] if each.load is not None]
    assert alone.load is not None
    return {
        **{f"{way}_per_s": round(each) for way, each in rate.items()},
        **{f"{way}_work_us": round(each) for way, each in work.items()},
        "p50_ms": statistics.median(load.p50_ms for load in loads),
        "p99_ms": statistics.median(load.p99_ms for load in loads),
        "alone_p50_ms": alone.load.p50_ms,
        "of_pgbench_audited": round(rate["product"] / rate["audited"], 2),
        "of_orm": round(rate["product"] / rate["orm"], 2),
        "of_pgbench_bare": round(rate["product"] / rate["bare"], 2),
        "of_pgbench_audited_by_work": round(work["audited"] / work["product"], 2),
        "of_orm_by_work": round(work["orm"] / work["product"], 2),
        "of_pgbench_bare_by_work": round(work["bare"] / work["product"], 2),
        "cores_used_by_others": round(
            statistics.mean(each.others for rounds in told.values() for each in rounds), 1
        ),
    }


def run(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Lay, measure, lay more, measure again."""
    KeyRing.generate().save(folder / "keyring.json")
    with durable_server(folder) as (settings, address, server):
        postmaster = server.server()
        assert postmaster is not None
        bench = Bench(settings, address, folder, given, Meter(postmaster))
        asyncio.run(lay_people(bench.dsn, bench.keys, range(given.people)))
        systems = asyncio.run(lay_agency_systems(bench.dsn, SYSTEMS))
        asyncio.run(lay_questions(bench.dsn, bench.keys, given.people, systems))
        with bench.product():
            pass  # makes the first token key
        bench.prepare(systems, given.people)
        told = compare(bench, given.people)
        if given.requests:
            told["answered_without_hanging"] = answer_many(bench, systems, given)
        if given.times > 1:
            told["alone_p50_ms_with_more"] = with_more(bench, systems, given)
            told["growth"] = round(told["alone_p50_ms_with_more"] / told["alone_p50_ms"], 2)
        return told


def answer_many(bench: Bench, systems: Sequence[tuple[UUID, UUID]], given: argparse.Namespace) -> int:
    """So many requests; one that hangs is a timeout, and so an error."""
    answered = 0
    with bench.product() as server:
        while answered < given.requests:
            bench.prepare(systems, given.people)
            told = bench.audited(server, 60)
            assert told.load is not None
            answered += told.load.answered
    return answered


def with_more(bench: Bench, systems: Sequence[tuple[UUID, UUID]], given: argparse.Namespace) -> float:
    """The median latency of one connection when there are many more persons."""
    people = given.people * given.times
    asyncio.run(lay_people(bench.dsn, bench.keys, range(given.people, people)))
    bench.prepare(systems, people)
    with bench.product() as server:
        drive(server.url, bench.folder, seconds=2, connections=1)
        told = bench.audited(server, max(given.seconds // 2, 2), connections=1)
    assert told.load is not None
    return told.load.p50_ms


def main() -> int:
    """Run, print, and say by the exit code whether the goals are met."""
    parser = argparse.ArgumentParser(
        description="audited verification against PostgreSQL and against the usual way"
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (apt-get install wrk)")
    folder = Path(tempfile.mkdtemp(prefix="registry-verification-"))
    folder.chmod(0o755)
    try:
        told = run(folder, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # Where others take a good part of the machine, rates say how the kernel shares it; work says what we need.
    suffix = "_by_work" if told["cores_used_by_others"] > QUIET_CORES else ""
    missed = [f"{name}{suffix} below {goal}" for name, goal in GOALS.items() if told[name + suffix] < goal]
    missed += [f"p99 above {P99_MS} ms"] if told["p99_ms"] > P99_MS else []
    missed += [f"growth above {GROWTH}"] if told.get("growth", 0) > GROWTH else []
    print(json.dumps(told) if given.json else "\n".join(f"{name:28} {value}" for name, value in told.items()))
    print("goals met" if not missed else "not met: " + "; ".join(missed), file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
