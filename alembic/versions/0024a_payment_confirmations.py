"""确认已入账: the bank rejected, then said it had paid; one officer proposes that it did pay, another confirms it.

Why: what the bank called rejected and then paid is neither paid again nor canceled, and without this step it would stay
failed until the bank corrects itself. Money is called paid only by the bank's own end, by an advance it was offset with, or
by two officers with the bank's evidence; a trigger holds that for whoever moves the row.
Lock taken, and for how long: a trigger on benefit, a key on bank_statement_line, both empty before the first release.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0024a"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE bank_statement_line
  ADD CONSTRAINT bank_statement_line_told_key UNIQUE (statement_id, line, instruction_id, outcome);

CREATE TABLE payment_confirmation (
  confirmation_id uuid NOT NULL DEFAULT uuidv7(),
  instruction_id uuid NOT NULL,
  document_number text,
  statement_id uuid,
  statement_line integer,
  line_outcome text NOT NULL DEFAULT 'settled',
  reason text NOT NULL,
  officer_kind text NOT NULL DEFAULT 'officer',
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  proposed_by uuid NOT NULL,
  decision text,
  decision_reason text,
  decided_at timestamptz,
  decided_by uuid,
  CONSTRAINT payment_confirmation_pkey PRIMARY KEY (confirmation_id),
  CONSTRAINT payment_confirmation_instruction_fkey FOREIGN KEY (instruction_id) REFERENCES bank_instruction (instruction_id),
  CONSTRAINT payment_confirmation_evidence_given CHECK (statement_line IS NOT NULL OR
    document_number IS NOT NULL AND length(btrim(document_number)) >= 3),
  CONSTRAINT payment_confirmation_line_whole CHECK ((statement_id IS NULL) = (statement_line IS NULL)),
  CONSTRAINT payment_confirmation_line_paid CHECK (line_outcome = 'settled'),
  CONSTRAINT payment_confirmation_line_fkey FOREIGN KEY (statement_id, statement_line, instruction_id, line_outcome)
    REFERENCES bank_statement_line (statement_id, line, instruction_id, outcome),
  CONSTRAINT payment_confirmation_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT payment_confirmation_decision_known CHECK (decision IN ('confirmed', 'refused')),
  CONSTRAINT payment_confirmation_second_person CHECK (decided_by <> proposed_by),
  CONSTRAINT payment_confirmation_decided_whole CHECK ((decision IS NULL) = (decided_at IS NULL)
    AND (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decision_reason IS NULL)),
  CONSTRAINT payment_confirmation_by_person CHECK (officer_kind = 'officer'),
  CONSTRAINT payment_confirmation_proposed_by_fkey FOREIGN KEY (proposed_by, officer_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT payment_confirmation_decided_by_fkey FOREIGN KEY (decided_by, officer_kind)
    REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE payment_confirmation IS
  'The bank did pay what it had rejected: proposed by one officer on the bank''s evidence, decided by another.';
CREATE UNIQUE INDEX payment_confirmation_one_open ON payment_confirmation (instruction_id) WHERE decision IS NULL;
CREATE UNIQUE INDEX payment_confirmation_once ON payment_confirmation (instruction_id) WHERE decision = 'confirmed';
CALL make_append_only('payment_confirmation', 'decision', 'decision_reason', 'decided_at', 'decided_by');
GRANT SELECT ON payment_confirmation TO worker, auditor, access_owner;
GRANT INSERT ON payment_confirmation TO access_owner;
GRANT UPDATE (decision, decision_reason, decided_at, decided_by) ON payment_confirmation TO access_owner;
"""

