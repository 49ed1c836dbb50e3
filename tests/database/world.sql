-- One row at least in every guarded table, and every step of the line from opening to archive, laid by a superuser.
-- `:name` is the identifier of that name (see world.py). Nobody here is a real person; instants are explicit.

INSERT INTO holiday_schedule (year, days_off, days_worked, document_number, published_on)
  VALUES (2199, '{2199-01-01}', '{}', '试办发〔2198〕1号', '2198-11-01');
INSERT INTO agency (agency_id, name, division_code) VALUES (:agency, '试验市人力资源和社会保障局', '110000'),
  (:other_agency, '试验区人力资源和社会保障局', '110105');
INSERT INTO training_institution (institution_id, unified_social_credit_code, name, kind, division_code, address,
  contact_phone, registered_by) VALUES
  (:school, '91110105MADE000008', '试验培训学校', 'training_school', '110105', '试验路1号', '010-00000000', :system),
  (:idle_school, '91110105MADE000016', '停办培训学校', 'training_school', '110105', '试验路2号', '010-00000000', :system);
INSERT INTO principal (principal_id, kind, display_name, agency_id, institution_id) VALUES
  (:officer, 'officer', '经办人甲', :agency, NULL), (:second_officer, 'officer', '经办人乙', :agency, NULL),
  (:operator, 'institution_operator', '机构账号甲', NULL, :school),
  (:second_operator, 'institution_operator', '机构账号乙', NULL, :school),
  (:idle_operator, 'institution_operator', '机构账号丙', NULL, :idle_school),
  (:system_client, 'institution_client', '机构教务系统', NULL, :school),
  (:device, 'device', '签到机', NULL, :school), (:stray_device, 'device', '未登记的机器', NULL, NULL),
  (:citizen, 'citizen', '劳动者', NULL, NULL), (:stray_citizen, 'citizen', '劳动者', NULL, NULL),
  (:administrator, 'administrator', '安全管理员甲', NULL, NULL),
  (:second_administrator, 'administrator', '安全管理员乙', NULL, NULL);
INSERT INTO administrator_assignment (principal_id, kind) VALUES
  (:administrator, 'security'), (:second_administrator, 'security');
INSERT INTO permission_grant (grant_id, principal_id, principal_kind, permission, proposed_by, confirmed_by,
  confirmed_at) VALUES
  (:grant, :officer, 'officer', 'filing', :administrator, :second_administrator, '2025-01-02 09:00+08'),
  (:open_grant, :officer, 'officer', 'review', :administrator, NULL, NULL);
INSERT INTO citizen_sign_in (state_digest, nonce, verifier_sealed) VALUES ('\x01', 'n', '\x01');
INSERT INTO audit_event (principal_id, principal_kind, action, subject_kind, subject_id)
  VALUES (:officer, 'officer', 'opening:filed', 'opening', 'x');
INSERT INTO outbox_message (message_id, topic, payload, delivered_at)
  VALUES (:message, 'record.appended', '{}', '2025-01-02 09:00+08');
INSERT INTO idempotency_key (principal_id, key, request_digest, status, body)
  VALUES (:operator, 'key-00000001', '\x01', 201, '\x01');
INSERT INTO activation (activation_id, principal_id, purpose, code_digest, proposed_by, expires_at)
  VALUES (:activation, :officer, 'second_factor_lost', NULL, :administrator, '2999-01-01 00:00+08');

INSERT INTO institution_standing (institution_id, standing, in_force, reason, decided_by) VALUES
  (:school, 'active', '[2020-01-01,)', '登记', :officer), (:idle_school, 'suspended', '[2020-01-01,)', '停办', :officer);
INSERT INTO institution_designation (institution_id, occupation_edition, occupation_code, division_code, in_force,
  document_number, decided_by) VALUES
  (:school, 2022, '4-10-01-02', '110000', '[2020-01-01,)', '试〔2020〕1号', :officer),
  (:idle_school, 2022, '4-10-01-02', '110000', '[2020-01-01,)', '试〔2020〕1号', :officer);
INSERT INTO training_program (program_id, created_by, division_code) VALUES
  (:program, :officer, '110000'), (:old_program, :officer, '110000');
INSERT INTO training_program_version (program_id, version, name, occupation_edition, occupation_code, skill_level,
  training_type, training_mode, open_positions, skill_requirements, content, theory_hours, practice_hours,
  safety_hours, in_force, published_by)
