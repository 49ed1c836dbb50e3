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
  SELECT * INTO held FROM registry.budget WHERE budget.budget_id = allot_tranche.budget FOR SHARE;
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

CREATE FUNCTION bank_last_word(asked uuid) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- By answer or by file. A file that somebody handed in may warn that money was paid; that it was not, it says only once
  -- the worker has fetched the same from the bank.
  SELECT said.outcome FROM (
    SELECT answer.outcome, answer.recorded_at AS at, answer.answer_id AS place FROM registry.bank_answer AS answer
    WHERE answer.instruction_id = asked AND answer.outcome IN ('settled', 'rejected')
    UNION ALL
    SELECT line.outcome, file.imported_at, file.statement_id FROM registry.bank_statement_line AS line
    JOIN registry.bank_statement AS file USING (statement_id)
    WHERE line.instruction_id = asked AND line.difference IS DISTINCT FROM 'not_on_statement'
      AND (line.outcome = 'settled' OR file.fetched_at IS NOT NULL)
  ) AS said ORDER BY said.at DESC, said.place DESC LIMIT 1
$$;

CREATE FUNCTION bank_contradicts(of_benefit uuid, of_advance uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- Rejected first, called paid since: while that is the bank's last word, the money may be there.
  SELECT EXISTS (
    SELECT FROM registry.bank_instruction AS told
    WHERE told.state = 'rejected' AND (told.benefit_id = of_benefit OR told.advance_id = of_advance)
      AND registry.bank_last_word(told.instruction_id) = 'settled')
$$;
COMMENT ON FUNCTION bank_contradicts(uuid, uuid) IS
  'Whether the bank, after its final rejection, says that this benefit or advance was paid: nothing is paid again then.';

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
  PERFORM registry.refuse_old_snapshot();
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
  IF FOUND AND registry.bank_contradicts(paying.benefit_id, NULL) THEN
    RETURN 'bank_contradicts';
  ELSIF paying.benefit_id IS NULL THEN
    SELECT advance.* INTO prepaid FROM registry.record_entry AS entry JOIN registry.advance
        ON advance.opening_id = entry.opening_id AND advance.instructed_at IS NOT NULL AND advance.canceled_at IS NULL
       AND advance.institution_id = held.payee_institution_id
      WHERE entry.person_id = person AND entry.entry_id = held.entry_id FOR NO KEY UPDATE OF advance;
    IF FOUND THEN
      own_offset := least(ordered.amount_fen, prepaid.amount_fen - prepaid.offset_fen - prepaid.returned_fen);
      IF own_offset > 0 AND (prepaid.settled_at IS NULL OR prepaid.budget_id <> ordered.budget_id) THEN
        -- Paid in full now, the advance would never be worked off.
        RETURN CASE WHEN prepaid.settled_at IS NULL THEN 'advance_under_way' ELSE 'advance_of_other_budget' END;
      END IF;
    END IF;
    tranche := registry.commit_tranche(ordered.budget_id, ordered.amount_fen - own_offset);
    IF tranche IS NULL THEN
      RETURN 'budget_exhausted';
    END IF;
    INSERT INTO registry.benefit (person_id, benefit_id, claim_id, round, kind, entry_kind, entry_id, order_id, budget_id,
        tranche_no, amount_fen, advance_id, offset_fen, reviewed_by, approved_by, ordered_by)
      VALUES (person, new_benefit, asked, held.round, held.kind, held.entry_kind, held.entry_id, ordered.order_id,
        ordered.budget_id, tranche, ordered.amount_fen, CASE WHEN own_offset > 0 THEN prepaid.advance_id END, own_offset,
        ordered.reviewed_by, ordered.approved_by, ordered.ordered_by)
      RETURNING * INTO paying;
    IF own_offset > 0 THEN
      -- This share left the budget with the advance and settles the benefit now.
      UPDATE registry.advance SET offset_fen = offset_fen + own_offset WHERE advance.advance_id = prepaid.advance_id;
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
    PERFORM registry.redeem_voucher(person, asked);
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

CREATE FUNCTION redeem_voucher(person uuid, asked uuid) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.voucher SET redeemed_at = registry.registry_now(), redeemed_claim = claim.claim_id
  FROM registry.claim WHERE claim.person_id = person AND claim.claim_id = asked
    AND voucher.person_id = claim.person_id AND voucher.voucher_id = claim.voucher_id
$$;

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
      reject_code = refused_as, next_send_at = CASE WHEN said IN ('settled', 'rejected') THEN NULL ELSE coalesce(ask_again_at, held.next_send_at, registry.registry_now()) END
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
    PERFORM registry.redeem_voucher(paying.person_id, paying.claim_id);
  END IF;
  PERFORM registry.walk_claim(paying.person_id, paying.claim_id, 'instructed',
    CASE said WHEN 'settled' THEN 'paid' ELSE 'failed' END, 'bank_answer', paying.ordered_by);
  RETURN said;
END $$;

CREATE FUNCTION mark_sent(asked uuid, ask_again_at timestamptz) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.bank_instruction SET state = CASE state WHEN 'stored' THEN 'sent' ELSE state END, sends = sends + 1,
    next_send_at = coalesce(ask_again_at, next_send_at)
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
  -- Ordered again after a rejection, or never instructed: nothing of it is on its way to the bank either.
  IF held.state NOT IN ('failed', 'ordered') THEN
    RETURN 'not_failed';
  ELSIF EXISTS (SELECT FROM registry.benefit AS live WHERE live.person_id = person AND live.claim_id = asked
      AND live.canceled_at IS NULL AND registry.bank_contradicts(live.benefit_id, NULL)) THEN
    RETURN 'bank_contradicts';
  END IF;
  UPDATE registry.benefit SET canceled_at = registry.registry_now()
    WHERE benefit.person_id = person AND benefit.claim_id = asked AND canceled_at IS NULL RETURNING * INTO paying;
  IF FOUND THEN
    UPDATE registry.budget_tranche SET committed_fen = committed_fen - (paying.amount_fen - paying.offset_fen)
      WHERE budget_id = paying.budget_id AND tranche_no = paying.tranche_no;
    PERFORM registry.post_ledger('cancellation', paying.benefit_id, paying.budget_id, 'in_transit', 'available',
      paying.amount_fen - paying.offset_fen);
  END IF;
  IF paying.offset_fen > 0 THEN
    UPDATE registry.advance SET offset_fen = offset_fen - paying.offset_fen WHERE advance.advance_id = paying.advance_id;
    PERFORM registry.post_ledger('offset_cancellation', paying.benefit_id, paying.budget_id, 'paid', 'advanced',
      paying.offset_fen);
  END IF;
  PERFORM registry.walk_claim(person, asked, held.state, 'withdrawn', 'benefit', actor);
  PERFORM registry.give_back_key(person, held.key_id, why);
  RETURN 'canceled';
END $$;

CREATE FUNCTION count_recovery_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  paid registry.benefit;
  held registry.recovery;
  sent_fen bigint;
  from_sent_fen bigint;
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
    -- Back to where it came from: first the tranche the bank was instructed from, then the advance's.
    sent_fen := paid.amount_fen - paid.offset_fen;
    from_sent_fen := least(held.repaid_fen + NEW.amount_fen, sent_fen) - least(held.repaid_fen, sent_fen);
    UPDATE registry.budget_tranche SET committed_fen = committed_fen - from_sent_fen
      WHERE budget_id = paid.budget_id AND tranche_no = paid.tranche_no;
    UPDATE registry.budget_tranche SET committed_fen = committed_fen - (NEW.amount_fen - from_sent_fen)
      FROM registry.advance WHERE advance.advance_id = paid.advance_id AND NEW.amount_fen > from_sent_fen
        AND budget_tranche.budget_id = advance.budget_id AND budget_tranche.tranche_no = advance.tranche_no;
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
      WHERE prepaid.instructed_at IS NOT NULL AND prepaid.settled_at IS NULL AND prepaid.canceled_at IS NULL
      UNION ALL
      SELECT paying.budget_id, 'paid', CASE WHEN paying.settled_at IS NOT NULL THEN paying.amount_fen ELSE paying.offset_fen END
      FROM registry.benefit AS paying WHERE paying.canceled_at IS NULL
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
  redeem_voucher(uuid, uuid), cancel_benefit(uuid, uuid, uuid, text), ledger_differences(), count_recovery_step(),
  bank_contradicts(uuid, uuid), bank_last_word(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_recovery_step() TO registry_owner;
GRANT EXECUTE ON FUNCTION instruct_payment(uuid, uuid, uuid, uuid), mark_sent(uuid, timestamptz),
  answer_instruction(uuid, text, text, text, timestamptz, text, text, timestamptz) TO pay_worker;
GRANT EXECUTE ON FUNCTION allot_tranche(uuid, uuid, bigint, text), cancel_benefit(uuid, uuid, uuid, text) TO app_agency;
GRANT EXECUTE ON FUNCTION ledger_differences() TO app_agency, auditor, worker, pay_worker;
"""

FUNDING = """
CREATE FUNCTION funding_admits(asked text, source text, division text, dated date) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- The nearest division that says anything; where nothing was published no money is admitted.
  SELECT coalesce((SELECT source = ANY (rule.sources) FROM registry.funding_rule AS rule
    WHERE rule.kind = asked AND rule.in_force @> dated
      AND (rule.division_code = '000000' OR starts_with(division, registry.division_prefix(rule.division_code)))
    ORDER BY length(registry.division_prefix(rule.division_code)) DESC LIMIT 1), false)
$$;

CREATE FUNCTION is_budget_of_now(asked uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- 预算年度 is the calendar year (预算法 第十八条): what is ordered in a year is charged to that year's budget.
  SELECT EXISTS (SELECT FROM registry.budget
    WHERE budget.budget_id = asked AND budget.year = extract(year FROM registry.law_date(registry.registry_now())))
$$;

CREATE FUNCTION refuse_other_money() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  admits boolean;
BEGIN
  IF TG_TABLE_NAME = 'advance' THEN
    admits := registry.funding_admits('training', (SELECT budget.funding_source FROM registry.budget
      WHERE budget.budget_id = NEW.budget_id), NEW.division_code, registry.law_date(NEW.proposed_at));
  ELSE
    SELECT registry.funding_admits(held.kind, budget.funding_source, held.division_code, entry.ends_on) INTO admits
    FROM registry.claim AS held
    JOIN registry.record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
    CROSS JOIN registry.budget
    WHERE held.person_id = NEW.person_id AND held.claim_id = NEW.claim_id AND budget.budget_id = NEW.budget_id;
  END IF;
  -- What is not there at all is refused by its foreign key.
  IF admits IS FALSE THEN
    RAISE EXCEPTION '专款专用: this money does not pay this subsidy'
      USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_funding_source', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_budget_of_other_year() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT registry.is_budget_of_now(NEW.budget_id) THEN
    RAISE EXCEPTION 'the budget of another year'
      USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_budget_year', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION funding_admits(text, text, text, date), is_budget_of_now(uuid), refuse_other_money(),
  refuse_budget_of_other_year() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_other_money(), refuse_budget_of_other_year() TO registry_owner;
"""

ORDERING = """
CREATE FUNCTION order_payments(actor uuid, new_order uuid, new_number text, budget uuid, claims uuid[])
  RETURNS TABLE (ordinal integer, claim_id uuid, outcome text, kind text, division_code text, entry_on date)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  funds registry.budget;
  line record;
  held registry.claim;
  decided registry.claim_approval;
  dated date;
  is_begun boolean := false;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT * INTO funds FROM registry.budget WHERE budget.budget_id = order_payments.budget;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', funds.division_code) THEN
    RAISE EXCEPTION 'not theirs to spend' USING ERRCODE = '23001', CONSTRAINT = 'budget_officer_permitted', TABLE = 'budget';
  END IF;
  FOR line IN
    SELECT given.place::integer AS place, given.asked, known.person_id
    FROM unnest(claims) WITH ORDINALITY AS given (asked, place)
    LEFT JOIN registry.claim AS known ON known.claim_id = given.asked
    ORDER BY known.person_id, given.asked, given.place
  LOOP
    ordinal := line.place;
    claim_id := line.asked;
    SELECT * INTO held FROM registry.claim
      WHERE claim.person_id = line.person_id AND claim.claim_id = line.asked FOR UPDATE;
    SELECT * INTO decided FROM registry.claim_approval AS approval
      WHERE approval.person_id = held.person_id AND approval.claim_id = held.claim_id AND approval.round = held.round;
    dated := (SELECT entry.ends_on FROM registry.record_entry AS entry
      WHERE entry.person_id = held.person_id AND entry.entry_id = held.entry_id);
    outcome := CASE
      WHEN held.claim_id IS NULL OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN 'claim_unknown'
      WHEN held.state <> 'payable' THEN 'not_payable'
      WHEN registry.claim_is_held(held.person_id, held.claim_id) THEN 'on_hold'
      WHEN actor IN (decided.reviewed_by, decided.approved_by) THEN 'decided_by_payer'
      WHEN NOT starts_with(held.division_code, registry.division_prefix(funds.division_code)) THEN 'budget_of_other_division'
      WHEN NOT registry.is_budget_of_now(funds.budget_id) THEN 'budget_of_other_year'
      WHEN NOT registry.funding_admits(held.kind, funds.funding_source, held.division_code, dated)
        THEN 'funding_source_not_admitted'
      WHEN held.payee_kind = 'person' AND NOT EXISTS (SELECT FROM registry.payee_account AS own
        WHERE own.person_id = held.person_id AND own.account_id = held.account_id
          AND own.check_outcome = 'matched' AND own.ended_at IS NULL) THEN 'account_not_checked'
      WHEN held.payee_kind = 'institution' AND NOT EXISTS (SELECT FROM registry.institution_account AS own
        WHERE own.institution_id = held.payee_institution_id
          AND own.confirmed_at IS NOT NULL AND own.ended_at IS NULL) THEN 'account_not_checked'
      ELSE 'ordered' END;
    IF outcome = 'ordered' THEN
      IF NOT is_begun THEN
        INSERT INTO registry.payment_order (order_id, order_number, division_code, budget_id, ordered_by)
          VALUES (new_order, new_number, funds.division_code, funds.budget_id, actor);
        is_begun := true;
      END IF;
      INSERT INTO registry.payment_order_line (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by,
          approved_by, ordered_by)
        VALUES (held.person_id, held.claim_id, held.round, new_order, funds.budget_id, decided.amount_fen,
          decided.reviewed_by, decided.approved_by, actor);
    END IF;
    -- What the caller needs to say which money could pay it; told of nothing else.
    kind := CASE WHEN outcome = 'funding_source_not_admitted' THEN held.kind END;
    division_code := CASE WHEN outcome = 'funding_source_not_admitted' THEN held.division_code END;
    entry_on := CASE WHEN outcome = 'funding_source_not_admitted' THEN dated END;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION order_payments(uuid, uuid, text, uuid, uuid[]) IS
  'One order for many payable claims, answered line by line; without a line that could be ordered there is no order.';

CREATE FUNCTION approve_advance(actor uuid, asked uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.advance;
BEGIN
  SELECT * INTO held FROM registry.advance WHERE advance.advance_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'approval', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to approve' USING ERRCODE = '23001', CONSTRAINT = 'advance_officer_permitted', TABLE = 'advance';
  END IF;
  UPDATE registry.advance SET approved_by = actor, approved_at = registry.registry_now()
    WHERE advance.advance_id = asked AND approved_by IS NULL AND canceled_at IS NULL;
  RETURN FOUND;
END $$;

CREATE FUNCTION order_advance(actor uuid, asked uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.advance;
BEGIN
  SELECT * INTO held FROM registry.advance WHERE advance.advance_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to order' USING ERRCODE = '23001', CONSTRAINT = 'advance_officer_permitted', TABLE = 'advance';
  END IF;
  UPDATE registry.advance SET ordered_by = actor, ordered_at = registry.registry_now()
    WHERE advance.advance_id = asked AND approved_by IS NOT NULL AND ordered_by IS NULL AND canceled_at IS NULL;
  RETURN FOUND;
END $$;

CREATE FUNCTION cancel_advance(actor uuid, asked uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.advance;
BEGIN
  SELECT * INTO held FROM registry.advance WHERE advance.advance_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to cancel' USING ERRCODE = '23001', CONSTRAINT = 'advance_officer_permitted', TABLE = 'advance';
  ELSIF held.canceled_at IS NOT NULL THEN
    RETURN 'canceled';
  ELSIF held.settled_at IS NOT NULL OR EXISTS (SELECT FROM registry.bank_instruction AS live
      WHERE live.advance_id = asked AND live.state <> 'rejected') THEN
    RETURN 'money_under_way';
  ELSIF registry.bank_contradicts(NULL, asked) THEN
    RETURN 'bank_contradicts';
  END IF;
  UPDATE registry.advance SET canceled_at = registry.registry_now() WHERE advance.advance_id = asked;
  IF held.instructed_at IS NOT NULL THEN
    UPDATE registry.budget_tranche SET committed_fen = committed_fen - held.amount_fen
      WHERE budget_id = held.budget_id AND tranche_no = held.tranche_no;
    PERFORM registry.post_ledger('advance_cancellation', asked, held.budget_id, 'in_transit', 'available', held.amount_fen);
  END IF;
  RETURN 'canceled';
END $$;

CREATE FUNCTION instruct_advance(asked uuid, new_instruction uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.advance;
  account uuid;
  tranche smallint;
BEGIN
  SELECT * INTO held FROM registry.advance WHERE advance.advance_id = asked FOR UPDATE;
  IF NOT FOUND OR held.ordered_at IS NULL OR held.settled_at IS NOT NULL OR held.canceled_at IS NOT NULL
     OR EXISTS (SELECT FROM registry.bank_instruction AS live
                WHERE live.advance_id = asked AND live.state <> 'rejected') THEN
    RETURN 'not_ordered';
  ELSIF registry.bank_contradicts(NULL, asked) THEN
    RETURN 'bank_contradicts';
  END IF;
  SELECT account_id INTO account FROM registry.institution_account
    WHERE institution_id = held.institution_id AND confirmed_at IS NOT NULL AND ended_at IS NULL
    ORDER BY confirmed_at DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN 'account_not_checked';
  END IF;
  IF held.instructed_at IS NULL THEN
    tranche := registry.commit_tranche(held.budget_id, held.amount_fen);
    IF tranche IS NULL THEN
      RETURN 'budget_exhausted';
    END IF;
    UPDATE registry.advance SET instructed_at = registry.registry_now(), tranche_no = tranche
      WHERE advance.advance_id = asked;
    PERFORM registry.post_ledger('advance_instruction', asked, held.budget_id, 'available', 'in_transit', held.amount_fen);
  END IF;
  INSERT INTO registry.bank_instruction (instruction_id, advance_id, attempt, amount_fen, payee_kind, account_id,
      payee_institution_id)
    VALUES (new_instruction, asked,
      (SELECT count(*) + 1 FROM registry.bank_instruction AS past WHERE past.advance_id = asked),
      held.amount_fen, 'institution', account, held.institution_id);
  RETURN 'instructed';
END $$;
COMMENT ON FUNCTION instruct_advance(uuid, uuid) IS 'The advance leaves its budget once; after a rejection it is instructed anew.';

CREATE FUNCTION count_advance_return() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.advance;
BEGIN
  SELECT * INTO held FROM registry.advance WHERE advance.advance_id = NEW.advance_id FOR UPDATE;
  IF held.settled_at IS NULL THEN
    RAISE EXCEPTION 'nothing was prepaid'
      USING ERRCODE = '23001', CONSTRAINT = 'advance_return_after_settlement', TABLE = 'advance_return';
  END IF;
  UPDATE registry.advance SET returned_fen = returned_fen + NEW.amount_fen WHERE advance.advance_id = NEW.advance_id;
  UPDATE registry.budget_tranche SET committed_fen = committed_fen - NEW.amount_fen
    WHERE budget_id = held.budget_id AND tranche_no = held.tranche_no;
  PERFORM registry.post_ledger('advance_return', NEW.return_id, held.budget_id, 'advanced', 'available', NEW.amount_fen);
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION order_payments(uuid, uuid, text, uuid, uuid[]), approve_advance(uuid, uuid),
  order_advance(uuid, uuid), cancel_advance(uuid, uuid), instruct_advance(uuid, uuid), count_advance_return() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_advance_return() TO registry_owner;
GRANT EXECUTE ON FUNCTION instruct_advance(uuid, uuid) TO pay_worker;
GRANT EXECUTE ON FUNCTION order_payments(uuid, uuid, text, uuid, uuid[]), approve_advance(uuid, uuid),
  order_advance(uuid, uuid), cancel_advance(uuid, uuid) TO app_agency;
"""

COUNTING = """
CREATE TRIGGER of_its_money BEFORE INSERT ON payment_order_line FOR EACH ROW EXECUTE FUNCTION refuse_other_money();
ALTER TABLE payment_order_line ENABLE ALWAYS TRIGGER of_its_money;
CREATE TRIGGER of_its_money BEFORE INSERT ON advance FOR EACH ROW EXECUTE FUNCTION refuse_other_money();
ALTER TABLE advance ENABLE ALWAYS TRIGGER of_its_money;
CREATE TRIGGER of_the_year BEFORE INSERT ON payment_order FOR EACH ROW EXECUTE FUNCTION refuse_budget_of_other_year();
ALTER TABLE payment_order ENABLE ALWAYS TRIGGER of_the_year;
CREATE TRIGGER of_the_year BEFORE UPDATE OF ordered_at ON advance
  FOR EACH ROW WHEN (OLD.ordered_at IS NULL AND NEW.ordered_at IS NOT NULL) EXECUTE FUNCTION refuse_budget_of_other_year();
ALTER TABLE advance ENABLE ALWAYS TRIGGER of_the_year;
CREATE TRIGGER counted AFTER INSERT ON recovery_step FOR EACH ROW EXECUTE FUNCTION count_recovery_step();
ALTER TABLE recovery_step ENABLE ALWAYS TRIGGER counted;
CREATE TRIGGER counted AFTER INSERT ON advance_return FOR EACH ROW EXECUTE FUNCTION count_advance_return();
ALTER TABLE advance_return ENABLE ALWAYS TRIGGER counted;
"""


def upgrade() -> None:
    execute_script("SET ROLE access_owner;" + DOORS + FUNDING + ORDERING + "SET ROLE registry_owner;")
    execute_script(COUNTING)


def downgrade() -> None:
    execute_script("""
    DROP TRIGGER counted ON recovery_step;
    DROP TRIGGER counted ON advance_return;
    DROP TRIGGER of_the_year ON advance;
    DROP TRIGGER of_the_year ON payment_order;
    DROP TRIGGER of_its_money ON advance;
    DROP TRIGGER of_its_money ON payment_order_line;
    SET ROLE access_owner;
    DROP FUNCTION count_advance_return(), instruct_advance(uuid, uuid), cancel_advance(uuid, uuid), order_advance(uuid, uuid),
      approve_advance(uuid, uuid), order_payments(uuid, uuid, text, uuid, uuid[]), refuse_budget_of_other_year(),
      refuse_other_money(), is_budget_of_now(uuid), funding_admits(text, text, text, date);
    DROP FUNCTION ledger_differences(), count_recovery_step(), cancel_benefit(uuid, uuid, uuid, text),
      mark_sent(uuid, timestamptz), redeem_voucher(uuid, uuid), answer_instruction(uuid, text, text, text, timestamptz, text, text, timestamptz),
      walk_claim(uuid, uuid, text, text, text, uuid), instruct_payment(uuid, uuid, uuid, uuid), bank_contradicts(uuid, uuid), bank_last_word(uuid),
      commit_tranche(uuid, bigint), allot_tranche(uuid, uuid, bigint, text),
      post_ledger(text, uuid, uuid, text, text, bigint);
    SET ROLE registry_owner;
    """)
