"""Verification of one person (信息核验) and of many (信息比对): doors, misses, allowances, the jobs of comparison.

Why: an officer of any region asks whether a record or certificate holds. Questions that wait together are answered by
one statement that stores the access rows as well (I10), so the commit is paid once for all of them. A question about
nobody leaves a row too: whoever tries numbers is counted, and an answer costs the same whether somebody was found or
not.
Lock taken, and for how long: none that matters, new tables only; access_event gets a wider CHECK in 0006.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

from app.db.migration import execute_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE verification_miss (
  principal_id uuid NOT NULL,
  miss_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  agency_id uuid NOT NULL,
  purpose text NOT NULL,
  case_number text NOT NULL,
  request_id text,
  CONSTRAINT verification_miss_pkey PRIMARY KEY (principal_id, miss_id),
  CONSTRAINT verification_miss_purpose_known CHECK (purpose IN ('filing_review', 'subsidy_review', 'complaint',
    'inspection', 'identity_maintenance', 'record_correction')),
  CONSTRAINT verification_miss_case_given CHECK (length(btrim(case_number)) BETWEEN 3 AND 60),
  CONSTRAINT verification_miss_actor_fkey FOREIGN KEY (principal_id, agency_id)
    REFERENCES principal (principal_id, agency_id)
);
COMMENT ON TABLE verification_miss IS
  'A question about a number that nobody here has; the number itself is not kept. For whoever watches over look-ups.';
CALL make_append_only('verification_miss');

CREATE TABLE lookup_allowance (
  principal_id uuid NOT NULL,
  purpose text NOT NULL,
  day date NOT NULL,
  granted integer NOT NULL DEFAULT 0,
  misses_granted integer NOT NULL DEFAULT 0,
  minute timestamptz NOT NULL,
  granted_in_minute integer NOT NULL DEFAULT 0,
  CONSTRAINT lookup_allowance_pkey PRIMARY KEY (principal_id, purpose, day),
  CONSTRAINT lookup_allowance_counted CHECK (granted >= 0 AND misses_granted >= 0 AND granted_in_minute >= 0),
  CONSTRAINT lookup_allowance_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id)
);
COMMENT ON TABLE lookup_allowance IS
  'What every process together has taken of an actor''s questions a day and minute, in portions, before any is asked.';
"""

COMPARISONS = """
CREATE TABLE comparison (
  comparison_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  agency_id uuid NOT NULL,
  purpose text NOT NULL,
  case_number text NOT NULL,
  state text NOT NULL DEFAULT 'awaiting_file',
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  form text,
  encoding text,
  pieces integer,
  upload_id uuid,
  file_sha256 bytea,
  lines_total integer,
  lines_done integer NOT NULL DEFAULT 0,
  parts_done integer NOT NULL DEFAULT 0,
  persons_found integer NOT NULL DEFAULT 0,
  outcomes jsonb NOT NULL DEFAULT '{}',
  failure text,
  started_at timestamptz,
  finished_at timestamptz,
  cleared_at timestamptz,
  CONSTRAINT comparison_pkey PRIMARY KEY (comparison_id),
  CONSTRAINT comparison_purpose_known CHECK (purpose IN ('subsidy_review', 'complaint', 'inspection')),
  CONSTRAINT comparison_case_given CHECK (length(btrim(case_number)) BETWEEN 3 AND 60),
  CONSTRAINT comparison_state_known CHECK (state IN
    ('awaiting_file', 'queued', 'running', 'done', 'canceled', 'failed')),
  CONSTRAINT comparison_file_whole CHECK (state IN ('awaiting_file', 'canceled')
    OR (form IS NOT NULL AND pieces IS NOT NULL AND upload_id IS NOT NULL AND file_sha256 IS NOT NULL
      AND lines_total IS NOT NULL)),
  CONSTRAINT comparison_counted CHECK (lines_done >= 0 AND parts_done >= 0 AND persons_found >= 0
    AND lines_total BETWEEN 0 AND 5000000),
  CONSTRAINT comparison_finished_whole CHECK ((finished_at IS NULL) = (state IN ('awaiting_file', 'queued', 'running'))),
  CONSTRAINT comparison_actor_fkey FOREIGN KEY (principal_id, agency_id) REFERENCES principal (principal_id, agency_id)
);
COMMENT ON TABLE comparison IS
  '信息比对: a file of an agency compared line by line. What it holds of persons lies sealed in the object store, for days.';
CREATE INDEX comparison_of_agency ON comparison (agency_id, comparison_id);
CREATE INDEX comparison_due ON comparison (comparison_id) WHERE state IN ('queued', 'running');
CREATE INDEX comparison_to_clear ON comparison (comparison_id) WHERE cleared_at IS NULL;

-- Rows live inside one transaction of the worker: laid by COPY, joined, and deleted before it commits.
CREATE UNLOGGED TABLE comparison_line (
  comparison_id uuid NOT NULL,
  line integer NOT NULL,
  digest bytea NOT NULL,
  other_digest bytea,
  record_number text,
  certificate_digest bytea,
  other_certificate_digest bytea,
  CONSTRAINT comparison_line_pkey PRIMARY KEY (comparison_id, line)
);
"""

