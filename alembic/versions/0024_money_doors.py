"""Doors of money: what waits and why, due instructions, notices and statements of the bank, recoveries, vouchers, advances.

Why: officers order, retry, cancel and recover by the number of a claim, without a right to read persons; the paying
worker takes due instructions so that two of them never ask about the same one; the bank's notices are stored once by
whoever answers its push and taken up by the only role that may pay. A machine opens a case and holds what is unpaid;
a person orders the recovery, and two write a debt off.
Lock taken, and for how long: none that matters, new tables, functions and one index on a table of claims.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE payment_wait (
  subject_id uuid NOT NULL,
  reason text NOT NULL,
  tries integer NOT NULL DEFAULT 1,
  noted_at timestamptz NOT NULL DEFAULT registry_now(),
  next_try_at timestamptz NOT NULL,
  CONSTRAINT payment_wait_pkey PRIMARY KEY (subject_id),
  CONSTRAINT payment_wait_reason_known CHECK (reason IN ('on_hold', 'entry_not_sealed', 'log_late', 'entry_not_in_force', 'key_not_held',
    'account_not_checked', 'budget_exhausted', 'advance_under_way', 'advance_of_other_budget', 'bank_contradicts',
    'person_not_comparable', 'held_for_registry', 'registries_not_asked', 'restored', 'log_not_compared'))
);
COMMENT ON TABLE payment_wait IS 'Why an ordered claim or advance was not instructed at the last try, and when it is tried again.';
CREATE INDEX claim_ordered ON claim (state_since, claim_id) WHERE state = 'ordered';

CREATE TABLE bank_notice (
  event_id text NOT NULL,
  content_digest bytea NOT NULL,
  items jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT registry_now(),
  taken_at timestamptz,
  CONSTRAINT bank_notice_pkey PRIMARY KEY (event_id),
  CONSTRAINT bank_notice_says_something CHECK (jsonb_array_length(items) > 0)
);
COMMENT ON TABLE bank_notice IS 'A push of the bank whose signature held, once; the paying worker takes it up.';
CREATE INDEX bank_notice_due ON bank_notice (received_at) WHERE taken_at IS NULL;
CALL make_append_only('bank_notice', 'taken_at');

CREATE TABLE recovery_write_off (
  person_id uuid NOT NULL,
  proposal_id uuid NOT NULL DEFAULT uuidv7(),
  recovery_id uuid NOT NULL,
  amount_fen bigint NOT NULL,
  reason text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  proposed_by uuid NOT NULL,
  decision text,
  decision_reason text,
  decided_at timestamptz,
  decided_by uuid,
  CONSTRAINT recovery_write_off_pkey PRIMARY KEY (person_id, proposal_id),
  CONSTRAINT recovery_write_off_recovery_fkey FOREIGN KEY (person_id, recovery_id) REFERENCES recovery (person_id, recovery_id),
  CONSTRAINT recovery_write_off_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT recovery_write_off_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT recovery_write_off_decision_known CHECK (decision IN ('accepted', 'refused')),
  CONSTRAINT recovery_write_off_second_person CHECK (decided_by <> proposed_by),
  CONSTRAINT recovery_write_off_decided_whole CHECK ((decision IS NULL) = (decided_at IS NULL)
    AND (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decision_reason IS NULL)),
  CONSTRAINT recovery_write_off_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT recovery_write_off_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE recovery_write_off IS '核销: proposed by one officer, decided by another.';
CREATE UNIQUE INDEX recovery_write_off_one_open ON recovery_write_off (person_id, recovery_id) WHERE decision IS NULL;
CALL make_append_only('recovery_write_off', 'decision', 'decision_reason', 'decided_at', 'decided_by');

CREATE TABLE evidence_alarm (
  message_id uuid NOT NULL,
  topic text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT evidence_alarm_pkey PRIMARY KEY (message_id),
  CONSTRAINT evidence_alarm_message_fkey FOREIGN KEY (message_id) REFERENCES outbox_message (message_id)
);
COMMENT ON TABLE evidence_alarm IS 'An announcement that evidence fell away, taken up once by the job that holds and opens cases.';
CALL make_append_only('evidence_alarm');

CREATE TABLE recovery_case (
  person_id uuid NOT NULL,
  case_id uuid NOT NULL DEFAULT uuidv7(),
  benefit_id uuid NOT NULL,
  message_id uuid NOT NULL,
  cause text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT registry_now(),
  dismissed_at timestamptz,
  dismissed_by uuid,
  dismissal_reason text,
  CONSTRAINT recovery_case_pkey PRIMARY KEY (person_id, case_id),
  CONSTRAINT recovery_case_once UNIQUE (person_id, benefit_id, message_id),
  CONSTRAINT recovery_case_benefit_fkey FOREIGN KEY (person_id, benefit_id) REFERENCES benefit (person_id, benefit_id),
  CONSTRAINT recovery_case_alarm_fkey FOREIGN KEY (message_id) REFERENCES evidence_alarm (message_id),
  CONSTRAINT recovery_case_cause_known CHECK (cause IN ('record_revoked', 'certificate_revoked', 'certificate_corrected',
    'commitment_broken', 'double_benefit')),
  CONSTRAINT recovery_case_dismissed_whole CHECK ((dismissed_at IS NULL) = (dismissed_by IS NULL)
    AND (dismissed_at IS NULL) = (dismissal_reason IS NULL)),
  CONSTRAINT recovery_case_dismissed_by_fkey FOREIGN KEY (dismissed_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE recovery_case IS 'Money was paid on evidence that fell away: an officer orders the recovery, or says why not.';
CALL make_append_only('recovery_case', 'dismissed_at', 'dismissed_by', 'dismissal_reason');
"""

