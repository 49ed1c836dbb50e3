"""The pay doors: instruct a payment, store what the bank says, allot a tranche, cancel what failed, count what came back.

Why: benefit, budget, ledger and instruction move together or not at all, and no role but the paying worker's can start
it. A repeated call, an answer twice and an answer late change nothing. ledger_differences is empty at any moment.
Lock taken, and for how long: none that matters, functions and a trigger.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DOORS = """
CREATE FUNCTION post_ledger(cause text, subject uuid, budget uuid, from_account text, to_account text, fen bigint) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  WITH made AS (
    INSERT INTO registry.ledger_transaction (kind, subject_id) VALUES (cause, subject) RETURNING transaction_id
  )
  INSERT INTO registry.ledger_posting (transaction_id, line_no, budget_id, account, amount_fen)
  SELECT made.transaction_id, side.line_no, budget, side.account, side.amount
  FROM made, (VALUES (1::smallint, from_account, -fen), (2::smallint, to_account, fen)) AS side (line_no, account, amount)
$$;

CREATE FUNCTION allot_tranche(actor uuid, budget uuid, fen bigint, document text) RETURNS smallint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.budget;
  number smallint;
BEGIN
  SELECT * INTO held FROM registry.budget WHERE budget.budget_id = budget FOR SHARE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to allot' USING ERRCODE = '23001', CONSTRAINT = 'budget_officer_permitted', TABLE = 'budget';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(budget::text, 1));
  SELECT coalesce(max(tranche_no), 0) + 1 INTO number FROM registry.budget_tranche WHERE budget_tranche.budget_id = budget;
  INSERT INTO registry.budget_tranche (budget_id, tranche_no, amount_fen, document_number, recorded_by)
    VALUES (budget, number, fen, document, actor);
  PERFORM registry.post_ledger('allotment', uuidv7(), budget, 'appropriation', 'available', fen);
  RETURN number;
END $$;

CREATE FUNCTION commit_tranche(budget uuid, fen bigint) RETURNS smallint
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen smallint;
BEGIN
  -- A tranche that nobody else is paying from, if one has room; else wait for the first that has.
  SELECT tranche_no INTO chosen FROM registry.budget_tranche
    WHERE budget_id = budget AND amount_fen - committed_fen >= fen
    ORDER BY tranche_no LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    SELECT tranche_no INTO chosen FROM registry.budget_tranche
      WHERE budget_id = budget AND amount_fen - committed_fen >= fen ORDER BY tranche_no LIMIT 1 FOR NO KEY UPDATE;
  END IF;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE registry.budget_tranche SET committed_fen = committed_fen + fen WHERE budget_id = budget AND tranche_no = chosen;
  RETURN chosen;
END $$;

