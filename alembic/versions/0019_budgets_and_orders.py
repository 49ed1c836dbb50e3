"""Money (资金): budgets in tranches, a ledger that adds up to the fen, payment orders by a third person, advances.

Why: what may be spent is a running total with a CHECK that only the pay doors move; every movement is two postings that
add up to nothing. Whoever orders a payment has neither reviewed nor approved the claim.
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0019"
down_revision = "0018a"
branch_labels = None
depends_on = None

BUDGETS = """
CREATE TABLE budget (
  budget_id uuid NOT NULL DEFAULT uuidv7(),
  division_code text NOT NULL,
  year smallint NOT NULL,
  funding_source text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT registry_now(),
  opened_by uuid NOT NULL,
  CONSTRAINT budget_pkey PRIMARY KEY (budget_id),
  CONSTRAINT budget_once UNIQUE (division_code, year, funding_source),
  CONSTRAINT budget_year_plausible CHECK (year BETWEEN 2017 AND 2099),
  CONSTRAINT budget_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT budget_source_fkey FOREIGN KEY (funding_source) REFERENCES funding_source (code),
  CONSTRAINT budget_opened_by_fkey FOREIGN KEY (opened_by) REFERENCES principal (principal_id)
);
CALL make_append_only('budget');

CREATE TABLE budget_tranche (
  budget_id uuid NOT NULL,
  tranche_no smallint NOT NULL,
  amount_fen bigint NOT NULL,
  committed_fen bigint NOT NULL DEFAULT 0,
  document_number text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  CONSTRAINT budget_tranche_pkey PRIMARY KEY (budget_id, tranche_no),
  CONSTRAINT budget_tranche_never_over CHECK (committed_fen BETWEEN 0 AND amount_fen),
  CONSTRAINT budget_tranche_amount_positive CHECK (amount_fen > 0 AND tranche_no >= 1),
  CONSTRAINT budget_tranche_document_given CHECK (length(btrim(document_number)) >= 3),
  CONSTRAINT budget_tranche_budget_fkey FOREIGN KEY (budget_id) REFERENCES budget (budget_id),
  CONSTRAINT budget_tranche_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE budget_tranche IS 'I5: a running total with a CHECK, moved by the pay doors alone; several rows keep payers from queueing on one.';

CREATE FUNCTION keep_tranche() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'committed_fen' IS DISTINCT FROM to_jsonb(NEW) - 'committed_fen' THEN
    RAISE EXCEPTION 'a tranche is allotted once'
      USING ERRCODE = '23001', CONSTRAINT = 'budget_tranche_append_only', TABLE = 'budget_tranche';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_tranche() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON budget_tranche FOR EACH ROW EXECUTE FUNCTION keep_tranche();
ALTER TABLE budget_tranche ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON budget_tranche FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE budget_tranche ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE TABLE ledger_transaction (
  transaction_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  CONSTRAINT ledger_transaction_pkey PRIMARY KEY (transaction_id),
  CONSTRAINT ledger_transaction_once UNIQUE (kind, subject_id),
  CONSTRAINT ledger_transaction_kind_known CHECK (kind IN ('allotment', 'instruction', 'settlement', 'cancellation',
    'advance_instruction', 'advance_settlement', 'advance_cancellation', 'advance_return', 'offset',
    'offset_cancellation', 'repayment'))
);
COMMENT ON TABLE ledger_transaction IS 'What moved money, once per cause: subject_id is the tranche''s row, benefit, advance or repayment.';
CALL make_append_only('ledger_transaction');

CREATE TABLE ledger_posting (
  transaction_id uuid NOT NULL,
  line_no smallint NOT NULL,
  budget_id uuid NOT NULL,
  account text NOT NULL,
  amount_fen bigint NOT NULL,
  CONSTRAINT ledger_posting_pkey PRIMARY KEY (transaction_id, line_no),
  CONSTRAINT ledger_posting_not_zero CHECK (amount_fen <> 0),
  CONSTRAINT ledger_posting_account_known CHECK (account IN
    ('appropriation', 'available', 'in_transit', 'paid', 'advanced')),
  CONSTRAINT ledger_posting_transaction_fkey FOREIGN KEY (transaction_id) REFERENCES ledger_transaction (transaction_id),
  CONSTRAINT ledger_posting_budget_fkey FOREIGN KEY (budget_id) REFERENCES budget (budget_id)
);
CREATE INDEX ledger_posting_budget ON ledger_posting (budget_id, account);
CALL make_append_only('ledger_posting');

CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT sum(amount_fen) FROM registry.ledger_posting WHERE transaction_id = NEW.transaction_id) IS DISTINCT FROM 0 THEN
    RAISE EXCEPTION 'postings of one transaction must add up to nothing'
      USING ERRCODE = '23514', CONSTRAINT = 'ledger_transaction_balanced', TABLE = 'ledger_posting';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION refuse_unbalanced() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_posting DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();