GRANTS = """
GRANT SELECT (institution_id, name, unified_social_credit_code) ON training_institution TO pay_worker;
GRANT SELECT ON payment_wait TO pay_worker, auditor, access_owner;
GRANT INSERT ON payment_wait TO access_owner;
GRANT UPDATE (reason, tries, noted_at, next_try_at) ON payment_wait TO access_owner;
GRANT SELECT ON bank_notice TO worker, pay_worker, auditor, access_owner;
GRANT INSERT (event_id, content_digest, items) ON bank_notice TO worker;
GRANT UPDATE (taken_at) ON bank_notice TO access_owner;
GRANT SELECT ON recovery_write_off, recovery_case TO worker, auditor, access_owner;
GRANT SELECT ON evidence_alarm TO worker, auditor, access_owner;
GRANT INSERT ON recovery_write_off TO access_owner;
GRANT UPDATE (decision, decision_reason, decided_at, decided_by) ON recovery_write_off TO access_owner;
GRANT INSERT (message_id, topic) ON evidence_alarm TO worker;
GRANT INSERT (person_id, case_id, benefit_id, message_id, cause) ON recovery_case TO worker;
GRANT UPDATE (dismissed_at, dismissed_by, dismissal_reason) ON recovery_case TO access_owner;
GRANT INSERT ON recovery_step, payment_retry, voucher, bank_statement, bank_statement_line TO access_owner;
GRANT UPDATE (fetched_at) ON bank_statement TO access_owner;
-- Their doors ask whose work it is; beside them nobody writes.
REVOKE INSERT (person_id, recovery_id, step_id, kind, amount_fen, evidence, happened_on, recorded_by, approved_by)
  ON recovery_step FROM app_agency;
REVOKE INSERT (person_id, voucher_id, voucher_number, division_code, benefit_line, amount_fen, valid_until, issued_by)
  ON voucher FROM app_agency;
REVOKE INSERT (statement_id, statement_on, file_sha256, imported_by) ON bank_statement FROM app_agency;
REVOKE INSERT ON bank_statement_line FROM app_agency;
REVOKE INSERT (person_id, claim_id, retry_no, account_id, reason, ordered_by) ON payment_retry FROM app_agency;
"""

