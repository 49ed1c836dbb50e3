"""凡补必进、不进不补: no money without its sealed entry in force, its three persons, its budget and its own account."""

from tests.database.attacks import Attack

_BENEFIT = """INSERT INTO benefit (person_id, benefit_id, claim_id, round, kind, entry_kind, entry_id, order_id,
  budget_id, tranche_no, amount_fen, reviewed_by, approved_by, ordered_by)
  VALUES (:{0}, :new_benefit, :{0}, 1, '{kind}', '{entry_kind}', :{entry}, :{order}, :{budget}, {tranche}, {fen},
    :{reviewer}, :approver, :payer)"""
_INSTRUCTION = """INSERT INTO bank_instruction (instruction_id, person_id, benefit_id, attempt, amount_fen, payee_kind,
  account_id, account_outcome)
  VALUES (:new_instruction, :{0}, :{0}, {attempt}, 150000, 'person', :{account}, '{outcome}')"""
_LINE = """INSERT INTO payment_order_line (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by,
  approved_by, ordered_by) VALUES (:{0}, :{0}, 1, :{order}, :budget, {fen}, :reviewer, :approver, :{payer})"""
_ORDER_BY = """INSERT INTO payment_order (order_id, order_number, division_code, budget_id, ordered_by)
  VALUES (:new_order, 'P110000-2025-00000099', '110000', :budget, :{});"""


_ADVANCE = """INSERT INTO advance (opening_id, institution_id, division_code, budget_id, base_fen, share_bp, amount_fen,
  edition_id, proposed_by) VALUES (:second_running, :school, '110105', :talent_budget, 1000000, 5000, 200000, :edition,
  :reviewer)"""


def _benefit(
    holder: str,
    *,
    kind: str = "skill_upgrade",
    entry_kind: str = "certificate",
    entry: str = "",
    order: str = "order",
    budget: str = "budget",
    tranche: int = 1,
    fen: int = 150000,
    reviewer: str = "reviewer",
) -> str:
    return _BENEFIT.format(
        holder,
        kind=kind,
        entry_kind=entry_kind,
        entry=entry or holder,
        order=order,
        budget=budget,
        tranche=tranche,
        fen=fen,
        reviewer=reviewer,
    )


def _paid(name: str, refused_by: str, sql: str, *set_aside: str, answers: str = "") -> Attack:
    """By the owner of the doors: whoever stole the migrator's password gets no further."""
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside, answers=answers)


NOTHING_IS_PAID_WITHOUT_ITS_RECORD = (
    _paid("paid on an entry that is not sealed", "benefit_entry_sealed", _benefit("unsealed")),
    _paid(
        "paid on an entry that was superseded",
        "benefit.record_gate",
        "UPDATE record_entry SET superseded_at = now() WHERE entry_id = :ordered;" + _benefit("ordered"),
        answers="benefit_entry_in_force",
    ),
    _paid(
        "paid on an entry that was revoked",
        "benefit.record_gate",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :ordered,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :ordered;"""
        + _benefit("ordered"),
        "record_entry_revocation_fkey",
        answers="benefit_entry_in_force",
    ),
    _paid(
        "superseded without a mark on the entry",
        "record_entry.supersedes",
        """INSERT INTO record_entry SELECT (jsonb_populate_record(held, jsonb_build_object('entry_id', :new_ordered,
             'supersedes', held.entry_id, 'correction_id', held.entry_id, 'correction_kind', 'supersede',
             'correction_decision', 'accepted'))).* FROM record_entry AS held WHERE entry_id = :ordered;"""
        + _benefit("ordered"),
        "record_entry_certificate_as_told",
        "record_entry_one_certificate",
        answers="benefit_entry_in_force",
    ),
    _paid(
        "paid by a claim that gave its key back",
        "benefit.record_gate",
        "UPDATE benefit_key SET released_at = now(), release_reason = 'x' WHERE key_id = :ordered;"
        + _benefit("ordered"),
        answers="benefit_key_held",
    ),
    _paid(
        "paid while on hold",
        "benefit.record_gate",
        """INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)
           VALUES (:ordered, :ordered, 'risk', '重复账户', :machine);"""
        + _benefit("ordered"),
        answers="claim_not_held",
    ),
    _paid(
        "paid on another person's entry",
        "benefit_claim_fkey",
        _benefit("ordered", entry="payable"),
        "benefit_entry_sealed",
    ),
    _paid(
        "paid as another kind",
        "benefit_claim_fkey",
        _benefit("ordered", kind="training", entry_kind="completion"),
    ),
    _paid("paid more than approved", "benefit_order_fkey", _benefit("ordered", fen=150001)),
    _paid("paid without an order", "benefit_order_fkey", _benefit("payable")),
    _paid(
        "paid by two persons",
        "benefit_three_persons",
        _benefit("ordered", reviewer="payer"),
        "benefit_order_fkey",
    ),
    _paid("paid from a tranche that is not there", "benefit_tranche_fkey", _benefit("ordered", tranche=9)),
    _paid("paid twice for one claim", "benefit_once_a_claim", _benefit("instructed")),
    _paid(
        "an offset without an advance",
        "benefit_offset_has_advance",
        _benefit("ordered")
        .replace("tranche_no,", "tranche_no, offset_fen,")
        .replace(", 1, 150000", ", 1, 5, 150000"),
    ),
    _paid(
        "settled and canceled",
        "benefit_ends_one_way",
        "UPDATE benefit SET canceled_at = now() WHERE benefit_id = :paid",
    ),
    _paid(
        "spent beyond the budget",
        "budget_tranche_never_over",
        "UPDATE budget_tranche SET committed_fen = 2 WHERE budget_id = :poor_budget",
    ),
    Attack(
        "a tranche made larger",
        "registry_owner",
        "budget_tranche.append_only",
        "UPDATE budget_tranche SET amount_fen = 100 WHERE budget_id = :poor_budget",
    ),
    _paid(
        "a paid entry revoked without a recovery",
        "record_entry.paid_needs_recovery",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :paid,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :paid;
           SET CONSTRAINTS ALL IMMEDIATE""",
        answers="record_entry_paid_needs_recovery",
    ),
)

