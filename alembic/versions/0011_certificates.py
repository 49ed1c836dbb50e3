"""Certificates (证书) and their link to the national skills-assessment network.

Why: a record and a certificate prove each other. A number is an object of its own, found by its digest under every live
key, so that a rotation of the digest key rewrites no certificate; it has one holder, by a key of its own; every answer
of the network, every change of state, every stop of the 12-month clock and every link is a row that stays.
Lock taken, and for how long: record_entry gets a column and two constraints, on a table that is empty before the first
release.
Safe with the previous release running: yes, the new column is nullable.
How undone: downgrade drops the tables and the column.
"""

from app.db.migration import execute_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BODIES = """
CREATE TABLE evaluation_body (
  body_id uuid NOT NULL DEFAULT uuidv7(),
  body_code text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  unified_social_credit_code text,
  division_code text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT registry_now(),
  registered_by uuid NOT NULL,
  CONSTRAINT evaluation_body_pkey PRIMARY KEY (body_id),
  CONSTRAINT evaluation_body_code_key UNIQUE (body_code),
  CONSTRAINT evaluation_body_kind_known CHECK (kind IN
    ('qualification_station', 'employer', 'social_body', 'technical_school', 'safety_authority', 'other')),
  CONSTRAINT evaluation_body_name_present CHECK (name = btrim(name) AND name <> ''),
  CONSTRAINT evaluation_body_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT evaluation_body_registered_by_fkey FOREIGN KEY (registered_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE evaluation_body IS '评价机构: who may issue certificates that the network knows.';

CREATE TABLE evaluation_body_scope (
  body_id uuid NOT NULL,
  occupation_edition smallint NOT NULL,
  occupation_code text NOT NULL,
  lowest_rank smallint NOT NULL,
  highest_rank smallint NOT NULL,
  in_force daterange NOT NULL,
  document_number text NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT evaluation_body_scope_pkey
    PRIMARY KEY (body_id, occupation_edition, occupation_code, in_force WITHOUT OVERLAPS),
  CONSTRAINT evaluation_body_scope_ranks CHECK (lowest_rank BETWEEN 1 AND 8 AND highest_rank BETWEEN lowest_rank AND 8),
  CONSTRAINT evaluation_body_scope_in_force_not_empty CHECK (NOT isempty(in_force) AND lower(in_force) IS NOT NULL),
  CONSTRAINT evaluation_body_scope_body_fkey FOREIGN KEY (body_id) REFERENCES evaluation_body (body_id),
  CONSTRAINT evaluation_body_scope_occupation_fkey FOREIGN KEY (occupation_edition, occupation_code)
    REFERENCES occupation (edition, code),
  CONSTRAINT evaluation_body_scope_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE evaluation_body_scope IS 'Which occupations and levels (by rank) a body may assess, and when.';
CALL make_only_shortened('evaluation_body_scope');
"""

NUMBERS = """
CREATE TABLE certificate_number (
  number_id uuid NOT NULL,
  CONSTRAINT certificate_number_pkey PRIMARY KEY (number_id)
);
COMMENT ON TABLE certificate_number IS 'A number that stands on certificates, whoever claims it; what it reads is sealed in each.';
CALL make_append_only('certificate_number');

CREATE TABLE certificate_number_key (
  digest bytea NOT NULL,
  key_id text NOT NULL,
  number_id uuid NOT NULL,
  CONSTRAINT certificate_number_key_pkey PRIMARY KEY (digest),
  CONSTRAINT certificate_number_key_number_key UNIQUE (number_id, key_id),
  CONSTRAINT certificate_number_key_digest_length CHECK (octet_length(digest) = 32),
  CONSTRAINT certificate_number_key_number_fkey FOREIGN KEY (number_id) REFERENCES certificate_number (number_id)
);
COMMENT ON TABLE certificate_number_key IS
  'What a number is looked up by: keyed digests, the old and the new key''s both present and both unique in a rotation.';
-- As for identifier_key (0003): a process that has not noticed the end of a rotation names no known number anew.
CREATE TRIGGER certificate_number_key_not_retired AFTER INSERT ON certificate_number_key
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired_digest_key();
ALTER TABLE certificate_number_key ENABLE ALWAYS TRIGGER certificate_number_key_not_retired;
"""

