"""Openings (开班备案), rosters and plans of sessions: each legal step is a row that needs the one before.

Why: the process of 人社部发〔2025〕10号 (三). State column, dates and signatures are tied by checks and foreign keys.
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes.
How undone: downgrade drops the tables.
"""

from app.db.migration import execute_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPENINGS = """
CREATE TABLE course_opening (
  opening_id uuid NOT NULL DEFAULT uuidv7(),
  institution_id uuid NOT NULL,
  program_id uuid NOT NULL,
  program_version smallint NOT NULL,
  division_code text NOT NULL,
  name text NOT NULL,
  planned_size smallint NOT NULL,
  venue text NOT NULL,
  state text NOT NULL DEFAULT 'draft',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  created_by uuid NOT NULL,
  filing_no smallint,
  on_record_at timestamptz,
  closed_at timestamptz,
  canceled_at timestamptz,
  cancellation_reason text,
  returned_filing_no smallint GENERATED ALWAYS AS (CASE WHEN state = 'returned' THEN filing_no END) STORED,
  CONSTRAINT course_opening_pkey PRIMARY KEY (opening_id),
  CONSTRAINT course_opening_institution_key UNIQUE (opening_id, institution_id),
  CONSTRAINT course_opening_program_key
    UNIQUE (opening_id, institution_id, program_id, program_version, division_code),
  CONSTRAINT course_opening_state_known CHECK
    (state IN ('draft', 'filed', 'returned', 'on_record', 'running', 'closed', 'canceled')),
  CONSTRAINT course_opening_planned_size_counted CHECK (planned_size > 0),
  CONSTRAINT course_opening_filing_matches_state CHECK (state IN ('draft', 'canceled') OR filing_no IS NOT NULL),
  CONSTRAINT course_opening_record_matches_state CHECK
    (state = 'canceled' OR (state IN ('on_record', 'running', 'closed')) = (on_record_at IS NOT NULL)),
  CONSTRAINT course_opening_closing_matches_state CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CONSTRAINT course_opening_cancellation_matches_state CHECK ((state = 'canceled') = (canceled_at IS NOT NULL)),
  CONSTRAINT course_opening_cancellation_has_reason CHECK ((canceled_at IS NULL) = (cancellation_reason IS NULL)),
  CONSTRAINT course_opening_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT course_opening_program_fkey FOREIGN KEY (program_id, program_version)
    REFERENCES training_program_version (program_id, version),
  CONSTRAINT course_opening_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT course_opening_created_by_fkey FOREIGN KEY (created_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE course_opening IS '开班. filed means 备案: the authority puts it on record or returns it, nothing is "approved".';
-- What was filed is what the authority decides on; it changes by a recorded act (opening_change) or after a return.
CREATE TRIGGER filed_stays BEFORE UPDATE ON course_opening FOR EACH ROW
  WHEN (OLD.state NOT IN ('draft', 'returned') AND
    (OLD.institution_id, OLD.program_id, OLD.program_version, OLD.division_code, OLD.name, OLD.planned_size, OLD.created_by)
    IS DISTINCT FROM
    (NEW.institution_id, NEW.program_id, NEW.program_version, NEW.division_code, NEW.name, NEW.planned_size, NEW.created_by))
  EXECUTE FUNCTION refuse_change();
ALTER TABLE course_opening ENABLE ALWAYS TRIGGER filed_stays;
-- A filing is not taken back by writing another state: it is returned by an act (course_opening_return_fkey), and what
-- is filed again is filed under a later number, with a commitment of its own.
CREATE TRIGGER filing_forward BEFORE UPDATE ON course_opening FOR EACH ROW
  WHEN ((OLD.state <> 'draft' AND NEW.state = 'draft')
    OR (OLD.state <> 'filed' AND NEW.state = 'filed' AND OLD.filing_no = NEW.filing_no)
    OR (OLD.filing_no IS DISTINCT FROM NEW.filing_no AND (OLD.state NOT IN ('draft', 'returned')
      OR NEW.state IN ('draft', 'returned', 'canceled') OR coalesce(OLD.filing_no, 0) > NEW.filing_no)))
  EXECUTE FUNCTION refuse_change();
ALTER TABLE course_opening ENABLE ALWAYS TRIGGER filing_forward;
CREATE INDEX course_opening_by_institution ON course_opening (institution_id, opening_id);
CREATE INDEX course_opening_by_age ON course_opening (created_at, opening_id);
CREATE INDEX course_opening_by_division ON course_opening (division_code text_pattern_ops, state);
CREATE INDEX course_opening_work_list ON course_opening (division_code, opening_id) WHERE state = 'filed';
CREATE INDEX course_opening_name_grams ON course_opening USING gin (name_grams(name));

CREATE TABLE opening_part (
  opening_id uuid NOT NULL,
  part text NOT NULL,
  content jsonb NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT registry_now(),
  saved_by uuid NOT NULL,
  CONSTRAINT opening_part_pkey PRIMARY KEY (opening_id, part),
  CONSTRAINT opening_part_known CHECK (part IN
    ('teaching_plan', 'teaching_materials', 'assessment_plan')),
  CONSTRAINT opening_part_opening_fkey FOREIGN KEY (opening_id) REFERENCES course_opening (opening_id),
  CONSTRAINT opening_part_saved_by_fkey FOREIGN KEY (saved_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE opening_part IS '教学计划、教材教学资源清单、考核方案; the other two parts (师资, 学员名册) are opening_teacher and roster_line.';

CREATE TABLE opening_teacher (
  opening_id uuid NOT NULL,
  teacher_id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL,
  qualification text NOT NULL,
  subject text NOT NULL,
  removed_at timestamptz,
  CONSTRAINT opening_teacher_pkey PRIMARY KEY (opening_id, teacher_id),
  CONSTRAINT opening_teacher_opening_fkey FOREIGN KEY (opening_id) REFERENCES course_opening (opening_id)
);
CREATE UNIQUE INDEX opening_teacher_once ON opening_teacher (opening_id, name, subject) WHERE removed_at IS NULL;

CREATE TABLE stored_document (
  document_id uuid NOT NULL,
  institution_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  part text NOT NULL,
  file_name_sealed bytea NOT NULL,
  media_type text NOT NULL,
  size_bytes integer NOT NULL,
  sha256 bytea NOT NULL,
  uploaded_at timestamptz NOT NULL DEFAULT registry_now(),
  uploaded_by uuid NOT NULL,
  removed_at timestamptz,
  CONSTRAINT stored_document_pkey PRIMARY KEY (document_id),
  CONSTRAINT stored_document_size_limit CHECK (size_bytes BETWEEN 1 AND 10485760),
  CONSTRAINT stored_document_digest_length CHECK (octet_length(sha256) = 32),
  CONSTRAINT stored_document_part_known CHECK (part IN
    ('teaching_plan', 'teachers', 'teaching_materials', 'assessment_plan', 'commitment', 'change', 'correction')),
  CONSTRAINT stored_document_opening_fkey FOREIGN KEY (opening_id, institution_id)
    REFERENCES course_opening (opening_id, institution_id),
  CONSTRAINT stored_document_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES principal (principal_id)
);
CREATE INDEX stored_document_opening ON stored_document (opening_id, document_id);
CALL make_append_only('stored_document', 'removed_at');

CREATE TABLE course_session (
  session_id uuid NOT NULL DEFAULT uuidv7(),
  opening_id uuid NOT NULL,
  teacher_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  hours_kind text NOT NULL,
  delivery text NOT NULL,
  venue text NOT NULL,
  canceled_at timestamptz,
  CONSTRAINT course_session_pkey PRIMARY KEY (session_id),
  CONSTRAINT course_session_start_key UNIQUE (session_id, opening_id, starts_at),
  CONSTRAINT course_session_opening_key UNIQUE (session_id, opening_id),
  CONSTRAINT course_session_ends_after_start CHECK (ends_at > starts_at),
  CONSTRAINT course_session_hours_kind_known CHECK (hours_kind IN ('theory', 'practice', 'safety')),
  CONSTRAINT course_session_delivery_known CHECK (delivery IN ('onsite', 'online')),
  CONSTRAINT course_session_teacher_fkey FOREIGN KEY (opening_id, teacher_id)
    REFERENCES opening_teacher (opening_id, teacher_id),
  CONSTRAINT course_session_no_overlap EXCLUDE USING gist
    (opening_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (canceled_at IS NULL)
);

CREATE TABLE opening_filing (
  opening_id uuid NOT NULL,
  filing_no smallint NOT NULL,
  institution_id uuid NOT NULL,
  required_standing text NOT NULL GENERATED ALWAYS AS ('active') STORED,
  program_id uuid NOT NULL,
  program_version smallint NOT NULL,
  occupation_edition smallint NOT NULL,
  occupation_code text NOT NULL,
  designated_division_code text NOT NULL,
  filed_at timestamptz NOT NULL DEFAULT registry_now(),
  filed_on daterange NOT NULL GENERATED ALWAYS AS
    (daterange(law_date(filed_at), law_date(filed_at) + 1)) STORED,
  filed_by uuid NOT NULL,
  first_session_at timestamptz NOT NULL,
  trainee_count smallint NOT NULL,
  commitment_version text NOT NULL,
  commitment_digest bytea NOT NULL,
  CONSTRAINT opening_filing_pkey PRIMARY KEY (opening_id, filing_no),
  CONSTRAINT opening_filing_signature_key UNIQUE (opening_id, filing_no, filed_at, filed_by),
  CONSTRAINT opening_filing_before_first_session CHECK (filed_at < first_session_at),
  CONSTRAINT opening_filing_has_trainees CHECK (trainee_count > 0),
  CONSTRAINT opening_filing_opening_fkey FOREIGN KEY (opening_id, institution_id)
    REFERENCES course_opening (opening_id, institution_id),
  CONSTRAINT opening_filing_standing_fkey FOREIGN KEY (institution_id, required_standing, PERIOD filed_on)
    REFERENCES institution_standing (institution_id, standing, PERIOD in_force),
  CONSTRAINT opening_filing_program_fkey FOREIGN KEY (program_id, program_version, PERIOD filed_on)
    REFERENCES training_program_version (program_id, version, PERIOD in_force),
  CONSTRAINT opening_filing_subject_fkey FOREIGN KEY (program_id, program_version, occupation_edition, occupation_code)
    REFERENCES training_program_version (program_id, version, occupation_edition, occupation_code),
  CONSTRAINT opening_filing_designation_fkey FOREIGN KEY
    (institution_id, occupation_edition, occupation_code, designated_division_code, PERIOD filed_on)
    REFERENCES institution_designation
    (institution_id, occupation_edition, occupation_code, division_code, PERIOD in_force),
  CONSTRAINT opening_filing_filed_by_fkey FOREIGN KEY (filed_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE opening_filing IS 'One row a filing (备案申报). Directory entries used were valid on the filing date: temporal keys.';
CALL make_append_only('opening_filing');

CREATE TABLE opening_return (
  opening_id uuid NOT NULL,
  filing_no smallint NOT NULL,
  reasons jsonb NOT NULL,
  returned_at timestamptz NOT NULL DEFAULT registry_now(),
  returned_by uuid NOT NULL,
  CONSTRAINT opening_return_pkey PRIMARY KEY (opening_id, filing_no),
  CONSTRAINT opening_return_has_reasons CHECK (jsonb_array_length(reasons) > 0),
  CONSTRAINT opening_return_filing_fkey FOREIGN KEY (opening_id, filing_no)
    REFERENCES opening_filing (opening_id, filing_no),
  CONSTRAINT opening_return_returned_by_fkey FOREIGN KEY (returned_by) REFERENCES principal (principal_id)
);
CALL make_append_only('opening_return');

ALTER TABLE course_opening ADD CONSTRAINT course_opening_return_fkey FOREIGN KEY (opening_id, returned_filing_no)
  REFERENCES opening_return (opening_id, filing_no);

CREATE SEQUENCE opening_record_serial;
CREATE TABLE opening_record (
  opening_id uuid NOT NULL,
  filing_no smallint NOT NULL,
  filed_at timestamptz NOT NULL,
  filed_by uuid NOT NULL,
  record_number text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  CONSTRAINT opening_record_pkey PRIMARY KEY (opening_id),
  CONSTRAINT opening_record_number_key UNIQUE (record_number),
  CONSTRAINT opening_record_filed_key UNIQUE (opening_id, filed_at),
  CONSTRAINT opening_record_recorded_key UNIQUE (opening_id, recorded_at),
  CONSTRAINT opening_record_second_person CHECK (recorded_by <> filed_by),
  CONSTRAINT opening_record_filing_fkey FOREIGN KEY (opening_id, filing_no, filed_at, filed_by)
    REFERENCES opening_filing (opening_id, filing_no, filed_at, filed_by),
  CONSTRAINT opening_record_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE opening_record IS 'The opening is on record (已备案): the directory gate. Sessions are held only under this row.';
CALL make_append_only('opening_record');
ALTER TABLE course_opening
  ADD CONSTRAINT course_opening_record_fkey FOREIGN KEY (opening_id, on_record_at)
    REFERENCES opening_record (opening_id, recorded_at),
  ADD CONSTRAINT course_opening_filing_fkey FOREIGN KEY (opening_id, filing_no)
    REFERENCES opening_filing (opening_id, filing_no);

CREATE TABLE opening_change (
  opening_id uuid NOT NULL,
  change_no smallint NOT NULL,
  kind text NOT NULL,
  proposal jsonb NOT NULL,
  reason text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  proposed_by uuid NOT NULL,
  decision text,
  decision_reason text,
  decided_at timestamptz,
  decided_by uuid,
  CONSTRAINT opening_change_pkey PRIMARY KEY (opening_id, change_no),
  CONSTRAINT opening_change_kind_known CHECK (kind IN
    ('session_time', 'session_added', 'session_canceled', 'teacher', 'venue', 'trainee_withdrawn')),
  CONSTRAINT opening_change_decision_known CHECK (decision IN ('accepted', 'refused')),
  CONSTRAINT opening_change_decided_whole CHECK
    ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)),
  CONSTRAINT opening_change_refusal_has_reason CHECK (decision IS DISTINCT FROM 'refused' OR decision_reason IS NOT NULL),
  CONSTRAINT opening_change_second_person CHECK (decided_by <> proposed_by),
  CONSTRAINT opening_change_record_fkey FOREIGN KEY (opening_id) REFERENCES opening_record (opening_id),
  CONSTRAINT opening_change_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT opening_change_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE opening_change IS '变更: what was filed changes only by a recorded act.';
CALL make_append_only('opening_change', 'decision', 'decision_reason', 'decided_at', 'decided_by');

CREATE TABLE opening_closure (
  opening_id uuid NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT registry_now(),
  closed_by uuid NOT NULL,
  CONSTRAINT opening_closure_pkey PRIMARY KEY (opening_id),
  CONSTRAINT opening_closure_closed_key UNIQUE (opening_id, closed_at),
  CONSTRAINT opening_closure_record_fkey FOREIGN KEY (opening_id) REFERENCES opening_record (opening_id),
  CONSTRAINT opening_closure_closed_by_fkey FOREIGN KEY (closed_by) REFERENCES principal (principal_id)
);
CALL make_append_only('opening_closure');
ALTER TABLE course_opening ADD CONSTRAINT course_opening_closure_fkey FOREIGN KEY (opening_id, closed_at)
  REFERENCES opening_closure (opening_id, closed_at);

CREATE TABLE session_held (
  session_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  filed_at timestamptz NOT NULL,
  first_event_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT session_held_pkey PRIMARY KEY (session_id),
  CONSTRAINT session_held_opening_key UNIQUE (session_id, opening_id),
  CONSTRAINT session_held_after_filing CHECK (filed_at < starts_at),
  CONSTRAINT session_held_session_fkey FOREIGN KEY (session_id, opening_id, starts_at)
    REFERENCES course_session (session_id, opening_id, starts_at),
  CONSTRAINT session_held_record_fkey FOREIGN KEY (opening_id, filed_at)
    REFERENCES opening_record (opening_id, filed_at)
);
COMMENT ON TABLE session_held IS 'I7: a session is held only when its opening is on record and was filed before it.';
CALL make_append_only('session_held');
"""

