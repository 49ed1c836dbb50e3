"""Attendance and assessments (过程监督、结果考核), and what each database role may do with a class.

Why: evidence comes from registered sources only, results from two persons; the rights of a class stand in one list,
because openings, rosters, attendance and results are one procedure.
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes.
How undone: downgrade drops the tables and takes the rights back with them.
"""

from app.db.migration import execute_script

revision = "0005a"
down_revision = "0005"
branch_labels = None
depends_on = None

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
  attendance_source_proposal TO app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
GRANT SELECT ON attendance_source TO app_inst, app_agency, app_citizen, app_device, worker, access_owner;
GRANT SELECT (source_id, source_kind, proposal_id, institution_id, name, proposed_by, registered_by, registered_at, revoked_at)
  ON attendance_source TO auditor;
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
    execute_script(ATTENDANCE)
    execute_script(ASSESSMENTS)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP TABLE assessment_confirmation, assessment_result, completion_assessment, check_in_failure,
      confirmed_presence, presence_correction, refused_presence, attendance_event, attendance_receipt,
      attendance_source, attendance_source_proposal;
    """)