ALLOWANCE = """
CREATE FUNCTION take_allowance(
    actor uuid, asked_purpose text, wanted integer, wanted_misses integer, unused integer, unused_misses integer,
    per_minute integer, per_day integer, misses_per_day integer,
    OUT taken integer, OUT taken_misses integer, OUT seconds_left integer, OUT day_left integer)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.lookup_allowance;
  this_minute timestamptz := date_trunc('minute', clock_timestamp());
BEGIN
  INSERT INTO registry.lookup_allowance (principal_id, purpose, day, minute)
    VALUES (actor, asked_purpose, registry.law_date(registry.registry_now()), this_minute)
    ON CONFLICT ON CONSTRAINT lookup_allowance_pkey DO UPDATE SET minute = lookup_allowance.minute
    RETURNING * INTO held;
  held.granted := greatest(held.granted - unused, 0);
  held.misses_granted := greatest(held.misses_granted - unused_misses, 0);
  IF held.minute <> this_minute THEN
    held.minute := this_minute;
    held.granted_in_minute := 0;
  END IF;
  taken := greatest(least(wanted, per_day - held.granted, per_minute - held.granted_in_minute), 0);
  taken_misses := greatest(least(wanted_misses, misses_per_day - held.misses_granted), 0);
  seconds_left := 60 - floor(extract(second FROM clock_timestamp()))::integer;
  day_left := per_day - held.granted - taken;
  UPDATE registry.lookup_allowance
  SET granted = held.granted + taken, misses_granted = held.misses_granted + taken_misses, minute = held.minute,
    granted_in_minute = held.granted_in_minute + taken
  WHERE principal_id = held.principal_id AND purpose = held.purpose AND day = held.day;
END $$;
COMMENT ON FUNCTION take_allowance(uuid, text, integer, integer, integer, integer, integer, integer, integer) IS
  'A portion of an actor''s budget, counted as spent before it is used: a process that dies wastes it, none exceeds it.';
REVOKE ALL ON FUNCTION
  take_allowance(uuid, text, integer, integer, integer, integer, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  take_allowance(uuid, text, integer, integer, integer, integer, integer, integer, integer) TO app_agency;

CREATE FUNCTION note_misses(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, missed integer)
  RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO registry.verification_miss (principal_id, agency_id, purpose, case_number, request_id)
  SELECT actor, actor_agency, reading_purpose, reading_case, request FROM generate_series(1, missed)
$$;
COMMENT ON FUNCTION note_misses(uuid, uuid, text, text, text, integer) IS
  'A row for each number asked for that nobody here has, for the look-ups that are not verify_persons.';
REVOKE ALL ON FUNCTION note_misses(uuid, uuid, text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_misses(uuid, uuid, text, text, text, integer) TO app_agency, app_peer;
"""

