"""Objecting and clearing at once: whichever comes second sees the first; the rows below the doors."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.bootstrap import grant_database
from tests.database.breaking import rolled_back
from tests.database.conftest import superuser
from tests.database.world import with_identifiers, world_sql
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio

OBJECT = "SELECT file_objection(:notice, {}, :new_objection, '\\x01', NULL, '\\x01', '\\x01', 5, NULL)"
LINE = "SELECT line_no FROM public_notice_line WHERE claim_id = :noticed"
CLEAR = """
INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
SELECT person_id, claim_id, round, notice_id, :system FROM public_notice_line WHERE claim_id = :noticed
"""
# The notice's last day. The worker's transaction lives on the day after, by a shift of the clock that only it sees.
UNTIL_TODAY = """
ALTER TABLE public_notice DISABLE TRIGGER append_only;
UPDATE public_notice SET ends_on = law_date(registry_now()), starts_on = law_date(registry_now()) - 9
  WHERE notice_id = :notice;
ALTER TABLE public_notice ENABLE ALWAYS TRIGGER append_only;
"""
STATE = "SELECT state FROM registry.claim WHERE claim_id = :noticed"
OPEN = "SELECT count(*) FROM registry.objection WHERE objection_id = :new_objection"


@pytest.fixture
async def sessions(cluster: Cluster, database: str) -> AsyncIterator[tuple[asyncpg.Connection, ...]]:
    """A world of this race's own, an objector, a clearing worker, and somebody who looks."""
    admin = await asyncpg.connect(cluster.address.dsn())
    await grant_database(admin, database)
    await admin.close()
    async with (
        superuser(cluster, database) as first,
        superuser(cluster, database) as second,
        superuser(cluster, database) as looking,
    ):
        await looking.execute(world_sql() + with_identifiers(UNTIL_TODAY))
        yield first, second, looking


async def objection(looking: asyncpg.Connection) -> str:
    """What an objector of the noticed claim's line says."""
    return with_identifiers(OBJECT.format(await looking.fetchval(with_identifiers(LINE))))


async def test_an_objection_that_comes_first_stops_the_clearance(
    sessions: tuple[asyncpg.Connection, ...],
) -> None:
    """The clearance waits for the objector and then sees the objection."""
    objector, worker, looking = sessions
    await objector.execute("BEGIN")
    await objector.execute("SET LOCAL SESSION AUTHORIZATION app_public")
    assert await objector.fetchval(await objection(looking)) == "filed"
    # The worker's day is the next one: it shifts the clock in its own transaction, unseen by the objector.
    await worker.execute("BEGIN; UPDATE registry.clock_shift SET shift = interval '1 day'")
    clearing = asyncio.create_task(worker.execute(with_identifiers(CLEAR)))
    await asyncio.sleep(0.1)
    assert not clearing.done(), "it waits for the notice's row"
    await objector.execute("COMMIT")
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await clearing
    assert refusal.value.constraint_name == "claim_clearance_after_notice"
    await worker.execute("ROLLBACK")
    assert await looking.fetchval(with_identifiers(STATE)) == "noticed"


async def test_an_objection_that_comes_second_is_told_so(sessions: tuple[asyncpg.Connection, ...]) -> None:
    """It waits for the clearance, sees it, and leaves nothing behind that nobody would ever decide."""
    objector, worker, looking = sessions
    await worker.execute("BEGIN; UPDATE registry.clock_shift SET shift = interval '1 day'")
    await worker.execute(with_identifiers(CLEAR))
    await worker.execute("UPDATE registry.clock_shift SET shift = interval '0'")
    filing = await objection(looking)
    await objector.execute("BEGIN")
    await objector.execute("SET LOCAL SESSION AUTHORIZATION app_public")
    objecting = asyncio.create_task(objector.fetchval(filing))
    await asyncio.sleep(0.1)
    assert not objecting.done(), "it waits for the notice's row"
    await worker.execute("COMMIT")
    assert await objecting == "settled"
    await objector.execute("COMMIT")
    assert await looking.fetchval(with_identifiers(OPEN)) == 0
    assert await looking.fetchval(with_identifiers(STATE)) == "payable"


