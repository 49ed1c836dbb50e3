"""A unit of work: one transaction, its caller and its one time. Every action takes one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import SYSTEM_ACTOR, Actor
from app.access.roles import database_role_of
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.kernel.clock import law_date
from app.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Unit:
    """``now`` is the database's time at the start of the transaction: server time decides, not the caller's."""

    session: AsyncSession
    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The day of law (Asia/Shanghai) of this unit."""
        return law_date(self.now)

    async def driver(self) -> asyncpg.Connection:
        """The asyncpg connection of this same transaction, for set-wise statements on the measured hot paths."""
        connection = await self.session.connection()
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        return raw.driver_connection


@dataclass(frozen=True, slots=True)
class Credential:
    """What a verified token says of itself: needed to ask whether it still holds.

    ``session_id`` (claim ``sid``) is the sign-in it comes from, shared with its refresh tokens; systems have none.
    """

    jti: UUID
    issued_at: datetime
    session_id: UUID | None = None


@asynccontextmanager
async def caller_unit(
    engines: Engines,
    actor: Actor,
    credential: Credential,
    *,
    role: DatabaseRole | None = None,
    read_only: bool = False,
) -> AsyncIterator[Unit]:
    """The transaction of an authenticated caller; commits when the block ends, rolls back when it raises.

    Raises Unauthenticated when the token was denied, the principal suspended, or its rights have changed since.
    """
    of_role = engines.read_only if read_only else engines.of
    engine = of_role(role or database_role_of(actor))
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        begun = await session.execute(
            text("SELECT at, in_force FROM begin_unit(:actor, :token, :session, :issued_at)"),
            {
                "actor": actor.principal_id,
                "token": credential.jti,
                "session": credential.session_id,
                "issued_at": credential.issued_at,
            },
        )
        now, in_force = begun.one()
        if not in_force:
            raise Unauthenticated(code="token_no_longer_valid", title="登录已失效，请重新登录")
        yield Unit(session, actor, now)


@asynccontextmanager
async def system_unit(
    engines: Engines, role: DatabaseRole, actor: Actor = SYSTEM_ACTOR
) -> AsyncIterator[Unit]:
    """The transaction of the registry itself (jobs, sign-in) or of an anonymous reader of public lists."""
    async with AsyncSession(engines.of(role), expire_on_commit=False) as session, session.begin():
        now = (await session.execute(text("SELECT registry_now()"))).scalar_one()
        yield Unit(session, actor, now)


@asynccontextmanager
async def single_read(engines: Engines, role: DatabaseRole) -> AsyncIterator[AsyncSession]:
    """A session for one look-up of the registry itself: a statement alone is a transaction, without a round trip to
    begin it, one for its time and one to end it.
    """
    async with AsyncSession(engines.single(role), expire_on_commit=False) as session:
        yield session


@asynccontextmanager
async def snapshot_unit(
    engines: Engines, role: DatabaseRole, actor: Actor = SYSTEM_ACTOR
) -> AsyncIterator[Unit]:
    """A read-only transaction in which every statement sees the same picture, however long it takes."""
    engine = engines.of(role).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        now = (await session.execute(text("SELECT registry_now()"))).scalar_one()
        yield Unit(session, actor, now)