PAYING = """
CREATE FUNCTION lease_instructions(page integer, lease interval) RETURNS TABLE (instruction_id uuid)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.bank_instruction AS due SET next_send_at = registry.registry_now() + lease
  WHERE due.instruction_id IN (
    SELECT waiting.instruction_id FROM registry.bank_instruction AS waiting
    WHERE waiting.next_send_at <= registry.registry_now()
    ORDER BY waiting.next_send_at, waiting.instruction_id LIMIT page FOR NO KEY UPDATE SKIP LOCKED)
  RETURNING due.instruction_id
$$;
COMMENT ON FUNCTION lease_instructions(integer, interval) IS
  'What is due at the bank, for one worker at a time; one that dies gives it back when the lease ends.';

CREATE FUNCTION note_payment_wait(subject uuid, why text, again_in interval) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO registry.payment_wait AS held (subject_id, reason, next_try_at)
  VALUES (subject, why, registry.registry_now() + again_in)
  ON CONFLICT (subject_id) DO UPDATE SET reason = excluded.reason, tries = held.tries + 1,
    noted_at = registry.registry_now(), next_try_at = excluded.next_try_at
$$;

CREATE FUNCTION bank_notice_taken(event text) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH taken AS (
    UPDATE registry.bank_notice SET taken_at = registry.registry_now()
    WHERE bank_notice.event_id = event AND bank_notice.taken_at IS NULL RETURNING 1
  ) SELECT EXISTS (SELECT FROM taken)
$$;

CREATE FUNCTION store_statement(actor uuid, new_statement uuid, on_day date, sha256 bytea, ids uuid[], texts text[],
    amounts bigint[], outcomes text[], fetched timestamptz) RETURNS integer
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  differing integer;
BEGIN
  -- What somebody handed in before, and the bank itself has given out now, is the bank's.
  UPDATE registry.bank_statement AS earlier SET fetched_at = fetched
    WHERE earlier.file_sha256 = store_statement.sha256 AND earlier.fetched_at IS NULL AND fetched IS NOT NULL
      AND (cardinality(texts) > 0 OR earlier.statement_on = on_day);
  -- Days on which nothing ended have files that are all alike; any other file belongs to one day.
  IF cardinality(texts) > 0 AND EXISTS (SELECT FROM registry.bank_statement AS earlier
      WHERE earlier.file_sha256 = store_statement.sha256) THEN
    RETURN NULL;
  END IF;
  INSERT INTO registry.bank_statement (statement_id, statement_on, file_sha256, imported_by, fetched_at)
    VALUES (new_statement, on_day, store_statement.sha256, actor, fetched)
    ON CONFLICT ON CONSTRAINT bank_statement_file_key DO NOTHING;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  INSERT INTO registry.bank_statement_line (statement_id, line, instruction_id, instruction_text, amount_fen, outcome, difference)
  SELECT new_statement, given.line, known.instruction_id, given.said, given.fen, given.ended,
    CASE WHEN known.instruction_id IS NULL THEN 'unknown_instruction'
      WHEN given.nth > 1 THEN 'repeated'
      WHEN known.amount_fen <> given.fen THEN 'amount_differs'
      WHEN known.state <> given.ended THEN 'outcome_differs' END
  FROM (SELECT line.*, row_number() OVER (PARTITION BY line.said ORDER BY line.line) AS nth
        FROM unnest(ids, texts, amounts, outcomes) WITH ORDINALITY AS line (id, said, fen, ended, line)) AS given
  LEFT JOIN registry.bank_instruction AS known ON known.instruction_id = given.id;
  -- What ended on that day, as the bank itself told us, and stands on no file of the bank's.
  INSERT INTO registry.bank_statement_line (statement_id, line, instruction_id, instruction_text, amount_fen, outcome, difference)
  SELECT new_statement, cardinality(texts) + row_number() OVER (ORDER BY ended.instruction_id), ended.instruction_id,
    ended.instruction_id::text, ended.amount_fen, ended.state, 'not_on_statement'
  FROM registry.bank_instruction AS ended
  WHERE ended.state IN ('settled', 'rejected')
    AND EXISTS (SELECT FROM registry.bank_answer AS said
      WHERE said.instruction_id = ended.instruction_id AND said.outcome = ended.state
        AND registry.law_date(said.answered_at) = on_day)
    AND NOT EXISTS (SELECT FROM registry.bank_statement_line AS told
      WHERE told.instruction_id = ended.instruction_id AND told.difference IS DISTINCT FROM 'not_on_statement');
  SELECT count(*) INTO differing FROM registry.bank_statement_line AS line
    WHERE line.statement_id = new_statement AND line.difference IS NOT NULL;
  RETURN differing;
END $$;
COMMENT ON FUNCTION store_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[], timestamptz) IS
  '对账: how many lines differ, missing ones included; null when the file was there before. It moves no money.';

CREATE FUNCTION import_statement(actor uuid, new_statement uuid, on_day date, sha256 bytea, ids uuid[], texts text[],
    amounts bigint[], outcomes text[]) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM registry.principal AS importing JOIN registry.agency USING (agency_id)
      WHERE importing.principal_id = actor AND registry.officer_may(actor, 'payment', agency.division_code)) THEN
    RAISE EXCEPTION 'not theirs to reconcile'
      USING ERRCODE = '23001', CONSTRAINT = 'bank_statement_officer_permitted', TABLE = 'bank_statement';
  END IF;
  RETURN registry.store_statement(actor, new_statement, on_day, sha256, ids, texts, amounts, outcomes, NULL);
END $$;
COMMENT ON FUNCTION import_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[]) IS
  'A file that an officer hands in: compared like any other, but it lifts nothing until the worker fetches the same.';

CREATE FUNCTION take_statement(actor uuid, new_statement uuid, on_day date, sha256 bytea, ids uuid[], texts text[],
    amounts bigint[], outcomes text[]) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT registry.store_statement(actor, new_statement, on_day, sha256, ids, texts, amounts, outcomes,
    registry.registry_now())
$$;
COMMENT ON FUNCTION take_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[]) IS
  'A file that the paying worker fetched from the bank.';

CREATE FUNCTION payment_order_lines(prefix text, asked uuid, after_claim uuid, page integer)
  RETURNS TABLE (claim_id uuid, claim_number text, kind text, division_code text, amount_fen bigint, state text,
    state_since timestamptz, payee_kind text, offset_fen bigint, attempts integer, instruction_state text, sends integer,
    bank_reference text, reject_code text, waits_for text, next_try_at timestamptz, contradictions integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.claim_id, held.claim_number, held.kind, held.division_code, line.amount_fen, held.state, held.state_since,
    held.payee_kind, coalesce(paying.offset_fen, 0), coalesce(sent.attempt, 0), sent.state, coalesce(sent.sends, 0),
    sent.bank_reference, sent.reject_code, waiting.reason, waiting.next_try_at,
    (SELECT count(*)::integer FROM registry.bank_answer AS said JOIN registry.bank_instruction AS told USING (instruction_id)
     WHERE told.person_id = paying.person_id AND told.benefit_id = paying.benefit_id AND said.contradicts)
  FROM registry.payment_order_line AS line
  JOIN registry.claim AS held ON held.person_id = line.person_id AND held.claim_id = line.claim_id
  LEFT JOIN LATERAL (SELECT * FROM registry.benefit WHERE benefit.person_id = line.person_id
    AND benefit.claim_id = line.claim_id AND benefit.order_id = line.order_id
    ORDER BY benefit.instructed_at DESC LIMIT 1) AS paying ON true
  LEFT JOIN LATERAL (SELECT * FROM registry.bank_instruction AS instruction
    WHERE instruction.person_id = paying.person_id AND instruction.benefit_id = paying.benefit_id
    ORDER BY instruction.attempt DESC LIMIT 1) AS sent ON true
  LEFT JOIN registry.payment_wait AS waiting ON waiting.subject_id = held.claim_id AND held.state = 'ordered'
    AND waiting.noted_at >= held.state_since
  WHERE line.order_id = asked AND starts_with(held.division_code, prefix)
    AND (after_claim IS NULL OR held.claim_id > after_claim)
  ORDER BY held.claim_id LIMIT page
$$;
COMMENT ON FUNCTION payment_order_lines(text, uuid, uuid, integer) IS 'How far each line is, and why it waits; nothing of the persons.';

CREATE FUNCTION statement_differences(prefix text, asked uuid, after_line integer, page integer)
  RETURNS TABLE (line integer, instruction_text text, instruction_id uuid, claim_number text, advance_id uuid,
    amount_fen bigint, outcome text, difference text, own_amount_fen bigint, own_state text, is_settled_since boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT told.line, told.instruction_text, told.instruction_id, held.claim_number, own.advance_id, told.amount_fen,
    told.outcome, told.difference, own.amount_fen, own.state,
    CASE told.difference WHEN 'outcome_differs' THEN own.state = told.outcome AND own.amount_fen = told.amount_fen
      WHEN 'not_on_statement' THEN EXISTS (SELECT FROM registry.bank_statement_line AS later
        WHERE later.instruction_id = told.instruction_id AND later.difference IS NULL)
      ELSE false END
  FROM registry.bank_statement_line AS told
  LEFT JOIN registry.bank_instruction AS own ON own.instruction_id = told.instruction_id
  LEFT JOIN registry.benefit AS paying ON paying.person_id = own.person_id AND paying.benefit_id = own.benefit_id
  LEFT JOIN registry.claim AS held ON held.person_id = paying.person_id AND held.claim_id = paying.claim_id
  LEFT JOIN registry.advance AS prepaid ON prepaid.advance_id = own.advance_id
  WHERE told.statement_id = asked AND told.difference IS NOT NULL AND told.line > after_line
    AND (own.instruction_id IS NULL OR starts_with(coalesce(held.division_code, prepaid.division_code), prefix))
  ORDER BY told.line LIMIT page
$$;

CREATE FUNCTION retry_payment(actor uuid, asked uuid, account uuid, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
  chosen uuid := account;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.claim_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RETURN 'claim_unknown';
  ELSIF held.state NOT IN ('failed', 'ordered') THEN
    RETURN 'not_failed';
  ELSIF EXISTS (SELECT FROM registry.benefit AS live WHERE live.person_id = held.person_id AND live.claim_id = asked
      AND live.canceled_at IS NULL AND registry.bank_contradicts(live.benefit_id, NULL)) THEN
    RETURN 'bank_contradicts';
  END IF;
  IF held.payee_kind = 'person' THEN
    -- Without a choice: the newest own account that the bank confirmed.
    SELECT own.account_id INTO chosen FROM registry.payee_account AS own
      WHERE own.person_id = held.person_id AND own.check_outcome = 'matched' AND own.ended_at IS NULL
        AND (account IS NULL OR own.account_id = account)
      ORDER BY own.recorded_at DESC, own.account_id DESC LIMIT 1;
    IF NOT FOUND THEN
      RETURN 'account_not_checked';
    END IF;
  ELSIF account IS NOT NULL THEN
    RETURN 'account_not_checked';
  END IF;
  INSERT INTO registry.payment_retry (person_id, claim_id, retry_no, account_id, reason, ordered_by)
  SELECT held.person_id, held.claim_id, count(*) + 1, chosen, why, actor FROM registry.payment_retry AS past
    WHERE past.person_id = held.person_id AND past.claim_id = held.claim_id;
  UPDATE registry.payment_wait SET next_try_at = registry.registry_now() WHERE payment_wait.subject_id = asked;
  RETURN 'ordered';
END $$;
COMMENT ON FUNCTION retry_payment(uuid, uuid, uuid, text) IS
  'After the bank''s final rejection, to an own account that the bank confirmed; by whoever neither reviewed nor approved.';

CREATE FUNCTION cancel_payment(actor uuid, asked uuid, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.claim_id = asked;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RETURN 'absent';
  END IF;
  RETURN registry.cancel_benefit(actor, held.person_id, held.claim_id, why);
END $$;

CREATE FUNCTION advance_basis(prefix text, asked uuid)
  RETURNS TABLE (opening_id uuid, institution_id uuid, institution_kind text, division_code text, state text,
    training_type text, skill_level text, trainees integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT class.opening_id, class.institution_id, school.kind, class.division_code, class.state, program.training_type,
    program.skill_level, (SELECT count(*)::integer FROM registry.roster_line AS line
      WHERE line.opening_id = class.opening_id AND line.withdrawn_at IS NULL
        -- Whoever claims in person is not paid for in advance as well.
        AND NOT EXISTS (SELECT FROM registry.record_entry AS entry JOIN registry.claim AS own
          ON own.person_id = entry.person_id AND own.entry_id = entry.entry_id
          WHERE entry.person_id = line.person_id AND entry.opening_id = line.opening_id AND own.kind = 'training'
            AND own.payee_kind = 'person' AND own.state NOT IN ('not_accepted', 'refused', 'withdrawn')))
  FROM registry.course_opening AS class
  JOIN registry.training_institution AS school ON school.institution_id = class.institution_id
  JOIN registry.training_program_version AS program
    ON program.program_id = class.program_id AND program.version = class.program_version
  WHERE class.opening_id = asked AND class.filing_no IS NOT NULL AND starts_with(class.division_code, prefix)
$$;
COMMENT ON FUNCTION advance_basis(text, uuid) IS 'What an advance is reckoned from: the class, its kind and how many it trains.';
"""

