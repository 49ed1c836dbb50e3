"""The archive: record entries, their corrections, who looked at them, and the doors agencies read through.

Why: an entry rests, by foreign keys, on a confirmed result, a real-name match and a closed class; it is appended,
superseded or revoked, never edited. Agencies have no SELECT on person tables: they read through functions that store
the access rows in the same statement (invariant I10).
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes.
How undone: downgrade drops the tables and functions.
"""

from app.db.migration import execute_script

revision = "0006"
down_revision = "0005a"
branch_labels = None
depends_on = None

ENTRIES = """
CREATE SEQUENCE record_serial;

CREATE TABLE record_correction (
  person_id uuid NOT NULL,
  correction_id uuid NOT NULL DEFAULT uuidv7(),
  entry_id uuid NOT NULL,
  kind text NOT NULL,
  proposal jsonb NOT NULL DEFAULT '{}',
  reason text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  proposed_by uuid NOT NULL,
  decision text,
  decision_reason text,
  decided_at timestamptz,
  decided_by uuid,
  CONSTRAINT record_correction_pkey PRIMARY KEY (person_id, correction_id),
  CONSTRAINT record_correction_decided_key UNIQUE (person_id, correction_id, entry_id, kind, decision),
  CONSTRAINT record_correction_kind_known CHECK (kind IN ('supersede', 'revoke')),
  CONSTRAINT record_correction_decision_known CHECK (decision IN ('accepted', 'refused')),
  CONSTRAINT record_correction_decided_whole CHECK
    ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)),
  CONSTRAINT record_correction_second_person CHECK (decided_by <> proposed_by),
  CONSTRAINT record_correction_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT record_correction_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT record_correction_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT record_correction_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
CALL make_append_only('record_correction', 'decision', 'decision_reason', 'decided_at', 'decided_by');

CREATE TABLE record_entry (
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  record_number text NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT registry_now(),
  appended_by uuid NOT NULL,
  identity_check_id uuid NOT NULL,
  identity_outcome text NOT NULL DEFAULT 'matched',
  opening_id uuid,
  attempt smallint,
  outcome text,
  program_id uuid,
  program_version smallint,
  program_name text,
  occupation_edition smallint,
  occupation_code text,
  skill_level text,
  institution_id uuid,
  institution_name text,
  division_code text NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  planned_minutes integer,
  credited_minutes integer,
  score_hundredths integer,
  supersedes uuid,
  correction_id uuid,
  correction_kind text,
  correction_decision text,
  revoked_at timestamptz,
  revoked_by uuid,
  revocation_id uuid,
  revocation_kind text,
  revocation_decision text,
  CONSTRAINT record_entry_pkey PRIMARY KEY (person_id, entry_id),
  CONSTRAINT record_entry_number_key UNIQUE (person_id, entry_id, record_number),
  CONSTRAINT record_entry_kind_known CHECK (kind IN
    ('completion', 'certificate', 'attended_period', 'apprenticeship_year', 'work_month', 'retained_employee')),
  CONSTRAINT record_entry_identity_matched CHECK (identity_outcome = 'matched'),
  CONSTRAINT record_entry_period_forward CHECK (ends_on >= starts_on),
  CONSTRAINT record_entry_completion_whole CHECK (kind <> 'completion' OR
    (opening_id IS NOT NULL AND attempt IS NOT NULL AND outcome IS NOT NULL AND program_id IS NOT NULL
     AND program_version IS NOT NULL AND program_name IS NOT NULL AND occupation_edition IS NOT NULL
     AND occupation_code IS NOT NULL AND skill_level IS NOT NULL AND institution_id IS NOT NULL
     AND institution_name IS NOT NULL AND planned_minutes IS NOT NULL AND planned_minutes > 0
     AND credited_minutes IS NOT NULL AND credited_minutes >= 0)),
  CONSTRAINT record_entry_minutes_within_plan CHECK (credited_minutes <= planned_minutes),
  CONSTRAINT record_entry_completion_passed CHECK (outcome IN ('pass', 'exempt')),
  CONSTRAINT record_entry_superseding_whole CHECK
    ((supersedes IS NULL) = (correction_id IS NULL)
     AND (correction_id IS NULL OR (correction_kind = 'supersede' AND correction_decision = 'accepted'
          AND correction_kind IS NOT NULL AND correction_decision IS NOT NULL))),
  CONSTRAINT record_entry_revocation_whole CHECK
    ((revoked_at IS NULL) = (revocation_id IS NULL) AND (revoked_at IS NULL) = (revoked_by IS NULL)
     AND (revocation_id IS NULL OR (revocation_kind = 'revoke' AND revocation_decision = 'accepted'
          AND revocation_kind IS NOT NULL AND revocation_decision IS NOT NULL))),
  CONSTRAINT record_entry_check_fkey FOREIGN KEY (person_id, identity_check_id, identity_outcome)
    REFERENCES identity_check (person_id, check_id, outcome),
  CONSTRAINT record_entry_result_fkey FOREIGN KEY (person_id, opening_id, attempt, outcome)
    REFERENCES assessment_confirmation (person_id, opening_id, attempt, outcome),
  CONSTRAINT record_entry_closure_fkey FOREIGN KEY (opening_id) REFERENCES opening_closure (opening_id),
  CONSTRAINT record_entry_opening_fkey
    FOREIGN KEY (opening_id, institution_id, program_id, program_version, division_code)
    REFERENCES course_opening (opening_id, institution_id, program_id, program_version, division_code),
  CONSTRAINT record_entry_program_fkey
    FOREIGN KEY (program_id, program_version, occupation_edition, occupation_code, skill_level)
    REFERENCES training_program_version (program_id, version, occupation_edition, occupation_code, skill_level),
  CONSTRAINT record_entry_occupation_fkey FOREIGN KEY (occupation_edition, occupation_code)
    REFERENCES occupation (edition, code),
  CONSTRAINT record_entry_level_fkey FOREIGN KEY (skill_level) REFERENCES skill_level (code),
  CONSTRAINT record_entry_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT record_entry_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT record_entry_supersedes_fkey FOREIGN KEY (person_id, supersedes)
    REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT record_entry_superseded_once UNIQUE (person_id, supersedes),
  CONSTRAINT record_entry_correction_fkey
    FOREIGN KEY (person_id, correction_id, supersedes, correction_kind, correction_decision)
    REFERENCES record_correction (person_id, correction_id, entry_id, kind, decision),
  CONSTRAINT record_entry_revocation_fkey
    FOREIGN KEY (person_id, revocation_id, entry_id, revocation_kind, revocation_decision)
    REFERENCES record_correction (person_id, correction_id, entry_id, kind, decision),
  CONSTRAINT record_entry_appended_by_fkey FOREIGN KEY (appended_by) REFERENCES principal (principal_id),
  CONSTRAINT record_entry_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE record_entry IS '终身职业技能培训档案: appended or superseded, never edited; revocation updates the row that payments lock.';
CREATE UNIQUE INDEX record_entry_one_completion ON record_entry (person_id, opening_id)
  WHERE kind = 'completion' AND supersedes IS NULL;
CREATE INDEX record_entry_opening ON record_entry (opening_id);
CALL make_append_only('record_entry', 'revoked_at', 'revoked_by', 'revocation_id', 'revocation_kind',
  'revocation_decision');

ALTER TABLE record_correction ADD CONSTRAINT record_correction_entry_fkey
  FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id);

CREATE TABLE record_number (
  record_number text NOT NULL,
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  CONSTRAINT record_number_pkey PRIMARY KEY (record_number),
  CONSTRAINT record_number_form CHECK (record_number ~ '^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$'),
  CONSTRAINT record_number_entry_key UNIQUE (person_id, entry_id),
  CONSTRAINT record_number_entry_fkey FOREIGN KEY (person_id, entry_id, record_number)
    REFERENCES record_entry (person_id, entry_id, record_number)
);
COMMENT ON TABLE record_number IS '档案编号: unique across persons, therefore in a small table keyed by itself.';
CALL make_append_only('record_number');

CREATE TABLE access_event (
  person_id uuid NOT NULL,
  access_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  principal_id uuid NOT NULL,
  agency_id uuid NOT NULL,
  subject text NOT NULL,
  purpose text NOT NULL,
  case_number text NOT NULL,
  request_id text,
  CONSTRAINT access_event_pkey PRIMARY KEY (person_id, access_id),
  CONSTRAINT access_event_subject_known CHECK (subject IN
    ('record', 'roster', 'identity', 'attendance', 'result', 'verification', 'comparison', 'benefit')),
  CONSTRAINT access_event_purpose_known CHECK (purpose IN
    ('filing_review', 'subsidy_review', 'complaint', 'inspection', 'identity_maintenance', 'record_correction')),
  CONSTRAINT access_event_case_given CHECK (length(btrim(case_number)) BETWEEN 3 AND 60),
  CONSTRAINT access_event_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT access_event_actor_fkey FOREIGN KEY (principal_id, agency_id) REFERENCES principal (principal_id, agency_id)
);
COMMENT ON TABLE access_event IS 'Who of which agency looked at a person, for which purpose and case; shown to that person.';
CALL make_append_only('access_event');
"""

