"""Keeps the code lists of this process current: adopted from the database at the start, then every half minute, so
that an import takes effect without a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.reference.queries import adopt_lists
from app.web.house import House

_REFRESH_S = 30
log = structlog.get_logger(__name__)


@asynccontextmanager
async def keep_code_lists(parts: House, *, every_s: float = _REFRESH_S) -> AsyncIterator[None]:
    """Adopt the lists of the database, and their changes in the background until the block ends."""
    adopted = await _adopt(parts, None)
    refreshing = asyncio.create_task(_refresh_for_ever(parts, adopted, every_s))
    try:
        yield
    finally:
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing


async def _adopt(parts: House, already: UUID | None) -> UUID | None:
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        return await adopt_lists(unit.session, already=already)


async def _refresh_for_ever(parts: House, adopted: UUID | None, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            adopted = await _adopt(parts, adopted)
        except Exception as failure:
            # The lists at hand stay good; the next turn tries again.
            log.warning("code lists not refreshed", error=type(failure).__name__)
