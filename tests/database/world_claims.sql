-- Claims in every state, laid by the very steps and doors that move them. A holder's name stands for everything of that
-- person: `:paid` is the person, the certificate, its entry, the key, the slot, the account, the claim and its payment.

INSERT INTO principal (principal_id, kind, display_name, agency_id) VALUES
  (:reviewer, 'officer', '审核人', :agency), (:approver, 'officer', '审批人', :agency), (:payer, 'officer', '支付人', :agency),
  (:other_reviewer, 'officer', '另一审核人', :agency), (:other_approver, 'officer', '另一审批人', :agency),
  (:stray_reviewer, 'officer', '外区审核人', :other_agency), (:machine, 'agency_client', '经办系统', :agency),
  (:claimant, 'citizen', '劳动者', NULL);
INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by, confirmed_by, confirmed_at)
SELECT given.officer, kind, given.permission, :administrator, :second_administrator, '2025-01-02 09:00+08'
FROM (VALUES (:reviewer, 'review'), (:approver, 'approval'), (:payer, 'payment'), (:other_reviewer, 'review'), (:other_reviewer, 'directory'),
  (:other_approver, 'approval'), (:stray_reviewer, 'review'), (:machine, 'review'), (:machine, 'approval'),
  (:reviewer, 'approval'), (:reviewer, 'payment'), (:approver, 'payment')) AS given (officer, permission)
JOIN principal ON principal_id = given.officer;

INSERT INTO policy_edition (edition_id, content_digest, content, published_by)
  VALUES (:edition, sha256('policy'), '{}', 'world');
-- Rules of this world's own, whatever the packaged policy says.
DELETE FROM slot_rule;
INSERT INTO slot_rule (division_code, slot_group, in_force, cap, year_of, edition_id) VALUES
  ('000000', 'skill_upgrade', '[2017-01-01,)', 3, 'entry', :edition),
  ('000000', 'training', '[2017-01-01,)', 3, 'entry', :edition),
  ('000000', 'living_allowance', '[2017-01-01,)', 1, 'entry', :edition),
  ('000000', 'work_based', '[2017-01-01,)', 6, 'life', :edition);
DELETE FROM funding_rule;
INSERT INTO funding_rule (division_code, kind, in_force, sources, edition_id) VALUES
  ('000000', 'skill_upgrade', '[2017-01-01,)', '{unemployment_insurance}', :edition),
  ('000000', 'training', '[2017-01-01,)', '{unemployment_insurance,employment_fund}', :edition);
INSERT INTO shortage_occupation (division_code, benefit_line, in_force, document_number, recorded_by)
  VALUES ('110000', '2015:4-10-01-02', '[2020-01-01,2021-01-01)', '试〔2020〕9号', :officer);
INSERT INTO budget (budget_id, division_code, year, funding_source, opened_by)
SELECT given.budget, '110000', extract(year FROM law_date(registry_now())) - given.ago, given.source, :payer
FROM (VALUES (:budget, 0, 'unemployment_insurance'), (:poor_budget, 0, 'employment_fund'),
  (:last_budget, 1, 'unemployment_insurance'), (:talent_budget, 0, 'local_talent_fund')) AS given (budget, ago, source);
SELECT allot_tranche(:payer, :budget, 2000000, '试〔2025〕1号'), allot_tranche(:payer, :budget, 1000000, '试〔2025〕2号'),
  allot_tranche(:payer, :poor_budget, 1, '试〔2025〕3号');
INSERT INTO institution_account (institution_id, account_id, bank_name, number_sealed, number_tail, recorded_by,
  confirmed_by, confirmed_at) VALUES
  (:school, :school, '试验银行', '\x01', '0001', :operator, :officer, '2025-01-02 09:00+08'),
  (:idle_school, :idle_school, '试验银行', '\x01', '0002', :idle_operator, NULL, NULL);

