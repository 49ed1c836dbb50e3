"""How fast an issuer's list of 100,000 certificates is stored by the worker's job, and with how much memory.

A durable embedded PostgreSQL; the job as the worker runs it (sealed parts, judged rows, persons, certificates, defects,
progress). Of the persons half are known before; days of issue, occupations and levels vary. The floor is COPY, in the
same run, of the very rows that the import has stored (certificates, their numbers and number keys, new persons with
identifier and key, refused lines) into plain tables with the same primary keys and nothing else, the best of three
rounds. Beside it, for whoever wants it stricter, stand the same without the keys, and COPY of the rows of
``certificate`` alone, a fifth of what is stored. The other end is one certificate after the other,
each in a transaction of its own, by the action that takes in a single one. Goals: at least 0.08 of the floor, at least
20 times one by one, memory flat: the process holds no more in the last fifth of the run than in the first, give or
take 10 %.

    python scripts/bench/certificate_import.py [--rows 100000] [--singles 300] [--json]
"""

import argparse
import asyncio
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import SYSTEM_PRINCIPAL, Actor, PrincipalKind
from app.access.unit import system_unit
from app.archive.certificates.actions.receive_issuer_file import receive_issuer_file
from app.archive.certificates.actions.submit_certificates import Submission, submit_certificates
from app.archive.certificates.rules.submitting import Claim
from app.archive.certificates.states import CertificateKind, CertificateSource
from app.commands.code_lists import load_packaged
from app.db.embedded import EmbeddedPostgres, ServerAddress
from app.db.roles import DatabaseRole
from app.db.upgrade import upgrade
from app.files.lists import Row
from app.identity.persons.actions.register_persons import register_persons
from app.jobs.certificate_imports import run_certificate_imports
from app.kernel.identifiers import IdentityNumber, check_identity_number
from app.kernel.identifiers.citizen import check_digit_of
from app.reference.divisions import was_in_force
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel
from app.settings import Settings
from app.web.house import House

BODY_CODE = "S000011990001"
FLOOR_GOAL, SINGLE_GOAL, MEMORY_GOAL = 0.08, 20.0, 1.1
LEVELS = ("五级/初级工", "四级/中级工", "三级/高级工", "二级/技师", "一级/高级技师")
# What an import stores, and which rows of it are this import's.
STORED = {
    "certificate": "true",
    "certificate_number": "true",
    "certificate_number_key": "true",
    "person": "person_id NOT IN (SELECT person_id FROM known_before)",
    "person_identifier": "person_id NOT IN (SELECT person_id FROM known_before)",
    "identifier_key": "person_id NOT IN (SELECT person_id FROM known_before)",
    "certificate_import_defect": "true",
}


def identity_number(serial: int) -> str:
    """A synthetic number: Beijing as a whole, sequence codes from 900 on."""
    rest, sequence = divmod(serial, 100)
    year, day = divmod(rest, 336)
    seventeen = f"110000{1930 + year}{day // 28 + 1:02}{day % 28 + 1:02}{900 + sequence}"
    return seventeen + check_digit_of(seventeen)


def row(serial: int) -> Row:
    """One line as the reader hands it on; every hundredth has a wrong number."""
    person = identity_number(serial) if serial % 100 else "110000193001019000"
    number = f"{BODY_CODE}255{serial:06}"
    issued_on = date(2023, 1, 2) + timedelta(days=serial * 37 % 900)
    codes = occupation_codes()
    return serial + 2, [
        person,
        number,
        issued_on.isoformat(),
        "",
        codes[serial * 11 % len(codes)],
        "焊工",
        LEVELS[serial * 7 % len(LEVELS)],
        "",
        "",
    ]


@cache
def occupation_codes() -> list[str]:
    """Twelve occupations: a body assesses few."""
    return [occupation.code for occupation in occupations().packaged().occupations(2022)[::97]][:12]


@dataclass(slots=True)
class Watch:
    """Resident memory ten times a second, in MiB."""

    process: psutil.Process = field(default_factory=psutil.Process)
    mib: list[float] = field(default_factory=list)

    async def until_canceled(self) -> None:
        while True:
            self.mib.append(self.process.memory_info().rss / 2**20)
            await asyncio.sleep(0.1)

    def within(self, share_from: float, share_to: float) -> float:
        """The most within a stretch of the run."""
        first, last = int(len(self.mib) * share_from), int(len(self.mib) * share_to)
        return max(self.mib[first : max(last, first + 1)])


def parsed(serial: int) -> IdentityNumber:
    checked = check_identity_number(identity_number(serial), on=date(2026, 3, 1), area_known=was_in_force)
    return checked.require()


async def lay(parts: House, admin: asyncpg.Connection, rows: int) -> Actor:
    """A body, an officer of its area, and every second person of the list."""
    agency = await admin.fetchval(
        "INSERT INTO agency (name, division_code) VALUES ('样本经办机构', '110000') RETURNING agency_id"
    )
    officer = await admin.fetchval(
        "INSERT INTO principal (kind, display_name, agency_id) VALUES ('officer', '样本', $1) RETURNING principal_id",
        agency,
    )
    await admin.execute(
        "INSERT INTO evaluation_body (body_code, kind, name, division_code, registered_by)"
        " VALUES ($1, 'social_body', '样例评价中心', '110105', $2)",
        BODY_CODE,
        SYSTEM_PRINCIPAL,
    )
    for start in range(0, rows, 10_000):
        known = [parsed(serial) for serial in range(start, min(start + 10_000, rows), 2) if serial % 100]
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            await register_persons(unit, parts.keys, known)
    await admin.execute("ANALYZE")
    return Actor(officer, PrincipalKind.OFFICER, agency_id=agency, division_code="110000")


