"""Reads of an export, as the auditor's read-only role."""

from typing import Any
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.archive.log.queries import proof_of_leaf
from app.archive.log.queries.events import rows_of
from app.archive.log.rules.bundles import proof_bundle
from app.archive.log.rules.leaves import content_of
from app.oversight.exports.rules import export_document, subjects_of

NOBODY = UUID(int=0)


_CLAIM = """
WITH held AS MATERIALIZED (SELECT * FROM claim WHERE person_id = $1 AND claim_id = $2),
own AS MATERIALIZED (SELECT entry.* FROM record_entry AS entry JOIN held USING (person_id, entry_id)),
paid AS MATERIALIZED (SELECT benefit.* FROM benefit JOIN held USING (person_id, claim_id)),
sent AS MATERIALIZED (SELECT told.* FROM bank_instruction AS told JOIN paid USING (person_id, benefit_id)),
owed AS MATERIALIZED (SELECT told.* FROM recovery AS told JOIN paid USING (person_id, benefit_id)),
repaid AS MATERIALIZED (SELECT told.* FROM recovery_step AS told JOIN owed USING (person_id, recovery_id)),
section (name, told) AS (
  SELECT 'entries', jsonb_agg(to_jsonb(told) ORDER BY told.entry_id)
  FROM record_entry AS told JOIN own USING (person_id)
  WHERE told.entry_id IN (own.entry_id, own.supersedes) OR told.supersedes = own.entry_id
  UNION ALL SELECT 'identity_checks', jsonb_agg(to_jsonb(told) - 'name_digest' ORDER BY told.check_id)
  FROM identity_check AS told JOIN own ON own.person_id = told.person_id AND own.identity_check_id = told.check_id
  UNION ALL SELECT 'certificates', jsonb_agg(to_jsonb(told) - 'number_sealed')
  FROM certificate AS told JOIN own USING (person_id, certificate_id)
  UNION ALL SELECT 'certificate_changes', jsonb_agg(to_jsonb(told) ORDER BY told.change_id)
  FROM certificate_state_change AS told JOIN own USING (person_id, certificate_id)
  UNION ALL SELECT 'keys', jsonb_agg(to_jsonb(told)) FROM benefit_key AS told JOIN held USING (person_id, key_id)
  UNION ALL SELECT 'slots', jsonb_agg(to_jsonb(told)) FROM benefit_slot AS told JOIN held USING (person_id, slot_id)
  UNION ALL SELECT 'accounts', jsonb_agg(to_jsonb(told) - 'number_sealed' - 'account_id')
  FROM payee_account AS told JOIN held USING (person_id, account_id)
  UNION ALL SELECT 'moves', jsonb_agg(to_jsonb(told) ORDER BY told.move_id)
  FROM claim_move AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'supplements', jsonb_agg(to_jsonb(told) ORDER BY told.requested_at)
  FROM claim_supplement AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'commitments', jsonb_agg(to_jsonb(told) - 'digest' ORDER BY told.committed_at)
  FROM claim_commitment AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'acceptances', jsonb_agg(to_jsonb(told) ORDER BY told.decided_at)
  FROM claim_acceptance AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'reviews', jsonb_agg(to_jsonb(told) ORDER BY told.round)
  FROM claim_review AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'approvals', jsonb_agg(to_jsonb(told) ORDER BY told.round)
  FROM claim_approval AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'holds', jsonb_agg(to_jsonb(told) ORDER BY told.hold_id)
  FROM claim_hold AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'withdrawals', jsonb_agg(to_jsonb(told) ORDER BY told.withdrawn_at)
  FROM claim_withdrawal AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'appeals', jsonb_agg(to_jsonb(told) ORDER BY told.appeal_id)
  FROM claim_appeal AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'notices', jsonb_agg(to_jsonb(told) ORDER BY told.notice_id)
  FROM decision_notice AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'public_notices', jsonb_agg(to_jsonb(told) - 'shown' ORDER BY told.round)
  FROM public_notice_line AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'clearances', jsonb_agg(to_jsonb(told) ORDER BY told.round)
  FROM claim_clearance AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'order_lines', jsonb_agg(to_jsonb(told) ORDER BY told.round)
  FROM payment_order_line AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'retries', jsonb_agg(to_jsonb(told) - 'account_id' ORDER BY told.retry_no)
  FROM payment_retry AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'benefits', jsonb_agg(to_jsonb(told) ORDER BY told.benefit_id)
  FROM benefit AS told JOIN held USING (person_id, claim_id)
  UNION ALL SELECT 'instructions', jsonb_agg(to_jsonb(sent) - 'account_id' ORDER BY sent.instruction_id) FROM sent
  UNION ALL SELECT 'answers', jsonb_agg(to_jsonb(told) ORDER BY told.answer_id)
  FROM bank_answer AS told JOIN sent USING (instruction_id)
  UNION ALL SELECT 'statement_lines', jsonb_agg(to_jsonb(told))
  FROM bank_statement_line AS told JOIN sent USING (instruction_id)
  UNION ALL SELECT 'recoveries', jsonb_agg(to_jsonb(owed) ORDER BY owed.recovery_id) FROM owed
  UNION ALL SELECT 'recovery_steps', jsonb_agg(to_jsonb(repaid) ORDER BY repaid.step_id) FROM repaid
  UNION ALL SELECT 'ledger', jsonb_agg(to_jsonb(told) || jsonb_build_object('postings', (
      SELECT jsonb_agg(to_jsonb(side) - 'transaction_id' ORDER BY side.line_no) FROM ledger_posting AS side
      WHERE side.transaction_id = told.transaction_id)) ORDER BY told.transaction_id)
  FROM ledger_transaction AS told
  WHERE told.kind = ANY ('{instruction,settlement,cancellation,offset,offset_cancellation,repayment}')
    AND told.subject_id IN (SELECT benefit_id FROM paid UNION ALL SELECT step_id FROM repaid)
  UNION ALL SELECT 'editions', jsonb_agg(DISTINCT to_jsonb(told) - 'content'
    || jsonb_build_object('content_digest', encode(told.content_digest, 'hex')))
  FROM policy_edition AS told JOIN claim_review AS done USING (edition_id) JOIN held USING (person_id, claim_id)
)
SELECT (jsonb_object_agg(section.name, coalesce(section.told, '[]'))
  || jsonb_build_object('claim', (SELECT to_jsonb(held) - 'account_id' FROM held)))::text FROM section
"""
_LEAVES = """
SELECT told.kind, told.person_id, told.subject_id, told.salt, told.leaf_index FROM leaf_salt AS told
WHERE told.person_id = ANY ($1::uuid[]) AND told.subject_id = ANY ($2::uuid[]) ORDER BY told.leaf_index
"""