DOORS = """
CREATE FUNCTION find_persons(digests bytea[]) RETURNS TABLE (ordinal integer, person_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT given.ordinal::integer, found.person_id
  FROM unnest(digests) WITH ORDINALITY AS given (digest, ordinal)
  JOIN registry.identifier_key AS found ON found.digest = given.digest
$$;

CREATE FUNCTION read_records(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, digests bytea[])
  RETURNS TABLE (ordinal integer, asked_person_id uuid, name_sealed bytea, name_person_id uuid, entry jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT given.ordinal::integer AS ordinal, found.person_id
    FROM unnest(digests) WITH ORDINALITY AS given (digest, ordinal)
    JOIN registry.identifier_key AS found ON found.digest = given.digest
  ), members AS MATERIALIZED (
    SELECT asked.ordinal, asked.person_id AS asked_person_id, member.person_id
    FROM asked CROSS JOIN LATERAL registry.person_group(asked.person_id) AS member (person_id)
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT members.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request
    FROM members
    RETURNING person_id
  )
  SELECT members.ordinal, members.asked_person_id, name.name_sealed, name.person_id, to_jsonb(entry)
  FROM members
  LEFT JOIN LATERAL (
    SELECT person_name.name_sealed, person_name.person_id FROM registry.person_name
    WHERE person_name.person_id = members.person_id ORDER BY name_id DESC LIMIT 1
  ) AS name ON true
  LEFT JOIN registry.record_entry AS entry ON entry.person_id = members.person_id
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = members.person_id)
  ORDER BY members.ordinal, entry.entry_id
$$;
COMMENT ON FUNCTION read_records(uuid, uuid, text, text, text, bytea[]) IS
  'I10: the access rows and the answer are one statement. Entries of merged persons are read together.';

CREATE FUNCTION overlapping_openings(trainee uuid, opening uuid) RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT other_opening.name ORDER BY other_opening.name), '{}')
  FROM registry.person_group(trainee) AS member (person_id)
  JOIN registry.roster_line AS elsewhere
    ON elsewhere.person_id = member.person_id AND elsewhere.opening_id <> opening AND elsewhere.withdrawn_at IS NULL
  JOIN registry.course_opening AS other_opening
    ON other_opening.opening_id = elsewhere.opening_id
   AND other_opening.state IN ('filed', 'on_record', 'running')
  JOIN registry.course_session AS theirs
    ON theirs.opening_id = elsewhere.opening_id AND theirs.canceled_at IS NULL
  JOIN registry.course_session AS ours
    ON ours.opening_id = opening AND ours.canceled_at IS NULL
   AND tstzrange(ours.starts_at, ours.ends_at) && tstzrange(theirs.starts_at, theirs.ends_at)
$$;
COMMENT ON FUNCTION overlapping_openings(uuid, uuid) IS
  'Names of other live classes of the same person whose sessions overlap. For the authority, never for an institution.';

CREATE FUNCTION read_roster(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, opening uuid)
  RETURNS TABLE (line jsonb, name_sealed bytea, number_sealed bytea, person_id uuid, elsewhere text[])
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH lines AS MATERIALIZED (
    SELECT roster_line.* FROM registry.roster_line WHERE roster_line.opening_id = opening
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT lines.person_id, actor, actor_agency, 'roster', reading_purpose, reading_case, request FROM lines
    RETURNING person_id
  )
  SELECT jsonb_build_object(
      'line_id', lines.line_id, 'document_kind', lines.document_kind,
      'key_groups', ARRAY(SELECT held.key_group_code FROM registry.roster_line_group AS held
        WHERE held.person_id = lines.person_id AND held.opening_id = lines.opening_id ORDER BY 1),
      'state', lines.state, 'check_outcome', lines.check_outcome, 'added_at', lines.added_at,
      'withdrawn_at', lines.withdrawn_at),
    lines.name_sealed, lines.number_sealed, lines.person_id,
    registry.overlapping_openings(lines.person_id, opening)
  FROM lines
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = lines.person_id)
  ORDER BY lines.name_initials, lines.line_id
$$;

CREATE FUNCTION roster_counts(opening uuid)
  RETURNS TABLE (lines integer, matched integer, unverified integer, not_matched integer, unavailable integer,
                 overlapping integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*)::integer,
    count(*) FILTER (WHERE state = 'matched')::integer,
    count(*) FILTER (WHERE state = 'unverified')::integer,
    count(*) FILTER (WHERE state = 'not_matched')::integer,
    count(*) FILTER (WHERE state = 'unavailable')::integer,
    count(*) FILTER (WHERE cardinality(registry.overlapping_openings(person_id, opening)) > 0)::integer
  FROM registry.roster_line WHERE opening_id = opening AND withdrawn_at IS NULL
$$;
COMMENT ON FUNCTION roster_counts(uuid) IS 'Counts only, no person: what a work list may show without a purpose.';

CREATE FUNCTION read_entry(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, number text)
  RETURNS TABLE (entry jsonb, corrections jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT numbered.person_id, numbered.entry_id FROM registry.record_number AS numbered
    WHERE numbered.record_number = number
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT asked.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request FROM asked
    RETURNING person_id
  )
  SELECT to_jsonb(entry), (
    SELECT coalesce(jsonb_agg(to_jsonb(correction) ORDER BY correction.correction_id), '[]')
    FROM registry.record_correction AS correction
    WHERE correction.person_id = entry.person_id AND correction.entry_id = entry.entry_id)
  FROM asked
  JOIN registry.record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.entry_id
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = asked.person_id)
$$;
"""

