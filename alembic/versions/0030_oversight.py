"""Oversight: claims opened for audit, each person told, before anything of them is read; looks that cannot vanish.

Why: the auditor's role reads everything and writes nothing; that somebody looked must be a row all the same. It is
written here, under the agency's role, in a transaction that ends before the read-only one begins. The daily digest in
the log covers every kind of look, so that no superuser takes one away unseen once its day is sealed.
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

LOOKS = """
CREATE INDEX share_look_day ON share_look USING brin (at);
CREATE INDEX document_look_day ON document_look USING brin (at);
CREATE INDEX verification_miss_day ON verification_miss USING brin (at);
CREATE INDEX peer_question_day ON peer_question USING brin (at);
GRANT SELECT ON verification_miss, peer_question TO access_owner;
"""

DIGEST = """
CREATE FUNCTION looks_between(since timestamptz, until timestamptz) RETURNS TABLE (at timestamptz, of uuid, id uuid, told jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT event.at, event.person_id, event.access_id, jsonb_build_array(
    event.principal_id, event.agency_id, event.subject, event.purpose, event.case_number, event.request_id)
  FROM registry.access_event AS event WHERE event.at >= since AND event.at < until
  UNION ALL
  SELECT look.at, look.person_id, look.look_id, jsonb_build_array(
    'share', look.share_id, look.nth, encode(look.source_digest, 'hex'), look.source_region)
  FROM registry.share_look AS look WHERE look.at >= since AND look.at < until
  UNION ALL
  SELECT look.at, look.person_id, look.look_id, jsonb_build_array(
    'document', look.document_id, encode(look.source_digest, 'hex'), look.source_region)
  FROM registry.document_look AS look WHERE look.at >= since AND look.at < until
  UNION ALL
  SELECT miss.at, miss.principal_id, miss.miss_id, jsonb_build_array(
    'miss', miss.agency_id, miss.purpose, miss.case_number, miss.request_id)
  FROM registry.verification_miss AS miss WHERE miss.at >= since AND miss.at < until
  UNION ALL
  SELECT asked.at, asked.peer_id, asked.question_id, jsonb_build_array(
    'peer', asked.kind, asked.case_number, asked.key_id, asked.request_id)
  FROM registry.peer_question AS asked WHERE asked.at >= since AND asked.at < until
$$;
COMMENT ON FUNCTION looks_between(timestamptz, timestamptz) IS
  'Every look at somebody, however it came, and every question that found nobody: whose it is, its id, what else is told.';

CREATE FUNCTION access_digest_of(of_day date) RETURNS TABLE (accesses bigint, digest bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(sum(hours.looks), 0)::bigint, sha256(coalesce(string_agg(hours.digest, ''::bytea ORDER BY hours.hour), ''))
  FROM (
    SELECT date_trunc('hour', look.at, 'Asia/Shanghai') AS hour, count(*) AS looks,
      sha256(string_agg(sha256(convert_to((jsonb_build_array(look.of, look.id,
        to_char(look.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) || look.told)::text, 'UTF8')), ''::bytea
        ORDER BY look.of, look.id)) AS digest
    FROM registry.looks_between(of_day::timestamp AT TIME ZONE 'Asia/Shanghai',
      (of_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') AS look
    GROUP BY 1
  ) AS hours
$$;
COMMENT ON FUNCTION access_digest_of(date) IS
  'SHA-256 over the hours of a day, each SHA-256 over its looks in the order of whose they are and id, each SHA-256 of its JSON array.';
REVOKE ALL ON FUNCTION looks_between(timestamptz, timestamptz), access_digest_of(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_digest_of(date) TO auditor;
"""


def upgrade() -> None:
    execute_script(LOOKS + "SET ROLE access_owner;" + DOORS + DIGEST + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION open_audit(uuid, text, text, text, uuid[]), list_audited(uuid, date, date, uuid, integer),
      access_digest_of(date), looks_between(timestamptz, timestamptz);
    SET ROLE registry_owner;
    REVOKE SELECT ON verification_miss, peer_question FROM access_owner;
    DROP INDEX share_look_day, document_look_day, verification_miss_day, peer_question_day;
    """)
