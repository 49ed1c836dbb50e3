"""The directory gate in the database: what the code refuses, constraints and grants refuse as well."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from tests.builders.directory import ready_directory, today
from tests.builders.openings import Opening, filed_opening, opening_on_record, ready_opening
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

FILE = """
    INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version, occupation_edition,
      occupation_code, designated_division_code, filed_by, first_session_at, trainee_count, commitment_version,
      commitment_digest)
    SELECT opening_id, 1, institution_id, program_id, program_version, 2022, '4-10-01-06', $3, created_by, $2, 1,
      '2025-1', '\\x00'
    FROM course_opening WHERE opening_id = $1
"""


@pytest.fixture
async def institution(registry: Registry) -> AsyncIterator[asyncpg.Connection]:
    """The database as an institution's channel reaches it."""
    connection = await asyncpg.connect(
        registry.cluster.dsn("app_inst", registry.database), server_settings={"search_path": "registry"}
    )
    yield connection
    await connection.close()


@pytest.fixture
async def agency(registry: Registry) -> AsyncIterator[asyncpg.Connection]:
    """The database as an agency's channel reaches it."""
    connection = await asyncpg.connect(
        registry.cluster.dsn("app_agency", registry.database), server_settings={"search_path": "registry"}
    )
    yield connection
    await connection.close()


async def refused(connection: asyncpg.Connection, constraint: str, statement: str, *values: object) -> None:
    """The statement fails by exactly this constraint."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await connection.execute(statement, *values)
    assert caught.value.constraint_name == constraint


async def forbidden(connection: asyncpg.Connection, statement: str, *values: object) -> None:
    """The statement fails because the role may not."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement, *values)


async def test_nothing_is_filed_after_its_first_session(
    registry: Registry, institution: asyncpg.Connection
) -> None:
    opening = await ready_opening(registry)
    past = await registry.now() - timedelta(seconds=1)
    await refused(
        institution, "opening_filing_before_first_session", FILE, opening.opening_id, past, "110000"
    )


async def test_the_time_of_filing_is_not_the_institutions_to_say(
    registry: Registry, institution: asyncpg.Connection, agency: asyncpg.Connection
) -> None:
    opening = await ready_opening(registry)
    backdated = FILE.replace("filed_by,", "filed_at, filed_by,", 1).replace(
        "created_by, $2", "now() - interval '9 days', created_by, $2"
    )
    await forbidden(institution, backdated, opening.opening_id, await registry.now(), "110000")
    await forbidden(
        institution,
        "INSERT INTO course_opening (institution_id, program_id, program_version, division_code, name, planned_size,"
        " venue, created_by, state) SELECT institution_id, program_id, program_version, division_code, name, 1, venue,"
        " created_by, 'on_record' FROM course_opening",
    )
    await forbidden(institution, "UPDATE course_opening SET on_record_at = registry_now()")
    await forbidden(institution, "UPDATE course_session SET starts_at = registry_now()")
    await forbidden(
        institution,
        "INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by)"
        " SELECT opening_id, 1, registry_now(), created_by, 'K1', created_by FROM course_opening",
    )
    await forbidden(agency, "INSERT INTO opening_return VALUES ($1, 1, '[1]', now(), $1)", opening.opening_id)
    await forbidden(agency, "UPDATE course_opening SET planned_size = 1")


async def test_a_filing_rests_on_entries_valid_that_day(
    registry: Registry, institution: asyncpg.Connection
) -> None:
    directory = await ready_directory(registry, designated=False)
    opening = await ready_opening(registry, directory)
    soon = await registry.now() + timedelta(days=2)
    filing = (FILE, opening.opening_id, soon, "110000")
    await refused(institution, "opening_filing_designation_fkey", *filing)
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO institution_designation (institution_id, occupation_edition, occupation_code, division_code,"
        " in_force, document_number, decided_by) SELECT institution_id, 2022, '4-10-01-06', '110000',"
        " daterange('2020-01-01', NULL), '某号', created_by FROM course_opening"
    )
    begins = await today(registry)
    await owner.execute("UPDATE institution_standing SET standing = 'suspended'")
    await refused(institution, "opening_filing_standing_fkey", *filing)
    await owner.execute("UPDATE institution_standing SET standing = 'active'")
    await owner.execute("ALTER TABLE training_program_version DISABLE TRIGGER only_shortened")
    await owner.execute(
        "UPDATE training_program_version SET in_force = daterange($1, NULL)", begins + timedelta(days=1)
    )
    await refused(institution, "opening_filing_program_fkey", *filing)


async def test_a_record_needs_the_filing_it_names_and_a_second_person(registry: Registry) -> None:
    opening = await filed_opening(registry)
    owner = await registry.owner()
    record = (
        "INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by)"
        " SELECT opening_id, filing_no, {filed_at}, filed_by, 'K1', {by} FROM opening_filing"
    )
    await refused(owner, "opening_record_second_person", record.format(filed_at="filed_at", by="filed_by"))
    await refused(
        owner,
        "opening_record_filing_fkey",
        record.format(filed_at="filed_at - interval '1 day'", by="opening_id"),
    )
    await refused(
        owner,
        "course_opening_record_fkey",
        "UPDATE course_opening SET state = 'on_record', on_record_at = registry_now() WHERE opening_id = $1",
        opening.opening_id,
    )
    await refused(
        owner,
        "course_opening_record_matches_state",
        "UPDATE course_opening SET state = 'on_record' WHERE opening_id = $1",
        opening.opening_id,
    )


async def test_what_was_decided_stays(registry: Registry, agency: asyncpg.Connection) -> None:
    opening = await opening_on_record(registry)
    await opening.propose(kind="venue", venue="新校区")
    await opening.decide(1, "refused", "理由充分")
    owner = await registry.owner()
    await refused(owner, "opening_change_set_once", "UPDATE opening_change SET decision = 'accepted'")
    await refused(owner, "opening_change_append_only", "UPDATE opening_change SET proposal = '{}'")
    for table in ("opening_filing", "opening_record"):
        await refused(owner, f"{table}_append_only", f"UPDATE {table} SET filing_no = 2")
        await refused(owner, f"{table}_append_only", f"DELETE FROM {table}")
        await forbidden(agency, f"DELETE FROM {table}")
    await forbidden(agency, "UPDATE opening_change SET proposal = '{}'")


async def test_a_canceled_opening_says_why(registry: Registry) -> None:
    opening: Opening = await ready_opening(registry)
    owner = await registry.owner()
    await refused(
        owner,
        "course_opening_cancellation_has_reason",
        "UPDATE course_opening SET state = 'canceled', canceled_at = registry_now() WHERE opening_id = $1",
        opening.opening_id,
    )


async def test_one_class_has_one_session_at_a_time(
    registry: Registry, institution: asyncpg.Connection
) -> None:
    await ready_opening(registry)
    await refused(
        institution,
        "course_session_no_overlap",
        "INSERT INTO course_session (opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)"
        " SELECT opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue FROM course_session LIMIT 1",
    )
