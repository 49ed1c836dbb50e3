"""Doors of oversight: claims opened for audit, each person told, before anything of them is read.

Why: the auditor's role reads everything and writes nothing; that somebody looked must be a row all the same. It is
written here, under the agency's role, in a transaction that ends before the read-only one begins.
Lock taken, and for how long: none that matters, functions only.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

from app.db.migration import execute_script

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

DOORS = """
CREATE FUNCTION open_audit(actor uuid, reading_purpose text, reading_case text, request text, asked uuid[])
  RETURNS TABLE (person_id uuid, claim_id uuid)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT held.person_id, held.claim_id FROM registry.claim AS held
    WHERE held.claim_id = ANY (asked) AND registry.officer_may(actor, 'audit', held.division_code)
  ), logged AS (
    INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT found.person_id, actor, own.agency_id, 'benefit', reading_purpose, reading_case, request
    FROM found JOIN registry.principal AS own ON own.principal_id = actor
    RETURNING access_event.person_id
  )
  SELECT found.person_id, found.claim_id FROM found WHERE found.person_id IN (SELECT logged.person_id FROM logged)
$$;
COMMENT ON FUNCTION open_audit(uuid, text, text, text, uuid[]) IS
  'I10: access rows first. Claims out of the area of an officer who holds the permission for audit are as if they were not.';

CREATE FUNCTION list_audited(actor uuid, starts_on date, ends_before date, after uuid, page integer) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.claim_id FROM registry.claim AS held
  WHERE held.claim_id > after AND registry.officer_may(actor, 'audit', held.division_code)
    AND registry.law_date(held.submitted_at) >= starts_on AND registry.law_date(held.submitted_at) < ends_before
  ORDER BY held.claim_id LIMIT page
$$;
COMMENT ON FUNCTION list_audited(uuid, date, date, uuid, integer) IS 'Ids of claims submitted in a period, and nothing of anybody.';
REVOKE ALL ON FUNCTION open_audit(uuid, text, text, text, uuid[]), list_audited(uuid, date, date, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_audit(uuid, text, text, text, uuid[]), list_audited(uuid, date, date, uuid, integer) TO app_agency;
"""


def upgrade() -> None:
    execute_script("SET ROLE access_owner;" + DOORS + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION open_audit(uuid, text, text, text, uuid[]), list_audited(uuid, date, date, uuid, integer);
    SET ROLE registry_owner;
    """)
