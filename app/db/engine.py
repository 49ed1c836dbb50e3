"""One connection pool per database role, made when first used."""

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.roles import DatabaseRole
from app.settings import Settings

_POOL_SIZE = 8
_WAIT_S = 3.0
"""A full pool answers 503 after this long instead of queueing: the caller can come again, a queue cannot."""


class Engines:
    """The pools of one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engines: dict[DatabaseRole, AsyncEngine] = {}
        self._read_only: dict[DatabaseRole, AsyncEngine] = {}
        self._single: dict[DatabaseRole, AsyncEngine] = {}

    def of(self, role: DatabaseRole) -> AsyncEngine:
        """The pool of a role. Raises LookupError when this process was given no password for it."""
        if role not in self._engines:
            self._engines[role] = create_async_engine(
                self._settings.database_url(role),
                pool_size=_POOL_SIZE,
                max_overflow=0,
                pool_timeout=_WAIT_S,
                # The connection given back last is taken first: its plans are made, and the others may sleep.
                pool_use_lifo=True,
                json_serializer=lambda content: orjson.dumps(content).decode(),
                json_deserializer=orjson.loads,
                connect_args={"server_settings": _server_settings(role), "timeout": _WAIT_S},
            )
        return self._engines[role]

    def read_only(self, role: DatabaseRole) -> AsyncEngine:
        """The same pool; its transactions begin read-only, in one round trip."""
        if role not in self._read_only:
            self._read_only[role] = self.of(role).execution_options(postgresql_readonly=True)
        return self._read_only[role]

    def single(self, role: DatabaseRole) -> AsyncEngine:
        """The same pool; each statement is a transaction of its own (no BEGIN, no COMMIT)."""
        if role not in self._single:
            self._single[role] = self.of(role).execution_options(isolation_level="AUTOCOMMIT")
        return self._single[role]

    async def dispose(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            await engine.dispose()
        for pools in (self._engines, self._read_only, self._single):
            pools.clear()


def _server_settings(role: DatabaseRole) -> dict[str, Any]:
    return {
        "application_name": f"registry {role}",
        "lock_timeout": "3000",
        "statement_timeout": "15000",
        "idle_in_transaction_session_timeout": "30000",
        "jit": "off",
    }