RECOVERING = """
CREATE FUNCTION entry_benefits(asked text)
  RETURNS TABLE (claim_id uuid, claim_number text, division_code text, remaining_fen bigint, is_settled boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.claim_id, held.claim_number, held.division_code,
    paying.amount_fen - registry.recovered_of(paying.person_id, paying.benefit_id), paying.settled_at IS NOT NULL
  FROM registry.record_number AS numbered
  JOIN registry.benefit AS paying ON paying.person_id = numbered.person_id AND paying.entry_id = numbered.entry_id
  JOIN registry.claim AS held ON held.person_id = paying.person_id AND held.claim_id = paying.claim_id
  WHERE numbered.record_number = asked AND paying.canceled_at IS NULL
    AND registry.recovered_of(paying.person_id, paying.benefit_id) < paying.amount_fen
  ORDER BY held.claim_id
$$;
COMMENT ON FUNCTION entry_benefits(text) IS 'Money that rests on an entry and what of it is not ordered back: what stands against revoking it.';

CREATE FUNCTION paid_claim(prefix text, asked uuid)
  RETURNS TABLE (division_code text, amount_fen bigint, remaining_fen bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.division_code, paying.amount_fen,
    paying.amount_fen - registry.recovered_of(paying.person_id, paying.benefit_id) FROM registry.claim AS held
  LEFT JOIN registry.benefit AS paying ON paying.person_id = held.person_id AND paying.claim_id = held.claim_id
    AND paying.canceled_at IS NULL
  WHERE held.claim_id = asked AND starts_with(held.division_code, prefix)
$$;
COMMENT ON FUNCTION paid_claim(text, uuid) IS 'What a claim of the area brought and what of it is not ordered back; null when nothing left for it.';

CREATE FUNCTION order_recovery(actor uuid, actor_agency uuid, request text, new_recovery uuid, number text, asked uuid,
    why_kind text, why text, fen bigint, due date, new_notice uuid, new_notice_number text, notice_reasons jsonb,
    notice_remedies jsonb) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
  paying registry.benefit;
  remaining bigint;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.claim_id = asked FOR NO KEY UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'approval', held.division_code) THEN
    RETURN 'claim_unknown';
  END IF;
  INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    VALUES (held.person_id, actor, actor_agency, 'record', 'subsidy_review', number, request);
  SELECT * INTO paying FROM registry.benefit
    WHERE benefit.person_id = held.person_id AND benefit.claim_id = held.claim_id AND benefit.canceled_at IS NULL;
  IF NOT FOUND THEN
    RETURN 'nothing_paid';
  ELSIF paying.settled_at IS NULL THEN
    RETURN 'not_settled';
  END IF;
  remaining := paying.amount_fen - registry.recovered_of(paying.person_id, paying.benefit_id);
  IF remaining = 0 THEN
    RETURN 'recovery_exists';
  ELSIF fen > remaining THEN
    RETURN 'more_than_paid';
  END IF;
  INSERT INTO registry.recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason, amount_fen,
      due_on, ordered_by)
    VALUES (held.person_id, new_recovery, number, paying.benefit_id, paying.amount_fen, why_kind, why,
      coalesce(fen, remaining), due, actor);
  INSERT INTO registry.decision_notice (person_id, notice_id, claim_id, notice_number, kind, reasons, remedies, issued_by)
    VALUES (held.person_id, new_notice, held.claim_id, new_notice_number, 'recovery', notice_reasons, notice_remedies, actor);
  INSERT INTO registry.decision_notice_number (notice_number, person_id, notice_id)
    VALUES (new_notice_number, held.person_id, new_notice);
  RETURN 'ordered';
END $$;
COMMENT ON FUNCTION order_recovery(uuid, uuid, text, uuid, text, uuid, text, text, bigint, date, uuid, text, jsonb, jsonb) IS
  '追回: case and numbered notice together; without an amount all that is not ordered back yet. The decision to pay stays on record.';

CREATE FUNCTION record_recovery_step(actor uuid, asked uuid, step_kind text, fen bigint, proof text, on_day date) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.recovery;
  division text;
BEGIN
  SELECT recovery.* INTO held FROM registry.recovery WHERE recovery.recovery_id = asked FOR UPDATE;
  SELECT claim.division_code INTO division FROM registry.benefit JOIN registry.claim USING (person_id, claim_id)
    WHERE benefit.person_id = held.person_id AND benefit.benefit_id = held.benefit_id;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', division) OR step_kind NOT IN ('repayment', 'referral') THEN
    RETURN 'recovery_unknown';
  ELSIF step_kind = 'repayment' AND fen > held.amount_fen - held.repaid_fen - held.written_off_fen THEN
    RETURN 'more_than_owed';
  END IF;
  INSERT INTO registry.recovery_step (person_id, recovery_id, kind, amount_fen, evidence, happened_on, recorded_by)
    VALUES (held.person_id, held.recovery_id, step_kind, fen, proof, on_day, actor);
  RETURN 'recorded';
END $$;

CREATE FUNCTION propose_write_off(actor uuid, asked uuid, new_proposal uuid, fen bigint, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.recovery;
  division text;
BEGIN
  SELECT recovery.* INTO held FROM registry.recovery WHERE recovery.recovery_id = asked FOR UPDATE;
  SELECT claim.division_code INTO division FROM registry.benefit JOIN registry.claim USING (person_id, claim_id)
    WHERE benefit.person_id = held.person_id AND benefit.benefit_id = held.benefit_id;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', division) THEN
    RETURN 'recovery_unknown';
  ELSIF fen > held.amount_fen - held.repaid_fen - held.written_off_fen THEN
    RETURN 'more_than_owed';
  ELSIF EXISTS (SELECT FROM registry.recovery_write_off AS open
      WHERE open.person_id = held.person_id AND open.recovery_id = asked AND open.decision IS NULL) THEN
    RETURN 'write_off_open';
  END IF;
  INSERT INTO registry.recovery_write_off (person_id, proposal_id, recovery_id, amount_fen, reason, proposed_by)
    VALUES (held.person_id, new_proposal, asked, fen, why, actor);
  RETURN 'proposed';
END $$;

CREATE FUNCTION decide_write_off(actor uuid, asked uuid, verdict text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  proposed registry.recovery_write_off;
  division text;
BEGIN
  SELECT * INTO proposed FROM registry.recovery_write_off WHERE recovery_write_off.proposal_id = asked FOR UPDATE;
  SELECT claim.division_code INTO division FROM registry.recovery
    JOIN registry.benefit USING (person_id, benefit_id) JOIN registry.claim USING (person_id, claim_id)
    WHERE recovery.person_id = proposed.person_id AND recovery.recovery_id = proposed.recovery_id;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'approval', division) THEN
    RETURN 'write_off_unknown';
  ELSIF proposed.decision IS NOT NULL THEN
    RETURN 'already_decided';
  ELSIF proposed.proposed_by = actor THEN
    RETURN 'own_proposal';
  END IF;
  UPDATE registry.recovery_write_off SET decision = verdict, decision_reason = why, decided_by = actor,
      decided_at = registry.registry_now()
    WHERE recovery_write_off.person_id = proposed.person_id AND recovery_write_off.proposal_id = asked;
  IF verdict = 'accepted' THEN
    INSERT INTO registry.recovery_step (person_id, recovery_id, kind, amount_fen, evidence, happened_on, recorded_by, approved_by)
      VALUES (proposed.person_id, proposed.recovery_id, 'write_off', proposed.amount_fen, proposed.reason,
        registry.law_date(registry.registry_now()), proposed.proposed_by, actor);
  END IF;
  RETURN 'decided';
END $$;
COMMENT ON FUNCTION decide_write_off(uuid, uuid, text, text) IS '核销 by a second person, who approves in the area.';

CREATE FUNCTION list_recoveries(prefix text, asked uuid, after_id uuid, page integer)
  RETURNS TABLE (recovery_id uuid, recovery_number text, claim_id uuid, claim_number text, kind text, division_code text,
    cause text, reason text, amount_fen bigint, repaid_fen bigint, written_off_fen bigint, due_on date, ordered_at timestamptz,
    ordered_by uuid, is_referred boolean, steps jsonb, write_offs jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT owed.recovery_id, owed.recovery_number, held.claim_id, held.claim_number, held.kind, held.division_code, owed.cause,
    owed.reason, owed.amount_fen, owed.repaid_fen, owed.written_off_fen, owed.due_on, owed.ordered_at, owed.ordered_by,
    EXISTS (SELECT FROM registry.recovery_step AS step
      WHERE step.person_id = owed.person_id AND step.recovery_id = owed.recovery_id AND step.kind = 'referral'),
    (SELECT coalesce(jsonb_agg(to_jsonb(step) - ARRAY['person_id'] ORDER BY step.step_id), '[]') FROM registry.recovery_step AS step
      WHERE asked IS NOT NULL AND step.person_id = owed.person_id AND step.recovery_id = owed.recovery_id),
    (SELECT coalesce(jsonb_agg(to_jsonb(off) - ARRAY['person_id'] ORDER BY off.proposal_id), '[]')
      FROM registry.recovery_write_off AS off
      WHERE asked IS NOT NULL AND off.person_id = owed.person_id AND off.recovery_id = owed.recovery_id)
  FROM registry.recovery AS owed
  JOIN registry.benefit AS paid ON paid.person_id = owed.person_id AND paid.benefit_id = owed.benefit_id
  JOIN registry.claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
  WHERE starts_with(held.division_code, prefix) AND (asked IS NULL OR owed.recovery_id = asked)
    AND (after_id IS NULL OR owed.recovery_id < after_id)
  ORDER BY owed.recovery_id DESC LIMIT page
$$;
COMMENT ON FUNCTION list_recoveries(text, uuid, uuid, integer) IS 'Amounts, dates and numbers; nothing of the persons.';

CREATE FUNCTION list_recovery_cases(prefix text, after_id uuid, page integer)
  RETURNS TABLE (case_id uuid, claim_id uuid, claim_number text, kind text, division_code text, amount_fen bigint, cause text,
    opened_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT found.case_id, held.claim_id, held.claim_number, held.kind, held.division_code, paid.amount_fen, found.cause,
    found.opened_at
  FROM registry.recovery_case AS found
  JOIN registry.benefit AS paid ON paid.person_id = found.person_id AND paid.benefit_id = found.benefit_id
  JOIN registry.claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
  WHERE found.dismissed_at IS NULL AND starts_with(held.division_code, prefix)
    AND (after_id IS NULL OR found.case_id > after_id)
    -- Decided by the recovery that was ordered since, or nothing is left to recover.
    AND NOT EXISTS (SELECT FROM registry.recovery AS owed
      WHERE owed.person_id = found.person_id AND owed.benefit_id = found.benefit_id AND owed.ordered_at >= found.opened_at)
    AND registry.recovered_of(paid.person_id, paid.benefit_id) < paid.amount_fen
  ORDER BY found.case_id LIMIT page
$$;

CREATE FUNCTION dismiss_recovery_case(actor uuid, asked uuid, why text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE registry.recovery_case AS found
    SET dismissed_at = registry.registry_now(), dismissed_by = actor, dismissal_reason = why
    FROM registry.benefit AS paid JOIN registry.claim AS held USING (person_id, claim_id)
    WHERE found.case_id = asked AND found.dismissed_at IS NULL
      AND paid.person_id = found.person_id AND paid.benefit_id = found.benefit_id
      AND registry.officer_may(actor, 'approval', held.division_code);
  RETURN FOUND;
END $$;
"""