THREE_PERSONS_PAY = (
    _paid(
        "ordered by the approver",
        "payment_order_line_third_person",
        _ORDER_BY.format("approver")
        + _LINE.format("payable", order="new_order", fen=150000, payer="approver"),
    ),
    _paid(
        "ordered by the reviewer",
        "payment_order_line_third_person",
        _ORDER_BY.format("reviewer")
        + _LINE.format("payable", order="new_order", fen=150000, payer="reviewer"),
    ),
    _paid(
        "ordered under another payer's order",
        "payment_order_line_order_fkey",
        _LINE.format("payable", order="order", fen=150000, payer="reviewer"),
        "payment_order_line_third_person",
    ),
    _paid(
        "ordered with another amount",
        "payment_order_line_approval_fkey",
        _LINE.format("payable", order="order", fen=150001, payer="payer"),
    ),
    _paid(
        "ordered before its notice was over",
        "payment_order_line_clearance_fkey",
        _LINE.format("noticed", order="order", fen=150000, payer="payer"),
        "payment_order_line.moves_claim",
    ),
    _paid(
        "ordered while on hold",
        "payment_order_line.moves_claim",
        _LINE.format("held_payable", order="order", fen=150000, payer="payer"),
        answers="claim_not_held",
    ),
    _paid(
        "ordered from money of another purpose",
        "payment_order_line.of_its_money",
        (
            _ORDER_BY.format("payer") + _LINE.format("payable", order="new_order", fen=150000, payer="payer")
        ).replace(":budget", ":poor_budget"),
        answers="payment_order_line_funding_source",
    ),
    _paid(
        "ordered from last year's budget",
        "payment_order.of_the_year",
        _ORDER_BY.format("payer").replace(":budget", ":last_budget"),
        answers="payment_order_budget_year",
    ),
    Attack(
        "an advance from money of another purpose",
        "app_agency",
        "advance.of_its_money",
        _ADVANCE,
        set_aside=("advance_one_an_opening",),
        answers="advance_funding_source",
    ),
    _paid(
        "an advance ordered from last year's budget",
        "advance.of_the_year",
        """UPDATE advance SET approved_by = :approver, approved_at = now(), ordered_by = :payer, ordered_at = now()
           WHERE advance_id = :stale_advance""",
        answers="advance_budget_year",
    ),
    _paid(
        "ordered by a machine",
        "payment_order_ordered_by_fkey",
        _ORDER_BY.format("machine"),
    ),
    _paid(
        "two orders under one number",
        "payment_order_number_key",
        _ORDER_BY.format("payer").replace("00000099", "00000001"),
    ),
    Attack(
        "instructed again by the approver",
        "access_owner",
        "payment_retry.third_person",
        """INSERT INTO payment_retry (person_id, claim_id, retry_no, reason, ordered_by)
           VALUES (:failed, :failed, 1, '再试', :approver)""",
        answers="payment_retry_third_person",
    ),
    Attack(
        "instructed again to another person's account",
        "access_owner",
        "payment_retry_account_fkey",
        """INSERT INTO payment_retry (person_id, claim_id, retry_no, account_id, reason, ordered_by)
           VALUES (:failed, :failed, 1, :paid, '再试', :payer)""",
        set_aside=("claim_account_fkey",),
    ),
    Attack(
        "paid claims instructed again",
        "access_owner",
        "payment_retry.moves_claim",
        """INSERT INTO payment_retry (person_id, claim_id, retry_no, reason, ordered_by)
           VALUES (:paid, :paid, 1, '再试', :payer)""",
        answers="claim_step_in_order",
    ),
    Attack(
        "a debt written off by one person",
        "access_owner",
        "recovery_step_write_off_second_person",
        """INSERT INTO recovery_step (person_id, recovery_id, kind, amount_fen, evidence, happened_on, recorded_by,
             approved_by) VALUES (:recovered, :recovered, 'write_off', 1, '核销', '2025-08-01', :payer, :payer)""",
    ),
    Attack(
        "an institution's account confirmed by whoever filed it",
        "access_owner",
        "institution_account_second_person",
        """UPDATE institution_account SET confirmed_by = :idle_operator, confirmed_at = now()
           WHERE institution_id = :idle_school""",
    ),
    _paid(
        "an advance approved by whoever proposed it",
        "advance_three_persons",
        "UPDATE advance SET approved_by = :reviewer, approved_at = now() WHERE advance_id = :open_advance",
    ),
)

