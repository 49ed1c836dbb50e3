"""However many certificates there are, officers' doors find theirs by an index."""

import asyncpg
import pytest

from tests.database.breaking import rolled_back
from tests.database.world import with_identifiers

pytestmark = pytest.mark.anyio

LAY_MANY = """
SET LOCAL session_replication_role = replica;
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, body_name, issued_on, source,
  submitted_by, check_due_at)
SELECT uuidv7(), uuidv7(), 'skill_level', '\\x01', uuidv7(), '样例评价机构', '2025-05-01', 'network', :officer, NULL
FROM generate_series(1, 5000);
INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id, is_automatic,
  reasons, linked_by)
SELECT person_id, certificate_id, person_id, person_id, person_id, true, '["x"]', :officer FROM certificate
WHERE body_name = '样例评价机构';
SET LOCAL session_replication_role = origin;
ANALYZE certificate, certificate_link, certificate_number_key, identifier_key;
"""
SCANS = """SELECT sum(seq_scan)::integer FROM pg_stat_xact_user_tables
WHERE relname IN ('certificate', 'certificate_link')"""
WHY = "'subsidy_review', '试2025-001', NULL"


@pytest.mark.parametrize(
    "call",
    [
        f"SELECT * FROM read_certificates(:officer, :agency, {WHY}, ARRAY[sha256('n1')], '{{}}', NULL)",
        f"SELECT * FROM read_certificates(:officer, :agency, {WHY}, '{{}}', ARRAY[sha256('p1')], NULL)",
        f"SELECT * FROM read_candidates(:officer, :agency, {WHY}, :certificate)",
        "SELECT release_certificate_number(:officer, :certificate, '编号有误')",
        "SELECT unlink_certificate(:officer, :certificate, '关联有误')",
    ],
)
async def test_no_door_reads_all_certificates(omnipotent: asyncpg.Connection, call: str) -> None:
    async with rolled_back(omnipotent):
        await omnipotent.execute(with_identifiers(LAY_MANY))
        before = await omnipotent.fetchval(SCANS)
        await omnipotent.execute(with_identifiers(call))
        assert await omnipotent.fetchval(SCANS) == before