async def export_of(unit: Unit, person_id: UUID, claim_id: UUID, *, case_number: str) -> dict[str, Any]:
    """The claim whole, with the proofs of all its rows that a published tree head covers."""
    driver = await unit.driver()
    sections = orjson.loads(await driver.fetchval(_CLAIM, person_id, claim_id))
    leaves = await driver.fetch(_LEAVES, [person_id, NOBODY], [UUID(each) for each in subjects_of(sections)])
    proofs = await _proofs(unit, leaves)
    return export_document(sections, proofs, made_at=unit.now, case_number=case_number)


async def _proofs(unit: Unit, leaves: Any) -> list[dict[str, Any]]:
    rows = await rows_of(unit, [(leaf["kind"], leaf["person_id"], leaf["subject_id"]) for leaf in leaves])
    proofs = []
    for leaf, row in zip(leaves, rows, strict=True):
        proof = await proof_of_leaf(unit, leaf["leaf_index"])
        if proof is None:
            continue
        # Without its salt a leaf proves that it stands there, and no longer of what.
        known = row is not None and leaf["salt"] is not None
        proofs.append(
            proof_bundle(
                leaf=proof.leaf,
                leaf_index=proof.leaf_index,
                size=proof.size,
                path=proof.path,
                checkpoint=proof.checkpoint,
                content=content_of(leaf["kind"], row) if known else None,
                salt=leaf["salt"] if known else None,
            )
        )
    return proofs