@pytest.mark.parametrize("level", ["repeatable_read", "serializable"])
@pytest.mark.parametrize(
    "act",
    [OBJECT.format(1), "SELECT decide_objection(:reviewer, :objection, 'dismissed', '不成立')"],
)
async def test_nobody_objects_or_decides_on_a_picture_of_the_past(
    omnipotent: asyncpg.Connection, level: str, act: str
) -> None:
    transaction = omnipotent.transaction(isolation=level)
    await transaction.start()
    try:
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await omnipotent.execute(with_identifiers(act))
        assert refusal.value.constraint_name == "claim_sees_the_present"
    finally:
        await transaction.rollback()


REFUSED = {
    "a name in full": (
        "registry_owner",
        'UPDATE public_notice_line SET shown = \'{"name": "张三丰"}\'',
        "public_notice_line_name_masked",
    ),
    "another amount than was approved": (
        "registry_owner",
        "UPDATE public_notice_line SET shown = '{\"amount_fen\": 1}'",
        "public_notice_line_amount_told",
    ),
    "a field that is not for the public": (
        "registry_owner",
        'UPDATE public_notice_line SET shown = \'{"number": "x"}\'',
        "public_notice_line_whitelist",
    ),
    "a long run of digits": (
        "registry_owner",
        'UPDATE public_notice_line SET shown = \'{"institution": "11010519491"}\'',
        "public_notice_line_masked",
    ),
    "an objection judged by who reviewed": (
        "app_agency",
        "SELECT decide_objection(:reviewer, :objection, 'dismissed', '不成立')",
        "objection_decided_by_others",
    ),
    "lines of another officer's notice": (
        "app_agency",
        "SELECT publish_notice_lines(:reviewer, :notice, '[]')",
        "public_notice_line_with_notice",
    ),
    "a lapse edited": (
        "registry_owner",
        "UPDATE deadline_lapse SET due_on = due_on + 1",
        "deadline_lapse_append_only",
    ),
    "a message about somebody's number": (
        "registry_owner",
        'UPDATE message_delivery SET parameters = \'{"benefit": "11010519491"}\'',
        "message_delivery_no_personal_data",
    ),
}


@pytest.mark.parametrize("attempt", REFUSED)
async def test_the_rows_refuse_it(omnipotent: asyncpg.Connection, attempt: str) -> None:
    role, statement, constraint = REFUSED[attempt]
    async with rolled_back(omnipotent):
        if role == "registry_owner" and "public_notice_line" in statement:
            await omnipotent.execute("ALTER TABLE public_notice_line DISABLE TRIGGER append_only")
        else:
            await omnipotent.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await omnipotent.execute(with_identifiers(statement))
        assert refusal.value.constraint_name == constraint


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("app_public", "SELECT FROM public_notice_line"),
        ("app_public", "SELECT FROM objection"),
        (
            "app_public",
            "INSERT INTO objection (notice_id, line_no, grounds_sealed) VALUES (:notice, 1, '\\x01')",
        ),
        ("app_agency", "SELECT FROM proactive_candidate"),
        ("app_agency", "SELECT FROM message_address"),
        ("app_agency", "UPDATE objection SET outcome = 'dismissed'"),
        ("app_inst", "SELECT FROM message_delivery"),
        ("app_citizen", "SELECT grounds_sealed FROM objection"),
        ("worker", "UPDATE objection SET outcome = 'dismissed'"),
        ("worker", "SELECT decide_objection(:reviewer, :objection, 'dismissed', '不成立')"),
    ],
)
async def test_roles_without_the_right_are_refused(
    omnipotent: asyncpg.Connection, role: str, statement: str
) -> None:
    async with rolled_back(omnipotent):
        await omnipotent.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await omnipotent.execute(with_identifiers(statement))