CERTIFICATES = """
CREATE TABLE certificate (
  person_id uuid NOT NULL,
  certificate_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  number_sealed bytea NOT NULL,
  number_id uuid NOT NULL,
  occupation_edition smallint,
  occupation_code text,
  trade_name text,
  skill_level text NOT NULL DEFAULT 'none',
  body_id uuid,
  body_name text NOT NULL,
  issued_on date NOT NULL,
  valid_until date,
  review_due_on date,
  source text NOT NULL,
  state text NOT NULL DEFAULT 'submitted',
  submitted_at timestamptz NOT NULL DEFAULT registry_now(),
  submitted_by uuid NOT NULL,
  last_confirmed_at timestamptz,
  check_due_at timestamptz DEFAULT registry_now(),
  check_attempts integer NOT NULL DEFAULT 0,
  opening_id uuid,
  CONSTRAINT certificate_pkey PRIMARY KEY (person_id, certificate_id),
  CONSTRAINT certificate_once_a_person UNIQUE (person_id, number_id),
  CONSTRAINT certificate_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT certificate_number_fkey FOREIGN KEY (number_id) REFERENCES certificate_number (number_id),
  CONSTRAINT certificate_kind_known CHECK (kind IN
    ('vocational_qualification', 'skill_level', 'specialized_competency', 'special_operation', 'training_completion')),
  CONSTRAINT certificate_source_known CHECK (source IN
    ('citizen', 'institution', 'agency', 'issuer_import', 'network', 'registry')),
  CONSTRAINT certificate_state_known CHECK (state IN
    ('submitted', 'pending_upload', 'matched', 'name_mismatch', 'not_found_final', 'revoked', 'expired')),
  CONSTRAINT certificate_confirmed_by_state CHECK (state NOT IN ('matched', 'revoked') OR last_confirmed_at IS NOT NULL),
  CONSTRAINT certificate_valid_after_issue CHECK (valid_until >= issued_on),
  CONSTRAINT certificate_occupation_whole CHECK ((occupation_edition IS NULL) = (occupation_code IS NULL)),
  CONSTRAINT certificate_own_has_opening CHECK ((kind = 'training_completion') = (opening_id IS NOT NULL)),
  CONSTRAINT certificate_occupation_fkey FOREIGN KEY (occupation_edition, occupation_code)
    REFERENCES occupation (edition, code),
  CONSTRAINT certificate_level_fkey FOREIGN KEY (skill_level) REFERENCES skill_level (code),
  CONSTRAINT certificate_body_fkey FOREIGN KEY (body_id) REFERENCES evaluation_body (body_id),
  CONSTRAINT certificate_opening_fkey FOREIGN KEY (opening_id) REFERENCES opening_closure (opening_id),
  CONSTRAINT certificate_submitted_by_fkey FOREIGN KEY (submitted_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE certificate IS
  'A certificate somebody says a person holds. state is what the network has said; only matched ones hold their number.';
CREATE INDEX certificate_check_due ON certificate (check_due_at) WHERE check_due_at IS NOT NULL;
CREATE INDEX certificate_by_number ON certificate (number_id);
-- Officers name a certificate by its id alone.
CREATE INDEX certificate_by_id ON certificate (certificate_id);

CREATE TABLE certificate_holder (
  number_id uuid NOT NULL,
  person_id uuid NOT NULL,
  certificate_id uuid NOT NULL,
  held_since timestamptz NOT NULL DEFAULT registry_now(),
  taken_by uuid,
  taken_reason text,
  CONSTRAINT certificate_holder_taken_whole CHECK ((taken_by IS NULL) = (taken_reason IS NULL)),
  CONSTRAINT certificate_holder_taken_by_fkey FOREIGN KEY (taken_by) REFERENCES principal (principal_id),
  CONSTRAINT certificate_holder_pkey PRIMARY KEY (number_id),
  CONSTRAINT certificate_holder_certificate_key UNIQUE (person_id, certificate_id),
  CONSTRAINT certificate_holder_number_fkey FOREIGN KEY (number_id) REFERENCES certificate_number (number_id),
  CONSTRAINT certificate_holder_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id)
);
COMMENT ON TABLE certificate_holder IS
  'One number, one person: taken when the network matches or an officer decides, given up only by an act with a reason.';

CREATE TABLE certificate_release (
  person_id uuid NOT NULL,
  certificate_id uuid NOT NULL,
  release_id uuid NOT NULL DEFAULT uuidv7(),
  held_since timestamptz NOT NULL,
  taken_by uuid,
  taken_reason text,
  reason text NOT NULL,
  released_at timestamptz NOT NULL DEFAULT registry_now(),
  released_by uuid NOT NULL,
  CONSTRAINT certificate_release_pkey PRIMARY KEY (person_id, certificate_id, release_id),
  CONSTRAINT certificate_release_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  CONSTRAINT certificate_release_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT certificate_release_released_by_fkey FOREIGN KEY (released_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE certificate_release IS 'A number given up: who held it since when, who took it away and why.';
CALL make_append_only('certificate_release');

CREATE TABLE certificate_answer (
  person_id uuid NOT NULL,
  certificate_id uuid NOT NULL,
  answer_id uuid NOT NULL DEFAULT uuidv7(),
  outcome text NOT NULL,
  channel text NOT NULL,
  evidence_id text NOT NULL,
  answered_at timestamptz NOT NULL,
  complete_through date,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT certificate_answer_pkey PRIMARY KEY (person_id, certificate_id, answer_id),
  CONSTRAINT certificate_answer_once UNIQUE (person_id, certificate_id, channel, evidence_id),
  CONSTRAINT certificate_answer_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  CONSTRAINT certificate_answer_outcome_known CHECK (outcome IN
    ('matched', 'name_mismatch', 'number_mismatch', 'not_found', 'revoked', 'corrected')),
  CONSTRAINT certificate_answer_channel_known CHECK (channel IN ('query', 'sync', 'push', 'extract', 'registry'))
);
COMMENT ON TABLE certificate_answer IS 'Each answer of the network with time and evidence; kept for the decision that rests on it.';
CALL make_append_only('certificate_answer');

CREATE TABLE certificate_state_change (
  person_id uuid NOT NULL,
  certificate_id uuid NOT NULL,
  change_id uuid NOT NULL DEFAULT uuidv7(),
  from_state text NOT NULL,
  to_state text NOT NULL,
  reason_code text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT registry_now(),
  changed_by uuid NOT NULL,
  CONSTRAINT certificate_state_change_pkey PRIMARY KEY (person_id, certificate_id, change_id),
  CONSTRAINT certificate_state_change_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  CONSTRAINT certificate_state_change_changes CHECK (from_state <> to_state),
  CONSTRAINT certificate_state_change_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES principal (principal_id)
);
CALL make_append_only('certificate_state_change');

CREATE TABLE certificate_tolling (
  person_id uuid NOT NULL,
  certificate_id uuid NOT NULL,
  tolling_id uuid NOT NULL DEFAULT uuidv7(),
  starts_on date NOT NULL,
  ended_on date,
  reason text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT certificate_tolling_pkey PRIMARY KEY (person_id, certificate_id, tolling_id),
  CONSTRAINT certificate_tolling_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  CONSTRAINT certificate_tolling_forward CHECK (ended_on >= starts_on),
  CONSTRAINT certificate_tolling_reason_known CHECK (reason IN ('network_upload_late', 'network_unavailable'))
);
COMMENT ON TABLE certificate_tolling IS 'While the network is late the 12-month clock stands: start, end and reason.';
CREATE UNIQUE INDEX certificate_tolling_one_open ON certificate_tolling (person_id, certificate_id) WHERE ended_on IS NULL;
CALL make_append_only('certificate_tolling', 'ended_on');

CREATE TABLE certificate_link (
  person_id uuid NOT NULL,
  link_id uuid NOT NULL DEFAULT uuidv7(),
  certificate_id uuid NOT NULL,
  entry_person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  own_entry_id uuid,
  is_automatic boolean NOT NULL,
  reasons jsonb NOT NULL,
  linked_at timestamptz NOT NULL DEFAULT registry_now(),
  linked_by uuid NOT NULL,
  unlinked_at timestamptz,
  unlinked_by uuid,
  unlink_reason text,
  CONSTRAINT certificate_link_pkey PRIMARY KEY (person_id, link_id),
  CONSTRAINT certificate_link_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  -- A key cannot cross from one person to another. The entry of a merged person is looked up by the guard one_person
  -- (0012) instead, once: entries are never taken away again. (No generated column: set_once could not compare it.)
  CONSTRAINT certificate_link_entry_fkey FOREIGN KEY (person_id, own_entry_id)
    REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT certificate_link_own_entry CHECK
    (own_entry_id IS NOT DISTINCT FROM CASE WHEN entry_person_id = person_id THEN entry_id END),
  CONSTRAINT certificate_link_has_reasons CHECK (jsonb_array_length(reasons) > 0),
  CONSTRAINT certificate_link_unlinked_whole CHECK
    ((unlinked_at IS NULL) = (unlinked_by IS NULL) AND (unlinked_at IS NULL) = (unlink_reason IS NULL)),
  CONSTRAINT certificate_link_linked_by_fkey FOREIGN KEY (linked_by) REFERENCES principal (principal_id),
  CONSTRAINT certificate_link_unlinked_by_fkey FOREIGN KEY (unlinked_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE certificate_link IS
  'Which training entry a certificate proves, with the reasons; the entry may be of another person read as one with the holder.';
CREATE UNIQUE INDEX certificate_link_live ON certificate_link (person_id, certificate_id) WHERE unlinked_at IS NULL;
CREATE INDEX certificate_link_by_certificate ON certificate_link (certificate_id) WHERE unlinked_at IS NULL;
CREATE INDEX certificate_link_entry ON certificate_link (entry_person_id, entry_id);
CALL make_append_only('certificate_link', 'unlinked_at', 'unlinked_by', 'unlink_reason');

CREATE TABLE linking_request (
  person_id uuid NOT NULL,
  request_id uuid NOT NULL DEFAULT uuidv7(),
  requested_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT linking_request_pkey PRIMARY KEY (person_id, request_id),
  CONSTRAINT linking_request_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id)
);
COMMENT ON TABLE linking_request IS
  'Whose certificates are to be held against the entries again: a class has closed, or persons were merged or parted.';

ALTER TABLE record_entry
  ADD COLUMN certificate_id uuid,
  ADD CONSTRAINT record_entry_certificate_whole CHECK ((kind = 'certificate') = (certificate_id IS NOT NULL)),
  ADD CONSTRAINT record_entry_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  -- What it says is the network's to correct, not an officer's: it is revoked, and archived anew as the network has it.
  ADD CONSTRAINT record_entry_certificate_as_told CHECK (kind <> 'certificate' OR supersedes IS NULL);
CREATE UNIQUE INDEX record_entry_one_certificate ON record_entry (person_id, certificate_id)
  WHERE kind = 'certificate' AND revoked_at IS NULL;
"""