ALTER TABLE ledger_posting ENABLE ALWAYS TRIGGER balanced;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_transaction DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();
ALTER TABLE ledger_transaction ENABLE ALWAYS TRIGGER balanced;
"""

ORDERS = """
CREATE SEQUENCE payment_order_serial;
CREATE TABLE payment_order (
  order_id uuid NOT NULL DEFAULT uuidv7(),
  order_number text NOT NULL,
  division_code text NOT NULL,
  budget_id uuid NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT registry_now(),
  ordered_by uuid NOT NULL,
  payer_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT payment_order_pkey PRIMARY KEY (order_id),
  CONSTRAINT payment_order_number_key UNIQUE (order_number),
  CONSTRAINT payment_order_payer_key UNIQUE (order_id, ordered_by, budget_id),
  CONSTRAINT payment_order_number_form CHECK (order_number ~ '^P[0-9]{6}-[0-9]{4}-[0-9]{8}$'),
  CONSTRAINT payment_order_by_person CHECK (payer_kind = 'officer'),
  CONSTRAINT payment_order_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT payment_order_budget_fkey FOREIGN KEY (budget_id) REFERENCES budget (budget_id),
  CONSTRAINT payment_order_ordered_by_fkey FOREIGN KEY (ordered_by, payer_kind) REFERENCES principal (principal_id, kind)
);
CALL make_append_only('payment_order');

CREATE TABLE payment_order_line (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  order_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  decision text NOT NULL DEFAULT 'approved',
  amount_fen bigint NOT NULL,
  reviewed_by uuid NOT NULL,
  approved_by uuid NOT NULL,
  ordered_by uuid NOT NULL,
  CONSTRAINT payment_order_line_pkey PRIMARY KEY (person_id, claim_id, round),
  CONSTRAINT payment_order_line_whole UNIQUE
    (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by, approved_by, ordered_by),
  CONSTRAINT payment_order_line_clearance_fkey FOREIGN KEY (person_id, claim_id, round)
    REFERENCES claim_clearance (person_id, claim_id, round),
  CONSTRAINT payment_order_line_order_fkey FOREIGN KEY (order_id, ordered_by, budget_id)
    REFERENCES payment_order (order_id, ordered_by, budget_id),
  CONSTRAINT payment_order_line_approved CHECK (decision = 'approved'),
  CONSTRAINT payment_order_line_approval_fkey
    FOREIGN KEY (person_id, claim_id, round, decision, amount_fen, reviewed_by, approved_by)
    REFERENCES claim_approval (person_id, claim_id, round, decision, amount_fen, reviewed_by, approved_by),
  CONSTRAINT payment_order_line_third_person CHECK (ordered_by <> reviewed_by AND ordered_by <> approved_by)
);
COMMENT ON TABLE payment_order_line IS 'I4: whoever orders the payment has neither reviewed nor approved the claim.';
CREATE INDEX payment_order_line_order ON payment_order_line (order_id);
CALL make_append_only('payment_order_line');
CALL make_step('payment_order_line', 'INSERT', '{payable}', 'ordered', '', 'ordered_by', 'payment');

