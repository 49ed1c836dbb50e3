"""Each step of a claim is a row and a move; amounts are handed on from step to step unchanged."""

from app.oversight.checker.queries.comparison import Comparison
from app.oversight.checker.states import Part

_ROW_OF_MOVE = """
SELECT held.claim_number AS place, move.step, move.round
FROM claim_move AS move JOIN claim AS held USING (person_id, claim_id)
WHERE NOT CASE move.step
  WHEN 'claim_acceptance' THEN EXISTS (SELECT FROM claim_acceptance AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.outcome = move.to_state)
  WHEN 'claim_supplement' THEN EXISTS (SELECT FROM claim_supplement AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id)
  WHEN 'claim_review' THEN EXISTS (SELECT FROM claim_review AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.round = move.round)
  WHEN 'claim_approval' THEN EXISTS (SELECT FROM claim_approval AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.round = move.round
    AND move.to_state = CASE row.decision WHEN 'sent_back' THEN 'accepted' ELSE row.decision END)
  WHEN 'public_notice_line' THEN EXISTS (SELECT FROM public_notice_line AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.round = move.round)
  WHEN 'claim_clearance' THEN EXISTS (SELECT FROM claim_clearance AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.round = move.round)
  WHEN 'claim_withdrawal' THEN EXISTS (SELECT FROM claim_withdrawal AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id)
  WHEN 'payment_order_line' THEN EXISTS (SELECT FROM payment_order_line AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.round = move.round)
  WHEN 'payment_retry' THEN EXISTS (SELECT FROM payment_retry AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id)
  WHEN 'claim_appeal' THEN EXISTS (SELECT FROM claim_appeal AS row WHERE row.person_id = move.person_id
    AND row.claim_id = move.claim_id AND row.outcome = 'decide_again')
  ELSE true END
"""
_MOVE_OF_ROW = """
SELECT held.claim_number AS place, done.step, done.round
FROM (
  SELECT person_id, claim_id, 'claim_acceptance' AS step, NULL::smallint AS round FROM claim_acceptance
  UNION ALL SELECT person_id, claim_id, 'claim_review', round FROM claim_review
  UNION ALL SELECT person_id, claim_id, 'claim_approval', round FROM claim_approval
  UNION ALL SELECT person_id, claim_id, 'public_notice_line', round FROM public_notice_line
  UNION ALL SELECT person_id, claim_id, 'claim_clearance', round FROM claim_clearance
  UNION ALL SELECT person_id, claim_id, 'claim_withdrawal', NULL FROM claim_withdrawal
  UNION ALL SELECT person_id, claim_id, 'payment_order_line', round FROM payment_order_line
) AS done JOIN claim AS held USING (person_id, claim_id)
WHERE NOT EXISTS (SELECT FROM claim_move AS move WHERE move.person_id = done.person_id AND move.claim_id = done.claim_id
  AND move.step = done.step AND move.round = coalesce(done.round, move.round))
"""
_AMOUNTS = """
SELECT held.claim_number AS place, told.step, told.fen, told.before_fen
FROM (
  SELECT later.person_id, later.claim_id, '审批' AS step, later.amount_fen AS fen, earlier.amount_fen AS before_fen
  FROM claim_approval AS later LEFT JOIN claim_review AS earlier
    ON earlier.person_id = later.person_id AND earlier.claim_id = later.claim_id AND earlier.round = later.round
      AND earlier.verdict = later.reviewed_verdict AND earlier.reviewed_by = later.reviewed_by
  UNION ALL
  SELECT later.person_id, later.claim_id, '公示', later.amount_fen, earlier.amount_fen
  FROM public_notice_line AS later LEFT JOIN claim_approval AS earlier
    ON earlier.person_id = later.person_id AND earlier.claim_id = later.claim_id AND earlier.round = later.round
      AND earlier.decision = 'approved'
  UNION ALL
  SELECT later.person_id, later.claim_id, '拨付指令单', later.amount_fen, earlier.amount_fen
  FROM payment_order_line AS later LEFT JOIN claim_approval AS earlier
    ON earlier.person_id = later.person_id AND earlier.claim_id = later.claim_id AND earlier.round = later.round
      AND earlier.decision = 'approved'
) AS told JOIN claim AS held USING (person_id, claim_id)
WHERE told.fen IS DISTINCT FROM told.before_fen
"""

