"""Benefits (补贴), bank instructions, recoveries (追回) and vouchers (职业培训券); the record gate itself.

Why: 凡补必进、不进不补 as foreign keys. A benefit names its claim, its approval, its order and its sealed entry. Superseding
an entry updates the superseded row, as revoking does, so that a payment that locks it meets both at every isolation
level. An entry that money rests on is revoked only together with a recovery.
Lock taken, and for how long: record_entry gets triggers, on a table that is empty before the first release.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BENEFITS = """
CREATE TABLE benefit (
  person_id uuid NOT NULL,
  benefit_id uuid NOT NULL DEFAULT uuidv7(),
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  kind text NOT NULL,
  entry_kind text NOT NULL,
  entry_id uuid NOT NULL,
  order_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  tranche_no smallint NOT NULL,
  amount_fen bigint NOT NULL,
  advance_id uuid,
  offset_fen bigint NOT NULL DEFAULT 0,
  reviewed_by uuid NOT NULL,
  approved_by uuid NOT NULL,
  ordered_by uuid NOT NULL,
  instructed_at timestamptz NOT NULL DEFAULT registry_now(),
  settled_at timestamptz,
  canceled_at timestamptz,
  CONSTRAINT benefit_pkey PRIMARY KEY (person_id, benefit_id),
  CONSTRAINT benefit_amount_key UNIQUE (person_id, benefit_id, amount_fen),
  CONSTRAINT benefit_amount_positive CHECK (amount_fen > 0 AND offset_fen BETWEEN 0 AND amount_fen),
  CONSTRAINT benefit_offset_has_advance CHECK ((advance_id IS NOT NULL) = (offset_fen > 0)),
  CONSTRAINT benefit_claim_fkey FOREIGN KEY (person_id, claim_id, kind, entry_kind, entry_id)
    REFERENCES claim (person_id, claim_id, kind, entry_kind, entry_id),
  CONSTRAINT benefit_entry_sealed FOREIGN KEY (person_id, entry_id) REFERENCES inclusion (person_id, entry_id),
  CONSTRAINT benefit_order_fkey
    FOREIGN KEY (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by, approved_by, ordered_by)
    REFERENCES payment_order_line
      (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by, approved_by, ordered_by),
  CONSTRAINT benefit_tranche_fkey FOREIGN KEY (budget_id, tranche_no) REFERENCES budget_tranche (budget_id, tranche_no),
  CONSTRAINT benefit_advance_fkey FOREIGN KEY (advance_id) REFERENCES advance (advance_id),
  CONSTRAINT benefit_three_persons CHECK (reviewed_by <> approved_by AND ordered_by <> approved_by AND ordered_by <> reviewed_by),
  CONSTRAINT benefit_ends_one_way CHECK (settled_at IS NULL OR canceled_at IS NULL)
);
COMMENT ON TABLE benefit IS 'I1: money for one claim. It rests on a sealed archive entry of its kind and that person, or does not exist.';
CREATE UNIQUE INDEX benefit_once_a_claim ON benefit (person_id, claim_id) WHERE canceled_at IS NULL;
CREATE INDEX benefit_entry ON benefit (person_id, entry_id);
CALL make_append_only('benefit', 'settled_at', 'canceled_at');