-- How far each claim has come, in the order of its steps.
CREATE TEMP TABLE stage (holder uuid NOT NULL, reached integer NOT NULL, ending text NOT NULL DEFAULT '');
INSERT INTO stage (holder, reached, ending) VALUES
  (:unclaimed, 0, ''), (:submitted, 1, ''), (:supplemented, 1, 'supplement'), (:withdrawn, 1, 'withdrawn'),
  (:accepted, 2, ''), (:unaccepted, 1, 'not_accepted'), (:reviewed, 3, ''), (:denied, 3, 'ineligible'),
  (:refused, 3, 'refused'), (:held, 3, ''), (:approved, 4, ''), (:noticed, 5, ''), (:objected, 5, 'objected'),
  (:shown, 5, 'shown'), (:payable, 6, ''), (:held_payable, 6, ''), (:ordered, 7, ''), (:unsealed, 7, ''), (:instructed, 8, ''),
  (:failed, 9, 'rejected'), (:disputed, 9, 'rejected'), (:canceled, 9, 'rejected'), (:paid, 9, 'settled'), (:recovered, 9, 'settled');

INSERT INTO person (person_id) SELECT holder FROM stage;
INSERT INTO citizen_principal (principal_id, person_id) VALUES (:claimant, :submitted);
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
  SELECT holder, holder, 'matched', 'cardholder_base', 'e', '\x01', '2025-03-01 09:00+08' FROM stage;
INSERT INTO certificate_number (number_id) SELECT holder FROM stage;
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition, occupation_code,
  skill_level, body_id, body_name, issued_on, source, state, submitted_by, last_confirmed_at)
SELECT holder, holder, 'skill_level', '\x01', holder, 2022, '4-10-01-02', 'level_4', :body, '试验评价机构', '2025-05-01',
  'agency', 'matched', :officer, '2025-05-02 09:00+08' FROM stage;
INSERT INTO certificate_holder (number_id, person_id, certificate_id) SELECT holder, holder, holder FROM stage;
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
  occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
SELECT holder, holder, 'certificate', 'R110105-2025-' || lpad((100 + row_number() OVER (ORDER BY holder))::text, 8, '0')
  || '-X', :system, holder, holder, 2022, '4-10-01-02', 'level_4', '110105', '2025-05-01', '2025-05-01' FROM stage;
INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by, check_outcome,
  check_evidence_id, checked_at)
SELECT holder, holder, 'bank_card', '试验银行', '\x01', '0009', :system, 'matched', 'e', '2025-05-02 09:00+08' FROM stage;
INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by, check_outcome,
  check_evidence_id, checked_at)
VALUES (:payable, :differing, 'bank_card', '试验银行', '\x02', '0010', :system, 'holder_differs', 'e', '2025-05-02 09:00+08');
INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by)
VALUES (:payable, :unchecked, 'bank_card', '试验银行', '\x03', '0011', :system);
INSERT INTO account_key (digest, key_id, person_id, account_id) VALUES (sha256('a'), 'k1', :paid, :paid);
INSERT INTO insurance_fact (person_id, fact_id, as_of, outcome, facts, evidence_id, answered_at)
  VALUES (:paid, :fact, '2025-05-01', 'answered', '{}', 'e', '2025-05-02 09:00+08');

INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by, decision,
  decided_at, decided_by) VALUES
  (:paid, :paid, :paid, 'revoke', '{}', '弄虚作假', :officer, 'accepted', '2025-07-03 09:00+08', :second_officer),
  (:ordered, :ordered, :ordered, 'supersede', '{"score_hundredths": 1}', '登记有误', :officer, 'accepted',
   '2025-07-03 09:00+08', :second_officer);

-- Everything is sealed but two entries; the class's entry too, which the institution claims for.
SELECT seal_events(array_agg(event_id), array_agg(sha256(subject_id::text::bytea)), array_agg(subject_id::text::bytea))
FROM (SELECT event_id, subject_id FROM unsealed_event WHERE kind = 'entry' AND subject_id NOT IN (:unclaimed, :unsealed)
      ORDER BY event_id) AS sealed;