SELECT given.program_id, 1, '育婴员初级', 2022, '4-10-01-02', 'level_5', (SELECT min(code) FROM training_type),
  (SELECT min(code) FROM training_mode), 10, '照护', '照护', 20, 20, 2, given.in_force, :officer
FROM (VALUES (:program, daterange '[2020-01-01,)'), (:old_program, daterange '[2020-01-01,2021-01-01)'))
  AS given (program_id, in_force);

INSERT INTO course_opening (opening_id, institution_id, program_id, program_version, division_code, name, planned_size,
  venue, created_by)
SELECT given.opening_id, given.institution_id, :program, 1, '110105', given.name, 20, '试验教室', :operator
FROM (VALUES (:running, :school, '在训班'), (:second_running, :school, '在训二班'), (:closed, :school, '结业班'),
  (:filed, :school, '待备案班'), (:draft, :school, '草稿班'), (:returned, :school, '退回班'), (:idle_draft, :idle_school, '停办机构草稿班'))
  AS given (opening_id, institution_id, name);
INSERT INTO opening_teacher (opening_id, teacher_id, name, qualification, subject)
SELECT opening_id, opening_id, '教师甲', '二级', '照护' FROM course_opening;
INSERT INTO opening_teacher (opening_id, teacher_id, name, qualification, subject)
  VALUES (:running, :second_teacher, '教师乙', '二级', '照护');
INSERT INTO opening_part (opening_id, part, content, saved_by) VALUES (:running, 'teaching_plan', '{}', :operator);
INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version, occupation_edition,
  occupation_code, designated_division_code, filed_at, filed_by, first_session_at, trainee_count, commitment_version,
  commitment_digest)
SELECT opening_id, 1, :school, :program, 1, 2022, '4-10-01-02', '110000', '2025-03-01 09:00+08', :operator,
  '2025-03-10 09:00+08', 2, '1', '\x01'
FROM course_opening WHERE opening_id IN (:running, :second_running, :closed, :filed, :returned);
INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version, occupation_edition,
  occupation_code, designated_division_code, filed_at, filed_by, first_session_at, trainee_count, commitment_version,
  commitment_digest)
VALUES (:draft, 1, :school, :program, 1, 2022, '4-10-01-02', '110000', '2025-02-01 09:00+08', :operator,
  '2025-03-10 09:00+08', 2, '1', '\x01');
INSERT INTO opening_return (opening_id, filing_no, reasons, returned_by) VALUES
  (:draft, 1, '[{"code": "x"}]', :officer), (:returned, 1, '[{"code": "x"}]', :officer);
INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_at, recorded_by)
SELECT opening_id, 1, filed_at, filed_by, 'K' || row_number() OVER (ORDER BY opening_id), '2025-03-02 09:00+08', :officer
FROM opening_filing WHERE opening_id IN (:running, :second_running, :closed);
INSERT INTO opening_closure (opening_id, closed_at, closed_by) VALUES (:closed, '2025-04-01 09:00+08', :operator);
INSERT INTO stored_document (document_id, institution_id, opening_id, part, file_name_sealed, media_type, size_bytes,
  sha256, uploaded_by, removed_at)
VALUES (:document, :school, :running, 'commitment', '\x01', 'application/pdf', 1, sha256('x'), :operator,
  '2025-03-01 09:00+08');
INSERT INTO opening_change (opening_id, change_no, kind, proposal, reason, proposed_by, decision, decision_reason,
  decided_at, decided_by) VALUES
  (:running, 1, 'venue', '{}', '场地维修', :operator, NULL, NULL, NULL, NULL),
  (:running, 2, 'venue', '{}', '场地维修', :operator, 'refused', '材料不全', '2025-03-03 09:00+08', :officer),
  (:running, 3, 'session_added', '{}', '补课', :operator, 'accepted', NULL, '2025-03-04 09:00+08', :officer);

INSERT INTO course_session (session_id, opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)
SELECT given.session_id, given.opening_id, given.opening_id, given.starts_at, given.starts_at + interval '2 hours',
  'theory', 'onsite', '试验教室'
FROM (VALUES
  (:session, :running, timestamptz '2025-03-10 09:00+08'), (:next_session, :running, '2025-03-11 09:00+08'),
  (:early_session, :running, '2025-02-20 09:00+08'), (:same_time_session, :second_running, '2025-03-10 10:00+08'),
  (:closed_session, :closed, '2025-03-12 09:00+08'), (:filed_session, :filed, '2025-03-13 09:00+08'))
  AS given (session_id, opening_id, starts_at);