GRANTS = """
GRANT SELECT, INSERT (person_id, principal_id, agency_id, subject, purpose, case_number, request_id) ON access_event
  TO access_owner;
GRANT SELECT ON record_entry, record_number, record_correction TO app_citizen, app_inst, access_owner, worker, auditor;
-- No channel writes an entry: the doors of 0010 and 0012 copy what it says from the tables that prove it.
GRANT INSERT ON record_entry TO access_owner;
GRANT INSERT ON record_number TO access_owner;
GRANT USAGE ON SEQUENCE record_serial TO app_inst, access_owner;
GRANT INSERT ON record_correction TO access_owner;
GRANT UPDATE (decision, decision_reason, decided_at, decided_by) ON record_correction TO access_owner;
GRANT UPDATE (revoked_at, revoked_by, revocation_id, revocation_kind, revocation_decision) ON record_entry
  TO access_owner;
GRANT SELECT ON access_event TO app_citizen, auditor;
GRANT CREATE ON SCHEMA registry TO access_owner;
"""

CLOSE_DOORS = """
REVOKE ALL ON FUNCTION find_persons(bytea[]), read_records(uuid, uuid, text, text, text, bytea[]),
  read_roster(uuid, uuid, text, text, text, uuid), overlapping_openings(uuid, uuid), roster_counts(uuid),
  read_entry(uuid, uuid, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_records(uuid, uuid, text, text, text, bytea[]),
  read_roster(uuid, uuid, text, text, text, uuid), roster_counts(uuid),
  read_entry(uuid, uuid, text, text, text, text) TO app_agency;
"""


def upgrade() -> None:
    execute_script(ENTRIES)
    execute_script(GRANTS)
    # The doors run with the rights of access_owner, who can only read persons and append access rows.
    execute_script("SET ROLE access_owner;" + DOORS + CLOSE_DOORS + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION read_entry(uuid, uuid, text, text, text, text), roster_counts(uuid),
      read_roster(uuid, uuid, text, text, text, uuid), overlapping_openings(uuid, uuid),
      read_records(uuid, uuid, text, text, text, bytea[]), find_persons(bytea[]);
    SET ROLE registry_owner;
    REVOKE CREATE ON SCHEMA registry FROM access_owner;
    DROP TABLE access_event, record_number;
    ALTER TABLE record_entry DROP CONSTRAINT record_entry_correction_fkey, DROP CONSTRAINT record_entry_revocation_fkey;
    ALTER TABLE record_correction DROP CONSTRAINT record_correction_entry_fkey;
    DROP TABLE record_entry, record_correction;
    DROP SEQUENCE record_serial;
    """)