VERIFYING = """
CREATE FUNCTION verify_persons(
    principals uuid[], agencies uuid[], tokens uuid[], sessions uuid[], issued timestamptz[], purposes text[],
    cases text[], requests text[], live_keys integer, person_digests bytea[], record_numbers text[],
    certificate_digests bytea[])
  RETURNS TABLE (place integer, is_admitted boolean, answered_at timestamptz, person_id uuid, name_sealed bytea, source text, state text,
                 number text, kind text, title text, occupation_edition smallint, occupation_code text,
                 skill_level text, issuer text, division_code text, starts_on date, ends_on date,
                 credited_minutes integer, leaf_index bigint, successor text, revoked_at timestamptz,
                 valid_until date, confirmed_at timestamptz)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT given.*, NOT EXISTS (SELECT FROM registry.denied_token WHERE jti IN (given.token, given.session))
      AND EXISTS (
        SELECT FROM registry.principal
        WHERE principal.principal_id = given.principal_id AND principal.agency_id = given.agency_id
          AND principal.suspended_at IS NULL
          AND (principal.tokens_not_before IS NULL OR given.issued_at >= principal.tokens_not_before)
      ) AS is_admitted
    FROM unnest(principals, agencies, tokens, sessions, issued, purposes, cases, requests, record_numbers)
      WITH ORDINALITY AS given (principal_id, agency_id, token, session, issued_at, purpose, case_number, request_id,
                                record_number, place)
  ), found AS MATERIALIZED (
    SELECT DISTINCT asked.place, known.person_id
    FROM unnest(person_digests) WITH ORDINALITY AS given (digest, ordinal)
    JOIN registry.identifier_key AS known ON known.digest = given.digest
    JOIN asked ON asked.place = (given.ordinal - 1) / live_keys + 1
    WHERE asked.is_admitted
  ), members AS MATERIALIZED (
    SELECT found.place, found.person_id FROM found
    UNION
    SELECT found.place, member.person_id FROM found
    CROSS JOIN LATERAL registry.person_group(found.person_id) AS member (person_id)
    -- Few persons were ever merged, and walking the group costs more than all the rest.
    WHERE EXISTS (SELECT FROM registry.person_alias AS alias
                  WHERE alias.person_id = found.person_id AND alias.ended_at IS NULL AND alias.refused_at IS NULL)
      OR EXISTS (SELECT FROM registry.person_alias AS alias
                 WHERE alias.survivor_id = found.person_id AND alias.ended_at IS NULL AND alias.refused_at IS NULL)
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT members.person_id, asked.principal_id, asked.agency_id, 'verification', asked.purpose, asked.case_number,
      asked.request_id
    FROM members JOIN asked ON asked.place = members.place
  ), missed AS (
    INSERT INTO registry.verification_miss (principal_id, agency_id, purpose, case_number, request_id)
    SELECT asked.principal_id, asked.agency_id, asked.purpose, asked.case_number, asked.request_id FROM asked
    WHERE asked.is_admitted AND NOT EXISTS (SELECT FROM found WHERE found.place = asked.place)
  )
  SELECT asked.place::integer, asked.is_admitted, (SELECT registry.registry_now()), members.person_id, (
      SELECT person_name.name_sealed FROM registry.person_name WHERE person_name.person_id = members.person_id
      ORDER BY person_name.name_id DESC LIMIT 1),
    said.*
  FROM asked
  LEFT JOIN members ON members.place = asked.place
  LEFT JOIN LATERAL (
    SELECT 'record', CASE WHEN entry.revoked_at IS NOT NULL THEN 'revoked'
                          WHEN later.entry_id IS NOT NULL THEN 'superseded' ELSE 'valid' END,
      entry.record_number, entry.kind, entry.program_name, entry.occupation_edition, entry.occupation_code,
      entry.skill_level, entry.institution_name, entry.division_code, entry.starts_on, entry.ends_on,
      entry.credited_minutes, sealed.leaf_index, later.record_number, entry.revoked_at, NULL::date, NULL::timestamptz
    FROM (
      SELECT one.* FROM registry.record_number AS numbered
      JOIN registry.record_entry AS one ON one.person_id = numbered.person_id AND one.entry_id = numbered.entry_id
      WHERE numbered.record_number = asked.record_number AND numbered.person_id = members.person_id
      UNION ALL
      (SELECT one.* FROM registry.record_entry AS one
       WHERE asked.record_number IS NULL AND certificate_digests[asked.place * live_keys] IS NULL
         AND one.person_id = members.person_id
       ORDER BY one.ends_on DESC, one.entry_id DESC LIMIT 20)
    ) AS entry
    LEFT JOIN registry.record_entry AS later
      ON later.person_id = entry.person_id AND later.supersedes = entry.entry_id
    LEFT JOIN registry.inclusion AS sealed
      ON sealed.person_id = entry.person_id AND sealed.entry_id = entry.entry_id
    UNION ALL
    SELECT 'certificate', CASE WHEN held.state <> 'matched' THEN held.state
                               WHEN EXISTS (SELECT FROM registry.certificate_holder AS holder
                                            WHERE holder.person_id = held.person_id
                                              AND holder.certificate_id = held.certificate_id) THEN 'valid'
                               ELSE 'not_held' END,
      NULL, held.kind, held.trade_name, held.occupation_edition, held.occupation_code, held.skill_level,
      held.body_name, NULL, NULL, held.issued_on, NULL, NULL, NULL, NULL, held.valid_until, held.last_confirmed_at
    FROM registry.certificate_number_key AS known
    JOIN registry.certificate AS held ON held.number_id = known.number_id AND held.person_id = members.person_id
    WHERE known.digest = ANY (certificate_digests[(asked.place - 1) * live_keys + 1 : asked.place * live_keys])
  ) AS said ON true
$$;
COMMENT ON FUNCTION verify_persons(uuid[], uuid[], uuid[], uuid[], timestamptz[], text[], text[], text[], integer,
  bytea[], text[], bytea[]) IS
  'I10: questions of many callers in one statement, with the access rows. Digests stand by question, one for each live key.';
REVOKE ALL ON FUNCTION verify_persons(uuid[], uuid[], uuid[], uuid[], timestamptz[], text[], text[], text[], integer,
  bytea[], text[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION verify_persons(uuid[], uuid[], uuid[], uuid[], timestamptz[], text[], text[], text[],
  integer, bytea[], text[], bytea[]) TO app_agency;
"""

