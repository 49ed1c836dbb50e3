"""Every protection carries load: with it the attack fails by its name, without it the same attack succeeds.

The ids of ``test_attack_succeeds_once_the_protection_is_gone`` are the list of load-bearing protections. They are
dropped inside a transaction of a scratch database, under the attacker's own session authorization, and put back.
"""

import asyncpg
import pytest

from tests.database.attacks import Attack
from tests.database.attacks.table import ATTACKS
from tests.database.breaking import attempt, refuser, rolled_back

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
async def test_attack_is_refused_by_its_protection(omnipotent: asyncpg.Connection, attack: Attack) -> None:
    """Refused for the reason we claim, not for a typing error in the attack."""
    refusal = await attempt(omnipotent, attack, without=attack.set_aside)
    assert refusal is not None, "the attack succeeded"
    if attack.by_absent_grant:
        assert refusal.sqlstate == "42501", refusal
    elif attack.answers:
        assert refuser(refusal) == attack.answers
    elif "." in attack.refused_by:
        table, guard = attack.refused_by.split(".")
        assert refusal.sqlstate == "23001", refusal
        assert refuser(refusal) in {guard, f"{table}_{guard}", f"{table}_append_only"}
    else:
        assert refuser(refusal) == attack.refused_by


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
async def test_attack_succeeds_once_the_protection_is_gone(
    omnipotent: asyncpg.Connection, attack: Attack
) -> None:
    """The attack is not vacuous, and nothing else quietly does the work of the protection."""
    refusal = await attempt(omnipotent, attack, without=(*attack.set_aside, attack.refused_by))
    assert refusal is None, f"still refused: {refusal}"


GUARDED = """
SELECT tgrelid::regclass::text AS guarded, tgname AS guard, pg_get_triggerdef(oid) AS definition
FROM pg_trigger WHERE NOT tgisinternal AND tgname IN ('append_only', 'append_only_truncate', 'set_once') ORDER BY 1, 2
"""
CHANGEABLE = """
SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> ALL ($2)
  AND format_type(atttypid, NULL) IN ('timestamp with time zone', 'uuid', 'bytea', 'text', 'integer')
ORDER BY array_position(ARRAY['timestamp with time zone', 'uuid', 'bytea', 'text', 'integer'],
  format_type(atttypid, NULL)), attnum
"""
CHANGED = {
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 second'",
    "uuid": "gen_random_uuid()",
    "bytea": "sha256({0})",
    "text": "overlay({0} PLACING '9' FROM 1 FOR 1)",
    "integer": "{0} + 1",
}


async def offense(omnipotent: asyncpg.Connection, table: str, guard: str, definition: str) -> str:
    """The statement that this guard of this table alone is there to refuse."""
    if guard == "append_only_truncate":
        return f"TRUNCATE {table} CASCADE"
    if guard == "append_only" and "DELETE ON" in definition and "UPDATE" not in definition:
        return f"DELETE FROM {table}"
    settable = definition.partition("allow_set_once(")[2].rstrip(")").replace("'", "").split(", ")
    column = (await omnipotent.fetch(CHANGEABLE, table, settable))[0]
    return f"UPDATE {table} SET {column['attname']} = {CHANGED[column['type']].format(column['attname'])}"


async def test_every_guard_alone_stops_a_superuser_in_replica_mode(omnipotent: asyncpg.Connection) -> None:
    """I9 against the strongest attacker there is: foreign keys are off in replica mode, only ENABLE ALWAYS holds.

    For each guard: refused by it, and not refused once it is dropped. TRUNCATE … CASCADE reaches dependent tables,
    whose own guards are set aside for that statement.
    """
    guards = [tuple(guard) for guard in await omnipotent.fetch(GUARDED)]
    assert len(guards) > 70
    for table, guard, definition in guards:
        assert await omnipotent.fetchval(f"SELECT count(*) FROM {table}") > 0, (
            f"world.sql lays no row in {table}"
        )
        statement = await offense(omnipotent, table, guard, definition)
        for is_dropped in (False, True):
            async with rolled_back(omnipotent):
                await omnipotent.execute("SET LOCAL session_replication_role = replica")
                if guard == "append_only_truncate":
                    for other, its_guard, _ in guards:
                        if its_guard == guard and other != table:
                            await omnipotent.execute(f"DROP TRIGGER {its_guard} ON {other}")
                if is_dropped:
                    await omnipotent.execute(f"DROP TRIGGER {guard} ON {table}")
                try:
                    await omnipotent.execute(statement)
                    refusal = None
                except asyncpg.PostgresError as error:
                    refusal = error
            if is_dropped:
                assert refusal is None, f"{statement}: still refused by {refusal}"
            else:
                assert refusal is not None, f"{guard} on {table} let through: {statement}"
                assert refusal.sqlstate == "23001", f"{statement}: {refusal}"