INSERT INTO session_held (session_id, opening_id, starts_at, filed_at, first_event_at)
SELECT session_id, opening_id, starts_at, '2025-03-01 09:00+08', starts_at FROM course_session
WHERE session_id IN (:session, :same_time_session, :closed_session);

INSERT INTO person (person_id) VALUES (:person), (:second_person), (:third_person);
INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
SELECT person_id, person_id, 'citizen', '\x01', :operator FROM person WHERE person_id <> :third_person;
INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by, ended_at, end_kind, end_reason)
VALUES (:third_person, :third_person, 'citizen', '\x01', :operator, '2025-03-01 09:00+08', 'replaced', '更正');
INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
SELECT sha256(person_id::text::bytea), 'k1', person_id, person_id FROM person WHERE person_id <> :third_person;
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at) VALUES
  (:person, :check, 'matched', 'cardholder_base', 'e1', '\x01', '2025-03-01 09:00+08'),
  (:second_person, :second_check, 'matched', 'cardholder_base', 'e2', '\x02', '2025-03-01 09:00+08'),
  (:third_person, :mismatch, 'name_mismatch', 'cardholder_base', 'e3', '\x03', '2025-03-01 09:00+08');
INSERT INTO person_name (person_id, name_id, name_sealed, name_digest, check_id)
  VALUES (:person, :check, '\x01', '\x01', :check);
INSERT INTO social_security_card (person_id, card_id, number_sealed, number_digest, check_id, ended_at)
  VALUES (:person, :check, '\x01', '\x01', :check, '2025-03-01 09:00+08');
INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by)
VALUES (:third_person, :alias, :person, '同一人', '试2025-003', :officer);
INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by, decision_reason, merged_by,
  merged_at, end_proposed_by, end_proposed_at, end_case_number, end_reason, ended_by, ended_at)
VALUES (:third_person, :ended_alias, :second_person, '同一人', '试2025-004', :officer, '属实', :second_officer,
  '2025-03-01 09:00+08', :officer, '2025-03-02 09:00+08', '试2025-005', '合并有误', :second_officer,
  '2025-03-02 09:00+08');
INSERT INTO retired_digest_key (key_id) VALUES ('k0');
INSERT INTO citizen_principal (principal_id, person_id) VALUES (:citizen, :person);

INSERT INTO roster_line (person_id, opening_id, institution_id, document_kind, name_sealed, name_digest, name_initials,
  number_sealed, content_digest, state, check_id, check_outcome, added_by)
SELECT person.person_id, opening.opening_id, :school, 'citizen', '\x01', matched.name_digest, 'A', '\x01', '\x01',
  CASE matched.outcome WHEN 'matched' THEN 'matched' ELSE 'not_matched' END, matched.check_id, matched.outcome, :operator
FROM person JOIN identity_check AS matched USING (person_id)
CROSS JOIN (VALUES (:running), (:second_running), (:closed)) AS opening (opening_id);
INSERT INTO roster_line_group (person_id, opening_id, key_group_code)
SELECT :person, :running, min(code) FROM key_group;

-- What was filed stays (refuse_change_of_plan), so the openings get on only now that their plans are laid.
UPDATE course_opening SET filing_no = 1, state = 'filed' WHERE opening_id = :filed;
UPDATE course_opening SET filing_no = 1, state = 'running', on_record_at = '2025-03-02 09:00+08'
  WHERE opening_id IN (:running, :second_running);
UPDATE course_opening SET filing_no = 1, state = 'closed', on_record_at = '2025-03-02 09:00+08',
  closed_at = '2025-04-01 09:00+08' WHERE opening_id = :closed;
UPDATE course_opening SET filing_no = 1, state = 'filed' WHERE opening_id = :returned;
UPDATE course_opening SET state = 'returned' WHERE opening_id = :returned;

INSERT INTO attendance_source_proposal (proposal_id, institution_id, kind, name, proposed_by) VALUES
  (:proposal, :school, 'device', '签到机', :operator), (:open_proposal, :school, 'device', '新签到机', :operator);
INSERT INTO attendance_source (source_id, source_kind, proposal_id, institution_id, name, proposed_by, registered_by)
  VALUES (:device, 'device', :proposal, :school, '签到机', :operator, :officer);
