"""The ledger adds up: postings have two sides, and no more comes back than was paid."""

from tests.database.attacks import Attack, by_doors_owner

THE_LEDGER_ADDS_UP = (
    by_doors_owner(
        "a posting without its other side",
        "ledger_posting.balanced",
        """INSERT INTO ledger_transaction (transaction_id, kind, subject_id)
           VALUES (:new_transaction, 'offset', :new_benefit);
           INSERT INTO ledger_posting (transaction_id, line_no, budget_id, account, amount_fen)
           VALUES (:new_transaction, 1, :budget, 'paid', 1); SET CONSTRAINTS ALL IMMEDIATE""",
        "ledger_transaction.balanced",
        answers="ledger_transaction_balanced",
    ),
    by_doors_owner(
        "a transaction without postings",
        "ledger_transaction.balanced",
        """INSERT INTO ledger_transaction (transaction_id, kind, subject_id)
           VALUES (:new_transaction, 'offset', :new_benefit);
           SET CONSTRAINTS ALL IMMEDIATE""",
        answers="ledger_transaction_balanced",
    ),
    by_doors_owner(
        "one benefit settled twice in the ledger",
        "ledger_transaction_once",
        "INSERT INTO ledger_transaction (kind, subject_id) VALUES ('settlement', :paid)",
    ),
    by_doors_owner(
        "more recovered in two parts than was paid",
        "recovery.within_paid",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:recovered, :new_recovery, 'Z110000-2025-00000099', :recovered, 150000, 'fraud',
             '弄虚作假', 50001, '2025-09-01', :payer)""",
        answers="recovery_within_paid",
    ),
    by_doors_owner(
        "recovered before the bank has paid",
        "recovery.within_paid",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:instructed, :new_recovery, 'Z110000-2025-00000099', :instructed, 150000, 'mistake',
             '错发', 1, '2025-09-01', :payer)""",
        answers="recovery_after_settlement",
    ),
    by_doors_owner(
        "a paid entry revoked while only a part is recovered",
        "record_entry.paid_needs_recovery",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :recovered,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :recovered;
           SET CONSTRAINTS ALL IMMEDIATE""",
        "record_entry_revocation_fkey",
        answers="record_entry_paid_needs_recovery",
    ),
    by_doors_owner(
        "more recovered than was paid",
        "recovery_within_benefit",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:paid, :new_recovery, 'Z110000-2025-00000099', :paid, 150000, 'fraud',
             '弄虚作假', 150001, '2025-09-01', :payer)""",
        "recovery.within_paid",
    ),
    by_doors_owner(
        "a recovery ordered by a machine",
        "recovery_ordered_by_fkey",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:paid, :new_recovery, 'Z110000-2025-00000099', :paid, 150000, 'fraud',
             '弄虚作假', 1, '2025-09-01', :machine)""",
    ),
    by_doors_owner(
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
