"""Code lists and the policy book into a database: the only place that takes the owner's role outside migrations."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.policy.actions.publish_edition import Published, publish_edition
from app.policy.loader import packaged_book
from app.reference.actions.load_packaged_lists import load_packaged_lists
from app.settings import Settings

ResultT = TypeVar("ResultT")


def load_packaged(settings: Settings) -> int:
    """Bring the code lists to the packaged edition and publish the packaged policy book (after migrating).

    Returns rows of code lists written, 0 when unchanged. A server decides nothing by a book that is not published, so
    whoever migrates publishes.
    """
    return as_owner(settings, _load_packaged)


async def _load_packaged(session: AsyncSession) -> int:
    written = await load_packaged_lists(session, loaded_by=operator_name())
    await _publish_packaged(session)
    return written


def publish_packaged(settings: Settings) -> Published:
    """Publish the packaged policy book; the same book again changes nothing."""
    return as_owner(settings, _publish_packaged)


async def _publish_packaged(session: AsyncSession) -> Published:
    return await publish_edition(session, packaged_book(), published_by=operator_name())


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