EXCHANGE = """
CREATE TABLE network_cursor (
  feed text NOT NULL,
  cursor text NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT network_cursor_pkey PRIMARY KEY (feed)
);
COMMENT ON TABLE network_cursor IS 'How far a feed of the network was read; moves in the transaction of what was read.';

CREATE TABLE network_notice (
  event_id text NOT NULL,
  content_digest bytea NOT NULL,
  received_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT network_notice_pkey PRIMARY KEY (event_id)
);
COMMENT ON TABLE network_notice IS 'Push notices already taken: the same one again changes nothing.';
CALL make_append_only('network_notice');

CREATE TABLE certificate_import (
  import_id uuid NOT NULL DEFAULT uuidv7(),
  body_id uuid NOT NULL,
  file_sha256 bytea NOT NULL,
  state text NOT NULL DEFAULT 'received',
  rows_total integer,
  rows_done integer NOT NULL DEFAULT 0,
  rows_refused integer NOT NULL DEFAULT 0,
  received_at timestamptz NOT NULL DEFAULT registry_now(),
  received_by uuid NOT NULL,
  finished_at timestamptz,
  CONSTRAINT certificate_import_pkey PRIMARY KEY (import_id),
  CONSTRAINT certificate_import_file_key UNIQUE (body_id, file_sha256),
  CONSTRAINT certificate_import_state_known CHECK (state IN ('received', 'running', 'done', 'failed')),
  CONSTRAINT certificate_import_counts CHECK (rows_refused <= rows_done AND rows_done <= rows_total),
  CONSTRAINT certificate_import_finished_by_state CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL)),
  CONSTRAINT certificate_import_body_fkey FOREIGN KEY (body_id) REFERENCES evaluation_body (body_id),
  CONSTRAINT certificate_import_received_by_fkey FOREIGN KEY (received_by) REFERENCES principal (principal_id)
);
CREATE TABLE certificate_import_defect (
  import_id uuid NOT NULL,
  line integer NOT NULL,
  reasons jsonb NOT NULL,
  CONSTRAINT certificate_import_defect_pkey PRIMARY KEY (import_id, line),
  CONSTRAINT certificate_import_defect_import_fkey FOREIGN KEY (import_id) REFERENCES certificate_import (import_id)
);
COMMENT ON TABLE certificate_import_defect IS 'Row-level answers of an issuer''s file; values are masked.';
CALL make_append_only('certificate_import_defect');
"""