GUARDS = """
CREATE FUNCTION refuse_confirmation_by_decider() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM registry.bank_instruction AS told
    LEFT JOIN registry.benefit AS paying ON paying.person_id = told.person_id AND paying.benefit_id = told.benefit_id
    LEFT JOIN registry.advance AS prepaid ON prepaid.advance_id = told.advance_id
    CROSS JOIN LATERAL unnest(ARRAY[paying.reviewed_by, paying.approved_by, prepaid.proposed_by, prepaid.approved_by])
      AS deciding (officer)
    WHERE told.instruction_id = NEW.instruction_id AND deciding.officer IN (NEW.proposed_by, NEW.decided_by)) THEN
    RAISE EXCEPTION 'whoever decided that it be paid does not say that it was'
      USING ERRCODE = '23001', CONSTRAINT = 'payment_confirmation_neither_decided', TABLE = 'payment_confirmation';
  ELSIF NEW.statement_id IS NOT NULL AND NOT EXISTS (SELECT FROM registry.bank_statement AS file
      WHERE file.statement_id = NEW.statement_id AND file.fetched_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a file handed in proves nothing until the worker has fetched the same from the bank'
      USING ERRCODE = '23001', CONSTRAINT = 'payment_confirmation_statement_fetched', TABLE = 'payment_confirmation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_settlement_unproved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.offset_fen < NEW.amount_fen AND NOT EXISTS (
    SELECT FROM registry.bank_instruction AS told
    WHERE told.person_id = NEW.person_id AND told.benefit_id = NEW.benefit_id
      AND (told.state = 'settled' OR EXISTS (SELECT FROM registry.payment_confirmation AS said
        WHERE said.instruction_id = told.instruction_id AND said.decision = 'confirmed'))) THEN
    RAISE EXCEPTION 'neither the bank nor two officers said that it was paid'
      USING ERRCODE = '23001', CONSTRAINT = 'benefit_settled_as_told', TABLE = 'benefit';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION refuse_advance_unproved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM registry.bank_instruction AS told
    WHERE told.advance_id = NEW.advance_id
      AND (told.state = 'settled' OR EXISTS (SELECT FROM registry.payment_confirmation AS said
        WHERE said.instruction_id = told.instruction_id AND said.decision = 'confirmed'))) THEN
    RAISE EXCEPTION 'neither the bank nor two officers said that it was paid in advance'
      USING ERRCODE = '23001', CONSTRAINT = 'advance_settled_as_told', TABLE = 'advance';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION refuse_confirmation_by_decider(), refuse_settlement_unproved(), refuse_advance_unproved()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_confirmation_by_decider(), refuse_settlement_unproved(), refuse_advance_unproved()
  TO registry_owner;
"""

TRIGGERS = """
CREATE TRIGGER neither_decided BEFORE INSERT OR UPDATE ON payment_confirmation
  FOR EACH ROW EXECUTE FUNCTION refuse_confirmation_by_decider();
ALTER TABLE payment_confirmation ENABLE ALWAYS TRIGGER neither_decided;
CREATE TRIGGER settled_as_told BEFORE UPDATE OF settled_at ON benefit
  FOR EACH ROW WHEN (OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL) EXECUTE FUNCTION refuse_settlement_unproved();
ALTER TABLE benefit ENABLE ALWAYS TRIGGER settled_as_told;
CREATE TRIGGER settled_as_told BEFORE UPDATE OF settled_at ON advance
  FOR EACH ROW WHEN (OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL) EXECUTE FUNCTION refuse_advance_unproved();
ALTER TABLE advance ENABLE ALWAYS TRIGGER settled_as_told;
"""