VOUCHERS = """
CREATE FUNCTION issue_vouchers(actor uuid, actor_agency uuid, request text, division text, line text, fen bigint,
    until_day date, document text, holders jsonb)
  RETURNS TABLE (ordinal integer, outcome text)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  given record;
  holder uuid;
BEGIN
  IF NOT registry.officer_may(actor, 'payment', division) THEN
    RAISE EXCEPTION 'not theirs to issue' USING ERRCODE = '23001', CONSTRAINT = 'voucher_officer_permitted', TABLE = 'voucher';
  END IF;
  FOR given IN
    SELECT (item ->> 'ordinal')::integer AS ordinal, (item ->> 'voucher_id')::uuid AS voucher_id, item ->> 'number' AS number,
      ARRAY(SELECT decode(hex, 'hex') FROM jsonb_array_elements_text(item -> 'numbers') AS digest (hex)) AS numbers,
      ARRAY(SELECT decode(hex, 'hex') FROM jsonb_array_elements_text(item -> 'names') AS digest (hex)) AS names
    FROM jsonb_array_elements(holders) AS asked (item) ORDER BY item ->> 'voucher_id'
  LOOP
    ordinal := given.ordinal;
    SELECT known.person_id INTO holder FROM registry.identifier_key AS known WHERE known.digest = ANY (given.numbers) LIMIT 1;
    IF NOT FOUND THEN
      outcome := 'person_unknown';
    ELSE
      INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
        VALUES (holder, actor, actor_agency, 'identity', 'subsidy_review', document, request);
      PERFORM FROM registry.person WHERE person.person_id = holder FOR NO KEY UPDATE;
      IF NOT EXISTS (SELECT FROM registry.person_name AS proved
          WHERE proved.person_id = holder AND proved.name_digest = ANY (given.names)) THEN
        outcome := 'name_differs';
      ELSIF EXISTS (SELECT FROM registry.voucher AS held
          WHERE held.person_id IN (SELECT registry.person_group(holder)) AND held.redeemed_at IS NULL AND held.voided_at IS NULL
            AND held.valid_until >= registry.law_date(registry.registry_now())
            AND (held.benefit_line IS NULL OR line IS NULL OR held.benefit_line = line)) THEN
        outcome := 'voucher_held';
      ELSE
        INSERT INTO registry.voucher (person_id, voucher_id, voucher_number, division_code, benefit_line, amount_fen,
            valid_until, issued_by)
          VALUES (holder, given.voucher_id, given.number, division, line, fen, until_day, actor);
        outcome := 'issued';
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION issue_vouchers(uuid, uuid, text, text, text, bigint, date, text, jsonb) IS
  '职业培训券, line by line, to persons whose number and proved name match; each look leaves its access row.';

CREATE FUNCTION voucher_is_in_use(person uuid, asked uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM registry.claim AS naming WHERE naming.person_id = person AND naming.voucher_id = asked
    AND naming.state NOT IN ('not_accepted', 'refused', 'withdrawn'))
$$;

CREATE FUNCTION list_vouchers(prefix text, asked uuid, after_id uuid, page integer)
  RETURNS TABLE (voucher_id uuid, voucher_number text, division_code text, benefit_line text, amount_fen bigint,
    valid_until date, issued_at timestamptz, redeemed_at timestamptz, voided_at timestamptz, void_reason text, is_in_use boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.voucher_id, held.voucher_number, held.division_code, held.benefit_line, held.amount_fen, held.valid_until,
    held.issued_at, held.redeemed_at, held.voided_at, held.void_reason,
    registry.voucher_is_in_use(held.person_id, held.voucher_id)
  FROM registry.voucher AS held
  WHERE starts_with(held.division_code, prefix) AND (asked IS NULL OR held.voucher_id = asked)
    AND (after_id IS NULL OR held.voucher_id < after_id)
  ORDER BY held.voucher_id DESC LIMIT page
$$;

CREATE FUNCTION void_voucher(actor uuid, asked uuid, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.voucher;
BEGIN
  SELECT * INTO held FROM registry.voucher WHERE voucher.voucher_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RETURN 'voucher_unknown';
  ELSIF held.redeemed_at IS NOT NULL OR held.voided_at IS NOT NULL THEN
    RETURN 'voucher_ended';
  ELSIF registry.voucher_is_in_use(held.person_id, held.voucher_id) THEN
    RETURN 'voucher_in_use';
  END IF;
  UPDATE registry.voucher SET voided_at = registry.registry_now(), voided_by = actor, void_reason = why
    WHERE voucher.person_id = held.person_id AND voucher.voucher_id = asked;
  RETURN 'voided';
END $$;

CREATE FUNCTION expire_vouchers(page integer) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH over AS (
    UPDATE registry.voucher AS held SET voided_at = registry.registry_now(), void_reason = 'expired', voided_by = machine.principal_id
    FROM (SELECT principal_id FROM registry.principal WHERE kind = 'system' ORDER BY principal_id LIMIT 1) AS machine
    WHERE (held.person_id, held.voucher_id) IN (
      SELECT due.person_id, due.voucher_id FROM registry.voucher AS due
      WHERE due.redeemed_at IS NULL AND due.voided_at IS NULL
        AND due.valid_until < registry.law_date(registry.registry_now())
        AND NOT registry.voucher_is_in_use(due.person_id, due.voucher_id)
      LIMIT page FOR UPDATE SKIP LOCKED)
    RETURNING 1
  ) SELECT count(*)::integer FROM over
$$;
COMMENT ON FUNCTION expire_vouchers(integer) IS 'Voids what is past its last day, but not one that a claim under way names.';
"""

