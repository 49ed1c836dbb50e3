"""Two sessions at once, at each isolation level: an attacker chooses the level, so an invariant must hold at all three.

Each race is run with the second session already under way (its snapshot taken) when the first commits: that is where a
trigger that only looks is fooled.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.bootstrap import grant_database
from tests.database.breaking import drop_protection
from tests.database.conftest import superuser
from tests.database.world import with_identifiers, world_sql
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
PRESENT = """INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes)
  VALUES (:second_person, '[{0}+08,{1}+08)', :{2}, :{3}, 60)"""
ENTRY = """INSERT INTO record_entry SELECT (jsonb_populate_record(entry, jsonb_build_object(
  'entry_id', gen_random_uuid(), 'supersedes', NULL, 'correction_id', NULL, 'opening_id', :second_running,
  'correction_kind', NULL, 'correction_decision', NULL))).* FROM record_entry AS entry WHERE entry_id = :entry"""
PASSED_AND_CLOSED = """
INSERT INTO opening_closure (opening_id, closed_by) VALUES (:second_running, :operator);
INSERT INTO assessment_result (person_id, opening_id, attempt, revision, outcome, score_hundredths, entered_by)
  VALUES (:person, :second_running, 1, 1, 'pass', 9000, :operator);
INSERT INTO assessment_confirmation (person_id, opening_id, attempt, revision, outcome, entered_by, confirmed_by)
  VALUES (:person, :second_running, 1, 1, 'pass', :operator, :second_operator);
"""
SUPERSEDE = """INSERT INTO record_entry SELECT (jsonb_populate_record(entry, jsonb_build_object(
  'entry_id', gen_random_uuid(), 'supersedes', entry.entry_id, 'correction_id', :{0}, 'correction_kind', 'supersede',
  'correction_decision', 'accepted'))).* FROM record_entry AS entry WHERE entry_id = :new_entry"""
TWO_CORRECTIONS = """
INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by, decision,
  decided_at, decided_by)
SELECT :person, given, :new_entry, 'supersede', '{"score_hundredths": 1}', '成绩录错', :officer, 'accepted', now(),
  :second_officer FROM unnest(ARRAY[:one_correction, :other_correction]) AS given;
"""

RACES = {
    "double presence": (
        "access_owner",
        PRESENT.format("2025-03-10 09:00", "2025-03-10 10:30", "session", "running"),
        PRESENT.format("2025-03-10 10:00", "2025-03-10 11:00", "same_time_session", "second_running"),
        "confirmed_presence_pkey",
        "SELECT count(*) = 1 FROM confirmed_presence WHERE person_id = :second_person",
    ),
    "two decisions on one correction": (
        "access_owner",
        "UPDATE record_correction SET decision = 'accepted', decided_at = now(), decided_by = :second_officer"
        " WHERE correction_id = :open_correction AND decision IS NULL",
        "UPDATE record_correction SET decision = 'refused', decided_at = now(), decided_by = :second_officer"
        " WHERE correction_id = :open_correction",
        "record_correction.set_once",
        "SELECT decision = 'accepted' FROM record_correction WHERE correction_id = :open_correction",
    ),
    "two decisions on one change": (
        "app_agency",
        "UPDATE opening_change SET decision = 'accepted', decided_at = now(), decided_by = :officer"
        " WHERE change_no = 1",
        "UPDATE opening_change SET decision = 'refused', decision_reason = 'x', decided_at = now(),"
        " decided_by = :second_officer WHERE change_no = 1",
        "opening_change.set_once",
        "SELECT decision = 'accepted' FROM opening_change WHERE change_no = 1",
    ),
    "second completion": (
        "access_owner",
        ENTRY,
        ENTRY,
        "record_entry_one_completion",
        "SELECT count(*) = 1 FROM record_entry WHERE opening_id = :second_running",
    ),
    "second superseding entry": (
        "access_owner",
        SUPERSEDE.format("one_correction"),
        SUPERSEDE.format("other_correction"),
        "record_entry_superseded_once + record_entry.supersedes",
        "SELECT count(*) = 1 FROM record_entry WHERE supersedes = :new_entry",
    ),
    "one number, two persons": (
        "app_inst",
        "INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)"
        " VALUES (sha256('new'), 'k1', :third_person, :third_person)",
        "INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)"
        " VALUES (sha256('new'), 'k2', :second_person, :second_person)",
        "identifier_key_pkey",
        "SELECT count(*) = 1 FROM identifier_key WHERE digest = sha256('new')",
    ),
    "standing taken back while filing": (
        "app_agency",
        "UPDATE institution_standing SET in_force = '[2020-01-01,2025-04-01)' WHERE institution_id = :school",
        "SET LOCAL SESSION AUTHORIZATION app_inst; INSERT INTO opening_filing (opening_id, filing_no, institution_id,"
        " program_id, program_version, occupation_edition, occupation_code, designated_division_code, filed_by,"
        " first_session_at, trainee_count, commitment_version, commitment_digest) VALUES (:draft, 2, :school, :program,"
        " 1, 2022, '4-10-01-02', '110000', :operator, '2999-01-01', 1, '1', '\\x01')",
        "opening_filing_standing_fkey",
        "SELECT count(*) = 0 FROM opening_filing WHERE opening_id = :draft AND filing_no = 2",
    ),
    "a session added while filing": (
        "app_inst",
        "UPDATE course_opening SET state = 'filed', filing_no = 1 WHERE opening_id = :draft",
        "INSERT INTO course_session (opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)"
        " VALUES (:draft, :draft, '2025-03-10 09:00+08', '2025-03-10 11:00+08', 'theory', 'onsite', 'x')",
        "course_session.filed_stays",
        "SELECT count(*) = 0 FROM course_session WHERE opening_id = :draft",
    ),
}


@pytest.fixture
async def raced(cluster: Cluster, database: str) -> AsyncIterator[tuple[asyncpg.Connection, ...]]:
    """A world of this race's own and two superuser sessions, because both must commit."""
    admin = await asyncpg.connect(cluster.address.dsn())
    await grant_database(admin, database)
    await admin.close()
    async with superuser(cluster, database) as first, superuser(cluster, database) as second:
        await first.execute(world_sql() + with_identifiers(PASSED_AND_CLOSED + TWO_CORRECTIONS))
        yield first, second


