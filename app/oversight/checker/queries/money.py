"""I1, I4–I6: what was paid rests on a sealed entry and three persons; bank, ledger and recoveries agree to the fen."""

from app.oversight.checker.queries.comparison import Comparison
from app.oversight.checker.states import Part

_BASIS = """
SELECT coalesce(held.claim_number, '补贴' || paid.benefit_id) AS place, paid.amount_fen, line.amount_fen AS ordered_fen
FROM benefit AS paid
LEFT JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
LEFT JOIN payment_order_line AS line ON line.person_id = paid.person_id AND line.claim_id = paid.claim_id
  AND line.round = paid.round
WHERE (paid.amount_fen, paid.order_id, paid.budget_id, paid.reviewed_by, paid.approved_by, paid.ordered_by,
       paid.kind, paid.entry_kind, paid.entry_id)
  IS DISTINCT FROM (line.amount_fen, line.order_id, line.budget_id, line.reviewed_by, line.approved_by, line.ordered_by,
       held.kind, held.entry_kind, held.entry_id)
"""
_EXPECTED = """
WITH expected AS (
  SELECT 'instruction' AS kind, benefit_id AS subject_id, amount_fen - offset_fen AS fen FROM benefit
  WHERE amount_fen > offset_fen
  UNION ALL SELECT 'offset', benefit_id, offset_fen FROM benefit WHERE offset_fen > 0
  UNION ALL SELECT 'settlement', benefit_id, amount_fen - offset_fen FROM benefit
  WHERE settled_at IS NOT NULL AND amount_fen > offset_fen
  UNION ALL SELECT 'cancellation', benefit_id, amount_fen - offset_fen FROM benefit WHERE canceled_at IS NOT NULL
  UNION ALL SELECT 'offset_cancellation', benefit_id, offset_fen FROM benefit
  WHERE canceled_at IS NOT NULL AND offset_fen > 0
  UNION ALL SELECT 'repayment', step_id, amount_fen FROM recovery_step WHERE kind = 'repayment'
  UNION ALL SELECT 'advance_instruction', advance_id, amount_fen FROM advance WHERE instructed_at IS NOT NULL
  UNION ALL SELECT 'advance_settlement', advance_id, amount_fen FROM advance WHERE settled_at IS NOT NULL
  UNION ALL SELECT 'advance_return', return_id, amount_fen FROM advance_return
  UNION ALL SELECT 'advance_cancellation', advance_id, amount_fen FROM advance
  WHERE canceled_at IS NOT NULL AND instructed_at IS NOT NULL
), posted AS (
  SELECT moved.kind, moved.subject_id, coalesce(sum(side.amount_fen) FILTER (WHERE side.amount_fen > 0), 0) AS fen
  FROM ledger_transaction AS moved LEFT JOIN ledger_posting AS side USING (transaction_id)
  WHERE moved.kind <> 'allotment' GROUP BY moved.kind, moved.subject_id
)
SELECT coalesce(expected.kind, posted.kind) || ' ' || coalesce(expected.subject_id, posted.subject_id) AS place,
  coalesce(posted.fen, 0) AS posted_fen, coalesce(expected.fen, 0) AS expected_fen
FROM expected FULL JOIN posted ON posted.kind = expected.kind AND posted.subject_id = expected.subject_id
WHERE posted.fen IS DISTINCT FROM expected.fen
"""
_ANSWERED = """
SELECT '指令' || told.instruction_id AS place, told.state,
  coalesce(string_agg(DISTINCT answer.outcome, '、'), '没有答复') AS answered
FROM bank_instruction AS told
LEFT JOIN bank_answer AS answer ON answer.instruction_id = told.instruction_id AND NOT answer.contradicts
  AND answer.outcome IN ('settled', 'rejected')
GROUP BY told.instruction_id, told.state
HAVING (told.state IN ('settled', 'rejected')) <> (count(answer.answer_id) > 0)
  OR count(answer.answer_id) FILTER (WHERE answer.outcome <> told.state) > 0
"""