SELECT publish_log(size, sha256('root'),
  format(E'log.test\n%s\n%s\n\n— log.test AAAAAAAA\n', size, encode(sha256('root'), 'base64')), '{1}', '{0}', ARRAY[sha256('n')])
FROM (SELECT max(leaf_index) + 1 AS size FROM log_leaf) AS log;
INSERT INTO key_change (purpose, key_id, change, public_key) VALUES ('log', 'log.test', 'added', 'log.test');
INSERT INTO access_digest (day, accesses, digest) VALUES ('2025-01-01', 0, sha256(''));
-- One leaf more than any tree head covers, and never late: tests run longer than the five minutes of the payment gate.
INSERT INTO log_leaf (leaf_index, leaf, leaf_hash, queued_at)
  SELECT max(leaf_index) + 1, '{}', sha256('\x00'::bytea || '{}'::bytea), now() + interval '1 day' FROM log_leaf;
UPDATE unsealed_event SET event_id = :queued WHERE subject_id = :unsealed;

INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
SELECT holder, holder, 'training_or_upgrade', '2015:4-10-01-02', 'level_4', 'life', 'claim' FROM stage WHERE reached > 0;
INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division)
SELECT holder, holder, holder, 'skill_upgrade', '2025', 1, 3, 0, false, '000000' FROM stage WHERE reached > 0;
INSERT INTO claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id, benefit_line,
  skill_level, period, slot_group, slot_id, division_code, payee_kind, account_id, submitted_by)
SELECT holder, holder, 'S110105-2025-' || lpad((row_number() OVER (ORDER BY holder))::text, 8, '0'), 'skill_upgrade',
  'certificate', holder, 'training_or_upgrade', holder, '2015:4-10-01-02', 'level_4', 'life', 'skill_upgrade', holder,
  '110105', 'person', holder, :system
FROM stage WHERE reached > 0;
INSERT INTO claim_number (claim_number, person_id, claim_id)
  SELECT claim_number, person_id, claim_id FROM claim WHERE claim_id <> :submitted;

INSERT INTO claim_supplement (person_id, claim_id, requests, due_on, requested_by)
  SELECT holder, holder, '["x"]', '2025-06-30', :reviewer FROM stage WHERE ending = 'supplement';
INSERT INTO claim_paper (person_id, paper_id, claim_id, file_name_sealed, media_type, size_bytes, sha256, uploaded_by)
  VALUES (:supplemented, :paper, :supplemented, '\x01', 'application/pdf', 1, sha256('x'), :system);
INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)
  SELECT holder, holder, '不再申领', :system FROM stage WHERE ending = 'withdrawn';
INSERT INTO claim_acceptance (person_id, claim_id, outcome, reasons, decided_by)
  SELECT holder, holder, 'not_accepted', '["x"]', :reviewer FROM stage WHERE ending = 'not_accepted';
-- A promise belongs to a project's claim, and none of these is one.
ALTER TABLE claim_commitment DISABLE TRIGGER with_filing;
INSERT INTO claim_commitment (person_id, claim_id, version, digest, content, credit, committed_by, check_due_on)
  VALUES (:reviewed, :reviewed, '2026-1', sha256(convert_to('承诺', 'UTF8')), '承诺', 'good', :operator, '2025-09-01');
ALTER TABLE claim_commitment ENABLE ALWAYS TRIGGER with_filing;
INSERT INTO claim_acceptance (person_id, claim_id, outcome, decided_by)
  SELECT holder, holder, 'accepted', :reviewer FROM stage WHERE reached >= 2;
INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by)
SELECT holder, holder, 1, CASE WHEN ending IN ('ineligible', 'refused') THEN 'ineligible' ELSE 'eligible' END,
  CASE WHEN ending IN ('ineligible', 'refused') THEN 0 ELSE 150000 END, '{}', '["x"]', :edition, :reviewer