COMPARING = """
CREATE FUNCTION compare_lines(asked uuid)
  RETURNS TABLE (line integer, person_id uuid, is_first boolean, name_sealed bytea, record_state text,
                 certificate_state text)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH job AS MATERIALIZED (
    SELECT * FROM registry.comparison WHERE comparison.comparison_id = asked AND comparison.state = 'running'
  ), asked_line AS MATERIALIZED (
    SELECT given.* FROM registry.comparison_line AS given JOIN job ON job.comparison_id = given.comparison_id
  ), found AS MATERIALIZED (
    SELECT asked_line.line, known.person_id FROM asked_line
    JOIN registry.identifier_key AS known ON known.digest = asked_line.digest
    UNION
    SELECT asked_line.line, known.person_id FROM asked_line
    JOIN registry.identifier_key AS known ON known.digest = asked_line.other_digest
  ), members AS MATERIALIZED (
    SELECT found.line, found.person_id FROM found
    UNION
    SELECT found.line, member.person_id FROM found
    CROSS JOIN LATERAL registry.person_group(found.person_id) AS member (person_id)
    WHERE EXISTS (SELECT FROM registry.person_alias AS alias
                  WHERE alias.person_id = found.person_id AND alias.ended_at IS NULL AND alias.refused_at IS NULL)
      OR EXISTS (SELECT FROM registry.person_alias AS alias
                 WHERE alias.survivor_id = found.person_id AND alias.ended_at IS NULL AND alias.refused_at IS NULL)
  ), logged AS (
    -- The job's own id names the row: however often a part is done again, and in however many lines somebody stands,
    -- the person has one row of this comparison.
    INSERT INTO registry.access_event
      (person_id, access_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT members.person_id, job.comparison_id, job.principal_id, job.agency_id, 'comparison', job.purpose,
      job.case_number, 'comparison'
    FROM members CROSS JOIN job
    ON CONFLICT ON CONSTRAINT access_event_pkey DO NOTHING RETURNING access_event.person_id
  )
  SELECT members.line, members.person_id, logged.person_id IS NOT NULL, name.name_sealed,
    CASE WHEN asked_line.record_number IS NULL THEN NULL
         WHEN numbered.entry_id IS NULL THEN 'unknown'
         WHEN numbered.person_id <> members.person_id THEN 'of_another'
         WHEN entry.revoked_at IS NOT NULL THEN 'revoked'
         WHEN EXISTS (SELECT FROM registry.record_entry AS later
                      WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id) THEN 'superseded'
         WHEN NOT EXISTS (SELECT FROM registry.inclusion AS sealed
                          WHERE sealed.person_id = entry.person_id AND sealed.entry_id = entry.entry_id) THEN 'unsealed'
         ELSE 'valid' END,
    CASE WHEN asked_line.certificate_digest IS NULL THEN NULL
         WHEN stated.number_id IS NULL THEN 'unknown'
         WHEN held.certificate_id IS NULL THEN 'of_another'
         WHEN held.state <> 'matched' THEN held.state
         WHEN holder.certificate_id IS NULL THEN 'of_another'
         ELSE 'valid' END
  FROM members
  JOIN asked_line ON asked_line.line = members.line
  LEFT JOIN logged ON logged.person_id = members.person_id
  LEFT JOIN LATERAL (
    SELECT person_name.name_sealed FROM registry.person_name WHERE person_name.person_id = members.person_id
    ORDER BY person_name.name_id DESC LIMIT 1) AS name ON true
  LEFT JOIN registry.record_number AS numbered ON numbered.record_number = asked_line.record_number
  LEFT JOIN registry.record_entry AS entry
    ON entry.person_id = numbered.person_id AND entry.entry_id = numbered.entry_id
  LEFT JOIN LATERAL (
    SELECT known.number_id FROM registry.certificate_number_key AS known
    WHERE known.digest IN (asked_line.certificate_digest, asked_line.other_certificate_digest) LIMIT 1) AS stated ON true
  LEFT JOIN registry.certificate AS held ON held.number_id = stated.number_id AND held.person_id = members.person_id
  LEFT JOIN registry.certificate_holder AS holder
    ON holder.person_id = held.person_id AND holder.certificate_id = held.certificate_id
$$;
COMMENT ON FUNCTION compare_lines(uuid) IS
  'I10: one part of a comparison that runs. A row for each line and each person read as one under its number.';
REVOKE ALL ON FUNCTION compare_lines(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION compare_lines(uuid) TO worker;
"""