GRANTS = """
GRANT SELECT ON evaluation_body, evaluation_body_scope
  TO app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
GRANT INSERT (body_id, body_code, kind, name, unified_social_credit_code, division_code, registered_by)
  ON evaluation_body TO app_agency;
GRANT INSERT (body_id, occupation_edition, occupation_code, lowest_rank, highest_rank, in_force, document_number,
  recorded_by) ON evaluation_body_scope TO app_agency;
GRANT UPDATE (in_force) ON evaluation_body_scope TO app_agency;

GRANT SELECT ON certificate_number, certificate_number_key TO worker, auditor, access_owner;
GRANT INSERT ON certificate_number, certificate_number_key TO access_owner;
GRANT SELECT ON certificate, certificate_holder, certificate_answer, certificate_state_change, certificate_tolling,
  certificate_link TO app_citizen, app_inst, worker, auditor, access_owner;
GRANT INSERT (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition, occupation_code,
  trade_name, skill_level, body_id, body_name, issued_on, valid_until, review_due_on, source, submitted_by)
  ON certificate TO app_citizen, app_inst, worker, access_owner;
GRANT INSERT (opening_id) ON certificate TO app_inst;
GRANT UPDATE (kind, state, last_confirmed_at, check_due_at, check_attempts, occupation_edition, occupation_code, trade_name,
  skill_level, body_id, body_name, issued_on, valid_until, review_due_on) ON certificate TO worker, access_owner;
GRANT INSERT (number_id, person_id, certificate_id) ON certificate_holder TO worker, access_owner;
GRANT INSERT (taken_by, taken_reason) ON certificate_holder TO access_owner;
GRANT INSERT (person_id, certificate_id, answer_id, outcome, channel, evidence_id, answered_at, complete_through)
  ON certificate_answer TO worker, access_owner;
GRANT INSERT (person_id, certificate_id, change_id, from_state, to_state, reason_code, changed_by)
  ON certificate_state_change TO worker, access_owner;
GRANT INSERT (person_id, certificate_id, starts_on, reason) ON certificate_tolling TO worker, access_owner;
GRANT INSERT (person_id, link_id, certificate_id, entry_person_id, entry_id, own_entry_id, is_automatic, reasons,
  linked_by) ON certificate_link TO worker, access_owner;
GRANT INSERT (person_id) ON linking_request TO app_inst, app_agency, worker;
-- A row lock needs the right to update something.
GRANT SELECT, UPDATE (requested_at), DELETE ON linking_request TO worker;
GRANT UPDATE (ended_on) ON certificate_tolling TO worker, access_owner;
GRANT UPDATE (unlinked_at, unlinked_by, unlink_reason) ON certificate_link TO access_owner, worker;
GRANT DELETE ON certificate_holder TO access_owner;
GRANT INSERT (person_id, certificate_id, held_since, taken_by, taken_reason, reason, released_by)
  ON certificate_release TO access_owner;
GRANT SELECT ON certificate_release TO app_citizen, worker, auditor, access_owner;
GRANT INSERT ON record_entry, record_number TO access_owner;
GRANT SELECT, INSERT (feed, cursor), UPDATE (cursor, moved_at) ON network_cursor TO worker;
GRANT SELECT, INSERT (event_id, content_digest) ON network_notice TO worker;
GRANT SELECT, INSERT (import_id, body_id, file_sha256, received_by) ON certificate_import TO app_agency;
GRANT SELECT ON certificate_import_defect TO app_agency;
GRANT SELECT, UPDATE (state, rows_total, rows_done, rows_refused, finished_at) ON certificate_import TO worker;
GRANT SELECT, INSERT ON certificate_import_defect TO worker;
"""


def upgrade() -> None:
    execute_script(BODIES)
    execute_script(NUMBERS + CERTIFICATES)
    execute_script(EXCHANGE)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP TABLE certificate_import_defect, certificate_import, network_notice, network_cursor;
    DROP INDEX record_entry_one_certificate;
    ALTER TABLE record_entry DROP CONSTRAINT record_entry_certificate_fkey,
      DROP CONSTRAINT record_entry_certificate_whole, DROP CONSTRAINT record_entry_certificate_as_told,
      DROP COLUMN certificate_id;
    DROP TABLE linking_request, certificate_link, certificate_tolling, certificate_state_change, certificate_answer,
      certificate_release, certificate_holder, certificate, certificate_number_key, certificate_number,
      evaluation_body_scope, evaluation_body;
    """)
