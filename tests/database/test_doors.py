"""Every door, asked of the catalog: shut to whoever was not given it; agencies look at nobody unseen through theirs."""

import asyncpg
import pytest

from app.db.roles import DatabaseRole
from tests.database.breaking import rolled_back

pytestmark = pytest.mark.anyio

DOORS = """
SELECT p.oid::regprocedure::text AS door, p.proname AS name,
  (SELECT coalesce(string_agg('NULL::' || format_type(kind, NULL), ', ' ORDER BY place), '')
   FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS given (kind, place)) AS nothing,
  (SELECT array_agg(role.rolname::text) FROM pg_roles AS role
   WHERE role.rolname = ANY ($1) AND has_function_privilege(role.oid, p.oid, 'EXECUTE')) AS given_to,
  coalesce((SELECT array_agg(p.proargnames[place]) FROM generate_subscripts(p.proargmodes, 1) AS place
    WHERE p.proargmodes[place] = 't'), '{}') AS shows,
  pg_get_functiondef(p.oid) AS text
FROM pg_proc AS p WHERE p.pronamespace = 'registry'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
ORDER BY 1
"""
OF_PERSONS = {"person_id", "name_sealed", "number_sealed", "content_sealed", "names", "numbers"}
SHOWS_WITHOUT_A_ROW = {
    "list_merges": "which of our ids are read as one; whose they are is told by read_merge, which leaves a row",
}
"""Doors of agencies that show a person without an access row of their own, each with the reason why."""


async def doors(omnipotent: asyncpg.Connection) -> list[asyncpg.Record]:
    """All that run with their owner's rights and that somebody may call."""
    return list(await omnipotent.fetch(DOORS, list(DatabaseRole)))


async def knock(omnipotent: asyncpg.Connection, role: str, door: asyncpg.Record, *, is_given: bool) -> bool:
    """Whether the door itself lets the role in, whatever it then says to nothing at all."""
    async with rolled_back(omnipotent):
        if is_given:
            await omnipotent.execute(f"GRANT EXECUTE ON FUNCTION {door['door']} TO {role}")
        await omnipotent.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
        try:
            await omnipotent.execute(f"SELECT {door['name']}({door['nothing']})")
        except asyncpg.InsufficientPrivilegeError as refusal:
            return f"permission denied for function {door['name']}" not in str(refusal)
        except asyncpg.PostgresError:
            return True
    return True


async def test_each_door_is_shut_to_whoever_was_not_given_it(omnipotent: asyncpg.Connection) -> None:
    """Tried, not read from the rights: as each login role that the reviewed rights do not name."""
    found = await doors(omnipotent)
    assert len(found) > 150
    opened = [
        (role.value, door["door"])
        for door in found
        for role in DatabaseRole
        if role not in (door["given_to"] or ()) and await knock(omnipotent, role, door, is_given=False)
    ]
    assert not opened


async def test_each_door_opens_once_the_right_is_given(omnipotent: asyncpg.Connection) -> None:
    """What keeps it shut is the missing right and nothing else, so that the right is worth guarding."""
    still_shut = [
        door["door"]
        for door in await doors(omnipotent)
        if not await knock(
            omnipotent,
            next(role for role in DatabaseRole if role not in (door["given_to"] or ())),
            door,
            is_given=True,
        )
    ]
    assert not still_shut


async def test_agencies_see_no_person_through_a_door_that_leaves_no_row(
    omnipotent: asyncpg.Connection,
) -> None:
    """I10: work lists and counts show numbers and dates; what names a person inserts its access row."""
    unseen = {
        door["name"]
        for door in await doors(omnipotent)
        if DatabaseRole.APP_AGENCY in (door["given_to"] or ())
        and OF_PERSONS & set(door["shows"])
        and "registry.access_event" not in door["text"]
    }
    assert unseen == set(SHOWS_WITHOUT_A_ROW)