INSERT INTO attendance_receipt (source_id, source_event_id, content_digest) VALUES (:device, 'event-1', '\x01');
INSERT INTO attendance_event (person_id, event_id, opening_id, session_id, source_id, source_event_id, kind, occurred_at,
  received_at)
VALUES (:person, :event, :running, :session, :device, 'event-1', 'sign_in', '2025-03-10 09:00+08', '2025-03-10 09:00+08');
INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes)
  VALUES (:person, '[2025-03-10 09:00+08,2025-03-10 11:00+08)', :session, :running, 120);
INSERT INTO refused_presence (person_id, refusal_id, session_id, opening_id, during) VALUES
  (:person, :refusal, :same_time_session, :second_running, '[2025-03-10 10:00+08,2025-03-10 12:00+08)');
INSERT INTO presence_correction (person_id, correction_id, opening_id, session_id, during, reason, proposed_by, decision,
  decision_reason, decided_at, decided_by) VALUES
  (:second_person, :presence_correction, :running, :session, '[2025-03-10 09:00+08,2025-03-10 11:00+08)', '设备故障',
   :operator, NULL, NULL, NULL, NULL),
  (:second_person, :refused_correction, :running, :next_session, '[2025-03-11 09:00+08,2025-03-11 11:00+08)',
   '设备故障', :operator, 'refused', '无凭证', '2025-03-12 09:00+08', :officer);
INSERT INTO check_in_failure (person_id, failure_id) VALUES (:person, :failure);

INSERT INTO completion_assessment (opening_id, attempt, scheduled_at, venue, method, scheduled_by)
SELECT opening_id, 1, '2025-03-20 09:00+08', '试验教室', 'combined', :operator FROM opening_record;
INSERT INTO assessment_result (person_id, opening_id, attempt, revision, outcome, score_hundredths, entered_by) VALUES
  (:person, :closed, 1, 1, 'pass', 9000, :operator), (:second_person, :closed, 1, 1, 'fail', 3000, :operator),
  (:third_person, :closed, 1, 1, 'pass', 9000, :operator), (:person, :running, 1, 1, 'pass', 9000, :operator),
  (:second_person, :running, 1, 1, 'fail', 3000, :operator);
INSERT INTO assessment_confirmation (person_id, opening_id, attempt, revision, outcome, entered_by, confirmed_by)
SELECT person_id, opening_id, attempt, revision, outcome, entered_by, :second_operator FROM assessment_result
WHERE (person_id, opening_id) <> (:second_person, :running);

INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, opening_id, attempt,
  outcome, program_id, program_version, program_name, occupation_edition, occupation_code, skill_level, institution_id,
  institution_name, division_code, starts_on, ends_on, planned_minutes, credited_minutes, score_hundredths)
VALUES (:person, :entry, 'completion', 'R110105-2025-00000001-X', :operator, :check, :closed, 1, 'pass', :program, 1,
  '育婴员初级', 2022, '4-10-01-02', 'level_5', :school, '试验培训学校', '110105', '2025-03-12', '2025-03-20', 2520, 2520,
  9000);
INSERT INTO record_number (record_number, person_id, entry_id) VALUES ('R110105-2025-00000001-X', :person, :entry);
INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by, decision,
  decided_at, decided_by) VALUES
  (:person, :correction, :entry, 'supersede', '{"score_hundredths": 9100}', '成绩录错', :officer, 'accepted',
   '2025-04-02 09:00+08', :second_officer),
  (:person, :second_correction, :entry, 'supersede', '{"score_hundredths": 9200}', '成绩录错', :officer, 'accepted',
   '2025-04-03 09:00+08', :second_officer);
INSERT INTO record_entry SELECT (jsonb_populate_record(entry, jsonb_build_object('entry_id', :new_entry,
  'record_number', 'R110105-2025-00000002-X', 'supersedes', entry.entry_id, 'correction_id', :correction,
  'correction_kind', 'supersede', 'correction_decision', 'accepted', 'score_hundredths', 9100))).*
FROM record_entry AS entry WHERE entry_id = :entry;
INSERT INTO record_number (record_number, person_id, entry_id) VALUES ('R110105-2025-00000002-X', :person, :new_entry);
INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by, decision,
  decided_at, decided_by) VALUES
  (:person, :revocation, :new_entry, 'revoke', '{}', '弄虚作假', :officer, 'refused', '2025-04-03 09:00+08',
   :second_officer);
INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by) VALUES
  (:person, :open_correction, :new_entry, 'revoke', '{}', '弄虚作假', :officer);
INSERT INTO access_event (person_id, access_id, principal_id, agency_id, subject, purpose, case_number)
  VALUES (:person, :access, :officer, :agency, 'record', 'subsidy_review', '试2025-001');

INSERT INTO evaluation_body (body_id, body_code, kind, name, division_code, registered_by)
VALUES (:body, 'B0001', 'social_body', '试验评价机构', '110000', :officer);
INSERT INTO evaluation_body_scope (body_id, occupation_edition, occupation_code, lowest_rank, highest_rank, in_force,
  document_number, recorded_by) VALUES (:body, 2022, '4-10-01-02', 1, 8, '[2020-01-01,2026-01-01)', '试评〔2020〕1号', :officer);
INSERT INTO certificate_number (number_id) VALUES (:number), (:second_number), (:third_number), (:free_number);
INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES
  (sha256('c1'), 'k1', :number), (sha256('c2'), 'k1', :second_number),
  (sha256('c3'), 'k1', :third_number);
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, body_id, body_name, issued_on,
  source, state, submitted_by, last_confirmed_at) VALUES
  (:person, :certificate, 'skill_level', '\x01', :number, :body, '试验评价机构', '2025-05-01', 'citizen', 'matched',
   :citizen, '2025-05-02 09:00+08'),
  (:second_person, :second_certificate, 'skill_level', '\x01', :second_number, :body, '试验评价机构', '2025-05-01',
   'institution', 'submitted', :operator, NULL);
INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES (:number, :person, :certificate);
INSERT INTO certificate_release (person_id, certificate_id, held_since, reason, released_by)
VALUES (:second_person, :second_certificate, '2025-05-02 09:00+08', '登记有误', :officer);
INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
VALUES (:person, :certificate, 'matched', 'query', 'e1', '2025-05-02 09:00+08');
INSERT INTO certificate_state_change (person_id, certificate_id, from_state, to_state, reason_code, changed_by)
VALUES (:person, :certificate, 'submitted', 'matched', 'network_matched', :system);
INSERT INTO certificate_tolling (person_id, certificate_id, starts_on, ended_on, reason) VALUES
  (:person, :certificate, '2025-05-01', '2025-05-02', 'network_unavailable'),
  (:second_person, :second_certificate, '2025-05-01', NULL, 'network_unavailable');
INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id, is_automatic, reasons,
  linked_by)
VALUES (:person, :certificate, :person, :new_entry, :new_entry, true, '["same occupation"]', :system);
INSERT INTO person (person_id) VALUES (:merged_person);
INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by, decision_reason, merged_by,
  merged_at, end_proposed_by, end_proposed_at, end_case_number, end_reason)
VALUES (:merged_person, :merged_alias, :person, '同一人', '试2025-006', :officer, '属实', :second_officer,
  '2025-03-01 09:00+08', :officer, '2025-06-02 09:00+08', '试2025-007', '合并有误');
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, body_id, body_name, issued_on,
  source, state, submitted_by, last_confirmed_at)
VALUES (:merged_person, :merged_certificate, 'skill_level', '\x01', :third_number, :body, '试验评价机构', '2025-05-01',
  'agency', 'matched', :officer, '2025-05-02 09:00+08');
INSERT INTO certificate_holder (number_id, person_id, certificate_id)
VALUES (:third_number, :merged_person, :merged_certificate);
INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, is_automatic, reasons, linked_by)
VALUES (:merged_person, :merged_certificate, :person, :new_entry, true, '["same occupation"]', :system);
INSERT INTO linking_request (person_id, request_id) VALUES (:person, :request);
INSERT INTO network_notice (event_id, content_digest) VALUES ('n1', '\x01');
INSERT INTO certificate_import (import_id, body_id, file_sha256, received_by) VALUES (:import, :body, '\x01', :officer);
INSERT INTO certificate_import_defect (import_id, line, reasons) VALUES (:import, 2, '["x"]');
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
  division_code, starts_on, ends_on)
VALUES (:person, :certificate_entry, 'certificate', 'R110105-2025-00000003-X', :system, :check, :certificate, '110105',
  '2025-05-01', '2025-05-01');
INSERT INTO completion_certificate (person_id, entry_id, certificate_id, name_id, identifier_id)
VALUES (:person, :new_entry, :certificate, :check, :person);