DOORS = """
CREATE FUNCTION contradicted_payment(asked uuid)
  RETURNS TABLE (division_code text, claim_id uuid, advance_id uuid, against text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- What stands against calling it paid; nothing when the bank's last word on its own rejection is that it paid.
  SELECT coalesce(held.division_code, prepaid.division_code), held.claim_id, prepaid.advance_id,
    CASE
      WHEN told.state <> 'rejected' OR registry.bank_last_word(told.instruction_id) IS DISTINCT FROM 'settled'
        THEN 'not_contradicted'
      WHEN paying.canceled_at IS NOT NULL OR prepaid.canceled_at IS NOT NULL THEN 'payment_canceled'
      WHEN paying.settled_at IS NOT NULL OR prepaid.settled_at IS NOT NULL THEN 'paid_already'
      WHEN EXISTS (SELECT FROM registry.bank_instruction AS live WHERE live.state <> 'rejected'
          AND (live.benefit_id = told.benefit_id OR live.advance_id = told.advance_id)) THEN 'instruction_under_way'
    END
  FROM registry.bank_instruction AS told
  LEFT JOIN registry.benefit AS paying ON paying.person_id = told.person_id AND paying.benefit_id = told.benefit_id
  LEFT JOIN registry.claim AS held ON held.person_id = paying.person_id AND held.claim_id = paying.claim_id
  LEFT JOIN registry.advance AS prepaid ON prepaid.advance_id = told.advance_id
  WHERE told.instruction_id = asked
$$;

CREATE FUNCTION propose_payment_confirmation(actor uuid, asked uuid, new_confirmation uuid, document text, statement uuid,
    statement_line integer, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_one record;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  PERFORM FROM registry.bank_instruction WHERE bank_instruction.instruction_id = asked FOR UPDATE;
  SELECT * INTO found_one FROM registry.contradicted_payment(asked);
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', found_one.division_code) THEN
    RETURN 'instruction_unknown';
  ELSIF found_one.against IS NOT NULL THEN
    RETURN found_one.against;
  ELSIF EXISTS (SELECT FROM registry.payment_confirmation AS open
      WHERE open.instruction_id = asked AND open.decision IS NULL) THEN
    RETURN 'confirmation_open';
  END IF;
  INSERT INTO registry.payment_confirmation (confirmation_id, instruction_id, document_number, statement_id, statement_line,
      reason, proposed_by)
    VALUES (new_confirmation, asked, document, statement, propose_payment_confirmation.statement_line, why, actor);
  RETURN 'proposed';
END $$;

CREATE FUNCTION decide_payment_confirmation(actor uuid, asked uuid, verdict text, why text)
  RETURNS TABLE (outcome text, claim_id uuid, advance_id uuid)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  proposed registry.payment_confirmation;
  told registry.bank_instruction;
  paying registry.benefit;
  prepaid registry.advance;
  found_one record;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT * INTO proposed FROM registry.payment_confirmation AS asked_one WHERE asked_one.confirmation_id = asked;
  -- In the order in which the bank's answers lock them: the instruction, then what it pays.
  SELECT * INTO told FROM registry.bank_instruction AS instruction
    WHERE instruction.instruction_id = proposed.instruction_id FOR UPDATE;
  PERFORM FROM registry.claim JOIN registry.benefit USING (person_id, claim_id)
    WHERE benefit.person_id = told.person_id AND benefit.benefit_id = told.benefit_id FOR UPDATE OF claim;
  SELECT * INTO prepaid FROM registry.advance WHERE advance.advance_id = told.advance_id FOR UPDATE;
  SELECT * INTO proposed FROM registry.payment_confirmation AS asked_one WHERE asked_one.confirmation_id = asked FOR UPDATE;
  SELECT * INTO found_one FROM registry.contradicted_payment(told.instruction_id);
  claim_id := found_one.claim_id;
  advance_id := found_one.advance_id;
  outcome := CASE
    WHEN told.instruction_id IS NULL OR NOT registry.officer_may(actor, 'approval', found_one.division_code)
      THEN 'confirmation_unknown'
    WHEN proposed.decision IS NOT NULL THEN 'already_decided'
    WHEN proposed.proposed_by = actor THEN 'own_proposal'
    -- What was proposed when it held and holds no more can still be refused.
    WHEN verdict = 'confirmed' AND found_one.against IS NOT NULL THEN found_one.against
    ELSE 'decided' END;
  IF outcome = 'decided' THEN
    UPDATE registry.payment_confirmation AS deciding SET decision = verdict, decision_reason = why, decided_by = actor,
        decided_at = registry.registry_now()
      WHERE deciding.confirmation_id = asked;
  END IF;
  IF outcome = 'decided' AND verdict = 'confirmed' AND told.advance_id IS NOT NULL THEN
    UPDATE registry.advance SET settled_at = registry.registry_now() WHERE advance.advance_id = told.advance_id;
    PERFORM registry.post_ledger('advance_settlement', told.advance_id, prepaid.budget_id, 'in_transit', 'advanced',
      told.amount_fen);
  ELSIF outcome = 'decided' AND verdict = 'confirmed' THEN
    UPDATE registry.benefit SET settled_at = registry.registry_now()
      WHERE benefit.person_id = told.person_id AND benefit.benefit_id = told.benefit_id RETURNING * INTO paying;
    PERFORM registry.post_ledger('settlement', paying.benefit_id, paying.budget_id, 'in_transit', 'paid', told.amount_fen);
    PERFORM registry.redeem_voucher(paying.person_id, paying.claim_id);
    PERFORM registry.walk_claim(paying.person_id, paying.claim_id, held.state, 'paid', 'payment_confirmation', actor)
      FROM registry.claim AS held
      WHERE held.person_id = paying.person_id AND held.claim_id = paying.claim_id AND held.state IN ('failed', 'ordered');
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION decide_payment_confirmation(uuid, uuid, text, text) IS
  'A second officer of the area: confirmed, the claim or advance is paid and its ledger moves as by the bank''s own answer.';

CREATE FUNCTION list_payment_confirmations(prefix text, asked uuid, before uuid, page integer)
  RETURNS TABLE (confirmation_id uuid, instruction_id uuid, claim_id uuid, claim_number text, advance_id uuid,
    division_code text, amount_fen bigint, document_number text, statement_id uuid, statement_line integer, reason text,
    proposed_at timestamptz, proposed_by uuid, decision text, decision_reason text, decided_at timestamptz, decided_by uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT said.confirmation_id, said.instruction_id, held.claim_id, held.claim_number, told.advance_id,
    coalesce(held.division_code, prepaid.division_code), told.amount_fen, said.document_number, said.statement_id,
    said.statement_line, said.reason, said.proposed_at, said.proposed_by, said.decision, said.decision_reason,
    said.decided_at, said.decided_by
  FROM registry.payment_confirmation AS said
  JOIN registry.bank_instruction AS told ON told.instruction_id = said.instruction_id
  LEFT JOIN registry.benefit AS paying ON paying.person_id = told.person_id AND paying.benefit_id = told.benefit_id
  LEFT JOIN registry.claim AS held ON held.person_id = paying.person_id AND held.claim_id = paying.claim_id
  LEFT JOIN registry.advance AS prepaid ON prepaid.advance_id = told.advance_id
  WHERE starts_with(coalesce(held.division_code, prepaid.division_code), prefix)
    AND (asked IS NULL OR said.confirmation_id = asked) AND (before IS NULL OR said.confirmation_id < before)
  ORDER BY said.confirmation_id DESC LIMIT page
$$;

CREATE FUNCTION bank_contradictions(prefix text, before uuid, page integer)
  RETURNS TABLE (answer_id uuid, instruction_id uuid, claim_number text, advance_id uuid, division_code text,
    amount_fen bigint, state text, outcome text, channel text, evidence_id text, answered_at timestamptz, is_open boolean,
    confirmation_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT said.answer_id, told.instruction_id, held.claim_number, told.advance_id,
    coalesce(held.division_code, prepaid.division_code), told.amount_fen, told.state, said.outcome, said.channel,
    said.evidence_id, said.answered_at,
    confirmed.confirmation_id IS NULL AND registry.bank_last_word(told.instruction_id) IS DISTINCT FROM told.state,
    coalesce(confirmed.confirmation_id, proposed.confirmation_id)
  FROM registry.bank_answer AS said
  JOIN registry.bank_instruction AS told ON told.instruction_id = said.instruction_id
  LEFT JOIN registry.benefit AS paying ON paying.person_id = told.person_id AND paying.benefit_id = told.benefit_id
  LEFT JOIN registry.claim AS held ON held.person_id = paying.person_id AND held.claim_id = paying.claim_id
  LEFT JOIN registry.advance AS prepaid ON prepaid.advance_id = told.advance_id
  LEFT JOIN registry.payment_confirmation AS confirmed
    ON confirmed.instruction_id = told.instruction_id AND confirmed.decision = 'confirmed'
  LEFT JOIN registry.payment_confirmation AS proposed
    ON proposed.instruction_id = told.instruction_id AND proposed.decision IS NULL
  WHERE said.contradicts AND starts_with(coalesce(held.division_code, prepaid.division_code), prefix)
    AND (before IS NULL OR said.answer_id < before)
  ORDER BY said.answer_id DESC LIMIT page
$$;
COMMENT ON FUNCTION bank_contradictions(text, uuid, integer) IS
  'Open: the bank''s last word is still another than the end on record, and no two officers have said what holds.';
"""

_AGENCY = """propose_payment_confirmation(uuid, uuid, uuid, text, uuid, integer, text),
  decide_payment_confirmation(uuid, uuid, text, text), list_payment_confirmations(text, uuid, uuid, integer),
  bank_contradictions(text, uuid, integer)"""
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_AGENCY}, contradicted_payment(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_AGENCY} TO app_agency;
"""


def upgrade() -> None:
    execute_script(TABLES)
    execute_script("SET ROLE access_owner;" + GUARDS + DOORS + CLOSE_DOORS + "SET ROLE registry_owner;")
    execute_script(TRIGGERS)


def downgrade() -> None:
    execute_script(f"""
    DROP TRIGGER settled_as_told ON advance;
    DROP TRIGGER settled_as_told ON benefit;
    DROP TRIGGER neither_decided ON payment_confirmation;
    SET ROLE access_owner;
    DROP FUNCTION {_AGENCY}, contradicted_payment(uuid), refuse_settlement_unproved(), refuse_advance_unproved(),
      refuse_confirmation_by_decider();
    SET ROLE registry_owner;
    """)
    execute_script("""
    DROP TABLE payment_confirmation;
    ALTER TABLE bank_statement_line DROP CONSTRAINT bank_statement_line_told_key;
    """)