MONEY = (
    Comparison(
        Part.PAYMENTS,
        "basis_differs",
        "拨付{amount_fen}分，指令单为{ordered_fen}分，或经办人、依据不一致",
        _BASIS,
    ),
    Comparison(
        Part.PAYMENTS,
        "entry_not_included",
        "已拨付，所依据的档案条目却没有入库标记",
        """
SELECT coalesce(held.claim_number, '补贴' || paid.benefit_id) AS place
FROM benefit AS paid LEFT JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
WHERE NOT EXISTS (SELECT FROM inclusion AS kept
  JOIN log_leaf AS leaf ON leaf.leaf_index = kept.leaf_index
  JOIN log_checkpoint AS head ON head.size = kept.checkpoint_size AND head.size > kept.leaf_index
  WHERE kept.person_id = paid.person_id AND kept.entry_id = paid.entry_id)
""",
    ),
    Comparison(
        Part.PAYMENTS,
        "same_person",
        "审核、审批、拨付有同一人办理",
        """
SELECT coalesce(held.claim_number, '补贴' || paid.benefit_id) AS place
FROM benefit AS paid LEFT JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
WHERE paid.ordered_by IN (paid.reviewed_by, paid.approved_by) OR paid.reviewed_by = paid.approved_by
""",
    ),
    Comparison(
        Part.PAYMENTS,
        "paid_differs",
        "申领状态为{state}，已结清的拨付有{settled}笔，在途的有{live}笔",
        """
SELECT held.claim_number AS place, held.state, count(paid.settled_at) AS settled,
  count(paid.benefit_id) FILTER (WHERE paid.canceled_at IS NULL AND paid.settled_at IS NULL) AS live
FROM claim AS held
LEFT JOIN benefit AS paid ON paid.person_id = held.person_id AND paid.claim_id = held.claim_id
WHERE held.state IN ('instructed', 'failed', 'paid') OR paid.benefit_id IS NOT NULL
GROUP BY held.person_id, held.claim_id, held.claim_number, held.state
HAVING count(paid.settled_at) <> CASE held.state WHEN 'paid' THEN 1 ELSE 0 END
  OR count(paid.benefit_id) FILTER (WHERE paid.canceled_at IS NULL AND paid.settled_at IS NULL)
    > CASE WHEN held.state IN ('ordered', 'instructed', 'failed') THEN 1 ELSE 0 END
  OR held.state IN ('instructed', 'failed')
    AND count(paid.benefit_id) FILTER (WHERE paid.canceled_at IS NULL AND paid.settled_at IS NULL) <> 1
""",
    ),
    Comparison(
        Part.BANK,
        "instruction_differs",
        "银行指令为{fen}分，应付{owed_fen}分",
        """
SELECT '指令' || told.instruction_id AS place, told.amount_fen AS fen,
  coalesce(paid.amount_fen - paid.offset_fen, prepaid.amount_fen) AS owed_fen
FROM bank_instruction AS told
LEFT JOIN benefit AS paid ON paid.person_id = told.person_id AND paid.benefit_id = told.benefit_id
LEFT JOIN advance AS prepaid ON prepaid.advance_id = told.advance_id
WHERE told.amount_fen IS DISTINCT FROM coalesce(paid.amount_fen - paid.offset_fen, prepaid.amount_fen)
""",
    ),
    Comparison(Part.BANK, "answer_differs", "指令状态为{state}，银行答复为{answered}", _ANSWERED),
    Comparison(
        Part.BANK,
        "settlement_differs",
        "拨付的结清状态与银行指令不一致",
        """
SELECT coalesce(held.claim_number, '补贴' || paid.benefit_id) AS place
FROM benefit AS paid LEFT JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
WHERE (paid.settled_at IS NOT NULL) <> (paid.amount_fen = paid.offset_fen
  OR EXISTS (SELECT FROM bank_instruction AS told LEFT JOIN payment_confirmation AS confirmed
      ON confirmed.instruction_id = told.instruction_id AND confirmed.decision = 'confirmed'
    WHERE told.person_id = paid.person_id AND told.benefit_id = paid.benefit_id
      AND (told.state = 'settled' OR confirmed.confirmation_id IS NOT NULL)))
""",
    ),
    Comparison(
        Part.BANK,
        "statement_differs",
        "对账单第{line}行记为相符，指令却不是这样",
        """
SELECT '对账单' || day.statement_on AS place, told.line
FROM bank_statement_line AS told JOIN bank_statement AS day USING (statement_id)
LEFT JOIN bank_instruction AS own ON own.instruction_id = told.instruction_id
WHERE told.difference IS NULL AND (told.amount_fen, told.outcome) IS DISTINCT FROM (own.amount_fen, own.state)
""",
    ),
    Comparison(
        Part.LEDGER,
        "balance_differs",
        "{account}科目台账为{ledger_fen}分，逐笔合计为{rows_fen}分",
        """
SELECT coalesce(book.division_code || '/' || book.year || '/' || book.funding_source, '预算' || told.budget_id)
    AS place,
  told.account, told.ledger_fen, told.rows_fen
FROM ledger_differences() AS told LEFT JOIN budget AS book USING (budget_id)
""",
    ),
    Comparison(Part.LEDGER, "posting_differs", "台账记{posted_fen}分，所据事项为{expected_fen}分", _EXPECTED),
    Comparison(
        Part.LEDGER,
        "not_balanced",
        "一笔台账的借贷不平，差{fen}分",
        """
SELECT moved.kind || ' ' || moved.subject_id AS place, coalesce(sum(side.amount_fen), 0) AS fen
FROM ledger_transaction AS moved LEFT JOIN ledger_posting AS side USING (transaction_id)
GROUP BY moved.transaction_id, moved.kind, moved.subject_id
HAVING coalesce(sum(side.amount_fen), 0) <> 0 OR count(side.line_no) = 0
""",
    ),
    Comparison(
        Part.RECOVERIES,
        "more_than_paid",
        "追回合计{fen}分，超过已付的{paid_fen}分，或没有已付的补贴",
        """
SELECT min(owed.recovery_number) AS place, sum(owed.amount_fen) AS fen, coalesce(min(paid.amount_fen), 0) AS paid_fen
FROM recovery AS owed LEFT JOIN benefit AS paid ON paid.person_id = owed.person_id AND paid.benefit_id = owed.benefit_id
GROUP BY owed.person_id, owed.benefit_id
HAVING sum(owed.amount_fen) > coalesce(min(paid.amount_fen), 0)
  OR bool_or(owed.benefit_fen IS DISTINCT FROM paid.amount_fen)
""",
    ),
    Comparison(
        Part.RECOVERIES,
        "steps_differ",
        "已退回{repaid_fen}分、核销{written_off_fen}分，逐笔合计为{repaid}分、{written_off}分",
        """
SELECT owed.recovery_number AS place, owed.repaid_fen, owed.written_off_fen, told.repaid, told.written_off
FROM recovery AS owed CROSS JOIN LATERAL (
  SELECT coalesce(sum(step.amount_fen) FILTER (WHERE step.kind = 'repayment'), 0) AS repaid,
    coalesce(sum(step.amount_fen) FILTER (WHERE step.kind = 'write_off'), 0) AS written_off
  FROM recovery_step AS step WHERE step.person_id = owed.person_id AND step.recovery_id = owed.recovery_id) AS told
WHERE (owed.repaid_fen, owed.written_off_fen) IS DISTINCT FROM (told.repaid, told.written_off)
""",
    ),
    Comparison(
        Part.RECOVERIES,
        "step_without_recovery",
        "退回、核销或移送没有相应的追回决定",
        """
SELECT '步骤' || step.step_id AS place FROM recovery_step AS step
WHERE NOT EXISTS (SELECT FROM recovery AS owed WHERE owed.person_id = step.person_id
  AND owed.recovery_id = step.recovery_id)
""",
    ),
    Comparison(
        Part.RECOVERIES,
        "revoked_not_recovered",
        "所依据的档案条目已撤销，已付的补贴没有追回",
        """
SELECT held.claim_number AS place FROM benefit AS paid
JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
JOIN record_entry AS entry ON entry.person_id = paid.person_id AND entry.entry_id = paid.entry_id
WHERE entry.revoked_at IS NOT NULL AND paid.canceled_at IS NULL
  AND NOT EXISTS (SELECT FROM recovery AS owed WHERE owed.person_id = paid.person_id
    AND owed.benefit_id = paid.benefit_id)
""",
    ),
)