CREATE TABLE bank_instruction (
  instruction_id uuid NOT NULL DEFAULT uuidv7(),
  person_id uuid,
  benefit_id uuid,
  advance_id uuid,
  attempt smallint NOT NULL,
  amount_fen bigint NOT NULL,
  payee_kind text NOT NULL,
  account_id uuid NOT NULL,
  account_outcome text,
  payee_institution_id uuid,
  state text NOT NULL DEFAULT 'stored',
  stored_at timestamptz NOT NULL DEFAULT registry_now(),
  sends integer NOT NULL DEFAULT 0,
  next_send_at timestamptz DEFAULT registry_now(),
  bank_reference text,
  reject_code text,
  CONSTRAINT bank_instruction_pkey PRIMARY KEY (instruction_id),
  CONSTRAINT bank_instruction_subject CHECK ((benefit_id IS NULL) <> (advance_id IS NULL) AND (person_id IS NULL) = (benefit_id IS NULL)),
  CONSTRAINT bank_instruction_attempt_key UNIQUE NULLS NOT DISTINCT (person_id, benefit_id, advance_id, attempt),
  CONSTRAINT bank_instruction_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT bank_instruction_state_known CHECK (state IN ('stored', 'sent', 'accepted', 'settled', 'rejected')),
  CONSTRAINT bank_instruction_ends CHECK ((state IN ('settled', 'rejected')) = (next_send_at IS NULL)),
  CONSTRAINT bank_instruction_benefit_fkey FOREIGN KEY (person_id, benefit_id) REFERENCES benefit (person_id, benefit_id),
  CONSTRAINT bank_instruction_advance_fkey FOREIGN KEY (advance_id) REFERENCES advance (advance_id),
  CONSTRAINT bank_instruction_payee CHECK (CASE payee_kind
    WHEN 'person' THEN payee_institution_id IS NULL AND account_outcome = 'matched' AND account_outcome IS NOT NULL
    WHEN 'institution' THEN payee_institution_id IS NOT NULL AND account_outcome IS NULL ELSE false END),
  CONSTRAINT bank_instruction_own_account FOREIGN KEY (person_id, account_id, account_outcome)
    REFERENCES payee_account (person_id, account_id, check_outcome),
  CONSTRAINT bank_instruction_institution_account FOREIGN KEY (payee_institution_id, account_id)
    REFERENCES institution_account (institution_id, account_id)
);
COMMENT ON TABLE bank_instruction IS 'Stored before it is sent; its id is the bank''s idempotency key, so sending it again pays nothing twice.';
CREATE UNIQUE INDEX bank_instruction_one_live_benefit ON bank_instruction (person_id, benefit_id)
  WHERE state <> 'rejected' AND benefit_id IS NOT NULL;
CREATE UNIQUE INDEX bank_instruction_one_live_advance ON bank_instruction (advance_id)
  WHERE state <> 'rejected' AND advance_id IS NOT NULL;
CREATE INDEX bank_instruction_due ON bank_instruction (next_send_at) WHERE next_send_at IS NOT NULL;
CREATE FUNCTION keep_instruction() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'sends', 'next_send_at', 'bank_reference', 'reject_code'];
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
     OR OLD.state IN ('settled', 'rejected') THEN
    RAISE EXCEPTION 'an instruction that has ended, or what it says, does not change'
      USING ERRCODE = '23001', CONSTRAINT = 'bank_instruction_append_only', TABLE = 'bank_instruction';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_instruction() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON bank_instruction FOR EACH ROW EXECUTE FUNCTION keep_instruction();
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON bank_instruction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE TABLE bank_answer (
  instruction_id uuid NOT NULL,
  answer_id uuid NOT NULL DEFAULT uuidv7(),
  outcome text NOT NULL,
  channel text NOT NULL,
  evidence_id text NOT NULL,
  reject_code text,
  contradicts boolean NOT NULL,
  answered_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT bank_answer_pkey PRIMARY KEY (instruction_id, answer_id),
  CONSTRAINT bank_answer_once UNIQUE (instruction_id, channel, evidence_id),
  CONSTRAINT bank_answer_instruction_fkey FOREIGN KEY (instruction_id) REFERENCES bank_instruction (instruction_id),
  CONSTRAINT bank_answer_outcome_known CHECK (outcome IN ('accepted', 'settled', 'rejected', 'not_known')),
  CONSTRAINT bank_answer_channel_known CHECK (channel IN ('reply', 'query', 'callback', 'statement'))
);
COMMENT ON TABLE bank_answer IS 'Each answer of the bank. One that contradicts an end already recorded is kept and shown, and changes nothing.';
CALL make_append_only('bank_answer');

CREATE TABLE bank_statement (
  statement_id uuid NOT NULL DEFAULT uuidv7(),
  statement_on date NOT NULL,
  file_sha256 bytea NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT registry_now(),
  imported_by uuid NOT NULL,
  fetched_at timestamptz,
  CONSTRAINT bank_statement_pkey PRIMARY KEY (statement_id),
  CONSTRAINT bank_statement_file_key UNIQUE (statement_on, file_sha256),
  CONSTRAINT bank_statement_imported_by_fkey FOREIGN KEY (imported_by) REFERENCES principal (principal_id)
);
COMMENT ON COLUMN bank_statement.fetched_at IS
  'When the worker itself fetched these very bytes from the bank; null while somebody only handed them in.';