FROM stage WHERE reached >= 3;
INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision, approved_by)
SELECT holder, holder, 1, 'ineligible', 0, :reviewer, 'refused', :approver FROM stage WHERE ending = 'refused';
INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision, approved_by)
SELECT holder, holder, 1, 'eligible', 150000, :reviewer, 'approved', :approver FROM stage WHERE reached >= 4;
INSERT INTO claim_appeal (person_id, appeal_id, claim_id, round, channel, grounds, filed_by)
  VALUES (:refused, :appeal, :refused, 1, 'review', '证书有效', :system);

INSERT INTO public_notice (notice_id, division_code, agency_id, title, starts_on, ends_on, published_by) VALUES
  (:notice, '110000', :agency, '技能提升补贴公示', '2025-06-02', '2025-06-06', :approver),
  (:running_notice, '110000', :agency, '技能提升补贴公示', '2025-06-02', '2999-06-06', :approver);
INSERT INTO public_notice_line (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by, approved_by,
  published_by, shown)
SELECT holder, holder, 1, CASE WHEN ending = 'shown' THEN :running_notice ELSE :notice END,
  row_number() OVER (ORDER BY holder), 150000, :reviewer, :approver, :approver, '{}'
FROM stage WHERE reached >= 5;
INSERT INTO objection (objection_id, notice_id, line_no, grounds_sealed)
  SELECT :objection, notice_id, line_no, '\x01' FROM public_notice_line WHERE claim_id = :objected;
INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
  SELECT holder, holder, 1, :notice, :system FROM stage WHERE reached >= 6;
INSERT INTO claim_hold (person_id, hold_id, claim_id, reason_code, reason, placed_by) VALUES
  (:held, :held, :held, 'risk', '重复账户', :machine),
  (:held_payable, :held_payable, :held_payable, 'risk', '重复账户', :machine);

SELECT order_payments(:payer, :order, 'P110000-2025-00000001', :budget, array_agg(holder)) FROM stage WHERE reached >= 7;
SELECT instruct_payment(holder, holder, holder, holder) FROM stage WHERE reached >= 8 ORDER BY holder;
SELECT mark_sent(holder, '2999-01-01 00:00+08') FROM stage WHERE reached >= 9;
SELECT answer_instruction(holder, ending, 'reply', 'e', '2025-07-01 09:00+08', NULL, 'b1', NULL)
  FROM stage WHERE reached = 9;
INSERT INTO payment_retry (person_id, claim_id, retry_no, reason, ordered_by) VALUES (:canceled, :canceled, 1, '再试', :payer);
SELECT cancel_benefit(:payer, :canceled, :canceled, 'payment_failed');
INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason, amount_fen, due_on,
  ordered_by)
VALUES (:recovered, :recovered, 'Z110000-2025-00000001', :recovered, 150000, 'fraud', '弄虚作假', 100000, '2025-09-01',
  :payer);
INSERT INTO recovery_step (person_id, recovery_id, kind, amount_fen, evidence, happened_on, recorded_by)
  VALUES (:recovered, :recovered, 'repayment', 50000, '缴款书', '2025-08-01', :payer);
INSERT INTO bank_statement (statement_id, statement_on, file_sha256, imported_by, fetched_at)
  VALUES (:statement, '2025-07-01', sha256('x'), :system, registry_now());
INSERT INTO bank_statement_line (statement_id, line, instruction_id, instruction_text, amount_fen, outcome)
  VALUES (:statement, 1, :paid, 'x', 150000, 'settled');
SELECT answer_instruction(:disputed, 'settled', 'callback', 'late', '2025-07-02 09:00+08', NULL, 'b1', NULL);
INSERT INTO payment_confirmation (confirmation_id, instruction_id, document_number, reason, proposed_by)
  VALUES (:disputed, :disputed, '银证〔2025〕1号', '确已入账', :payer);
