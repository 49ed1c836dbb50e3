"""Creates the database and its roles: the only step that needs an administrator's connection.

Roles belong to the whole cluster, so they cannot be part of a migration. Everything here can be repeated.
"""

from collections.abc import Mapping

import asyncpg

from app.db.roles import OWNERS, DatabaseRole

SCHEMA = "registry"


async def bootstrap(admin_dsn: str, *, database: str, passwords: Mapping[str, str]) -> None:
    """Create roles, the database and its empty schema, and set the role passwords.

    ``admin_dsn`` names a superuser (or CREATEROLE + CREATEDB) and any existing database, for example ``postgres``.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        await _create_roles(admin, passwords)
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await admin.execute(f'CREATE DATABASE "{database}" OWNER registry_owner')
        await grant_database(admin, database)
    finally:
        await admin.close()
    inside = await asyncpg.connect(admin_dsn, database=database)
    try:
        await inside.execute("CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public")
        await inside.execute(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC"
        )
        await inside.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA} AUTHORIZATION registry_owner")
        logins = ", ".join(DatabaseRole)
        await inside.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {logins}, access_owner")
    finally:
        await inside.close()


async def grant_database(admin: asyncpg.Connection, database: str) -> None:
    """Close the database to PUBLIC (no TEMP: no shadow tables) and open it to the login roles."""
    await admin.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    for role in DatabaseRole:
        await admin.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {role}')


async def _create_roles(admin: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    for owner in OWNERS:
        await _create_role(admin, owner, "NOLOGIN")
    for role in DatabaseRole:
        inherit = "NOINHERIT" if role is DatabaseRole.MIGRATOR else "INHERIT"
        await _create_role(admin, role, f"LOGIN {inherit}")
        # ALTER ROLE takes no parameters; quote_literal runs on the server, so no password meets our own quoting.
        literal = await admin.fetchval("SELECT quote_literal($1::text)", passwords[role])
        await admin.execute(f"ALTER ROLE {role} PASSWORD {literal}")
        await admin.execute(f"ALTER ROLE {role} SET search_path = {SCHEMA}, public")
        await admin.execute(f"ALTER ROLE {role} SET timezone = 'Asia/Shanghai'")
    for owner in OWNERS:
        await admin.execute(f"GRANT {owner} TO migrator WITH INHERIT FALSE, SET TRUE")


async def _create_role(admin: asyncpg.Connection, name: str, options: str) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await admin.execute(
            f"CREATE ROLE {name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS {options}"
        )