CREATE FUNCTION instruct_payment(person uuid, asked uuid, new_benefit uuid, new_instruction uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
  ordered registry.payment_order_line;
  paying registry.benefit;
  prepaid registry.advance;
  tranche smallint;
  own_offset bigint := 0;
  account uuid;
  outcome text;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.person_id = person AND claim.claim_id = asked FOR UPDATE;
  IF NOT FOUND OR held.state <> 'ordered' THEN
    RETURN 'not_ordered';
  END IF;
  IF registry.claim_is_held(person, asked) THEN
    RETURN 'on_hold';
  END IF;
  IF NOT EXISTS (SELECT FROM registry.inclusion WHERE inclusion.person_id = person AND inclusion.entry_id = held.entry_id) THEN
    RETURN 'entry_not_sealed';
  END IF;
  IF held.payee_kind = 'person' THEN
    SELECT account_id, check_outcome INTO account, outcome FROM registry.payee_account
      WHERE payee_account.person_id = person AND payee_account.account_id = held.account_id AND ended_at IS NULL;
    IF outcome IS DISTINCT FROM 'matched' THEN
      RETURN 'account_not_checked';
    END IF;
  ELSE
    SELECT account_id INTO account FROM registry.institution_account
      WHERE institution_id = held.payee_institution_id AND confirmed_at IS NOT NULL AND ended_at IS NULL
      ORDER BY confirmed_at DESC LIMIT 1;
    IF NOT FOUND THEN
      RETURN 'account_not_checked';
    END IF;
  END IF;
  SELECT * INTO ordered FROM registry.payment_order_line AS line
    WHERE line.person_id = person AND line.claim_id = asked AND line.round = held.round;
  SELECT * INTO paying FROM registry.benefit
    WHERE benefit.person_id = person AND benefit.claim_id = asked AND benefit.canceled_at IS NULL;
  IF NOT FOUND THEN
    tranche := registry.commit_tranche(ordered.budget_id, ordered.amount_fen);
    IF tranche IS NULL THEN
      RETURN 'budget_exhausted';
    END IF;
    SELECT advance.* INTO prepaid FROM registry.record_entry AS entry JOIN registry.advance
        ON advance.opening_id = entry.opening_id AND advance.settled_at IS NOT NULL
       AND advance.institution_id = held.payee_institution_id AND advance.budget_id = ordered.budget_id
      WHERE entry.person_id = person AND entry.entry_id = held.entry_id FOR NO KEY UPDATE OF advance;
    IF FOUND THEN
      own_offset := least(ordered.amount_fen, prepaid.amount_fen - prepaid.offset_fen - prepaid.returned_fen);
    END IF;
    INSERT INTO registry.benefit (person_id, benefit_id, claim_id, round, kind, entry_kind, entry_id, order_id, budget_id,
        tranche_no, amount_fen, advance_id, offset_fen, reviewed_by, approved_by, ordered_by)
      VALUES (person, new_benefit, asked, held.round, held.kind, held.entry_kind, held.entry_id, ordered.order_id,
        ordered.budget_id, tranche, ordered.amount_fen, CASE WHEN own_offset > 0 THEN prepaid.advance_id END, own_offset,
        ordered.reviewed_by, ordered.approved_by, ordered.ordered_by)
      RETURNING * INTO paying;
    IF own_offset > 0 THEN
      -- The advance already left the budget: its share is given back and settles this benefit instead.
      UPDATE registry.advance SET offset_fen = offset_fen + own_offset WHERE advance.advance_id = prepaid.advance_id;
      UPDATE registry.budget_tranche SET committed_fen = committed_fen - own_offset
        WHERE budget_id = ordered.budget_id AND tranche_no = tranche;
      PERFORM registry.post_ledger('offset', paying.benefit_id, paying.budget_id, 'advanced', 'paid', own_offset);
    END IF;
    IF paying.amount_fen > own_offset THEN
      PERFORM registry.post_ledger('instruction', paying.benefit_id, paying.budget_id, 'available', 'in_transit',
        paying.amount_fen - own_offset);
    END IF;
  END IF;
  IF paying.amount_fen = paying.offset_fen THEN
    UPDATE registry.benefit SET settled_at = registry.registry_now()
      WHERE benefit.person_id = person AND benefit.benefit_id = paying.benefit_id;
    PERFORM registry.walk_claim(person, asked, 'ordered', 'paid', 'benefit', paying.ordered_by);
    RETURN 'offset_by_advance';
  END IF;
  INSERT INTO registry.bank_instruction (instruction_id, person_id, benefit_id, attempt, amount_fen, payee_kind, account_id,
      account_outcome, payee_institution_id)
    VALUES (new_instruction, person, paying.benefit_id,
      (SELECT count(*) + 1 FROM registry.bank_instruction AS past
       WHERE past.person_id = person AND past.benefit_id = paying.benefit_id),
      paying.amount_fen - paying.offset_fen, held.payee_kind, account, outcome, held.payee_institution_id);
  PERFORM registry.walk_claim(person, asked, 'ordered', 'instructed', 'bank_instruction', paying.ordered_by);
  RETURN 'instructed';
END $$;
COMMENT ON FUNCTION instruct_payment(uuid, uuid, uuid, uuid) IS
  'The one door by which money leaves: benefit, budget, ledger and instruction together. Nothing is sent before its commit.';

CREATE FUNCTION walk_claim(person uuid, asked uuid, from_state text, to_state text, step text, acting uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE registry.claim SET state = to_state, version = version + 1, state_since = registry.registry_now()
    WHERE claim.person_id = person AND claim.claim_id = asked AND claim.state = from_state;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO registry.claim_move (person_id, claim_id, from_state, to_state, round, step, moved_by)
    SELECT person, asked, from_state, to_state, claim.round, step, acting FROM registry.claim
    WHERE claim.person_id = person AND claim.claim_id = asked;
  RETURN true;
END $$;

CREATE FUNCTION answer_instruction(asked uuid, said text, via text, evidence text, said_at timestamptz, refused_as text,
    reference text, ask_again_at timestamptz) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.bank_instruction;
  paying registry.benefit;
  prepaid registry.advance;
  is_late boolean;
BEGIN
  SELECT * INTO held FROM registry.bank_instruction WHERE bank_instruction.instruction_id = asked FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'unknown_instruction';
  END IF;
  is_late := held.state IN ('settled', 'rejected') AND said IN ('settled', 'rejected') AND held.state <> said;
  INSERT INTO registry.bank_answer (instruction_id, outcome, channel, evidence_id, reject_code, contradicts, answered_at)
    VALUES (asked, said, via, evidence, refused_as, is_late, said_at)
    ON CONFLICT ON CONSTRAINT bank_answer_once DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'repeated';
  END IF;
  IF held.state IN ('settled', 'rejected') THEN
    RETURN CASE WHEN is_late THEN 'contradicts' ELSE 'repeated' END;
  END IF;
  UPDATE registry.bank_instruction
    SET state = CASE said WHEN 'not_known' THEN held.state ELSE said END, bank_reference = coalesce(reference, bank_reference),
      reject_code = refused_as, next_send_at = CASE WHEN said IN ('settled', 'rejected') THEN NULL ELSE ask_again_at END
    WHERE bank_instruction.instruction_id = asked;
  IF said NOT IN ('settled', 'rejected') THEN
    RETURN said;
  END IF;
  IF held.advance_id IS NOT NULL THEN
    SELECT * INTO prepaid FROM registry.advance WHERE advance.advance_id = held.advance_id FOR UPDATE;
    IF said = 'settled' THEN
      UPDATE registry.advance SET settled_at = registry.registry_now() WHERE advance.advance_id = held.advance_id;
      PERFORM registry.post_ledger('advance_settlement', held.advance_id, prepaid.budget_id, 'in_transit', 'advanced', held.amount_fen);
    END IF;
    RETURN said;
  END IF;
  SELECT * INTO paying FROM registry.benefit
    WHERE benefit.person_id = held.person_id AND benefit.benefit_id = held.benefit_id FOR UPDATE;
  IF said = 'settled' THEN
    UPDATE registry.benefit SET settled_at = registry.registry_now()
      WHERE benefit.person_id = held.person_id AND benefit.benefit_id = held.benefit_id;
    PERFORM registry.post_ledger('settlement', paying.benefit_id, paying.budget_id, 'in_transit', 'paid', held.amount_fen);
    UPDATE registry.voucher SET redeemed_at = registry.registry_now(), redeemed_claim = paying.claim_id
      FROM registry.claim WHERE claim.person_id = paying.person_id AND claim.claim_id = paying.claim_id
        AND voucher.person_id = claim.person_id AND voucher.voucher_id = claim.voucher_id;
  END IF;
  PERFORM registry.walk_claim(paying.person_id, paying.claim_id, 'instructed',
    CASE said WHEN 'settled' THEN 'paid' ELSE 'failed' END, 'bank_answer', paying.ordered_by);
  RETURN said;
END $$;

CREATE FUNCTION mark_sent(asked uuid, ask_again_at timestamptz) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.bank_instruction SET state = CASE state WHEN 'stored' THEN 'sent' ELSE state END, sends = sends + 1,
    next_send_at = ask_again_at
  WHERE instruction_id = asked AND state IN ('stored', 'sent', 'accepted') RETURNING true
$$;

CREATE FUNCTION cancel_benefit(actor uuid, person uuid, asked uuid, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
  paying registry.benefit;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.person_id = person AND claim.claim_id = asked FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'absent';
  END IF;
  IF NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to cancel' USING ERRCODE = '23001', CONSTRAINT = 'claim_officer_permitted', TABLE = 'benefit';
  END IF;
  IF held.state <> 'failed' THEN
    RETURN 'not_failed';
  END IF;
  UPDATE registry.benefit SET canceled_at = registry.registry_now()
    WHERE benefit.person_id = person AND benefit.claim_id = asked AND canceled_at IS NULL RETURNING * INTO paying;
  UPDATE registry.budget_tranche SET committed_fen = committed_fen - (paying.amount_fen - paying.offset_fen)
    WHERE budget_id = paying.budget_id AND tranche_no = paying.tranche_no;
  PERFORM registry.post_ledger('cancellation', paying.benefit_id, paying.budget_id, 'in_transit', 'available',
    paying.amount_fen - paying.offset_fen);
  PERFORM registry.walk_claim(person, asked, 'failed', 'withdrawn', 'benefit', actor);
  PERFORM registry.give_back_key(person, held.key_id, why);
  RETURN 'canceled';
END $$;

CREATE FUNCTION count_recovery_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  paid registry.benefit;
  held registry.recovery;
BEGIN
  SELECT * INTO held FROM registry.recovery
    WHERE recovery.person_id = NEW.person_id AND recovery.recovery_id = NEW.recovery_id FOR UPDATE;
  SELECT * INTO paid FROM registry.benefit
    WHERE benefit.person_id = held.person_id AND benefit.benefit_id = held.benefit_id;
  UPDATE registry.recovery
    SET repaid_fen = repaid_fen + CASE NEW.kind WHEN 'repayment' THEN NEW.amount_fen ELSE 0 END,
      written_off_fen = written_off_fen + CASE NEW.kind WHEN 'write_off' THEN NEW.amount_fen ELSE 0 END
    WHERE recovery.person_id = NEW.person_id AND recovery.recovery_id = NEW.recovery_id;
  IF NEW.kind = 'repayment' THEN
    UPDATE registry.budget_tranche SET committed_fen = committed_fen - NEW.amount_fen
      WHERE budget_id = paid.budget_id AND tranche_no = paid.tranche_no;
    PERFORM registry.post_ledger('repayment', NEW.step_id, paid.budget_id, 'paid', 'available', NEW.amount_fen);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION ledger_differences() RETURNS TABLE (budget_id uuid, account text, ledger_fen bigint, rows_fen bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH book AS (
    SELECT posting.budget_id, posting.account, sum(posting.amount_fen)::bigint AS fen FROM registry.ledger_posting AS posting
    GROUP BY posting.budget_id, posting.account
  ), facts AS (
    SELECT tranche.budget_id, 'appropriation' AS account, -sum(tranche.amount_fen)::bigint AS fen
    FROM registry.budget_tranche AS tranche GROUP BY tranche.budget_id
    UNION ALL
    SELECT tranche.budget_id, 'available', sum(tranche.amount_fen - tranche.committed_fen)::bigint
    FROM registry.budget_tranche AS tranche GROUP BY tranche.budget_id
    UNION ALL
    SELECT moved.budget_id, moved.account, sum(moved.fen)::bigint FROM (
      SELECT paying.budget_id, 'in_transit' AS account, paying.amount_fen - paying.offset_fen AS fen FROM registry.benefit AS paying
      WHERE paying.settled_at IS NULL AND paying.canceled_at IS NULL
      UNION ALL
      SELECT prepaid.budget_id, 'in_transit', prepaid.amount_fen FROM registry.advance AS prepaid
      WHERE prepaid.instructed_at IS NOT NULL AND prepaid.settled_at IS NULL
      UNION ALL
      SELECT paying.budget_id, 'paid', CASE WHEN paying.settled_at IS NOT NULL THEN paying.amount_fen ELSE paying.offset_fen END
      FROM registry.benefit AS paying
      UNION ALL
      SELECT paying.budget_id, 'paid', -owed.repaid_fen FROM registry.recovery AS owed
      JOIN registry.benefit AS paying ON paying.person_id = owed.person_id AND paying.benefit_id = owed.benefit_id
      UNION ALL
      SELECT prepaid.budget_id, 'advanced', prepaid.amount_fen - prepaid.offset_fen - prepaid.returned_fen
      FROM registry.advance AS prepaid WHERE prepaid.settled_at IS NOT NULL
    ) AS moved GROUP BY moved.budget_id, moved.account
  )
  SELECT coalesce(book.budget_id, facts.budget_id), coalesce(book.account, facts.account), coalesce(book.fen, 0),
    coalesce(facts.fen, 0)
  FROM book FULL JOIN facts ON facts.budget_id = book.budget_id AND facts.account = book.account
  WHERE coalesce(book.fen, 0) <> coalesce(facts.fen, 0)
$$;
COMMENT ON FUNCTION ledger_differences() IS 'Where the ledger and the rows it tells of disagree by a fen: always empty.';

REVOKE ALL ON FUNCTION post_ledger(text, uuid, uuid, text, text, bigint), allot_tranche(uuid, uuid, bigint, text),
  commit_tranche(uuid, bigint), instruct_payment(uuid, uuid, uuid, uuid), walk_claim(uuid, uuid, text, text, text, uuid),
  answer_instruction(uuid, text, text, text, timestamptz, text, text, timestamptz), mark_sent(uuid, timestamptz),
  cancel_benefit(uuid, uuid, uuid, text), ledger_differences(), count_recovery_step() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_recovery_step() TO registry_owner;
GRANT EXECUTE ON FUNCTION instruct_payment(uuid, uuid, uuid, uuid), mark_sent(uuid, timestamptz),
  answer_instruction(uuid, text, text, text, timestamptz, text, text, timestamptz) TO pay_worker;
GRANT EXECUTE ON FUNCTION allot_tranche(uuid, uuid, bigint, text), cancel_benefit(uuid, uuid, uuid, text) TO app_agency;
GRANT EXECUTE ON FUNCTION ledger_differences() TO app_agency, auditor, worker, pay_worker;
"""

COUNTING = """
CREATE TRIGGER counted AFTER INSERT ON recovery_step FOR EACH ROW EXECUTE FUNCTION count_recovery_step();
ALTER TABLE recovery_step ENABLE ALWAYS TRIGGER counted;
"""


def upgrade() -> None:
    execute_script("SET ROLE access_owner;" + DOORS + "SET ROLE registry_owner;")
    execute_script(COUNTING)


def downgrade() -> None:
    execute_script("""
    DROP TRIGGER counted ON recovery_step;
    SET ROLE access_owner;
    DROP FUNCTION ledger_differences(), count_recovery_step(), cancel_benefit(uuid, uuid, uuid, text),
      mark_sent(uuid, timestamptz), answer_instruction(uuid, text, text, text, timestamptz, text, text, timestamptz),
      walk_claim(uuid, uuid, text, text, text, uuid), instruct_payment(uuid, uuid, uuid, uuid),
      commit_tranche(uuid, bigint), allot_tranche(uuid, uuid, bigint, text),
      post_ledger(text, uuid, uuid, text, text, bigint);
    SET ROLE registry_owner;
    """)