ROSTERS = """
CREATE TABLE roster_line (
  person_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  line_id uuid NOT NULL DEFAULT uuidv7(),
  institution_id uuid NOT NULL,
  document_kind text NOT NULL,
  name_sealed bytea NOT NULL,
  name_digest bytea NOT NULL,
  name_initials text NOT NULL,
  number_sealed bytea NOT NULL,
  card_sealed bytea,
  phone_sealed bytea,
  remark_sealed bytea,
  content_digest bytea NOT NULL,
  sheet text,
  sheet_line integer,
  state text NOT NULL DEFAULT 'unverified',
  check_id uuid,
  check_outcome text,
  check_due_at timestamptz DEFAULT transaction_timestamp(),
  check_attempts integer NOT NULL DEFAULT 0,
  added_at timestamptz NOT NULL DEFAULT registry_now(),
  added_by uuid NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_by uuid,
  withdrawal_reason text,
  CONSTRAINT roster_line_pkey PRIMARY KEY (person_id, opening_id),
  CONSTRAINT roster_line_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT roster_line_opening_fkey FOREIGN KEY (opening_id, institution_id)
    REFERENCES course_opening (opening_id, institution_id),
  CONSTRAINT roster_line_check_fkey FOREIGN KEY (person_id, check_id, check_outcome, name_digest)
    REFERENCES identity_check (person_id, check_id, outcome, name_digest),
  CONSTRAINT roster_line_document_kind_known CHECK (document_kind IN
    ('citizen', 'residence_permit', 'permanent_residence_2017', 'permanent_residence_2023')),
  CONSTRAINT roster_line_attempts_counted CHECK (check_attempts >= 0),
  CONSTRAINT roster_line_check_whole CHECK ((check_id IS NULL) = (check_outcome IS NULL)),
  CONSTRAINT roster_line_state_known CHECK (state IN ('unverified', 'matched', 'not_matched', 'unavailable')),
  CONSTRAINT roster_line_matched_has_check CHECK ((state = 'matched') = (check_outcome IS NOT DISTINCT FROM 'matched')),
  CONSTRAINT roster_line_withdrawn_whole CHECK
    ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)),
  CONSTRAINT roster_line_added_by_fkey FOREIGN KEY (added_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE roster_line IS '学员名册. What the institution claims; state is what it may learn, check_outcome what the officer sees.';
COMMENT ON COLUMN roster_line.name_digest IS
  'Of the name as claimed here. The check a line points at was made of exactly this name: another name, another check.';
CREATE INDEX roster_line_by_opening ON roster_line (opening_id, name_initials, line_id);
CREATE INDEX roster_line_check_due ON roster_line (check_due_at) WHERE check_due_at IS NOT NULL AND withdrawn_at IS NULL;

CREATE TABLE roster_line_group (
  person_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  key_group_code text NOT NULL,
  CONSTRAINT roster_line_group_pkey PRIMARY KEY (person_id, opening_id, key_group_code),
  CONSTRAINT roster_line_group_line_fkey FOREIGN KEY (person_id, opening_id)
    REFERENCES roster_line (person_id, opening_id),
  CONSTRAINT roster_line_group_code_fkey FOREIGN KEY (key_group_code) REFERENCES key_group (code)
);
COMMENT ON TABLE roster_line_group IS '重点群体 a trainee is claimed to belong to; several may hold at once (两后生 and 农村学员).';

CREATE TABLE mismatch_tally (
  institution_id uuid NOT NULL,
  on_date date NOT NULL,
  mismatches integer NOT NULL,
  CONSTRAINT mismatch_tally_pkey PRIMARY KEY (institution_id, on_date),
  CONSTRAINT mismatch_tally_counted CHECK (mismatches > 0),
  CONSTRAINT mismatch_tally_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id)
);
COMMENT ON TABLE mismatch_tally IS 'How many real-name mismatches an institution caused on a day: a roster is no oracle.';
"""

