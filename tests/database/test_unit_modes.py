"""Three ways to use one pool (to write, to read, for one look-up): a connection keeps nothing of the way before."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.access.unit import Credential, caller_unit, single_read, system_unit
from app.db.roles import DatabaseRole
from app.kernel.clock import utc_now
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

MODE = text("SELECT current_setting('transaction_read_only') = 'on', pg_backend_pid()")
STARTED = text("SELECT transaction_timestamp()")
WRITE = text("UPDATE training_institution SET name = name")


async def started_twice(session: AsyncSession) -> tuple[datetime, datetime]:
    return (await session.execute(STARTED)).scalar_one(), (await session.execute(STARTED)).scalar_one()


async def test_a_read_only_unit_writes_nothing_and_leaves_no_trace(registry: Registry) -> None:
    officer = await registry.officer(Permission.REVIEW)
    shown = Credential(uuid7(), utc_now(), uuid7())
    engines = registry.house.engines
    async with caller_unit(engines, officer.actor, shown, read_only=True) as unit:
        is_read_only, backend = (await unit.session.execute(MODE)).one()
        assert is_read_only
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with caller_unit(engines, officer.actor, shown, read_only=True) as unit:
            await unit.session.execute(WRITE)
    async with caller_unit(engines, officer.actor, shown) as unit:
        assert tuple((await unit.session.execute(MODE)).one()) == (False, backend)
        await unit.session.execute(WRITE)


async def test_single_reads_are_transactions_of_their_own_and_units_are_one_again(registry: Registry) -> None:
    engines = registry.house.engines
    async with single_read(engines, DatabaseRole.APP_ACCESS) as session:
        first, second = await started_twice(session)
        backend = (await session.execute(MODE)).one()[1]
    assert first < second
    async with system_unit(engines, DatabaseRole.APP_ACCESS) as unit:
        first, second = await started_twice(unit.session)
        assert (await unit.session.execute(MODE)).one()[1] == backend
    assert first == second
