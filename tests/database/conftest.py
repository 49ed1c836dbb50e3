"""A migrated database with the world in it: read by the catalogue tests, attacked by the rest."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.db.bootstrap import grant_database
from tests.database.world import world_sql
from tests.registry_server import Cluster

WORLD_DATABASE = "registry_world"


@pytest.fixture(scope="session")
def world(cluster: Cluster) -> Iterator[str]:
    """The name of the database. Whoever writes into it rolls back."""
    asyncio.run(_lay(cluster))
    yield WORLD_DATABASE
    asyncio.run(_drop(cluster))


async def _lay(cluster: Cluster) -> None:
    admin = await asyncpg.connect(cluster.address.dsn())
    try:
        template = cluster.settings.database_name
        await admin.execute(
            f'CREATE DATABASE "{WORLD_DATABASE}" TEMPLATE "{template}" STRATEGY file_copy OWNER registry_owner'
        )
        await grant_database(admin, WORLD_DATABASE)
    finally:
        await admin.close()
    async with superuser(cluster, WORLD_DATABASE) as connection:
        await connection.execute(world_sql())


async def _drop(cluster: Cluster) -> None:
    admin = await asyncpg.connect(cluster.address.dsn())
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{WORLD_DATABASE}" WITH (FORCE)')
    finally:
        await admin.close()


@asynccontextmanager
async def superuser(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do everything, with the registry's search path."""
    connection = await asyncpg.connect(
        cluster.address.dsn(database), server_settings={"search_path": "registry,public"}
    )
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def omnipotent(cluster: Cluster, world: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser in the world, shared by the tests of a module; every use is rolled back."""
    async with superuser(cluster, world) as connection:
        yield connection