STEPS = (
    Comparison(
        Part.STEPS,
        "state_differs",
        "申领状态为{state}，按办理步骤应为{derived}",
        """
SELECT held.claim_number AS place, held.state, coalesce(last.to_state, 'submitted') AS derived
FROM claim AS held LEFT JOIN LATERAL (SELECT move.to_state FROM claim_move AS move
  WHERE move.person_id = held.person_id AND move.claim_id = held.claim_id ORDER BY move.move_id DESC LIMIT 1) AS last
  ON true
WHERE held.state <> coalesce(last.to_state, 'submitted')
""",
    ),
    Comparison(
        Part.STEPS,
        "moves_broken",
        "办理步骤不连续：{before}之后是由{from_state}到{to_state}",
        """
SELECT held.claim_number AS place, told.before, told.from_state, told.to_state
FROM (SELECT move.*, lag(move.to_state, 1, 'submitted')
        OVER (PARTITION BY move.person_id, move.claim_id ORDER BY move.move_id) AS before
      FROM claim_move AS move) AS told
JOIN claim AS held USING (person_id, claim_id) WHERE told.before <> told.from_state
""",
    ),
    Comparison(Part.STEPS, "step_missing", "第{round}轮的步骤{step}不见了，办理进度却有记载", _ROW_OF_MOVE),
    Comparison(Part.STEPS, "move_missing", "步骤{step}没有相应的办理进度", _MOVE_OF_ROW),
    Comparison(Part.STEPS, "amount_changed", "{step}的金额为{fen}分，前一步骤为{before_fen}分", _AMOUNTS),
    Comparison(
        Part.STEPS,
        "claim_missing",
        "已编号的申领不见了",
        """
SELECT numbered.claim_number AS place FROM claim_number AS numbered
WHERE NOT EXISTS (SELECT FROM claim AS held WHERE held.person_id = numbered.person_id
  AND held.claim_id = numbered.claim_id AND held.claim_number = numbered.claim_number)
UNION ALL
SELECT held.claim_number FROM claim AS held
WHERE NOT EXISTS (SELECT FROM claim_number AS numbered WHERE numbered.claim_number = held.claim_number
  AND numbered.person_id = held.person_id AND numbered.claim_id = held.claim_id)
""",
    ),
    Comparison(
        Part.STEPS,
        "notice_missing",
        "已编号的决定文书不见了，或文书没有编号",
        """
SELECT coalesce(numbered.notice_number, told.notice_number) AS place
FROM decision_notice_number AS numbered
FULL JOIN decision_notice AS told ON told.person_id = numbered.person_id AND told.notice_id = numbered.notice_id
  AND told.notice_number = numbered.notice_number
WHERE numbered.notice_number IS NULL OR told.notice_number IS NULL
""",
    ),
    Comparison(
        Part.STEPS,
        "entry_missing",
        "所依据的档案条目不见了，或种类不符",
        """
SELECT held.claim_number AS place FROM claim AS held
WHERE NOT EXISTS (SELECT FROM record_entry AS entry WHERE entry.person_id = held.person_id
  AND entry.entry_id = held.entry_id AND entry.kind = held.entry_kind)
""",
    ),
    Comparison(
        Part.STEPS,
        "same_person",
        "审核、审批由同一人办理",
        """
SELECT held.claim_number AS place FROM claim_approval AS done JOIN claim AS held USING (person_id, claim_id)
WHERE done.approved_by = done.reviewed_by
""",
    ),
)