CREATE TABLE payment_retry (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  retry_no smallint NOT NULL,
  account_id uuid,
  reason text NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT registry_now(),
  ordered_by uuid NOT NULL,
  CONSTRAINT payment_retry_pkey PRIMARY KEY (person_id, claim_id, retry_no),
  CONSTRAINT payment_retry_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT payment_retry_account_fkey FOREIGN KEY (person_id, account_id) REFERENCES payee_account (person_id, account_id),
  CONSTRAINT payment_retry_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT payment_retry_ordered_by_fkey FOREIGN KEY (ordered_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE payment_retry IS 'After the bank''s final rejection the same benefit is instructed anew, to a corrected account.';
CALL make_append_only('payment_retry');
-- Also one that waits because its account was closed or turned out to be somebody else's.
CALL make_step('payment_retry', 'INSERT', '{failed,ordered}', 'ordered', '', 'ordered_by', 'payment');

CREATE FUNCTION refuse_payer_who_decided() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.payment_order_line AS line
    WHERE line.person_id = NEW.person_id AND line.claim_id = NEW.claim_id
      AND NEW.ordered_by IN (line.reviewed_by, line.approved_by)) THEN
    RAISE EXCEPTION 'whoever reviewed or approved does not pay'
      USING ERRCODE = '23001', CONSTRAINT = 'payment_retry_third_person', TABLE = 'payment_retry';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION refuse_payer_who_decided() FROM PUBLIC;
CREATE TRIGGER third_person BEFORE INSERT ON payment_retry FOR EACH ROW EXECUTE FUNCTION refuse_payer_who_decided();
ALTER TABLE payment_retry ENABLE ALWAYS TRIGGER third_person;

CREATE TABLE advance (
  advance_id uuid NOT NULL DEFAULT uuidv7(),
  opening_id uuid NOT NULL,
  institution_id uuid NOT NULL,
  division_code text NOT NULL,
  budget_id uuid NOT NULL,
  base_fen bigint NOT NULL,
  share_bp integer NOT NULL,
  amount_fen bigint NOT NULL,
  offset_fen bigint NOT NULL DEFAULT 0,
  returned_fen bigint NOT NULL DEFAULT 0,
  edition_id uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  proposed_by uuid NOT NULL,
  approved_by uuid,
  approved_at timestamptz,
  ordered_by uuid,
  ordered_at timestamptz,
  instructed_at timestamptz,
  settled_at timestamptz,
  canceled_at timestamptz,
  tranche_no smallint,
  CONSTRAINT advance_pkey PRIMARY KEY (advance_id),
  CONSTRAINT advance_opening_on_record FOREIGN KEY (opening_id) REFERENCES opening_record (opening_id),
  CONSTRAINT advance_institution_fkey FOREIGN KEY (institution_id) REFERENCES training_institution (institution_id),
  CONSTRAINT advance_budget_fkey FOREIGN KEY (budget_id) REFERENCES budget (budget_id),
  CONSTRAINT advance_tranche_fkey FOREIGN KEY (budget_id, tranche_no) REFERENCES budget_tranche (budget_id, tranche_no),
  CONSTRAINT advance_edition_fkey FOREIGN KEY (edition_id) REFERENCES policy_edition (edition_id),
  CONSTRAINT advance_within_share CHECK (amount_fen > 0 AND share_bp BETWEEN 1 AND 10000 AND amount_fen * 10000 <= base_fen * share_bp),
  CONSTRAINT advance_offset_within CHECK (offset_fen >= 0 AND returned_fen >= 0 AND offset_fen + returned_fen <= amount_fen),
  CONSTRAINT advance_three_persons CHECK (approved_by <> proposed_by AND ordered_by <> approved_by AND ordered_by <> proposed_by),
  CONSTRAINT advance_in_order CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND (ordered_by IS NULL) = (ordered_at IS NULL)
    AND (ordered_at IS NULL OR approved_at IS NOT NULL) AND (instructed_at IS NULL OR ordered_at IS NOT NULL)
    AND (settled_at IS NULL OR instructed_at IS NOT NULL) AND (settled_at IS NULL OR canceled_at IS NULL) AND (instructed_at IS NULL) = (tranche_no IS NULL)),
  CONSTRAINT advance_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT advance_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES principal (principal_id),
  CONSTRAINT advance_ordered_by_fkey FOREIGN KEY (ordered_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE advance IS '预拨 (国办发〔2019〕24号 四(十二)): against an opening on record, capped, offset by its benefits later.';
CREATE UNIQUE INDEX advance_one_an_opening ON advance (opening_id) WHERE canceled_at IS NULL;
CREATE FUNCTION keep_advance() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['offset_fen', 'returned_fen', 'approved_by', 'approved_at', 'ordered_by', 'ordered_at',
    'instructed_at', 'settled_at', 'canceled_at', 'tranche_no'];
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
     OR NEW.returned_fen < OLD.returned_fen
     OR OLD.approved_by IS NOT NULL AND OLD.approved_by IS DISTINCT FROM NEW.approved_by
     OR OLD.ordered_by IS NOT NULL AND OLD.ordered_by IS DISTINCT FROM NEW.ordered_by
     OR OLD.instructed_at IS NOT NULL AND OLD.instructed_at IS DISTINCT FROM NEW.instructed_at
     OR OLD.settled_at IS NOT NULL AND OLD.settled_at IS DISTINCT FROM NEW.settled_at
     OR OLD.canceled_at IS NOT NULL AND OLD IS DISTINCT FROM NEW THEN
    RAISE EXCEPTION 'an advance is not edited'
      USING ERRCODE = '23001', CONSTRAINT = 'advance_append_only', TABLE = 'advance';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_advance() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON advance FOR EACH ROW EXECUTE FUNCTION keep_advance();
ALTER TABLE advance ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON advance FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE advance ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE TABLE advance_return (
  advance_id uuid NOT NULL,
  return_id uuid NOT NULL DEFAULT uuidv7(),
  amount_fen bigint NOT NULL,
  evidence text NOT NULL,
  happened_on date NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  CONSTRAINT advance_return_pkey PRIMARY KEY (advance_id, return_id),
  CONSTRAINT advance_return_advance_fkey FOREIGN KEY (advance_id) REFERENCES advance (advance_id),
  CONSTRAINT advance_return_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT advance_return_evidence_given CHECK (length(btrim(evidence)) >= 2),
  CONSTRAINT advance_return_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE advance_return IS 'What no benefit used up, paid back by the institution.';
CALL make_append_only('advance_return');
"""

GRANTS = """
GRANT SELECT ON budget, budget_tranche, ledger_transaction, ledger_posting, payment_order
  TO app_agency, worker, pay_worker, auditor, access_owner;
GRANT SELECT ON payment_order_line, payment_retry TO app_citizen, worker, auditor, access_owner;
GRANT SELECT ON advance, advance_return TO app_inst, app_agency, worker, pay_worker, auditor, access_owner;
GRANT SELECT ON claim, payment_order_line, payee_account, institution_account, person_name, person_identifier TO pay_worker;
GRANT INSERT (budget_id, division_code, year, funding_source, opened_by) ON budget TO app_agency;
-- A row lock needs the right to update something; the guard lets nothing be edited.
GRANT UPDATE (opened_by) ON budget TO access_owner;
GRANT INSERT ON budget_tranche, ledger_transaction, ledger_posting TO access_owner;
GRANT UPDATE (committed_fen) ON budget_tranche TO access_owner;
GRANT INSERT (order_id, order_number, division_code, budget_id, ordered_by) ON payment_order TO access_owner;
GRANT INSERT (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by, approved_by, ordered_by)
  ON payment_order_line TO access_owner;
GRANT INSERT (person_id, claim_id, retry_no, account_id, reason, ordered_by) ON payment_retry TO app_agency;
GRANT USAGE ON SEQUENCE payment_order_serial TO app_agency, access_owner;
GRANT INSERT (advance_id, opening_id, institution_id, division_code, budget_id, base_fen, share_bp, amount_fen, edition_id,
  proposed_by) ON advance TO app_agency;
GRANT UPDATE (approved_by, approved_at, ordered_by, ordered_at, offset_fen, returned_fen, instructed_at, settled_at,
  canceled_at, tranche_no) ON advance TO access_owner;
GRANT INSERT (advance_id, return_id, amount_fen, evidence, happened_on, recorded_by) ON advance_return TO app_agency;
"""


def upgrade() -> None:
    execute_script(BUDGETS + ORDERS + GRANTS)


def downgrade() -> None:
    execute_script("""
    REVOKE SELECT ON claim, payee_account, institution_account, person_name, person_identifier FROM pay_worker;
    DROP TABLE advance_return, advance, payment_retry, payment_order_line, payment_order, ledger_posting, ledger_transaction,
      budget_tranche, budget;
    DROP FUNCTION keep_advance(), refuse_payer_who_decided(), refuse_unbalanced(), keep_tranche();
    DROP SEQUENCE payment_order_serial;
    """)