ONLY_TO_THEIR_OWN_ACCOUNT = (
    _paid(
        "instructed to an account that is somebody else's",
        "bank_instruction_payee",
        _INSTRUCTION.format("failed", attempt=2, account="failed", outcome="holder_differs"),
        "bank_instruction_own_account",
    ),
    _paid(
        "instructed to another person's account",
        "bank_instruction_own_account",
        _INSTRUCTION.format("failed", attempt=2, account="paid", outcome="matched"),
    ),
    _paid(
        "instructed again what is under way",
        "bank_instruction_one_live_benefit",
        _INSTRUCTION.format("instructed", attempt=2, account="instructed", outcome="matched"),
    ),
    _paid(
        "the same attempt twice",
        "bank_instruction_attempt_key",
        _INSTRUCTION.format("failed", attempt=1, account="failed", outcome="matched"),
    ),
    _paid(
        "instructed again on an entry that was superseded",
        "bank_instruction.record_gate",
        "UPDATE record_entry SET superseded_at = now() WHERE entry_id = :failed;"
        + _INSTRUCTION.format("failed", attempt=2, account="failed", outcome="matched"),
        answers="benefit_entry_in_force",
    ),
    _paid(
        "an advance sent twice",
        "bank_instruction_one_live_advance",
        """INSERT INTO bank_instruction (advance_id, attempt, amount_fen, payee_kind, account_id, payee_institution_id)
           VALUES (:advance, 2, 200000, 'institution', :school, :school)""",
    ),
    _paid(
        "an advance to an institution's unknown account",
        "bank_instruction_institution_account",
        """INSERT INTO bank_instruction (advance_id, attempt, amount_fen, payee_kind, account_id, payee_institution_id)
           VALUES (:open_advance, 1, 200000, 'institution', :idle_school, :school)""",
    ),
    _paid(
        "an instruction that ended sent again",
        "bank_instruction.append_only",
        "UPDATE bank_instruction SET state = 'stored', next_send_at = now() WHERE instruction_id = :paid",
    ),
    _paid(
        "one answer of the bank counted twice",
        "bank_answer_once",
        """INSERT INTO bank_answer (instruction_id, outcome, channel, evidence_id, contradicts, answered_at)
           VALUES (:paid, 'settled', 'reply', 'e', false, now())""",
    ),
    Attack(
        "one statement of the bank imported twice",
        "access_owner",
        "bank_statement_file_key",
        """INSERT INTO bank_statement (statement_id, statement_on, file_sha256, imported_by)
           VALUES (:new_statement, '2025-07-01', sha256('x'), :payer)""",
    ),
    Attack(
        "a second advance for one class",
        "app_agency",
        "advance_one_an_opening",
        """INSERT INTO advance (advance_id, opening_id, institution_id, division_code, budget_id, base_fen, share_bp,
             amount_fen, edition_id, proposed_by)
           VALUES (:new_advance, :running, :school, '110105', :budget, 100, 5000, 50, :edition, :reviewer)""",
    ),
    Attack(
        "an advance for a class that is not on record",
        "app_agency",
        "advance_opening_on_record",
        """INSERT INTO advance (advance_id, opening_id, institution_id, division_code, budget_id, base_fen, share_bp,
             amount_fen, edition_id, proposed_by)
           VALUES (:new_advance, :filed, :school, '110105', :budget, 100, 5000, 50, :edition, :reviewer)""",
    ),
    Attack(
        "an advance above its share",
        "app_agency",
        "advance_within_share",
        """INSERT INTO advance (advance_id, opening_id, institution_id, division_code, budget_id, base_fen, share_bp,
             amount_fen, edition_id, proposed_by)
           VALUES (:new_advance, :second_running, :school, '110105', :budget, 100, 5000, 51, :edition, :reviewer)""",
        set_aside=("advance_one_an_opening",),
    ),
    Attack(
        "more of an advance returned than was left",
        "app_agency",
        "advance_offset_within",
        """INSERT INTO advance_return (advance_id, return_id, amount_fen, evidence, happened_on, recorded_by)
           VALUES (:advance, :new_return, 1, '退款回单', '2025-08-01', :payer)""",
    ),
    Attack(
        "an advance returned that was never paid",
        "app_agency",
        "advance_return.counted",
        """INSERT INTO advance_return (advance_id, return_id, amount_fen, evidence, happened_on, recorded_by)
           VALUES (:open_advance, :new_return, 1, '退款回单', '2025-08-01', :payer)""",
        answers="advance_return_after_settlement",
    ),
)

