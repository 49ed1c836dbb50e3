"""凡补必进、不进不补: no money without its sealed entry in force, its three persons, its budget and its own account."""

from tests.database.attacks import Attack, by_doors_owner

_BENEFIT = """INSERT INTO benefit (person_id, benefit_id, claim_id, round, kind, entry_kind, entry_id, order_id,
  budget_id, tranche_no, amount_fen, reviewed_by, approved_by, ordered_by)
  VALUES (:{0}, :new_benefit, :{0}, 1, '{kind}', '{entry_kind}', :{entry}, :{order}, :{budget}, {tranche}, {fen},
    :{reviewer}, :approver, :payer)"""
_INSTRUCTION = """INSERT INTO bank_instruction (instruction_id, person_id, benefit_id, attempt, amount_fen, payee_kind,
  account_id, account_outcome)
  VALUES (:new_instruction, :{0}, :{0}, {attempt}, 150000, 'person', :{account}, '{outcome}')"""


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


NOTHING_IS_PAID_WITHOUT_ITS_RECORD = (
    by_doors_owner("paid on an entry that is not sealed", "benefit_entry_sealed", _benefit("unsealed")),
    by_doors_owner(
        "paid on an entry that was superseded",
        "benefit.record_gate",
        "UPDATE record_entry SET superseded_at = now() WHERE entry_id = :ordered;" + _benefit("ordered"),
        answers="benefit_entry_in_force",
    ),
    by_doors_owner(
        "paid on an entry that was revoked",
        "benefit.record_gate",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :ordered,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :ordered;"""
        + _benefit("ordered"),
        "record_entry_revocation_fkey",
        answers="benefit_entry_in_force",
    ),
    by_doors_owner(
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
    by_doors_owner(
        "paid by a claim that gave its key back",
        "benefit.record_gate",
        "UPDATE benefit_key SET released_at = now(), release_reason = 'x' WHERE key_id = :ordered;"
        + _benefit("ordered"),
        answers="benefit_key_held",
    ),
    by_doors_owner(
        "paid while on hold",
        "benefit.record_gate",
        """INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)
           VALUES (:ordered, :ordered, 'risk', '重复账户', :machine);"""
        + _benefit("ordered"),
        answers="claim_not_held",
    ),
    by_doors_owner(
        "paid on another person's entry",
        "benefit_claim_fkey",
        _benefit("ordered", entry="payable"),
        "benefit_entry_sealed",
    ),
    by_doors_owner(
        "paid as another kind",
        "benefit_claim_fkey",
        _benefit("ordered", kind="training", entry_kind="completion"),
    ),
    by_doors_owner("paid more than approved", "benefit_order_fkey", _benefit("ordered", fen=150001)),
    by_doors_owner("paid without an order", "benefit_order_fkey", _benefit("payable")),
    by_doors_owner(
        "paid by two persons",
        "benefit_three_persons",
        _benefit("ordered", reviewer="payer"),
        "benefit_order_fkey",
    ),
    by_doors_owner(
        "paid from a tranche that is not there", "benefit_tranche_fkey", _benefit("ordered", tranche=9)
    ),
    by_doors_owner("paid twice for one claim", "benefit_once_a_claim", _benefit("instructed")),
    by_doors_owner(
        "an offset without an advance",
        "benefit_offset_has_advance",
        _benefit("ordered")
        .replace("tranche_no,", "tranche_no, offset_fen,")
        .replace(", 1, 150000", ", 1, 5, 150000"),
    ),
    by_doors_owner(
        "settled and canceled",
        "benefit_ends_one_way",
        "UPDATE benefit SET canceled_at = now() WHERE benefit_id = :paid",
    ),
    by_doors_owner(
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
    by_doors_owner(
        "a paid entry revoked without a recovery",
        "record_entry.paid_needs_recovery",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :paid,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :paid;
           SET CONSTRAINTS ALL IMMEDIATE""",
        answers="record_entry_paid_needs_recovery",
    ),
)

ONLY_TO_THEIR_OWN_ACCOUNT = (
    by_doors_owner(
        "instructed to an account that is somebody else's",
        "bank_instruction_payee",
        _INSTRUCTION.format("failed", attempt=2, account="failed", outcome="holder_differs"),
        "bank_instruction_own_account",
    ),
    by_doors_owner(
        "instructed to another person's account",
        "bank_instruction_own_account",
        _INSTRUCTION.format("failed", attempt=2, account="paid", outcome="matched"),
    ),
    by_doors_owner(
        "instructed again what is under way",
        "bank_instruction_one_live_benefit",
        _INSTRUCTION.format("instructed", attempt=2, account="instructed", outcome="matched"),
    ),
    by_doors_owner(
        "the same attempt twice",
        "bank_instruction_attempt_key",
        _INSTRUCTION.format("failed", attempt=1, account="failed", outcome="matched"),
    ),
    by_doors_owner(
        "instructed again on an entry that was superseded",
        "bank_instruction.record_gate",
        "UPDATE record_entry SET superseded_at = now() WHERE entry_id = :failed;"
        + _INSTRUCTION.format("failed", attempt=2, account="failed", outcome="matched"),
        answers="benefit_entry_in_force",
    ),
    by_doors_owner(
        "an advance sent twice",
        "bank_instruction_one_live_advance",
        """INSERT INTO bank_instruction (advance_id, attempt, amount_fen, payee_kind, account_id, payee_institution_id)
           VALUES (:advance, 2, 200000, 'institution', :school, :school)""",
    ),
    by_doors_owner(
        "an advance to an institution's unknown account",
        "bank_instruction_institution_account",
        """INSERT INTO bank_instruction (advance_id, attempt, amount_fen, payee_kind, account_id, payee_institution_id)
           VALUES (:open_advance, 1, 200000, 'institution', :idle_school, :school)""",
    ),
    by_doors_owner(
        "an instruction that ended sent again",
        "bank_instruction.append_only",
        "UPDATE bank_instruction SET state = 'stored', next_send_at = now() WHERE instruction_id = :paid",
    ),
    by_doors_owner(
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
