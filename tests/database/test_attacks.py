"""Every attack as every login role, connected with that role's own password, judged by the state before and after.

An error alone proves little (``GRANT`` by a non-owner succeeds with a warning, COPY may fail for want of a file), so a
digest of all rows, triggers, constraints, rights and code is taken before the first attack and after the last one, and
after each attack that raised nothing.
"""

import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.roles import OWNERS
from tests.database.attacks import REFUSED_STATES
from tests.database.attacks.server import DDL
from tests.database.attacks.table import ATTACKS
from tests.database.breaking import LOGIN_ROLES, rolled_back, state_digest
from tests.database.world import with_identifiers
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio

TABLES = """
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE relkind = 'r' AND relnamespace = 'registry'::regnamespace ORDER BY 1
"""
PERSON_TABLES = """
SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'person_id' AND relkind = 'r' AND relnamespace = 'registry'::regnamespace ORDER BY 1
"""
MAY_DELETE = {
    ("worker", "denied_token"): "tokens that have expired anyway",
    ("worker", "idempotency_key"): "answers kept long enough",
    ("worker", "linking_request"): "what came of a request is a link, or none",
    ("worker", "message_request"): "what came of a request is a message, or none",
    ("worker", "enrollment_request"): "what came of a request are messages, or none",
    ("worker", "proactive_candidate"): "what a later pass does not find again",
    ("worker", "code_attempt"): "tries older than the pace looks back",
    ("worker", "peer_nonce"): "nonces of signatures that are no longer fresh",
    ("worker", "token_due"): "what came of it is a token",
    ("worker", "refresh_token"): "tokens that have expired anyway",
    ("worker", "browser_session"): "sessions that have expired anyway",
    ("worker", "form_draft"): "what nobody came back for",
    ("worker", "comparison_line"): "lines whose answers are given",
    ("worker", "lookup_allowance"): "days that are over",
    ("worker", "monthly_figure"): "of months that still run (monthly_figure.final)",
    ("worker", "institution_figure"): "of months that still run (institution_figure.final)",
    ("worker", "sign_in_guard"): "old failures",
    ("app_access", "sign_in_guard"): "a success resets the count",
    ("app_access", "form_draft"): "a draft that was sent is none any more",
    ("app_inst", "roster_line_group"): "a draft's key groups are replaced as a set",
}
"""The only deletions any channel may do: nothing of it is history."""


@pytest.fixture(params=LOGIN_ROLES)
async def attacker(
    request: pytest.FixtureRequest, cluster: Cluster, world: str
) -> AsyncIterator[asyncpg.Connection]:
    """A session of one login role, with the search path the role has by itself."""
    connection = await asyncpg.connect(cluster.dsn(str(request.param), world))
    assert await connection.fetchval("SELECT session_user") == request.param
    yield connection
    await connection.close()


async def refused(
    attacker: asyncpg.Connection, omnipotent: asyncpg.Connection, statement: str, before: str
) -> bool:
    """Run it to its commit. True when it was refused; what raised nothing must have changed nothing."""
    try:
        async with attacker.transaction():
            await attacker.execute(statement)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as refusal:
        if not (getattr(refusal, "sqlstate", None) or "0A000").startswith(REFUSED_STATES):
            raise
        return True
    finally:
        with contextlib.suppress(asyncpg.PostgresError):
            await attacker.execute("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL")
    assert await state_digest(omnipotent) == before, f"changed the state: {statement}"
    return False


async def test_no_role_succeeds_with_any_attack(
    attacker: asyncpg.Connection, omnipotent: asyncpg.Connection
) -> None:
    """Attacks on the invariants. A role may read what its channel reads; it may not change anything by these."""
    before = await state_digest(omnipotent)
    role = await attacker.fetchval("SELECT session_user")
    for attack in ATTACKS:
        if role == "migrator" and attack.name in {"becoming the owner", "becoming the doors' owner"}:
            continue  # its purpose: see test_catalog.py on who else may
        if role in attack.right_of:
            continue
        was_refused = await refused(attacker, omnipotent, with_identifiers(attack.sql), before)
        assert was_refused or attack.role != role, f"{role}: {attack} raised nothing"
    assert await state_digest(omnipotent) == before