THE_LEDGER_ADDS_UP = (
    _paid(
        "a posting without its other side",
        "ledger_posting.balanced",
        """INSERT INTO ledger_transaction (transaction_id, kind, subject_id)
           VALUES (:new_transaction, 'offset', :new_benefit);
           INSERT INTO ledger_posting (transaction_id, line_no, budget_id, account, amount_fen)
           VALUES (:new_transaction, 1, :budget, 'paid', 1); SET CONSTRAINTS ALL IMMEDIATE""",
        "ledger_transaction.balanced",
        answers="ledger_transaction_balanced",
    ),
    _paid(
        "a transaction without postings",
        "ledger_transaction.balanced",
        """INSERT INTO ledger_transaction (transaction_id, kind, subject_id)
           VALUES (:new_transaction, 'offset', :new_benefit);
           SET CONSTRAINTS ALL IMMEDIATE""",
        answers="ledger_transaction_balanced",
    ),
    _paid(
        "one benefit settled twice in the ledger",
        "ledger_transaction_once",
        "INSERT INTO ledger_transaction (kind, subject_id) VALUES ('settlement', :paid)",
    ),
    _paid(
        "more recovered in two parts than was paid",
        "recovery.within_paid",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:recovered, :new_recovery, 'Z110000-2025-00000099', :recovered, 150000, 'fraud',
             '弄虚作假', 50001, '2025-09-01', :payer)""",
        answers="recovery_within_paid",
    ),
    _paid(
        "recovered before the bank has paid",
        "recovery.within_paid",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:instructed, :new_recovery, 'Z110000-2025-00000099', :instructed, 150000, 'mistake',
             '错发', 1, '2025-09-01', :payer)""",
        answers="recovery_after_settlement",
    ),
    _paid(
        "a paid entry revoked while only a part is recovered",
        "record_entry.paid_needs_recovery",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :recovered,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :recovered;
           SET CONSTRAINTS ALL IMMEDIATE""",
        "record_entry_revocation_fkey",
        answers="record_entry_paid_needs_recovery",
    ),
    _paid(
        "more recovered than was paid",
        "recovery_within_benefit",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:paid, :new_recovery, 'Z110000-2025-00000099', :paid, 150000, 'fraud',
             '弄虚作假', 150001, '2025-09-01', :payer)""",
        "recovery.within_paid",
    ),
    _paid(
        "a recovery ordered by a machine",
        "recovery_ordered_by_fkey",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:paid, :new_recovery, 'Z110000-2025-00000099', :paid, 150000, 'fraud',
             '弄虚作假', 1, '2025-09-01', :machine)""",
    ),
    _paid(
        "two recoveries under one number",
        "recovery_number_key",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:recovered, :new_recovery, 'Z110000-2025-00000001', :recovered, 150000, 'fraud',
             '弄虚作假', 1, '2025-09-01', :payer)""",
    ),
    Attack(
        "more repaid than was owed",
        "access_owner",
        "recovery_balance",
        """INSERT INTO recovery_step (person_id, recovery_id, step_id, kind, amount_fen, evidence, happened_on,
             recorded_by)
           VALUES (:recovered, :recovered, :new_step, 'repayment', 100001, '缴款书', '2025-08-01', :payer)""",
    ),
)
