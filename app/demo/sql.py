"""Statements against the demo's database, with the passwords its processes use: what a thief of one could try."""

import asyncio
from typing import Any

import asyncpg

from app.db.roles import DatabaseRole
from app.settings import Settings

_DENIED = "42501"


class SqlDoor:
    """Connections of one role each; nothing that is tried stays, also when it is not refused."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def attempt(self, role: DatabaseRole, statement: str, *arguments: object, as_owner: bool = False) -> str:
        """What becomes of it: the name of the constraint that refuses, ``无权限``, or the first value it gives."""
        return asyncio.run(self._attempt(role, statement, arguments, as_owner))

    def row(self, statement: str, *arguments: object) -> Any:
        """One row as the owner reads it; identifiers only."""
        return asyncio.run(self._row(statement, arguments))

    async def _attempt(
        self, role: DatabaseRole, statement: str, arguments: tuple[object, ...], as_owner: bool
    ) -> str:
        connection = await asyncpg.connect(self._settings.dsn(role))
        try:
            transaction = connection.transaction()
            await transaction.start()
            try:
                if as_owner:
                    await connection.execute("SET LOCAL ROLE registry_owner")
                return str(await connection.fetchval(statement, *arguments))
            except asyncpg.PostgresError as refusal:
                if refusal.sqlstate == _DENIED:
                    return "无权限"
                return str(getattr(refusal, "constraint_name", None) or refusal.sqlstate)
            finally:
                await transaction.rollback()
        finally:
            await connection.close()

    async def _row(self, statement: str, arguments: tuple[object, ...]) -> Any:
        connection = await asyncpg.connect(self._settings.dsn(DatabaseRole.MIGRATOR))
        try:
            async with connection.transaction(readonly=True):
                await connection.execute("SET LOCAL ROLE registry_owner")
                return await connection.fetchrow(statement, *arguments)
        finally:
            await connection.close()