async def test_no_role_touches_the_house(
    attacker: asyncpg.Connection, omnipotent: asyncpg.Connection
) -> None:
    """Definitions, roles, files and programs of the server."""
    before = await state_digest(omnipotent)
    for statement in DDL:
        await refused(attacker, omnipotent, statement, before)
    assert await state_digest(omnipotent) == before


async def test_no_role_deletes_or_truncates(
    attacker: asyncpg.Connection, omnipotent: asyncpg.Connection
) -> None:
    """Every table × DELETE and TRUNCATE, save the deletions listed with their reason."""
    role = await attacker.fetchval("SELECT session_user")
    before = await state_digest(omnipotent)
    for (table,) in await omnipotent.fetch(TABLES):
        assert await refused(attacker, omnipotent, f"TRUNCATE {table} CASCADE", before), table
        if (role, table) not in MAY_DELETE:
            assert await refused(attacker, omnipotent, f"DELETE FROM {table}", before), table
    assert await state_digest(omnipotent) == before


async def test_no_role_rewrites_a_whole_row(
    attacker: asyncpg.Connection, omnipotent: asyncpg.Connection
) -> None:
    """UPDATE is granted by column everywhere; the key of a row, which is what others point at, by none."""
    before = await state_digest(omnipotent)
    for (table,) in await omnipotent.fetch(TABLES):
        key = await omnipotent.fetchval(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
            " WHERE indrelid = $1::regclass AND indisprimary",
            table,
        )
        assert await refused(attacker, omnipotent, f"UPDATE {table} SET {key} = {key}", before), table
    assert await state_digest(omnipotent) == before


async def test_agencies_have_no_select_on_persons(
    cluster: Cluster, world: str, omnipotent: asyncpg.Connection
) -> None:
    """I10, and its mutation: a grant opens the table, so it is the missing grant that closes it."""
    attacker = await asyncpg.connect(cluster.dsn("app_agency", world))
    try:
        for (table,) in await omnipotent.fetch(PERSON_TABLES):
            for statement in (
                f"SELECT 1 FROM {table}",
                f"COPY {table} TO STDOUT",
                f"TABLE {table} FOR UPDATE",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await attacker.execute(statement)
            async with rolled_back(omnipotent):
                await omnipotent.execute(f"GRANT SELECT ON {table} TO app_agency")
                await omnipotent.execute("SET LOCAL SESSION AUTHORIZATION app_agency")
                assert await omnipotent.fetchval(f"SELECT count(*) FROM {table}") > 0
    finally:
        await attacker.close()


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role != "migrator"])
async def test_a_grant_by_a_non_owner_gives_nothing(
    cluster: Cluster, world: str, omnipotent: asyncpg.Connection, role: str
) -> None:
    """PostgreSQL answers such a GRANT with success and a warning: only the state tells."""
    before = await state_digest(omnipotent)
    attacker = await asyncpg.connect(cluster.dsn(role, world))
    try:
        for statement in (
            "GRANT ALL ON ALL TABLES IN SCHEMA registry TO CURRENT_USER",
            "GRANT INSERT ON record_entry TO CURRENT_USER",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA registry TO CURRENT_USER",
            "GRANT CREATE ON SCHEMA registry TO CURRENT_USER",
        ):
            with contextlib.suppress(asyncpg.PostgresError):
                await attacker.execute(statement)
    finally:
        await attacker.close()
    assert await state_digest(omnipotent) == before


async def test_the_digest_sees_what_it_is_there_to_see(omnipotent: asyncpg.Connection) -> None:
    """A judge that always says "unchanged" would acquit everybody."""
    before = await state_digest(omnipotent)
    for change in (
        "UPDATE clock_shift SET shift = interval '1 second'",
        "ALTER TABLE record_entry ENABLE REPLICA TRIGGER append_only",
        "ALTER TABLE record_entry DROP CONSTRAINT record_entry_period_forward",
        "GRANT SELECT (person_id) ON record_entry TO app_agency",
        "GRANT access_owner TO app_inst",
        "ALTER ROLE app_inst SET search_path = public",
        "CREATE TABLE shadow (id integer)",
        "SELECT nextval('record_serial')",
        "ALTER FUNCTION registry_now() VOLATILE SECURITY DEFINER",
        f"ALTER TABLE audit_event OWNER TO {OWNERS[1]}",
    ):
        async with rolled_back(omnipotent):
            await omnipotent.execute(change)
            if "nextval" not in change:
                assert await state_digest(omnipotent) != before, change
    assert isinstance(before, str)
