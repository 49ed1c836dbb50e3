"""One of two registries goes back to an older backup, or is cut off in the middle of a transaction."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from sqlalchemy import event

from app.db.roles import DatabaseRole
from tests.builders.two_registries import Side
from tests.sandbox_server import SandboxServer


@dataclass(slots=True)
class Backup:
    """The database of a side as it was, and its published log."""

    side: Side
    name: str
    log: Path

    async def restore(self, *, with_log: bool, at_home: bool) -> None:
        """Put the database back; ``at_home`` as a copy of the server's files would, which has the same origin."""
        side, database = self.side, self.side.registry.database
        await _let_go(side)
        admin = await asyncpg.connect(side.registry.cluster.address.dsn())
        try:
            await admin.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
            await admin.execute(f'ALTER DATABASE "{self.name}" RENAME TO "{database}"')
        finally:
            await admin.close()
        if with_log:
            shutil.rmtree(_log_of(side))
            shutil.copytree(self.log, _log_of(side))
        if at_home:
            await side.rows("INSERT INTO database_origin (origin) SELECT current_origin()")


async def back_up(side: Side, folder: Path) -> Backup:
    """Copy the database and the log as they are now."""
    await _let_go(side)
    registry = side.registry
    name = registry.cluster.new_name()
    admin = await asyncpg.connect(registry.cluster.address.dsn())
    try:
        await admin.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{registry.database}" STRATEGY file_copy OWNER registry_owner'
        )
    finally:
        await admin.close()
    shutil.copytree(_log_of(side), folder)
    return Backup(side, name, folder)


def _log_of(side: Side) -> Path:
    return Path(unquote(urlsplit(side.registry.house.settings.log_store_url).path))


async def _let_go(side: Side) -> None:
    await side.registry.close()
    await side.registry.house.engines.dispose()


def paid_at_the_bank(sandbox: SandboxServer) -> int:
    """How often money has moved there, whoever asked for it."""
    return sum(each["times_paid"] for each in sandbox.ledger()["instructions"])


@dataclass(slots=True)
class Knife:
    """Ends the database session, once, right after a statement of a side that holds this text: before its commit."""

    side: Side
    role: DatabaseRole
    after: str
    is_used: bool = field(default=False)


@contextmanager
def cutting(knives: list[Knife]) -> Iterator[None]:
    """While the block runs; of knives for one statement the first cuts first."""
    hung: list[tuple[Any, Any]] = []
    for side in {id(knife.side): knife.side for knife in knives}.values():
        for role in {knife.role for knife in knives if knife.side is side}:
            own = [knife for knife in knives if knife.side is side and knife.role is role]
            engine = side.registry.house.engines.of(role).sync_engine

            def cut(_: Any, cursor: Any, statement: str, *__: Any, own: list[Knife] = own) -> None:
                for knife in own:
                    if not knife.is_used and knife.after in statement:
                        knife.is_used = True
                        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

            event.listen(engine, "after_cursor_execute", cut)
            hung.append((engine, cut))
    try:
        yield
    finally:
        for engine, cut in hung:
            event.remove(engine, "after_cursor_execute", cut)
