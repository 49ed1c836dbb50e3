"""The daily digest in the log covers every kind of look: none can be taken away unseen once its day is sealed."""

from datetime import date

import asyncpg
import pytest

from tests.database.breaking import rolled_back

pytestmark = pytest.mark.anyio

DAY = date(2025, 1, 5)
AT = "'2025-01-05 23:59:59.5+08'"
LOOKS = {
    "access_event": f"""(person_id, at, principal_id, agency_id, subject, purpose, case_number)
        SELECT uuidv7(), {AT}, uuidv7(), uuidv7(), 'benefit', 'inspection', '测试〔2025〕1号'""",
    "share_look": f"""(person_id, share_id, nth, at, expires_at, looks_max, source_digest, source_region)
        SELECT uuidv7(), uuidv7(), 1, {AT}, '2025-02-01', 3, sha256('x'), '192.0.2.0/24'""",
    "document_look": f"""(person_id, document_id, at, source_digest, source_region)
        SELECT uuidv7(), uuidv7(), {AT}, sha256('x'), '192.0.2.0/24'""",
    "verification_miss": f"""(principal_id, at, agency_id, purpose, case_number)
        SELECT uuidv7(), {AT}, uuidv7(), 'inspection', '测试〔2025〕1号'""",
    "peer_question": f"""(peer_id, at, kind, case_number, key_id)
        SELECT uuidv7(), {AT}, 'records', '测试〔2025〕1号', 'k'""",
}
DIGEST = "SELECT accesses, digest FROM access_digest_of($1)"


@pytest.mark.parametrize("table", LOOKS)
async def test_a_look_that_vanishes_or_changes_its_day_changes_the_digest(
    omnipotent: asyncpg.Connection, table: str
) -> None:
    async with rolled_back(omnipotent):
        await omnipotent.execute("SET LOCAL session_replication_role = replica")
        empty = await omnipotent.fetchrow(DIGEST, DAY)
        await omnipotent.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        await omnipotent.execute(f"INSERT INTO {table} {LOOKS[table]}")
        kept = await omnipotent.fetchrow(DIGEST, DAY)
        assert (kept["accesses"], empty["accesses"]) == (1, 0)
        assert kept["digest"] != empty["digest"]
        assert (await omnipotent.fetchrow(DIGEST, date(2025, 1, 6))) == empty
        await omnipotent.execute(f"UPDATE {table} SET at = at - interval '1 minute' WHERE at = {AT}")
        moved = await omnipotent.fetchrow(DIGEST, DAY)
        assert moved["digest"] not in {kept["digest"], empty["digest"]}
        await omnipotent.execute(f"DELETE FROM {table} WHERE at = timestamptz {AT} - interval '1 minute'")
        assert await omnipotent.fetchrow(DIGEST, DAY) == empty
