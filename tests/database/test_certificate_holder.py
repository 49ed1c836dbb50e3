"""Attacks on what certificates rest on: answers, changes of state, holders, links; as every channel's own role."""

import asyncpg
import pytest

from app.db.roles import DatabaseRole
from tests.builders.certificates import closed_class, lay_confirmed, new_number, printed
from tests.builders.finished_class import Trainee
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=931), Trainee(serial=932)
CHANNELS = (
    DatabaseRole.APP_INST,
    DatabaseRole.APP_AGENCY,
    DatabaseRole.APP_CITIZEN,
    DatabaseRole.WORKER,
    DatabaseRole.APP_DEVICE,
    DatabaseRole.AUDITOR,
)
REFUSALS = (asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)
"""No grant, or the guard of an append-only table."""


@pytest.fixture
async def two(registry: Registry) -> tuple[Registry, list[dict[str, object]]]:
    """Two persons with confirmed certificates of one number; the first holds it."""
    laid = await closed_class(registry, [ANNA, BO])
    issued_on = (await printed(registry)).issued_on
    number = new_number(issued_on)
    owner = await registry.owner()
    rows = []
    for person in laid.persons:
        certificate_id = await lay_confirmed(registry, person, number, issued_on)
        entry = await owner.fetchval(
            "SELECT entry_id FROM record_entry WHERE person_id = $1 AND kind = 'completion'", person
        )
        rows.append({"person": person, "certificate": certificate_id, "entry": entry})
    await owner.execute(
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id)"
        " SELECT number_id, person_id, certificate_id FROM certificate WHERE certificate_id = $1",
        rows[0]["certificate"],
    )
    await owner.execute(
        "INSERT INTO certificate_state_change (person_id, certificate_id, from_state, to_state, reason_code,"
        " changed_by) SELECT $1, $2, 'submitted', 'matched', 'network_matched', principal_id FROM principal"
        " WHERE kind = 'system'",
        rows[0]["person"],
        rows[0]["certificate"],
    )
    return registry, rows


async def as_role(registry: Registry, role: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(registry.cluster.dsn(role, registry.database))
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
    finally:
        await connection.close()


REWRITES = (
    "UPDATE certificate_answer SET outcome = 'matched'",
    "DELETE FROM certificate_answer",
    "TRUNCATE certificate_answer",
    "UPDATE certificate_state_change SET to_state = 'matched'",
    "DELETE FROM certificate_state_change",
    "UPDATE certificate_holder SET person_id = person_id",
    "DELETE FROM certificate_holder",
    "UPDATE certificate_link SET entry_id = entry_id",
    "DELETE FROM certificate_link",
    "UPDATE certificate SET number_id = number_id",
    "UPDATE certificate SET person_id = person_id",
    "DELETE FROM certificate",
    "INSERT INTO certificate_release SELECT * FROM certificate_release",
)


async def test_no_channel_rewrites_what_was_said(two: tuple[Registry, list[dict[str, object]]]) -> None:
    for role in CHANNELS:
        for statement in REWRITES:
            with pytest.raises(REFUSALS):
                await as_role(two[0], role, statement)


async def test_nobody_says_for_the_network_what_it_has_not_said(
    two: tuple[Registry, list[dict[str, object]]],
) -> None:
    registry, rows = two
    person, certificate = rows[1]["person"], rows[1]["certificate"]
    for role in CHANNELS:
        if role is DatabaseRole.WORKER:
            continue
        for statement in (
            "INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)"
            " VALUES ($1, $2, 'matched', 'query', 'forged', now())",
            "INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES (uuidv7(), $1, $2)",
            "UPDATE certificate SET state = 'matched', last_confirmed_at = now()"
            " WHERE person_id = $1 AND certificate_id = $2",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await as_role(registry, role, statement, person, certificate)


async def test_a_number_has_one_holder_whoever_writes(two: tuple[Registry, list[dict[str, object]]]) -> None:
    registry, rows = two
    take = (
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id)"
        " SELECT number_id, person_id, certificate_id FROM certificate WHERE certificate_id = $1"
    )
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await as_role(registry, DatabaseRole.WORKER, take, rows[1]["certificate"])
    assert refused.value.constraint_name == "certificate_holder_pkey"
    foreign = (
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES (uuidv7(), $1, $2)"
    )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await as_role(registry, DatabaseRole.WORKER, foreign, rows[0]["person"], rows[1]["certificate"])


async def test_nobody_links_to_somebody_else_s_entry(two: tuple[Registry, list[dict[str, object]]]) -> None:
    registry, rows = two
    link = (
        "INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id,"
        " is_automatic, reasons, linked_by) SELECT $1, $2, $1, $3, $3, true, '[\"same_person\"]', principal_id"
        " FROM principal WHERE kind = 'system'"
    )
    for person, certificate, entry in (
        (rows[0]["person"], rows[0]["certificate"], rows[1]["entry"]),
        (rows[1]["person"], rows[0]["certificate"], rows[1]["entry"]),
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await as_role(registry, DatabaseRole.WORKER, link, person, certificate, entry)
    officer = await registry.officer(division_code="110000")
    door = "SELECT link_certificate($1, $2, $3, '[\"x\"]')"
    connection = await asyncpg.connect(registry.cluster.dsn(DatabaseRole.APP_AGENCY, registry.database))
    try:
        asked = (officer.actor.principal_id, rows[0]["certificate"])
        assert await connection.fetchval(door, *asked, rows[1]["entry"]) == "other_person"
        assert await connection.fetchval(door, asked[0], rows[1]["certificate"], rows[1]["entry"]) == (
            "number_held_by_another"
        )
    finally:
        await connection.close()


async def test_agencies_have_no_way_round_the_doors(two: tuple[Registry, list[dict[str, object]]]) -> None:
    registry, rows = two
    for statement in (
        "SELECT number_sealed FROM certificate",
        "SELECT * FROM certificate_answer",
        f"SELECT certificate_picture('{rows[0]['person']}', '{rows[0]['certificate']}')",
        f"SELECT entries_to_prove('{rows[0]['person']}')",
        "SELECT hold_number(NULL, NULL, NULL)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(registry, DatabaseRole.APP_AGENCY, statement)


async def test_no_channel_archives_a_certificate_by_itself(
    two: tuple[Registry, list[dict[str, object]]],
) -> None:
    registry, rows = two
    entry = (
        "INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, certificate_id,"
        " division_code, starts_on, ends_on) SELECT $1, 'certificate', 'R', principal_id, $2, $2, '110105', now(),"
        " now() FROM principal WHERE kind = 'system'"
    )
    for role in CHANNELS:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(registry, role, entry, rows[0]["person"], rows[0]["certificate"])
