"""The clock of law (登记系统时钟), moved forward by the owner's connection so that a class of days takes seconds.

Only an evaluation may do this: a registry that is not one refuses to serve with a shifted clock. Tokens and one-time
passwords follow the wall clock and are not moved.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from app.db.roles import DatabaseRole
from app.kernel.clock import law_date
from app.settings import Settings


class LawClock:
    """The clock of one demo's database.

    ``follow`` is told the day of law that comes before the clock is moved to it: the outside systems of a demo live in
    the same time, and an answer of yesterday's network would be asked for again only a day later.
    """

    def __init__(self, settings: Settings, follow: Callable[[date], None]) -> None:
        self._dsn = settings.dsn(DatabaseRole.MIGRATOR)
        self._follow = follow

    def now(self) -> datetime:
        """The time by which the registry judges."""
        instant: datetime = asyncio.run(self._ask("SELECT registry.registry_now()"))
        return instant

    def shift(self) -> timedelta:
        """How far the clock runs ahead of the wall clock."""
        ahead: timedelta = asyncio.run(self._ask("SELECT shift FROM registry.clock_shift"))
        return ahead

    def advance(self, by: timedelta) -> None:
        """Move forward. The database refuses a clock that would stand behind the wall clock."""
        self._follow(law_date(self.now() + by))
        move = "UPDATE registry.clock_shift SET shift = shift + $1 RETURNING shift"
        asyncio.run(self._ask(move, by))

    def advance_to(self, instant: datetime) -> None:
        """Move forward to ``instant``; nothing happens when it is past."""
        missing = instant - self.now()
        if missing > timedelta(0):
            self.advance(missing)

    async def _ask(self, statement: str, *arguments: object) -> Any:
        connection = await asyncpg.connect(self._dsn)
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL ROLE registry_owner")
                return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()