_PAY_WORKER = """lease_instructions(integer, interval), note_payment_wait(uuid, text, interval), bank_notice_taken(text),
  take_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[])"""
_AGENCY = """payment_order_lines(text, uuid, uuid, integer),
  import_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[]),
  statement_differences(text, uuid, integer, integer), retry_payment(uuid, uuid, uuid, text), cancel_payment(uuid, uuid, text),
  advance_basis(text, uuid), entry_benefits(text), paid_claim(text, uuid),
  order_recovery(uuid, uuid, text, uuid, text, uuid, text, text, bigint, date, uuid, text, jsonb, jsonb),
  record_recovery_step(uuid, uuid, text, bigint, text, date), propose_write_off(uuid, uuid, uuid, bigint, text),
  decide_write_off(uuid, uuid, text, text), list_recoveries(text, uuid, uuid, integer),
  list_recovery_cases(text, uuid, integer), dismiss_recovery_case(uuid, uuid, text),
  issue_vouchers(uuid, uuid, text, text, text, bigint, date, text, jsonb), list_vouchers(text, uuid, uuid, integer),
  void_voucher(uuid, uuid, text)"""
_INNER = """voucher_is_in_use(uuid, uuid),
  store_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[], timestamptz)"""
_WORKER = "expire_vouchers(integer)"
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_PAY_WORKER}, {_AGENCY}, {_WORKER}, {_INNER} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_PAY_WORKER} TO pay_worker;
GRANT EXECUTE ON FUNCTION {_AGENCY} TO app_agency;
GRANT EXECUTE ON FUNCTION {_WORKER} TO worker;
"""


def upgrade() -> None:
    execute_script(TABLES + GRANTS)
    execute_script(
        "SET ROLE access_owner;" + PAYING + RECOVERING + VOUCHERS + CLOSE_DOORS + "SET ROLE registry_owner;"
    )


def downgrade() -> None:
    execute_script(f"""
    SET ROLE access_owner;
    DROP FUNCTION {_PAY_WORKER}, {_AGENCY}, {_WORKER}, {_INNER};
    """)
    execute_script("""
    SET ROLE registry_owner;
    DROP TABLE recovery_case, evidence_alarm, recovery_write_off, bank_notice, payment_wait;
    DROP INDEX claim_ordered;
    REVOKE SELECT (institution_id, name, unified_social_credit_code) ON training_institution FROM pay_worker;
    REVOKE INSERT ON recovery_step, payment_retry, voucher, bank_statement, bank_statement_line FROM access_owner;
    REVOKE UPDATE (fetched_at) ON bank_statement FROM access_owner;
    GRANT INSERT (person_id, recovery_id, step_id, kind, amount_fen, evidence, happened_on, recorded_by, approved_by)
      ON recovery_step TO app_agency;
    GRANT INSERT (person_id, voucher_id, voucher_number, division_code, benefit_line, amount_fen, valid_until, issued_by)
      ON voucher TO app_agency;
    GRANT INSERT (statement_id, statement_on, file_sha256, imported_by) ON bank_statement TO app_agency;
    GRANT INSERT ON bank_statement_line TO app_agency;
    GRANT INSERT (person_id, claim_id, retry_no, account_id, reason, ordered_by) ON payment_retry TO app_agency;
    """)
