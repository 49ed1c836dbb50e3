"""Persons with a name, a number and sealed archive entries, as many as a benchmark wants, on a durable server.

Numbers are synthetic: nobody was born in the years they say and lives in the area they name. Rows are laid past the
doors (as a superuser, without foreign keys), because it is their number that is wanted and not how they came.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from app.archive.records.rules import record_number
from app.db.crypto import KeyRing
from app.db.embedded import EmbeddedPostgres, ServerAddress
from app.settings import Settings
from tests.registry_server import laid_out

DATABASE = "registry_verification"
FIRST_BIRTHDAY = date(1950, 1, 1)
"""With the area of a whole province, which no card bears: visibly nobody's numbers."""
_WEIGHTS = [pow(2, 17 - place, 11) for place in range(17)]
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "一二三四五六七八九十百千万春夏秋冬"
_SETTINGS = {
    "shared_buffers": "'2GB'",
    "max_wal_size": "'8GB'",
    "checkpoint_timeout": "'30min'",
    "random_page_cost": "1.1",
}
"""As a deployment of this size would have them; durability is as it comes (fsync and synchronous_commit on)."""

LAY = """
SET session_replication_role = replica;
INSERT INTO person (person_id) SELECT person_id FROM laid;
INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
  SELECT person_id, person_id, 'citizen', '\\x01', '00000000-0000-7000-8000-000000000001' FROM laid;
INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
  SELECT digest, key_id, person_id, person_id FROM laid;
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
  SELECT person_id, person_id, 'matched', 'cardholder_base', 'e', '\\x01', now() FROM laid;
INSERT INTO person_name (person_id, name_id, name_sealed, name_digest, check_id)
  SELECT person_id, person_id, name_sealed, '\\x01', person_id FROM laid;
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, opening_id, attempt,
    outcome, program_id, program_version, program_name, occupation_edition, occupation_code, skill_level,
    institution_id, institution_name, division_code, starts_on, ends_on, planned_minutes, credited_minutes,
    score_hundredths)
  SELECT person_id, person_id, 'completion', record_number, '00000000-0000-7000-8000-000000000001', person_id,
    person_id, 1, 'pass', person_id, 1, '电工（四级）岗位技能提升培训', 2022, '6-31-01-03', 'level_4', person_id,
    '试验职业培训学校', '110105', '2026-03-02', '2026-03-20', 4800, 4800, 8600 FROM laid;
INSERT INTO record_number (record_number, person_id, entry_id) SELECT record_number, person_id, person_id FROM laid;
INSERT INTO inclusion (person_id, entry_id, leaf_index, checkpoint_size)
  SELECT person_id, person_id, serial, serial + 1 FROM laid;
SET session_replication_role = origin;
TRUNCATE laid;
"""


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """One laid person, as an officer knows them."""

    number: str
    name: str
    record_number: str


def person(serial: int) -> Known:
    """The person of that serial number: always the same one."""
    born = FIRST_BIRTHDAY + timedelta(days=serial // 999)
    body = f"110000{born:%Y%m%d}{serial % 999 + 1:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    name = _SURNAMES[serial % 16] + _GIVEN[serial // 16 % 17] + _GIVEN[serial // 272 % 17]
    return Known(body + "10X98765432"[total % 11], name, record_number("110105", 2026, serial))


async def lay_people(dsn: str, keys: KeyRing, serials: range) -> None:
    """Lay the persons of ``serials`` in portions, and bring the statistics up to date."""
    owner = await asyncpg.connect(dsn, server_settings={"search_path": "registry,public"}, timeout=30)
    try:
        # The queue of the sequencer is not what is measured.
        await owner.execute("ALTER TABLE record_entry DISABLE TRIGGER queued_for_sealing")
        await owner.execute(
            "CREATE TEMP TABLE laid (serial integer, person_id uuid, digest bytea, key_id text, name_sealed bytea,"
            " record_number text)"
        )
        for portion in _portions(serials, 100_000):
            await owner.copy_records_to_table("laid", records=_rows(keys, portion), timeout=600)
            await owner.execute(LAY, timeout=600)
        await owner.execute("ALTER TABLE record_entry ENABLE ALWAYS TRIGGER queued_for_sealing")
        await owner.execute("VACUUM (ANALYZE)", timeout=600)
        await owner.execute("CHECKPOINT", timeout=600)
    finally:
        await owner.close()


def _portions(serials: range, size: int) -> Iterator[range]:
    for start in range(serials.start, serials.stop, size):
        yield range(start, min(start + size, serials.stop))


def _rows(keys: KeyRing, serials: range) -> list[tuple[int, UUID, bytes, str, bytes, str]]:
    people = [person(serial) for serial in serials]
    owners = [uuid7() for _ in people]
    digests = keys.digest_all((each.number for each in people), purpose="identity_number")
    sealed = keys.seal_all([each.name for each in people], name="person_name.name", owners=owners)
    return [
        (serial, owner, digest, keys.digest_key_ids[0], name, each.record_number)
        for serial, owner, digest, name, each in zip(serials, owners, digests, sealed, people, strict=True)
    ]


async def lay_agency_systems(dsn: str, count: int) -> list[tuple[UUID, UUID]]:
    """Systems of one agency, as ``(principal, agency)``."""
    owner = await asyncpg.connect(dsn, server_settings={"search_path": "registry,public"})
    try:
        agency = await owner.fetchval(
            "INSERT INTO agency (name, division_code) VALUES ('测试省人力资源和社会保障厅', '320000')"
            " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING agency_id"
        )
        rows = await owner.fetch(
            "INSERT INTO principal (kind, display_name, agency_id)"
            " SELECT 'agency_client', '测试系统' || number, $1 FROM generate_series(1, $2::integer) AS number"
            " RETURNING principal_id",
            agency,
            count,
        )
        return [(row["principal_id"], agency) for row in rows]
    finally:
        await owner.close()


@contextmanager
def durable_server(folder: Path) -> Iterator[tuple[Settings, ServerAddress, EmbeddedPostgres]]:
    """A migrated registry on a server of its own with durable commits."""
    server = EmbeddedPostgres(folder / "postgres")
    try:
        asyncio.run(_tune(server.start().dsn()))
        server.stop()
    except BaseException:
        server.destroy()
        raise
    with laid_out(server, folder, DATABASE) as cluster:
        yield cluster.settings, cluster.address, server


async def _tune(dsn: str) -> None:
    admin = await asyncpg.connect(dsn)
    try:
        for name, value in _SETTINGS.items():
            await admin.execute(f"ALTER SYSTEM SET {name} = {value}")
    finally:
        await admin.close()
