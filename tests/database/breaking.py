"""How a test breaks the database: take one protection away, try one statement, put everything back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app.db.roles import DatabaseRole
from tests.database.attacks import Attack
from tests.database.world import with_identifiers

LOGIN_ROLES = tuple(DatabaseRole)

STATE = """
SELECT md5(string_agg(part, E'\\n' ORDER BY part)) FROM (
  SELECT 'trigger ' || tgrelid::regclass || tgname || tgenabled::text || pg_get_triggerdef(oid) FROM pg_trigger
  UNION ALL SELECT 'constraint ' || conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint
  UNION ALL SELECT 'index ' || indexrelid::regclass || indisvalid || pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid >= 16384
  UNION ALL SELECT 'relation ' || oid || relname || relowner || relkind::text || coalesce(relacl::text, '')
    FROM pg_class WHERE oid >= 16384 OR relacl IS NOT NULL
  UNION ALL SELECT 'column ' || attrelid || attname || atttypid || attisdropped || attnotnull
    || coalesce(attacl::text, '') FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0
  UNION ALL SELECT 'function ' || oid || proname || proowner || prosecdef || coalesce(proacl::text, '')
    || coalesce(proconfig::text, '') || coalesce(prosrc, '') FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT 'rule ' || oid || ev_class || rulename FROM pg_rewrite WHERE oid >= 16384
  UNION ALL SELECT 'operator ' || oid FROM pg_operator WHERE oid >= 16384
  UNION ALL SELECT 'schema ' || nspname || nspowner || coalesce(nspacl::text, '') FROM pg_namespace
    WHERE nspname !~ '^pg_(toast_)?temp_'
  UNION ALL SELECT 'database ' || datname || datdba || coalesce(datacl::text, '') FROM pg_database
    WHERE datname = current_database()
  UNION ALL SELECT 'role ' || to_jsonb(a)::text FROM pg_authid AS a
  UNION ALL SELECT 'member ' || to_jsonb(m)::text FROM pg_auth_members AS m
  UNION ALL SELECT 'setting ' || to_jsonb(s)::text FROM pg_db_role_setting AS s
  UNION ALL SELECT 'parameter ' || to_jsonb(p)::text FROM pg_parameter_acl AS p
  UNION ALL SELECT 'sequence ' || schemaname || sequencename || coalesce(last_value::text, '') FROM pg_sequences
  UNION ALL SELECT 'extension ' || extname || extversion FROM pg_extension
) AS catalog (part)
"""


async def state_digest(omnipotent: asyncpg.Connection) -> str:
    """A digest of every row of the registry and of all that guards them: triggers, constraints, rights, code."""
    tables = await omnipotent.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'registry'::regnamespace"
    )
    rows = " UNION ALL ".join(
        f"SELECT '{table['name']}' || count(*) || coalesce(sum(hashtextextended(t::text, 0)), 0)"
        f" FROM {table['name']} AS t"
        for table in tables
    )
    content = await omnipotent.fetchval(
        f"SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM ({rows}) AS t (part)"
    )
    return f"{await omnipotent.fetchval(STATE)} {content}"


async def drop_protection(omnipotent: asyncpg.Connection, name: str) -> None:
    """Drop a constraint, unique index or ``table.trigger``, or give the right that is missing on purpose."""
    if name.startswith("GRANT "):
        database = await omnipotent.fetchval("SELECT current_database()")
        await omnipotent.execute(name.replace("{database}", database))
    elif "." in name:
        table, trigger = name.split(".")
        await omnipotent.execute(f"DROP TRIGGER {trigger} ON {table}")
    else:
        table = await omnipotent.fetchval(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE conname = $1 AND connamespace = 'registry'::regnamespace",
            name,
        )
        await omnipotent.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" if table else f"DROP INDEX {name} CASCADE"
        )


@asynccontextmanager
async def rolled_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Whatever happens inside, nothing stays."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def attempt(
    omnipotent: asyncpg.Connection, attack: Attack, *, without: tuple[str, ...] = ()
) -> asyncpg.PostgresError | None:
    """What refuses the attack by its closest attacker once ``without`` are gone; None when it succeeds."""
    async with rolled_back(omnipotent):
        for protection in without:
            await drop_protection(omnipotent, protection)
        await omnipotent.execute(f"SET LOCAL SESSION AUTHORIZATION {attack.role}")
        try:
            await omnipotent.execute(with_identifiers(attack.sql))
        except asyncpg.PostgresError as refusal:
            return refusal
    return None


def refuser(refusal: asyncpg.PostgresError) -> str:
    """The constraint, guard or missing right that a refusal names."""
    return str(getattr(refusal, "constraint_name", None) or refusal.sqlstate)
