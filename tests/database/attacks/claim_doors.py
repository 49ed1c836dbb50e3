"""Doors of claims and payments: each opens for the one channel whose work it is; money leaves by one role alone."""

from tests.database.attacks import Attack


def _kept_shut(name: str, role: str, door: str, call: str, *, right_of: tuple[str, ...]) -> Attack:
    return Attack(
        name, role, f"GRANT EXECUTE ON FUNCTION {door} TO {role}", f"SELECT * FROM {call}", right_of=right_of
    )


def _unwritten(name: str, role: str, rights: str, sql: str, *, right_of: tuple[str, ...] = ()) -> Attack:
    return Attack(name, role, f"GRANT {rights} TO {role}", sql, right_of=right_of)


_SUBMIT = """submit_claims(:system, NULL, jsonb_build_array(jsonb_build_object('person_id', :unclaimed,
  'claim_id', :new_claim, 'claim_number', 'S110105-2025-00000777', 'kind', 'skill_upgrade', 'entry_id', :unclaimed,
  'division_code', '110105',
  'payee_kind', 'person', 'account_id', :unclaimed)))"""
_ANSWER = "answer_instruction(uuid, text, text, text, timestamptz, text, text, timestamptz)"
_OFFICE = ("app_agency",)
_PAYING = ("pay_worker",)