async def run_race(
    first: asyncpg.Connection, second: asyncpg.Connection, level: str, role: str, one: str, other: str
) -> str | None:
    """Both begin, the second looks; the first writes; the second writes and waits; the first commits.

    Returns the SQLSTATE that stopped the second, or None.
    """
    for session in (first, second):
        await session.execute(f"BEGIN ISOLATION LEVEL {level}")
        await session.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
    await second.execute("SELECT count(*) FROM registry.clock_shift")
    await first.execute(with_identifiers(one))
    writing = asyncio.create_task(second.execute("RESET SESSION AUTHORIZATION;" + reauthorized(other, role)))
    await asyncio.sleep(0.05)
    await first.execute("COMMIT")
    try:
        await writing
        await second.execute("COMMIT")
    except asyncpg.PostgresError as refusal:
        await second.execute("ROLLBACK")
        return str(refusal.sqlstate)
    return None


def reauthorized(statement: str, role: str) -> str:
    """The second statement under its own attacker, who may be another one than the first's."""
    prefix = "" if statement.startswith("SET LOCAL") else f"SET LOCAL SESSION AUTHORIZATION {role};"
    return with_identifiers(prefix + statement)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("race", RACES)
async def test_only_one_side_of_a_race_commits(
    raced: tuple[asyncpg.Connection, asyncpg.Connection], race: str, level: str
) -> None:
    """The second is refused by the invariant (23…) or told to try again (40001); the end state is lawful."""
    role, one, other, _, lawful = RACES[race]
    state = await run_race(*raced, level, role, one, other)
    assert state is not None, "both committed"
    assert state.startswith(("23", "40")), state
    assert await raced[0].fetchval(with_identifiers(lawful))


@pytest.mark.parametrize("race", RACES)
async def test_both_sides_commit_once_the_protection_is_gone(
    raced: tuple[asyncpg.Connection, asyncpg.Connection], race: str
) -> None:
    """The race is real: without its constraint or guard both sides commit and the end state is unlawful."""
    role, one, other, protection, lawful = RACES[race]
    for each in protection.split(" + "):
        await drop_protection(raced[0], each)
    assert await run_race(*raced, "READ COMMITTED", role, one, other) is None
    assert not await raced[0].fetchval(with_identifiers(lawful))
