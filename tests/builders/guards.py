"""Laying rows where the registry itself would refuse them, to see what else holds there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def set_aside(owner: asyncpg.Connection, table: str, guard: str = "filed_stays") -> AsyncIterator[None]:
    """Within one transaction of a superuser, this guard of this table sleeps; it is awake for everybody else."""
    async with owner.transaction():
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
        yield
        await owner.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")