DOORS_OF_CLAIMS = (
    _kept_shut(
        "an institution opens claims as if for audit",
        "app_inst",
        "open_audit(uuid, text, text, text, uuid[])",
        "open_audit(:officer, 'inspection', '测审0001', NULL, ARRAY[:payable])",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "the auditor's own role opens claims, to read without a look",
        "auditor",
        "list_audited(uuid, date, date, uuid, integer)",
        "list_audited(:officer, '2001-01-01', '2999-01-01', :payable, 10)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution counts what waits at an office",
        "app_inst",
        "claims_waiting(text, text[], timestamptz[], integer)",
        "claims_waiting('', ARRAY['submitted'], ARRAY[now()], 10)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "a citizen counts what waits at an office",
        "app_citizen",
        "office_waiting(text, integer)",
        "office_waiting('', 10)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution reads what a merge would join",
        "app_inst",
        "read_merge_sides(uuid, uuid, text, text, uuid, uuid, uuid)",
        "read_merge_sides(:officer, :agency, '测试案件', NULL, :person, :second_person, NULL)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution lists the claims that are held up, and why",
        "app_inst",
        "list_holds(text, timestamptz, uuid, integer)",
        "list_holds('', NULL, NULL, 10)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "the public lists open appeals",
        "app_public",
        "list_appeals(text, timestamptz, uuid, integer)",
        "list_appeals('', NULL, NULL, 10)",
        right_of=_OFFICE,
    ),
    _unwritten(
        "the auditor changes what it audits",
        "auditor",
        "SELECT, INSERT (statement_on, file_sha256, imported_by) ON bank_statement",
        "INSERT INTO bank_statement (statement_on, file_sha256, imported_by) VALUES ('2025-01-01', '', :officer)",
        right_of=("access_owner",),
    ),
    _kept_shut(
        "the auditor files a claim",
        "auditor",
        "submit_claims(uuid, uuid, jsonb)",
        _SUBMIT,
        right_of=("app_citizen", "app_inst", "app_agency", "worker"),
    ),
    _kept_shut(
        "a citizen decides an appeal",
        "app_citizen",
        "decide_appeal(uuid, uuid, text, text)",
        "decide_appeal(:other_approver, :appeal, 'decide_again', '证据充分')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution orders payments",
        "app_inst",
        "order_payments(uuid, uuid, text, uuid, uuid[])",
        "order_payments(:payer, :new_order, 'P110000-2025-00000099', :budget, ARRAY[:payable])",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an agency instructs the bank",
        "app_agency",
        "instruct_payment(uuid, uuid, uuid, uuid)",
        "instruct_payment(:ordered, :ordered, :new_benefit, :new_instruction)",
        right_of=_PAYING,
    ),
    _kept_shut(
        "the worker instructs the bank",
        "worker",
        "instruct_payment(uuid, uuid, uuid, uuid)",
        "instruct_payment(:ordered, :ordered, :new_benefit, :new_instruction)",
        right_of=_PAYING,
    ),
    _kept_shut(
        "an agency answers for the bank",
        "app_agency",
        _ANSWER,
        "answer_instruction(:instructed, 'settled', 'reply', 'x', now(), NULL, 'x', NULL)",
        right_of=_PAYING,
    ),
    _kept_shut(
        "the worker says an instruction was sent",
        "worker",
        "mark_sent(uuid, timestamptz)",
        "mark_sent(:instructed, now())",
        right_of=_PAYING,
    ),
    _kept_shut(
        "the paying worker allots money",
        "pay_worker",
        "allot_tranche(uuid, uuid, bigint, text)",
        "allot_tranche(:payer, :budget, 100, '试〔2025〕9号')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "the paying worker cancels a payment",
        "pay_worker",
        "cancel_benefit(uuid, uuid, uuid, text)",
        "cancel_benefit(:payer, :failed, :failed, 'x')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution approves its advance",
        "app_inst",
        "approve_advance(uuid, uuid)",
        "approve_advance(:approver, :open_advance)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution orders its advance",
        "app_inst",
        "order_advance(uuid, uuid)",
        "order_advance(:payer, :advance)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution cancels its advance",
        "app_inst",
        "cancel_advance(uuid, uuid)",
        "cancel_advance(:payer, :open_advance)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an agency sends an advance",
        "app_agency",
        "instruct_advance(uuid, uuid)",
        "instruct_advance(:open_advance, :new_instruction)",
        right_of=_PAYING,
    ),
    _unwritten(
        "the paying worker writes a benefit beside the door",
        "pay_worker",
        "INSERT ON benefit",
        """INSERT INTO benefit (person_id, claim_id, round, kind, entry_kind, entry_id, order_id, budget_id, tranche_no,
             amount_fen, reviewed_by, approved_by, ordered_by)
           VALUES (:ordered, :ordered, 1, 'skill_upgrade', 'certificate', :ordered, :order, :budget, 1, 150000,
             :reviewer, :approver, :payer)""",
    ),
    _unwritten(
        "the paying worker writes an instruction beside the door",
        "pay_worker",
        "INSERT ON bank_instruction",
        """INSERT INTO bank_instruction (person_id, benefit_id, attempt, amount_fen, payee_kind, account_id,
             account_outcome)
           VALUES (:failed, :failed, 2, 150000, 'person', :failed, 'matched')""",
    ),
    _unwritten(
        "the paying worker spends beside the door",
        "pay_worker",
        "UPDATE ON budget_tranche",
        "UPDATE budget_tranche SET committed_fen = 0 WHERE budget_id = :budget",
    ),
    _unwritten(
        "an agency posts to the ledger",
        "app_agency",
        "INSERT ON ledger_transaction, ledger_posting",
        "INSERT INTO ledger_transaction (kind, subject_id) VALUES ('offset', :new_benefit)",
    ),
    _unwritten(
        "an agency writes an order of its own",
        "app_agency",
        "INSERT ON payment_order",
        """INSERT INTO payment_order (order_id, order_number, division_code, budget_id, ordered_by)
           VALUES (:new_order, 'P110000-2025-00000099', '110000', :budget, :payer)""",
    ),
    _unwritten(
        "an agency orders a line beside the door",
        "app_agency",
        "INSERT ON payment_order_line",
        """INSERT INTO payment_order_line (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by,
             approved_by, ordered_by)
           VALUES (:payable, :payable, 1, :order, :budget, 150000, :reviewer, :approver, :payer)""",
    ),
    _unwritten(
        "an agency clears a notice",
        "app_agency",
        "INSERT ON claim_clearance",
        """INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
           VALUES (:noticed, :noticed, 1, :notice, :system)""",
        right_of=("worker",),
    ),
    _unwritten(
        "a citizen takes a key",
        "app_citizen",
        "INSERT ON benefit_key",
        """INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin)
           VALUES (:unclaimed, 'training_or_upgrade', 'x', 'level_4', 'life', 'claim')""",
    ),
    _unwritten(
        "an institution calls an account of a trainee checked",
        "app_inst",
        "SELECT, UPDATE ON payee_account",
        "UPDATE payee_account SET check_outcome = 'matched', check_evidence_id = 'x', checked_at = now()"
        " WHERE account_id = :unchecked",
        right_of=("worker", "pay_worker"),
    ),
    _unwritten(
        "an agency decides its own collision",
        "app_agency",
        "SELECT, UPDATE ON merge_collision",
        """UPDATE merge_collision SET decision = 'no_double_benefit', decision_reason = 'x', decided_by = :officer,
             decided_at = now() WHERE collision_id = :collision""",
    ),
    _unwritten(
        "the paying worker raises a cap",
        "pay_worker",
        "SELECT, UPDATE ON slot_rule",
        "UPDATE slot_rule SET cap = 99 WHERE division_code = '000000'",
    ),
    _unwritten(
        "an agency admits other money",
        "app_agency",
        "SELECT, UPDATE ON funding_rule",
        "UPDATE funding_rule SET sources = '{other}' WHERE division_code = '000000'",
    ),
)