GRANTS = """
GRANT INSERT (access_id) ON access_event TO access_owner;
GRANT SELECT ON comparison, comparison_line TO access_owner;
GRANT SELECT, INSERT (comparison_id, principal_id, agency_id, purpose, case_number),
  UPDATE (state, form, encoding, pieces, upload_id, file_sha256, lines_total, finished_at) ON comparison TO app_agency;
GRANT SELECT, UPDATE (state, lines_total, lines_done, parts_done, persons_found, outcomes, failure, started_at,
  finished_at, cleared_at) ON comparison TO worker;
GRANT SELECT (comparison_id), INSERT, DELETE ON comparison_line TO worker;
GRANT SELECT ON comparison TO auditor;
GRANT INSERT (principal_id, agency_id, purpose, case_number, request_id) ON verification_miss TO access_owner;
GRANT SELECT ON verification_miss, lookup_allowance TO auditor;
GRANT SELECT, INSERT (principal_id, purpose, day, minute),
  UPDATE (granted, misses_granted, minute, granted_in_minute) ON lookup_allowance TO access_owner;
GRANT SELECT (day), DELETE ON lookup_allowance TO worker;
GRANT SELECT ON denied_token TO access_owner;
"""


def upgrade() -> None:
    execute_script(TABLES + COMPARISONS)
    execute_script(GRANTS)
    execute_script("SET ROLE access_owner;" + ALLOWANCE + VERIFYING + COMPARING + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION compare_lines(uuid);
    DROP FUNCTION verify_persons(uuid[], uuid[], uuid[], uuid[], timestamptz[], text[], text[], text[], integer,
      bytea[], text[], bytea[]);
    DROP FUNCTION note_misses(uuid, uuid, text, text, text, integer);
    DROP FUNCTION take_allowance(uuid, text, integer, integer, integer, integer, integer, integer, integer);
    SET ROLE registry_owner;
    REVOKE SELECT ON denied_token FROM access_owner;
    REVOKE INSERT (access_id) ON access_event FROM access_owner;
    DROP TABLE comparison_line, comparison, lookup_allowance, verification_miss;
    """)