INSERT INTO decision_notice (person_id, notice_id, claim_id, notice_number, kind, reasons, remedies, issued_by)
  VALUES (:refused, :refused, :refused, 'N110000-2025-00000001', 'refusal', '["x"]', '["复议"]', :approver);
INSERT INTO decision_notice_number (notice_number, person_id, notice_id)
  VALUES ('N110000-2025-00000001', :refused, :refused);
INSERT INTO message_delivery (message_id, person_id, template, parameters) VALUES (:message, :paid, 'paid', '{}');

-- An advance for the class, a share of it used up by a trainee's benefit, a share returned; a voucher that funds it.
INSERT INTO advance (advance_id, opening_id, institution_id, division_code, budget_id, base_fen, share_bp, amount_fen,
  edition_id, proposed_by) VALUES
  (:advance, :closed, :school, '110105', :budget, 1000000, 5000, 200000, :edition, :reviewer),
  (:open_advance, :running, :school, '110105', :budget, 1000000, 5000, 200000, :edition, :reviewer),
  (:stale_advance, :second_running, :school, '110105', :last_budget, 1000000, 5000, 200000, :edition, :reviewer);
SELECT approve_advance(:approver, :advance);
SELECT order_advance(:payer, :advance);
SELECT instruct_advance(:advance, :advance);
SELECT answer_instruction(:advance, 'settled', 'callback', 'e', '2025-07-01 09:00+08', NULL, 'b2', NULL);
INSERT INTO advance_return (advance_id, return_id, amount_fen, evidence, happened_on, recorded_by)
  VALUES (:advance, :advance, 100000, '退款回单', '2025-08-01', :payer);
INSERT INTO voucher (person_id, voucher_id, voucher_number, division_code, amount_fen, valid_until, issued_by)
  VALUES (:person, :voucher, 'V110000-2025-00000001', '110000', 120000, '2999-01-01', :officer);
SELECT submit_claims(:operator, :batch, jsonb_build_array(jsonb_build_object('person_id', :person, 'claim_id', :class_claim,
  'claim_number', 'S110105-2025-00000999', 'kind', 'training', 'entry_id', :new_entry, 'division_code', '110105',
  'payee_kind', 'institution', 'payee_institution_id', :school, 'voucher_id', :voucher)));
INSERT INTO claim_acceptance (person_id, claim_id, outcome, decided_by) VALUES (:person, :class_claim, 'accepted', :reviewer);
INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by)
  VALUES (:person, :class_claim, 1, 'eligible', 120000, '{}', '["x"]', :edition, :reviewer);
INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision, approved_by)
  VALUES (:person, :class_claim, 1, 'eligible', 120000, :reviewer, 'approved', :approver);
INSERT INTO public_notice_line (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by, approved_by,
  published_by, shown)
  VALUES (:person, :class_claim, 1, :notice, 999, 120000, :reviewer, :approver, :approver, '{}');
INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
  VALUES (:person, :class_claim, 1, :notice, :system);
SELECT order_payments(:payer, :class_order, 'P110000-2025-00000002', :budget, ARRAY[:class_claim]);
SELECT instruct_payment(:person, :class_claim, :class_benefit, :class_instruction);
SELECT answer_instruction(:class_instruction, 'settled', 'query', 'e', '2025-07-01 09:00+08', NULL, 'b3', NULL);

-- Employers' listings, what was paid before the registry, and two who turned out to be one with the same benefit twice.
INSERT INTO employer_listing (listing_id, institution_id, kind, division_code, period, starts_on, ends_on, filed_by) VALUES
  (:listing, :school, 'work_month', '110105', '2025-06', '2025-06-01', '2025-06-30', :operator);
INSERT INTO employer_listing_line (person_id, listing_id, name_sealed, number_sealed, document_kind, check_id,
  check_outcome) VALUES (:unclaimed, :listing, '\x01', '\x01', 'citizen', :unclaimed, 'matched');