CALL make_append_only('bank_statement', 'fetched_at');
CREATE TABLE bank_statement_line (
  statement_id uuid NOT NULL,
  line integer NOT NULL,
  instruction_id uuid,
  instruction_text text NOT NULL,
  amount_fen bigint NOT NULL,
  outcome text NOT NULL,
  difference text,
  CONSTRAINT bank_statement_line_pkey PRIMARY KEY (statement_id, line),
  CONSTRAINT bank_statement_line_statement_fkey FOREIGN KEY (statement_id) REFERENCES bank_statement (statement_id),
  CONSTRAINT bank_statement_line_outcome_known CHECK (outcome IN ('settled', 'rejected')),
  CONSTRAINT bank_statement_line_difference_known CHECK (difference IN
    ('unknown_instruction', 'amount_differs', 'outcome_differs', 'not_on_statement', 'repeated'))
);
COMMENT ON TABLE bank_statement_line IS '对账: every line of the bank''s file, and what differs; what is missing there is a line of its own.';
CALL make_append_only('bank_statement_line');
"""

RECOVERIES = """
CREATE SEQUENCE recovery_serial;
CREATE TABLE recovery (
  person_id uuid NOT NULL,
  recovery_id uuid NOT NULL DEFAULT uuidv7(),
  recovery_number text NOT NULL,
  benefit_id uuid NOT NULL,
  benefit_fen bigint NOT NULL,
  cause text NOT NULL,
  reason text NOT NULL,
  amount_fen bigint NOT NULL,
  repaid_fen bigint NOT NULL DEFAULT 0,
  written_off_fen bigint NOT NULL DEFAULT 0,
  due_on date NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT registry_now(),
  ordered_by uuid NOT NULL,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT recovery_pkey PRIMARY KEY (person_id, recovery_id),
  CONSTRAINT recovery_number_key UNIQUE (person_id, recovery_number),
  CONSTRAINT recovery_number_form CHECK (recovery_number ~ '^Z[0-9]{6}-[0-9]{4}-[0-9]{8}$'),
  CONSTRAINT recovery_cause_known CHECK (cause IN ('fraud', 'mistake', 'record_revoked', 'certificate_revoked',
    'certificate_corrected', 'double_benefit', 'commitment_broken')),
  CONSTRAINT recovery_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT recovery_benefit_fkey FOREIGN KEY (person_id, benefit_id, benefit_fen)
    REFERENCES benefit (person_id, benefit_id, amount_fen),
  CONSTRAINT recovery_within_benefit CHECK (amount_fen > 0 AND amount_fen <= benefit_fen),
  CONSTRAINT recovery_balance CHECK (repaid_fen >= 0 AND written_off_fen >= 0 AND repaid_fen + written_off_fen <= amount_fen),
  CONSTRAINT recovery_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT recovery_ordered_by_fkey FOREIGN KEY (ordered_by, decider_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE recovery IS '追回 (人社部发〔2025〕10号 五(十一); fraud and mistake told apart: 国办发〔2019〕24号 四(十四)); several of one benefit never exceed it.';
CREATE INDEX recovery_benefit ON recovery (person_id, benefit_id);
CREATE FUNCTION keep_recovery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['repaid_fen', 'written_off_fen']
     IS DISTINCT FROM to_jsonb(NEW) - ARRAY['repaid_fen', 'written_off_fen']
     OR NEW.repaid_fen < OLD.repaid_fen OR NEW.written_off_fen < OLD.written_off_fen THEN
    RAISE EXCEPTION 'a recovery is not edited'
      USING ERRCODE = '23001', CONSTRAINT = 'recovery_append_only', TABLE = 'recovery';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_recovery() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recovery FOR EACH ROW EXECUTE FUNCTION keep_recovery();
ALTER TABLE recovery ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON recovery FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE recovery ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE TABLE recovery_step (
  person_id uuid NOT NULL,
  recovery_id uuid NOT NULL,
  step_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  amount_fen bigint,
  evidence text NOT NULL,
  happened_on date NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  approved_by uuid,
  CONSTRAINT recovery_step_pkey PRIMARY KEY (person_id, recovery_id, step_id),
  CONSTRAINT recovery_step_recovery_fkey FOREIGN KEY (person_id, recovery_id) REFERENCES recovery (person_id, recovery_id),
  CONSTRAINT recovery_step_kind_known CHECK (kind IN ('repayment', 'write_off', 'referral')),
  CONSTRAINT recovery_step_amount_by_kind CHECK ((kind = 'referral') = (amount_fen IS NULL) AND amount_fen > 0),
  CONSTRAINT recovery_step_write_off_second_person CHECK
    (kind <> 'write_off' OR (approved_by IS NOT NULL AND approved_by <> recorded_by)),
  CONSTRAINT recovery_step_evidence_given CHECK (length(btrim(evidence)) >= 2),
  CONSTRAINT recovery_step_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id),
  CONSTRAINT recovery_step_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE recovery_step IS 'Money that came back, debt that two people wrote off, a referral to the judicial organs (移送).';
CALL make_append_only('recovery_step');

"""

VOUCHERS = """
CREATE TABLE voucher (
  person_id uuid NOT NULL,
  voucher_id uuid NOT NULL DEFAULT uuidv7(),
  voucher_number text NOT NULL,
  division_code text NOT NULL,
  benefit_line text,
  amount_fen bigint NOT NULL,
  valid_until date NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT registry_now(),
  issued_by uuid NOT NULL,
  redeemed_at timestamptz,
  redeemed_claim uuid,
  voided_at timestamptz,
  voided_by uuid,
  void_reason text,
  CONSTRAINT voucher_pkey PRIMARY KEY (person_id, voucher_id),
  CONSTRAINT voucher_number_form CHECK (voucher_number ~ '^V[0-9]{6}-[0-9]{4}-[0-9]{8}$'),
  CONSTRAINT voucher_number_once UNIQUE (person_id, voucher_number),
  CONSTRAINT voucher_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT voucher_ends_one_way CHECK (redeemed_at IS NULL OR voided_at IS NULL),
  CONSTRAINT voucher_redeemed_whole CHECK ((redeemed_at IS NULL) = (redeemed_claim IS NULL)),
  CONSTRAINT voucher_voided_whole CHECK ((voided_at IS NULL) = (voided_by IS NULL) AND (voided_at IS NULL) = (void_reason IS NULL)),
  CONSTRAINT voucher_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT voucher_claim_fkey FOREIGN KEY (person_id, redeemed_claim) REFERENCES claim (person_id, claim_id),
  CONSTRAINT voucher_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT voucher_line_fkey FOREIGN KEY (benefit_line) REFERENCES benefit_line (line),
  CONSTRAINT voucher_issued_by_fkey FOREIGN KEY (issued_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE voucher IS '职业培训券 (人社部发〔2025〕10号 三(四)): it funds a 职业培训补贴 that the institution claims.';
CALL make_append_only('voucher', 'redeemed_at', 'redeemed_claim', 'voided_at', 'voided_by', 'void_reason');
CREATE SEQUENCE voucher_serial;
ALTER TABLE claim ADD CONSTRAINT claim_voucher_fkey FOREIGN KEY (person_id, voucher_id) REFERENCES voucher (person_id, voucher_id),
  ADD CONSTRAINT claim_voucher_funds_training CHECK (voucher_id IS NULL OR (kind = 'training' AND payee_kind = 'institution'));
CREATE UNIQUE INDEX claim_one_live_a_voucher ON claim (person_id, voucher_id)
  WHERE voucher_id IS NOT NULL AND state NOT IN ('not_accepted', 'refused', 'withdrawn');

CREATE TABLE message_delivery (
  message_id uuid NOT NULL,
  person_id uuid NOT NULL,
  template text NOT NULL,
  parameters jsonb NOT NULL,
  made_at timestamptz NOT NULL DEFAULT registry_now(),
  state text NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz DEFAULT registry_now(),
  evidence_id text,
  CONSTRAINT message_delivery_pkey PRIMARY KEY (person_id, message_id),
  CONSTRAINT message_delivery_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT message_delivery_state_known CHECK (state IN ('waiting', 'sent', 'undeliverable')),
  CONSTRAINT message_delivery_no_personal_data CHECK (parameters::text !~ '[0-9]{11}')
);
COMMENT ON TABLE message_delivery IS 'A message to a citizen (短信、电子社保卡): a template and harmless parameters; message_id makes it go out once.';
CREATE INDEX message_delivery_due ON message_delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
"""

GRANTS = """
GRANT SELECT ON bank_statement, bank_statement_line TO app_agency, worker, pay_worker, auditor, access_owner;
GRANT SELECT ON benefit, recovery, recovery_step, voucher, message_delivery TO app_citizen, worker, auditor, access_owner;
GRANT SELECT ON benefit, voucher TO app_inst;
GRANT SELECT ON benefit TO pay_worker;
GRANT SELECT ON bank_instruction, bank_answer TO worker, pay_worker, auditor, access_owner;
GRANT INSERT ON benefit, bank_instruction, bank_answer TO access_owner;
GRANT UPDATE (settled_at, canceled_at) ON benefit TO access_owner;
GRANT UPDATE (state, sends, next_send_at, bank_reference, reject_code) ON bank_instruction TO access_owner;
GRANT INSERT (statement_id, statement_on, file_sha256, imported_by) ON bank_statement TO app_agency;
GRANT INSERT ON bank_statement_line TO app_agency;
GRANT INSERT (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason, amount_fen, due_on, ordered_by)
  ON recovery TO access_owner;
GRANT UPDATE (repaid_fen, written_off_fen) ON recovery TO access_owner;
GRANT INSERT (person_id, recovery_id, step_id, kind, amount_fen, evidence, happened_on, recorded_by, approved_by)
  ON recovery_step TO app_agency;
GRANT INSERT (person_id, voucher_id, voucher_number, division_code, benefit_line, amount_fen, valid_until, issued_by)
  ON voucher TO app_agency;
GRANT UPDATE (redeemed_at, redeemed_claim, voided_at, voided_by, void_reason) ON voucher TO access_owner;
GRANT USAGE ON SEQUENCE recovery_serial, voucher_serial TO app_agency, access_owner;
GRANT INSERT (message_id, person_id, template, parameters), UPDATE (state, attempts, next_attempt_at, evidence_id)
  ON message_delivery TO worker;
"""

GATES = """
CREATE FUNCTION recovered_of(person uuid, asked uuid) RETURNS bigint
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(sum(owed.amount_fen), 0)::bigint FROM registry.recovery AS owed
  WHERE owed.person_id = person AND owed.benefit_id = asked
$$;
COMMENT ON FUNCTION recovered_of(uuid, uuid) IS 'What was ordered back of a benefit so far, in fen; repaid, owed or written off.';

CREATE FUNCTION mark_superseded() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE registry.record_entry SET superseded_at = registry.registry_now()
    WHERE record_entry.person_id = NEW.person_id AND record_entry.entry_id = NEW.supersedes;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION mark_superseded() IS 'A row that only appears beside another is missed by a payment at REPEATABLE READ; a changed one is not.';

CREATE FUNCTION refuse_benefit_without_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked registry.claim;
  held registry.record_entry;
  key registry.benefit_key;
BEGIN
  -- At READ COMMITTED each lock shows what was committed while it was waited for: revoked, superseded, released, held.
  PERFORM registry.refuse_old_snapshot();
  IF TG_TABLE_NAME = 'benefit' THEN
    SELECT * INTO asked FROM registry.claim
      WHERE claim.person_id = NEW.person_id AND claim.claim_id = NEW.claim_id FOR UPDATE;
  ELSE
    -- Also when the bank rejected it and the same benefit is instructed again.
    SELECT claim.* INTO asked FROM registry.benefit JOIN registry.claim USING (person_id, claim_id)
      WHERE benefit.person_id = NEW.person_id AND benefit.benefit_id = NEW.benefit_id
        AND benefit.canceled_at IS NULL AND benefit.settled_at IS NULL FOR UPDATE OF claim;
  END IF;
  SELECT * INTO held FROM registry.record_entry
    WHERE record_entry.person_id = asked.person_id AND record_entry.entry_id = asked.entry_id FOR SHARE;
  IF NOT FOUND OR held.revoked_at IS NOT NULL OR held.superseded_at IS NOT NULL OR held.kind <> asked.entry_kind THEN
    RAISE EXCEPTION '不进不补: no entry in force'
      USING ERRCODE = '23503', CONSTRAINT = 'benefit_entry_in_force', TABLE = TG_TABLE_NAME;
  END IF;
  SELECT * INTO key FROM registry.benefit_key
    WHERE benefit_key.person_id = asked.person_id AND benefit_key.key_id = asked.key_id FOR SHARE;
  IF NOT FOUND OR key.released_at IS NOT NULL THEN
    RAISE EXCEPTION 'the claim no longer holds its key'
      USING ERRCODE = '23001', CONSTRAINT = 'benefit_key_held', TABLE = TG_TABLE_NAME;
  END IF;
  IF registry.claim_is_held(asked.person_id, asked.claim_id) THEN
    RAISE EXCEPTION 'the claim is on hold'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_not_held', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_recovery_beyond_paid() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  paid registry.benefit;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  -- Whoever recovers of the same benefit waits here, and then sees what the other ordered.
  SELECT * INTO paid FROM registry.benefit
    WHERE benefit.person_id = NEW.person_id AND benefit.benefit_id = NEW.benefit_id FOR NO KEY UPDATE;
  IF paid.settled_at IS NULL THEN
    RAISE EXCEPTION 'whether it was paid is not known yet'
      USING ERRCODE = '23001', CONSTRAINT = 'recovery_after_settlement', TABLE = 'recovery';
  ELSIF registry.recovered_of(NEW.person_id, NEW.benefit_id) + NEW.amount_fen > paid.amount_fen THEN
    RAISE EXCEPTION 'more recovered than was paid'
      USING ERRCODE = '23001', CONSTRAINT = 'recovery_within_paid', TABLE = 'recovery';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION refuse_recovery_beyond_paid() IS
  'I6: the recoveries of a benefit add up to no more than it. What was written off stays counted: nobody asks for it again.';

CREATE FUNCTION refuse_revocation_without_recovery() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- A payment only locks the entry: above READ COMMITTED its benefit would go unseen here.
  PERFORM registry.refuse_old_snapshot();
  IF EXISTS (
    SELECT FROM registry.benefit
    WHERE benefit.person_id = NEW.person_id AND benefit.entry_id = NEW.entry_id AND benefit.canceled_at IS NULL
      AND registry.recovered_of(benefit.person_id, benefit.benefit_id) < benefit.amount_fen) THEN
    RAISE EXCEPTION '撤销已补记录必须同时立追缴案'
      USING ERRCODE = '23001', CONSTRAINT = 'record_entry_paid_needs_recovery', TABLE = 'record_entry';
  END IF;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION mark_superseded(), refuse_benefit_without_record(), refuse_revocation_without_recovery(),
  refuse_recovery_beyond_paid(), recovered_of(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mark_superseded(), refuse_benefit_without_record(), refuse_revocation_without_recovery(),
  refuse_recovery_beyond_paid() TO registry_owner;
GRANT EXECUTE ON FUNCTION recovered_of(uuid, uuid) TO worker;
"""

TRIGGERS = """
CREATE TRIGGER supersedes AFTER INSERT ON record_entry FOR EACH ROW WHEN (NEW.supersedes IS NOT NULL)
  EXECUTE FUNCTION mark_superseded();
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER supersedes;
CREATE TRIGGER record_gate BEFORE INSERT ON benefit FOR EACH ROW EXECUTE FUNCTION refuse_benefit_without_record();
ALTER TABLE benefit ENABLE ALWAYS TRIGGER record_gate;
CREATE TRIGGER record_gate BEFORE INSERT ON bank_instruction FOR EACH ROW WHEN (NEW.benefit_id IS NOT NULL)
  EXECUTE FUNCTION refuse_benefit_without_record();
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER record_gate;
CREATE TRIGGER within_paid BEFORE INSERT ON recovery FOR EACH ROW EXECUTE FUNCTION refuse_recovery_beyond_paid();
ALTER TABLE recovery ENABLE ALWAYS TRIGGER within_paid;
CREATE CONSTRAINT TRIGGER paid_needs_recovery AFTER UPDATE OF revoked_at ON record_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION refuse_revocation_without_recovery();
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER paid_needs_recovery;
"""


def upgrade() -> None:
    execute_script(BENEFITS + RECOVERIES + VOUCHERS + GRANTS)
    execute_script("SET ROLE access_owner;" + GATES + "SET ROLE registry_owner;")
    execute_script(TRIGGERS)


def downgrade() -> None:
    execute_script("""
    DROP TRIGGER paid_needs_recovery ON record_entry;
    DROP TRIGGER supersedes ON record_entry;
    DROP INDEX claim_one_live_a_voucher;
    ALTER TABLE claim DROP CONSTRAINT claim_voucher_funds_training, DROP CONSTRAINT claim_voucher_fkey;
    DROP TABLE message_delivery, voucher, recovery_step, recovery, bank_statement_line, bank_statement, bank_answer,
      bank_instruction, benefit;
    SET ROLE access_owner;
    DROP FUNCTION refuse_revocation_without_recovery(), refuse_recovery_beyond_paid(), refuse_benefit_without_record(),
      mark_superseded(), recovered_of(uuid, uuid);
    SET ROLE registry_owner;
    DROP FUNCTION keep_recovery(), keep_instruction();
    DROP SEQUENCE voucher_serial, recovery_serial;
    """)
