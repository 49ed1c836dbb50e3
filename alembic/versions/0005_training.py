"""Openings (开班备案), rosters, sessions, attendance, assessments: each legal step is a row that needs the one before.

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
CREATE INDEX course_opening_work_list ON course_opening (division_code, opening_id) WHERE state = 'filed';

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

ATTENDANCE = """
CREATE TABLE attendance_source_proposal (
  proposal_id uuid NOT NULL DEFAULT uuidv7(),
  institution_id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT attendance_source_proposal_pkey PRIMARY KEY (proposal_id),
  CONSTRAINT attendance_source_proposal_key UNIQUE (proposal_id, institution_id, kind, proposed_by),
  CONSTRAINT attendance_source_proposal_kind_known CHECK (kind IN ('device', 'platform')),
  CONSTRAINT attendance_source_proposal_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT attendance_source_proposal_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id)
);
CALL make_append_only('attendance_source_proposal');

CREATE TABLE attendance_source (
  source_id uuid NOT NULL,
  source_kind text NOT NULL,
  proposal_id uuid NOT NULL,
  institution_id uuid NOT NULL,
  name text NOT NULL,
  code_secret_sealed bytea,
  proposed_by uuid NOT NULL,
  registered_by uuid NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT registry_now(),
  revoked_at timestamptz,
  CONSTRAINT attendance_source_pkey PRIMARY KEY (source_id),
  CONSTRAINT attendance_source_kind_known CHECK (source_kind IN ('device', 'platform')),
  CONSTRAINT attendance_source_second_person CHECK (proposed_by <> registered_by),
  CONSTRAINT attendance_source_principal_fkey FOREIGN KEY (source_id, source_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT attendance_source_proposal_once UNIQUE (proposal_id),
  CONSTRAINT attendance_source_proposal_fkey FOREIGN KEY (proposal_id, institution_id, source_kind, proposed_by)
    REFERENCES attendance_source_proposal (proposal_id, institution_id, kind, proposed_by),
  CONSTRAINT attendance_source_registered_by_fkey FOREIGN KEY (registered_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE attendance_source IS 'Registered devices and platforms: the only senders of attendance. Never the institution itself.';
CALL make_append_only('attendance_source', 'revoked_at');

CREATE TABLE attendance_receipt (
  source_id uuid NOT NULL,
  source_event_id text NOT NULL,
  content_digest bytea NOT NULL,
  received_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT attendance_receipt_pkey PRIMARY KEY (source_id, source_event_id),
  CONSTRAINT attendance_receipt_source_fkey FOREIGN KEY (source_id) REFERENCES attendance_source (source_id)
);
CALL make_append_only('attendance_receipt');

CREATE TABLE attendance_event (
  person_id uuid NOT NULL,
  event_id uuid NOT NULL DEFAULT uuidv7(),
  opening_id uuid NOT NULL,
  session_id uuid NOT NULL,
  source_id uuid NOT NULL,
  source_event_id text NOT NULL,
  kind text NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT registry_now(),
  minutes smallint,
  score_hundredths integer,
  marks text[] NOT NULL DEFAULT '{}',
  CONSTRAINT attendance_event_pkey PRIMARY KEY (person_id, event_id),
  CONSTRAINT attendance_event_kind_known CHECK (kind IN ('sign_in', 'sign_out', 'study_record', 'test')),
  CONSTRAINT attendance_event_marks_known CHECK (marks <@ ARRAY['late', 'out_of_order', 'outside_session']),
  CONSTRAINT attendance_event_minutes_of_record CHECK ((kind = 'study_record') = (minutes IS NOT NULL) AND minutes > 0),
  CONSTRAINT attendance_event_score_of_test CHECK
    ((kind = 'test') = (score_hundredths IS NOT NULL) AND score_hundredths BETWEEN 0 AND 10000),
  CONSTRAINT attendance_event_not_from_future CHECK (occurred_at <= received_at + interval '1 minute'),
  CONSTRAINT attendance_event_roster_fkey FOREIGN KEY (person_id, opening_id)
    REFERENCES roster_line (person_id, opening_id),
  CONSTRAINT attendance_event_session_fkey FOREIGN KEY (session_id, opening_id)
    REFERENCES session_held (session_id, opening_id),
  CONSTRAINT attendance_event_receipt_fkey FOREIGN KEY (source_id, source_event_id)
    REFERENCES attendance_receipt (source_id, source_event_id)
);
CREATE INDEX attendance_event_session ON attendance_event (session_id, person_id);
CALL make_append_only('attendance_event');

CREATE TABLE confirmed_presence (
  person_id uuid NOT NULL,
  during tstzrange NOT NULL,
  session_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  credited_minutes smallint NOT NULL,
  confirmed_at timestamptz NOT NULL DEFAULT registry_now(),
  correction_id uuid,
  correction_decision text GENERATED ALWAYS AS (CASE WHEN correction_id IS NOT NULL THEN 'accepted' END) STORED,
  CONSTRAINT confirmed_presence_pkey PRIMARY KEY (person_id, during WITHOUT OVERLAPS),
  CONSTRAINT confirmed_presence_once_a_session UNIQUE (person_id, session_id),
  CONSTRAINT confirmed_presence_bounded CHECK
    (NOT isempty(during) AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL
     AND lower_inc(during) AND NOT upper_inc(during)),
  CONSTRAINT confirmed_presence_minutes_counted CHECK (credited_minutes >= 0),
  CONSTRAINT confirmed_presence_minutes_within_span CHECK
    (credited_minutes * 60 <= extract(epoch FROM upper(during) - lower(during))),
  CONSTRAINT confirmed_presence_roster_fkey FOREIGN KEY (person_id, opening_id)
    REFERENCES roster_line (person_id, opening_id),
  CONSTRAINT confirmed_presence_session_fkey FOREIGN KEY (session_id, opening_id)
    REFERENCES session_held (session_id, opening_id)
);
COMMENT ON TABLE confirmed_presence IS 'I8: one person is not at two confirmed sessions at once. Derived; its history is events and corrections.';
CREATE INDEX confirmed_presence_session ON confirmed_presence (session_id);

CREATE TABLE refused_presence (
  person_id uuid NOT NULL,
  refusal_id uuid NOT NULL DEFAULT uuidv7(),
  session_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  during tstzrange NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT refused_presence_pkey PRIMARY KEY (person_id, refusal_id),
  CONSTRAINT refused_presence_roster_fkey FOREIGN KEY (person_id, opening_id)
    REFERENCES roster_line (person_id, opening_id)
);
COMMENT ON TABLE refused_presence IS 'Evidence of double presence: which span was refused because the person was elsewhere.';
CALL make_append_only('refused_presence');

CREATE TABLE presence_correction (
  person_id uuid NOT NULL,
  correction_id uuid NOT NULL DEFAULT uuidv7(),
  opening_id uuid NOT NULL,
  session_id uuid NOT NULL,
  during tstzrange,
  reason text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  proposed_by uuid NOT NULL,
  decision text,
  decision_reason text,
  decided_at timestamptz,
  decided_by uuid,
  CONSTRAINT presence_correction_pkey PRIMARY KEY (person_id, correction_id),
  CONSTRAINT presence_correction_decided_key UNIQUE (person_id, correction_id, session_id, decision),
  CONSTRAINT presence_correction_decision_known CHECK (decision IN ('accepted', 'refused')),
  CONSTRAINT presence_correction_decided_whole CHECK
    ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)),
  CONSTRAINT presence_correction_second_person CHECK (decided_by <> proposed_by),
  CONSTRAINT presence_correction_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT presence_correction_roster_fkey FOREIGN KEY (person_id, opening_id)
    REFERENCES roster_line (person_id, opening_id),
  CONSTRAINT presence_correction_session_fkey FOREIGN KEY (session_id, opening_id)
    REFERENCES course_session (session_id, opening_id),
  CONSTRAINT presence_correction_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT presence_correction_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
COMMENT ON COLUMN presence_correction.during IS 'The span that is to stand; NULL strikes the presence.';
CREATE UNIQUE INDEX presence_correction_one_open ON presence_correction (person_id, session_id)
  WHERE decision IS NULL;
CREATE INDEX presence_correction_by_opening ON presence_correction (opening_id, correction_id);
CALL make_append_only('presence_correction', 'decision', 'decision_reason', 'decided_at', 'decided_by');
ALTER TABLE confirmed_presence ADD CONSTRAINT confirmed_presence_correction_fkey
  FOREIGN KEY (person_id, correction_id, session_id, correction_decision)
  REFERENCES presence_correction (person_id, correction_id, session_id, decision);

CREATE TABLE check_in_failure (
  person_id uuid NOT NULL,
  failure_id uuid NOT NULL DEFAULT uuidv7(),
  failed_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT check_in_failure_pkey PRIMARY KEY (person_id, failure_id),
  CONSTRAINT check_in_failure_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id)
);
COMMENT ON TABLE check_in_failure IS 'Wrong rotating codes typed by a citizen: guesses are paced.';
CALL make_append_only('check_in_failure');
"""

ASSESSMENTS = """
CREATE TABLE completion_assessment (
  opening_id uuid NOT NULL,
  attempt smallint NOT NULL,
  scheduled_at timestamptz NOT NULL,
  venue text NOT NULL,
  method text NOT NULL,
  scheduled_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT completion_assessment_pkey PRIMARY KEY (opening_id, attempt),
  CONSTRAINT completion_assessment_attempt_counted CHECK (attempt BETWEEN 1 AND 9),
  CONSTRAINT completion_assessment_method_known CHECK (method IN ('theory', 'practice', 'combined', 'skill_evaluation')),
  CONSTRAINT completion_assessment_record_fkey FOREIGN KEY (opening_id) REFERENCES opening_record (opening_id),
  CONSTRAINT completion_assessment_scheduled_by_fkey FOREIGN KEY (scheduled_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE completion_assessment IS '结业考核 as scheduled; attempt 1, then resits.';
CALL make_append_only('completion_assessment');

CREATE TABLE assessment_result (
  person_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  attempt smallint NOT NULL,
  revision smallint NOT NULL,
  outcome text NOT NULL,
  score_hundredths integer,
  exemption_reason text,
  entered_at timestamptz NOT NULL DEFAULT registry_now(),
  entered_by uuid NOT NULL,
  CONSTRAINT assessment_result_pkey PRIMARY KEY (person_id, opening_id, attempt, revision),
  CONSTRAINT assessment_result_signature_key
    UNIQUE (person_id, opening_id, attempt, revision, outcome, entered_by),
  CONSTRAINT assessment_result_outcome_known CHECK (outcome IN ('pass', 'fail', 'absent', 'exempt')),
  CONSTRAINT assessment_result_score_by_outcome CHECK
    ((outcome IN ('pass', 'fail')) = (score_hundredths IS NOT NULL) AND score_hundredths BETWEEN 0 AND 10000),
  CONSTRAINT assessment_result_exemption_has_reason CHECK ((outcome = 'exempt') = (exemption_reason IS NOT NULL)),
  CONSTRAINT assessment_result_roster_fkey FOREIGN KEY (person_id, opening_id)
    REFERENCES roster_line (person_id, opening_id),
  CONSTRAINT assessment_result_assessment_fkey FOREIGN KEY (opening_id, attempt)
    REFERENCES completion_assessment (opening_id, attempt),
  CONSTRAINT assessment_result_entered_by_fkey FOREIGN KEY (entered_by) REFERENCES principal (principal_id)
);
CALL make_append_only('assessment_result');

CREATE TABLE assessment_confirmation (
  person_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  attempt smallint NOT NULL,
  revision smallint NOT NULL,
  outcome text NOT NULL,
  entered_by uuid NOT NULL,
  confirmed_at timestamptz NOT NULL DEFAULT registry_now(),
  confirmed_by uuid NOT NULL,
  -- A constant for the foreign key: an institution's system may enter a result, only a person confirms it.
  confirmed_by_kind text NOT NULL DEFAULT 'institution_operator',
  CONSTRAINT assessment_confirmation_pkey PRIMARY KEY (person_id, opening_id, attempt),
  CONSTRAINT assessment_confirmation_outcome_key UNIQUE (person_id, opening_id, attempt, outcome),
  CONSTRAINT assessment_confirmation_second_person CHECK (confirmed_by <> entered_by),
  CONSTRAINT assessment_confirmation_by_person CHECK (confirmed_by_kind = 'institution_operator'),
  CONSTRAINT assessment_confirmation_result_fkey
    FOREIGN KEY (person_id, opening_id, attempt, revision, outcome, entered_by)
    REFERENCES assessment_result (person_id, opening_id, attempt, revision, outcome, entered_by),
  CONSTRAINT assessment_confirmation_confirmed_by_fkey FOREIGN KEY (confirmed_by, confirmed_by_kind)
    REFERENCES principal (principal_id, kind)
);
CALL make_append_only('assessment_confirmation');
"""

GRANTS = """
-- Legal times are left out of the INSERT grants: when something was filed or put on record, the server's clock says.
GRANT SELECT ON course_opening, opening_part, opening_teacher, stored_document, course_session, opening_filing,
  opening_return, opening_record, opening_change, opening_closure, session_held, completion_assessment,
  attendance_source, attendance_source_proposal
  TO app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
GRANT SELECT ON attendance_source TO app_access;
GRANT INSERT (institution_id, program_id, program_version, division_code, name, planned_size, venue, created_by)
  ON course_opening TO app_inst;
GRANT INSERT (opening_id, filing_no, institution_id, program_id, program_version, occupation_edition, occupation_code,
  designated_division_code, filed_by, first_session_at, trainee_count, commitment_version, commitment_digest)
  ON opening_filing TO app_inst;
GRANT INSERT (opening_id, change_no, kind, proposal, reason, proposed_by) ON opening_change TO app_inst;
GRANT INSERT (opening_id, part, content, saved_by) ON opening_part TO app_inst;
GRANT INSERT (opening_id, teacher_id, name, qualification, subject) ON opening_teacher TO app_inst, app_agency;
GRANT INSERT (session_id, opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue) ON course_session
  TO app_inst, app_agency;
GRANT INSERT (document_id, institution_id, opening_id, part, file_name_sealed, media_type, size_bytes, sha256,
  uploaded_by) ON stored_document TO app_inst;
-- Closing goes through a door of 0010, which looks for itself whether the class is over and everybody has an outcome.
GRANT INSERT (opening_id, closed_by) ON opening_closure TO access_owner;
GRANT INSERT (opening_id, attempt, scheduled_at, venue, method, scheduled_by) ON completion_assessment TO app_inst;
GRANT INSERT (person_id, opening_id, attempt, revision, outcome, score_hundredths, exemption_reason, entered_by)
  ON assessment_result TO app_inst;
GRANT INSERT (person_id, opening_id, attempt, revision, outcome, entered_by, confirmed_by) ON assessment_confirmation
  TO app_inst;
GRANT INSERT (proposal_id, institution_id, kind, name, proposed_by) ON attendance_source_proposal TO app_inst;
GRANT INSERT ON roster_line_group TO app_inst;
GRANT INSERT (person_id, correction_id, opening_id, session_id, during, reason, proposed_by) ON presence_correction
  TO app_inst;
-- A line begins unverified and now: state, check and times are not the institution's to bring along.
GRANT INSERT (person_id, opening_id, line_id, institution_id, document_kind, name_sealed, name_digest, name_initials,
  number_sealed, card_sealed, phone_sealed, remark_sealed, content_digest, sheet, sheet_line, added_by)
  ON roster_line TO app_inst;
GRANT UPDATE (name, planned_size, venue, division_code, program_id, program_version, state, version, filing_no,
  canceled_at, cancellation_reason) ON course_opening TO app_inst;
GRANT UPDATE (content, saved_at, saved_by) ON opening_part TO app_inst;
GRANT UPDATE (qualification, removed_at) ON opening_teacher TO app_inst;
GRANT UPDATE (removed_at) ON stored_document TO app_inst;
GRANT UPDATE (canceled_at) ON course_session TO app_inst;
GRANT UPDATE (name_sealed, name_digest, name_initials, number_sealed, card_sealed, phone_sealed,
  remark_sealed, content_digest, sheet, sheet_line, state, check_id, check_outcome, check_due_at, check_attempts,
  document_kind, withdrawn_at, withdrawn_by, withdrawal_reason) ON roster_line TO app_inst;
GRANT SELECT (person_id, opening_id, line_id, institution_id, document_kind, name_sealed, name_digest, name_initials,
  number_sealed, card_sealed, phone_sealed, remark_sealed, content_digest, sheet, sheet_line, state,
  check_id, check_due_at, check_attempts, added_at, added_by, withdrawn_at, withdrawn_by, withdrawal_reason)
  ON roster_line TO app_inst;
GRANT SELECT, DELETE ON roster_line_group TO app_inst;
GRANT SELECT ON mismatch_tally, attendance_event, confirmed_presence, refused_presence, presence_correction,
  assessment_result, assessment_confirmation TO app_inst;
GRANT SELECT, INSERT, UPDATE (mismatches) ON mismatch_tally TO worker;

GRANT INSERT (opening_id, filing_no, reasons, returned_by) ON opening_return TO app_agency;
GRANT INSERT (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by) ON opening_record TO app_agency;
GRANT INSERT (source_id, source_kind, proposal_id, institution_id, name, code_secret_sealed, proposed_by, registered_by)
  ON attendance_source TO app_agency;
GRANT UPDATE (state, version, on_record_at) ON course_opening TO app_agency;
GRANT UPDATE (decision, decision_reason, decided_at, decided_by) ON opening_change TO app_agency;
GRANT UPDATE (teacher_id, starts_at, ends_at, venue, canceled_at) ON course_session TO app_agency;
GRANT UPDATE (removed_at) ON opening_teacher TO app_agency;
GRANT UPDATE (venue) ON course_opening TO app_agency;
GRANT UPDATE (revoked_at) ON attendance_source TO app_agency;
GRANT USAGE ON SEQUENCE opening_record_serial TO app_agency;

GRANT SELECT, INSERT (source_id, source_event_id, content_digest) ON attendance_receipt TO app_device, app_citizen;
-- Sessions begin and presence is confirmed through the doors of 0009 only, so no channel can write presence itself.
GRANT INSERT (person_id, opening_id, session_id, source_id, source_event_id, kind, occurred_at, minutes,
  score_hundredths, marks) ON attendance_event TO app_device, app_citizen;
GRANT SELECT, INSERT (person_id) ON check_in_failure TO app_citizen;
GRANT SELECT ON attendance_event, confirmed_presence TO app_device;
GRANT SELECT (person_id, opening_id, line_id, name_sealed, state, withdrawn_at) ON roster_line TO app_device;

GRANT SELECT ON roster_line_group TO app_citizen, worker, access_owner, auditor;
GRANT SELECT ON roster_line, attendance_event, confirmed_presence, refused_presence, presence_correction,
  assessment_result, assessment_confirmation TO app_citizen, worker, access_owner;
GRANT UPDATE (state, check_id, check_outcome, check_due_at, check_attempts) ON roster_line TO worker;
GRANT SELECT, INSERT ON session_held TO access_owner;
GRANT UPDATE (state, version, closed_at) ON course_opening TO access_owner;
GRANT INSERT ON refused_presence TO access_owner;
GRANT UPDATE (withdrawn_at, withdrawn_by, withdrawal_reason) ON roster_line TO access_owner;
GRANT INSERT, DELETE, UPDATE (during, credited_minutes, correction_id, confirmed_at) ON confirmed_presence TO access_owner;
GRANT UPDATE (decision, decision_reason, decided_at, decided_by) ON presence_correction TO access_owner;
GRANT SELECT (person_id, opening_id, line_id, institution_id, state, check_outcome, added_at, withdrawn_at),
  SELECT (document_kind) ON roster_line TO auditor;
GRANT SELECT ON attendance_receipt, attendance_event, confirmed_presence, refused_presence, presence_correction,
  check_in_failure,
  assessment_result, assessment_confirmation, mismatch_tally TO auditor;
GRANT SELECT ON mismatch_tally TO app_agency;
"""


def upgrade() -> None:
    execute_script(OPENINGS)
    execute_script(ROSTERS)
    execute_script(PLANS)
    execute_script(ATTENDANCE)
    execute_script(ASSESSMENTS)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script("""
    ALTER TABLE course_opening DROP CONSTRAINT course_opening_closure_fkey,
      DROP CONSTRAINT course_opening_record_fkey, DROP CONSTRAINT course_opening_return_fkey,
      DROP CONSTRAINT course_opening_filing_fkey;
    DROP TABLE assessment_confirmation, assessment_result, completion_assessment, check_in_failure,
      confirmed_presence, presence_correction, refused_presence, attendance_event, attendance_receipt, attendance_source,
      attendance_source_proposal, mismatch_tally,
      roster_line_group, roster_line,
      session_held, opening_closure, opening_change, opening_record, opening_return, opening_filing,
      course_session, stored_document, opening_teacher, opening_part, course_opening;
    DROP FUNCTION refuse_change_of_plan();
    DROP SEQUENCE opening_record_serial;
    """)