INSERT INTO person (person_id) VALUES (:earlier), (:other_earlier);
INSERT INTO earlier_import (import_id, division_code, file_sha256, rows_total, received_by)
  VALUES (:import, '110000', '\x01', 2, :officer);
INSERT INTO earlier_import_defect (import_id, line, reasons) VALUES (:import, 2, '[]');
INSERT INTO earlier_benefit (person_id, earlier_id, kind, division_code, paid_on, amount_fen, document_number, import_id,
  line)
SELECT given, given, 'skill_upgrade', '110105', '2018-05-01', 100000, '试〔2018〕1号', :import, 1
FROM unnest(ARRAY[:earlier, :other_earlier]) AS given;
INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin, earlier_id)
SELECT person_id, person_id, 'training_or_upgrade', '2015:4-10-01-02', 'level_4', 'life', 'earlier', earlier_id
FROM earlier_benefit;
INSERT INTO benefit_slot (person_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage, rule_division,
  employer_id, employer_nth, employer_cap) VALUES
  (:earlier, :earlier, 'living_allowance', '2025', 1, 1, 0, false, '000000', NULL, NULL, NULL),
  (:earlier, :earlier, 'work_based', 'life', 1, 99, 0, false, '000000', :school, 1, 1);
INSERT INTO merge_collision (person_id, collision_id, alias_id, key_id, other_person_id, other_key_id)
  VALUES (:earlier, :collision, :alias, :earlier, :other_earlier, :other_earlier);
-- Evidence that fell away after it was paid on, a debt somebody proposes to write off, and a push of the bank.
INSERT INTO evidence_alarm (message_id, topic) VALUES (:message, 'record.revoked');
INSERT INTO recovery_case (person_id, case_id, benefit_id, message_id, cause)
  VALUES (:paid, :paid, :paid, :message, 'record_revoked');
INSERT INTO recovery_write_off (person_id, proposal_id, recovery_id, amount_fen, reason, proposed_by)
  VALUES (:recovered, :recovered, :recovered, 1000, '无可执行财产', :payer);
INSERT INTO bank_notice (event_id, content_digest, items) VALUES ('b1', sha256('b1'), '["x"]');
DROP TABLE stage;

-- What citizens are told and where, what is overdue, and who could claim and has not.
INSERT INTO message_address (person_id, address_id, channel, address_sealed, recorded_by)
  VALUES (:recovered, :recovered, 'sms', '\x01', :system);
INSERT INTO message_request (person_id, occasion, subject_id) VALUES (:paid, 'paid', :paid);
INSERT INTO enrollment_request (request_id, opening_id) VALUES (:message, :running);
INSERT INTO deadline_lapse (person_id, claim_id, round, stage, due_on)
  VALUES (:submitted, :submitted, 1, 'submitted', '2025-06-30');
INSERT INTO proactive_pass (pass_id, finished_at, entries, candidates) VALUES (:pass, '2025-07-01 09:00+08', 1, 1);
INSERT INTO proactive_candidate (person_id, kind, entry_id, pass_id, division_code, amount_fen)
  VALUES (:unclaimed, 'skill_upgrade', :unclaimed, :pass, '110105', 150000);
INSERT INTO enrollment_denial (person_id, opening_id, denial_id, reason_sealed, denied_by)
  VALUES (:submitted, :running, :denial, '\x01', :claimant);

-- Somebody asked about a number that nobody has, and what of the questions of a day is taken.
INSERT INTO verification_miss (principal_id, agency_id, purpose, case_number)
  VALUES (:officer, :agency, 'inspection', '试2025-001');
INSERT INTO lookup_allowance (principal_id, purpose, day, granted, misses_granted, minute)
  VALUES (:officer, 'inspection', '2025-07-01', 10, 2, '2025-07-01 09:00+08');
INSERT INTO comparison (comparison_id, principal_id, agency_id, purpose, case_number)
  VALUES (:message, :officer, :agency, 'inspection', '试2025-001');