async def one_by_one(parts: House, singles: int, first: int) -> float:
    """Certificates a second, each in a transaction of its own."""
    started = time.perf_counter()
    for serial in range(first, first + singles):
        claim = Claim(
            certificate_number=f"{BODY_CODE}255{serial:06}",
            kind=CertificateKind.SKILL_LEVEL,
            occupation_edition=2015,
            occupation_code="6-18-02-04",
            trade_name="焊工",
            skill_level=SkillLevel.LEVEL_5,
            body_code=BODY_CODE,
            body_name="样例评价中心",
            issued_on=date(2025, 5, 11),
            valid_until=None,
            review_due_on=None,
        )
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            [person] = await register_persons(unit, parts.keys, [parsed(serial)])
            await submit_certificates(
                unit, parts.keys, CertificateSource.ISSUER_IMPORT, [Submission(person, claim)]
            )
    return singles / (time.perf_counter() - started)


async def copy_floor(admin: asyncpg.Connection, rows: int, tables: Iterable[str], *, keyed: bool) -> float:
    """Lines of the list a second, were what they have become in ``tables`` only copied, in one transaction."""
    stored = {}
    for table in tables:
        stored[table] = await admin.fetch(f"SELECT * FROM {table} WHERE {STORED[table]}")  # noqa: S608 - our own names
        await admin.execute(f"CREATE TABLE floor_{table} (LIKE {table})")
        if keyed:
            key = await admin.fetchval(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conrelid = $1::regclass",
                table,
            )
            await admin.execute(f"ALTER TABLE floor_{table} ADD {key}")
    best = 0.0
    for _ in range(3):
        await admin.execute("TRUNCATE " + ", ".join(f"floor_{table}" for table in stored))
        started = time.perf_counter()
        async with admin.transaction():
            for table, records in stored.items():
                names = list(records[0].keys())
                await admin.copy_records_to_table(f"floor_{table}", records=records, columns=names)
        best = max(best, rows / (time.perf_counter() - started))
    await admin.execute("DROP TABLE " + ", ".join(f"floor_{table}" for table in stored))
    return best


async def measure(settings: Settings, address: ServerAddress, rows: int, singles: int) -> dict[str, Any]:
    parts = House.of(settings)
    admin = await asyncpg.connect(address.dsn("registry"), server_settings={"search_path": "registry,public"})
    watch = Watch()
    try:
        officer = await lay(parts, admin, rows)
        body: UUID = await admin.fetchval("SELECT body_id FROM evaluation_body")
        async with system_unit(parts.engines, DatabaseRole.APP_AGENCY, officer) as unit:
            sent = [row(serial) for serial in range(rows)]
            digest = hashlib.sha256(str(rows).encode()).digest()
            await receive_issuer_file(unit, parts.documents, body_id=body, sha256=digest, rows=sent)
            del sent
        await admin.execute("CREATE TABLE known_before AS SELECT person_id FROM person")
        watching = asyncio.create_task(watch.until_canceled())
        started = time.perf_counter()
        await run_certificate_imports(parts)
        rate = rows / (time.perf_counter() - started)
        watching.cancel()
        job = await admin.fetchrow("SELECT state, rows_done, rows_refused FROM certificate_import")
        stored = await admin.fetchval("SELECT count(*) FROM certificate")
        floor = await copy_floor(admin, rows, STORED, keyed=True)
        keyless = await copy_floor(admin, rows, STORED, keyed=False)
        certificates_only = await copy_floor(admin, rows, ["certificate"], keyed=False)
        single = await one_by_one(parts, singles, rows + 1)
    finally:
        await admin.close()
        await parts.close()
    if (
        job is None
        or (job["state"], job["rows_done"]) != ("done", rows)
        or stored + job["rows_refused"] != rows
    ):
        raise RuntimeError(f"not everything was taken in: {job}, {stored} certificates")
    return {
        "rows": rows,
        "refused": job["rows_refused"],
        "import rows/s": round(rate),
        "COPY floor rows/s": round(floor),
        "COPY without keys rows/s": round(keyless),
        "COPY of certificate alone": round(certificates_only),
        "one by one rows/s": round(single),
        "of the floor": round(rate / floor, 3),
        "of COPY without keys": round(rate / keyless, 3),
        "of certificate alone": round(rate / certificates_only, 3),
        "times one by one": round(rate / single, 1),
        "memory MiB, first fifth": round(watch.within(0.0, 0.2)),
        "memory MiB, last fifth": round(watch.within(0.8, 1.0)),
        "load average (1 min)": round(os.getloadavg()[0], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--singles", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder / "postgres")
        try:
            with postgres as address:
                settings = Settings(evaluation=True, data_dir=folder).at_server(address.host, address.port)
                settings = upgrade(settings, admin_dsn=address.dsn())
                load_packaged(settings)
                found = asyncio.run(measure(settings, address, given.rows, given.singles))
        finally:
            postgres.destroy()
    is_met = (
        found["of the floor"] >= FLOOR_GOAL
        and found["times one by one"] >= SINGLE_GOAL
        and found["memory MiB, last fifth"] <= MEMORY_GOAL * found["memory MiB, first fifth"]
    )
    if given.json:
        print(json.dumps({**found, "met": is_met}, ensure_ascii=False))
    else:
        for key, value in found.items():
            print(f"{key:>26}: {value:,}")
        print(
            f"goals {'met' if is_met else 'missed'}: ≥ {FLOOR_GOAL} of the floor, ≥ {SINGLE_GOAL} × one by one"
        )
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
