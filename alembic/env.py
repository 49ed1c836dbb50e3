"""Alembic environment: runs as ``migrator`` in the owner's name, one process at a time, never waiting long."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from alembic import context

HERE = Path(__file__).parent
ADVISORY_LOCK = 20_260_307  # any fixed number: two migrations at once would interleave


def database_url() -> str:
    """The migrator's URL: handed over by ``registry migrate`` or the tests, else from the settings."""
    given = context.config.attributes.get("database_url")
    if given:
        return str(given)
    from app.settings import Settings  # noqa: PLC0415 - only the plain `alembic` command needs settings

    return Settings().database_url("migrator")


def configure(**arguments: object) -> None:
    context.configure(
        version_table_schema="registry",
        transaction_per_migration=False,
        **arguments,  # type: ignore[arg-type]
    )


def migrate(connection: Connection) -> None:
    connection.execute(text("SET ROLE registry_owner"))
    connection.execute(text("SET search_path = registry, public"))
    connection.execute(text("SET lock_timeout = '2s'"))
    connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
    connection.commit()
    configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_online() -> None:
    engine = create_async_engine(database_url(), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


if context.is_offline_mode():
    configure(url="postgresql+asyncpg://", dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(migrate_online())
