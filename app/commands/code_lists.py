"""Code lists into a database: the only place that takes the owner's role outside migrations."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.reference.actions.load_packaged_lists import load_packaged_lists
from app.settings import Settings

ResultT = TypeVar("ResultT")


def load_packaged(settings: Settings) -> int:
    """Bring the code lists to the packaged edition (after migrating); returns rows written, 0 when
    unchanged.
    """
    return as_owner(settings, lambda session: load_packaged_lists(session, loaded_by=operator_name()))


def as_owner(settings: Settings, work: Callable[[AsyncSession], Awaitable[ResultT]]) -> ResultT:
    """Run ``work`` in one transaction as ``registry_owner``. Not to be called from a running event loop."""
    return asyncio.run(_as_owner(settings, work))


def operator_name() -> str:
    """Name of the account that runs the command: who loaded the list."""
    return getpass.getuser()


async def _as_owner(settings: Settings, work: Callable[[AsyncSession], Awaitable[ResultT]]) -> ResultT:
    engines = Engines(settings)
    try:
        async with AsyncSession(engines.of(DatabaseRole.MIGRATOR)) as session, session.begin():
            await session.execute(text("SET LOCAL ROLE registry_owner"))
            return await work(session)
    finally:
        await engines.dispose()
