"""Lists and counts of claims by area: put together by counties or by provinces, they tell the same claims."""

from collections import Counter
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from tests.builders.payments import lay_paying
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

PLACES = ("330106", "330102", "330203", "330106", "310115", "650102", "330106")
AREAS = {"nation": "", "province": "33", "prefecture": "3301", "county": "330106", "nobody's": "46"}
PAGE = 2
_COLUMNS = """
SELECT string_agg(column_name, ', ') FROM information_schema.columns
WHERE table_schema = 'registry' AND table_name = 'claim' AND is_generated = 'NEVER'
"""
_LIST = """
SELECT claim_id, division_code, state, state_since
FROM claim_work_list($1, $2, (SELECT array_agg(kind) FROM benefit_kind), $3, $4, $5)
"""
_COUNTS = """
SELECT state, waiting, pressing, oldest_at FROM claims_waiting($1, $2, array_fill($3::timestamptz, ARRAY[2]), $4)
"""
STATES = ["accepted", "payable"]


async def lay(owner: asyncpg.Connection) -> None:
    """Copies of a payable claim in each place, accepted one hour after the other, the first the newest."""
    columns = await owner.fetchval(_COLUMNS)
    async with owner.transaction():
        # Only the claims: what they rest on is not looked at here.
        await owner.execute("SET LOCAL session_replication_role = replica")
        for hours, place in enumerate(PLACES):
            own = uuid7()
            given = {
                "claim_id": f"'{own}'",
                "person_id": f"'{own}'",
                "claim_number": f"'S{place}-2024-0000000{hours}'",
                "division_code": f"'{place}'",
                "state": "'accepted'",
                "state_since": f"registry_now() - interval '{hours} hours'",
            } | dict.fromkeys(("entry_id", "key_id", "slot_id", "account_id"), f"'{own}'")
            taken = ", ".join(given.get(column, column) for column in columns.split(", "))
            await owner.execute(
                f"INSERT INTO claim ({columns}) SELECT {taken} FROM claim WHERE state = 'payable'"
            )


async def paged(owner: asyncpg.Connection, prefix: str) -> list[asyncpg.Record]:
    """The whole list, a page at a time."""
    found: list[asyncpg.Record] = []
    since: datetime | None = None
    last: UUID | None = None
    while rows := await owner.fetch(_LIST, prefix, STATES, since, last, PAGE):
        found += rows
        since, last = rows[-1]["state_since"], rows[-1]["claim_id"]
    return found


async def test_an_area_lists_and_counts_its_claims_whatever_its_size(registry: Registry) -> None:
    await lay_paying(registry, 1)
    owner = await registry.owner()
    await lay(owner)
    stored = await owner.fetch("SELECT division_code, state, state_since FROM claim ORDER BY state_since")
    for area, prefix in AREAS.items():
        own = [row for row in stored if row["division_code"].startswith(prefix)]
        listed = await paged(owner, prefix)
        assert [row["state_since"] for row in listed] == [row["state_since"] for row in own], area
        assert {row["division_code"] for row in listed} == {row["division_code"] for row in own}, area
        middle = await owner.fetchval("SELECT registry_now() - interval '150 minutes'")
        counted = {row["state"]: row for row in await owner.fetch(_COUNTS, prefix, STATES, middle, 1000)}
        waiting = Counter(row["state"] for row in own)
        assert {state: counted[state]["waiting"] for state in STATES} == {
            state: waiting[state] for state in STATES
        }, area
        pressing = sum(row["state"] == "accepted" and row["state_since"] < middle for row in own)
        assert counted["accepted"]["pressing"] == pressing, area
        oldest = min((row["state_since"] for row in own if row["state"] == "accepted"), default=None)
        assert counted["accepted"]["oldest_at"] == oldest, area


async def test_counting_ends_where_it_is_told_to(registry: Registry) -> None:
    await lay_paying(registry, 1)
    owner = await registry.owner()
    await lay(owner)
    for prefix in ("", "3301"):
        (row,) = await owner.fetch(_COUNTS.replace("[2]", "[1]"), prefix, ["accepted"], None, 2)
        assert row["waiting"] == 2, prefix