PLANS = """
-- Sessions, teachers, written parts and the roster are what was filed. While the opening is a draft or returned its
-- institution writes them; from the filing on nobody does, save the transaction that accepts a recorded change of the
-- kind named by the trigger. The opening is locked before it is looked at: a look alone would miss a filing that is
-- about to commit, at any isolation level (the second of two then waits, or fails with 40001).
CREATE FUNCTION refuse_change_of_plan() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  touched uuid[];
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    touched := ARRAY(SELECT DISTINCT arrived.opening_id FROM arrived);
  ELSIF TG_OP = 'DELETE' THEN
    touched := ARRAY[OLD.opening_id];
  ELSE
    touched := ARRAY[NEW.opening_id];
  END IF;
  PERFORM FROM registry.course_opening AS opening WHERE opening.opening_id = ANY (touched)
    ORDER BY opening.opening_id FOR SHARE;
  IF EXISTS (
    SELECT FROM registry.course_opening AS opening
    WHERE opening.opening_id = ANY (touched) AND opening.state NOT IN ('draft', 'returned')
      AND NOT EXISTS (SELECT FROM registry.opening_change AS change
                      WHERE change.opening_id = opening.opening_id AND change.kind = ANY (TG_ARGV)
                        AND change.decision = 'accepted' AND change.decided_at = registry.registry_now())) THEN
    RAISE EXCEPTION 'what was filed stays: % on %', TG_OP, TG_TABLE_NAME
      USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_' || TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION refuse_change_of_plan() FROM PUBLIC;

CREATE TRIGGER filed_venue_stays AFTER UPDATE ON course_opening FOR EACH ROW
  WHEN (OLD.state NOT IN ('draft', 'returned') AND OLD.venue IS DISTINCT FROM NEW.venue)
  EXECUTE FUNCTION refuse_change_of_plan('venue');
ALTER TABLE course_opening ENABLE ALWAYS TRIGGER filed_venue_stays;

CREATE TRIGGER filed_stays AFTER INSERT ON course_session REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
  EXECUTE FUNCTION refuse_change_of_plan('session_added');
CREATE TRIGGER filed_time_stays AFTER UPDATE ON course_session FOR EACH ROW
  WHEN ((OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at))
  EXECUTE FUNCTION refuse_change_of_plan('session_time');
CREATE TRIGGER filed_teacher_stays AFTER UPDATE ON course_session FOR EACH ROW
  WHEN (OLD.teacher_id IS DISTINCT FROM NEW.teacher_id) EXECUTE FUNCTION refuse_change_of_plan('teacher');
CREATE TRIGGER filed_venue_stays AFTER UPDATE ON course_session FOR EACH ROW
  WHEN (OLD.venue IS DISTINCT FROM NEW.venue) EXECUTE FUNCTION refuse_change_of_plan('venue');
CREATE TRIGGER filed_session_stays AFTER UPDATE ON course_session FOR EACH ROW
  WHEN (OLD.canceled_at IS DISTINCT FROM NEW.canceled_at) EXECUTE FUNCTION refuse_change_of_plan('session_canceled');
ALTER TABLE course_session ENABLE ALWAYS TRIGGER filed_stays, ENABLE ALWAYS TRIGGER filed_time_stays,
  ENABLE ALWAYS TRIGGER filed_teacher_stays, ENABLE ALWAYS TRIGGER filed_venue_stays,
  ENABLE ALWAYS TRIGGER filed_session_stays;

CREATE TRIGGER filed_stays AFTER INSERT ON opening_teacher REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
  EXECUTE FUNCTION refuse_change_of_plan('teacher');
CREATE TRIGGER filed_teacher_stays AFTER UPDATE ON opening_teacher FOR EACH ROW
  WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION refuse_change_of_plan('teacher');
ALTER TABLE opening_teacher ENABLE ALWAYS TRIGGER filed_stays, ENABLE ALWAYS TRIGGER filed_teacher_stays;

CREATE TRIGGER filed_stays AFTER INSERT ON opening_part REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
  EXECUTE FUNCTION refuse_change_of_plan();
CREATE TRIGGER filed_part_stays AFTER UPDATE ON opening_part FOR EACH ROW
  WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION refuse_change_of_plan();
ALTER TABLE opening_part ENABLE ALWAYS TRIGGER filed_stays, ENABLE ALWAYS TRIGGER filed_part_stays;

-- Real-name checks go on after the filing: state and check_* of a line are not part of what was filed.
CREATE TRIGGER filed_stays AFTER INSERT ON roster_line REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
  EXECUTE FUNCTION refuse_change_of_plan();
CREATE TRIGGER filed_claim_stays AFTER UPDATE ON roster_line FOR EACH ROW
  WHEN ((OLD.document_kind, OLD.name_sealed, OLD.name_digest, OLD.name_initials, OLD.number_sealed, OLD.card_sealed,
      OLD.phone_sealed, OLD.remark_sealed, OLD.content_digest, OLD.sheet, OLD.sheet_line, OLD.added_at, OLD.added_by)
    IS DISTINCT FROM
    (NEW.document_kind, NEW.name_sealed, NEW.name_digest, NEW.name_initials, NEW.number_sealed, NEW.card_sealed,
      NEW.phone_sealed, NEW.remark_sealed, NEW.content_digest, NEW.sheet, NEW.sheet_line, NEW.added_at, NEW.added_by))
  EXECUTE FUNCTION refuse_change_of_plan();
CREATE TRIGGER filed_trainee_stays AFTER UPDATE ON roster_line FOR EACH ROW
  WHEN ((OLD.withdrawn_at, OLD.withdrawn_by, OLD.withdrawal_reason)
    IS DISTINCT FROM (NEW.withdrawn_at, NEW.withdrawn_by, NEW.withdrawal_reason))
  EXECUTE FUNCTION refuse_change_of_plan('trainee_withdrawn');
ALTER TABLE roster_line ENABLE ALWAYS TRIGGER filed_stays, ENABLE ALWAYS TRIGGER filed_claim_stays,
  ENABLE ALWAYS TRIGGER filed_trainee_stays;

CREATE TRIGGER filed_stays AFTER INSERT ON roster_line_group REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
  EXECUTE FUNCTION refuse_change_of_plan();
CREATE TRIGGER filed_group_stays AFTER DELETE ON roster_line_group FOR EACH ROW
  EXECUTE FUNCTION refuse_change_of_plan();
ALTER TABLE roster_line_group ENABLE ALWAYS TRIGGER filed_stays, ENABLE ALWAYS TRIGGER filed_group_stays;
"""


def upgrade() -> None:
    execute_script(OPENINGS)
    execute_script(ROSTERS)
    execute_script(PLANS)


def downgrade() -> None:
    execute_script("""
    ALTER TABLE course_opening DROP CONSTRAINT course_opening_closure_fkey,
      DROP CONSTRAINT course_opening_record_fkey, DROP CONSTRAINT course_opening_return_fkey,
      DROP CONSTRAINT course_opening_filing_fkey;
    DROP TABLE mismatch_tally, roster_line_group, roster_line,
      session_held, opening_closure, opening_change, opening_record, opening_return, opening_filing,
      course_session, stored_document, opening_teacher, opening_part, course_opening;
    DROP FUNCTION refuse_change_of_plan();
    DROP SEQUENCE opening_record_serial;
    """)
