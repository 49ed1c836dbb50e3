"""Doors of money that came later: the paying worker's, the officers', and what nobody writes beside them."""

from tests.database.attacks import Attack


def _kept_shut(name: str, role: str, door: str, call: str, *, right_of: tuple[str, ...]) -> Attack:
    return Attack(
        name, role, f"GRANT EXECUTE ON FUNCTION {door} TO {role}", f"SELECT * FROM {call}", right_of=right_of
    )


def _unwritten(name: str, role: str, rights: str, sql: str) -> Attack:
    return Attack(name, role, f"GRANT {rights} TO {role}", sql)


_OFFICE = ("app_agency",)
_PAYING = ("pay_worker",)

DOORS_OF_MONEY = (
    _kept_shut(
        "an institution asks in which order somebody's claim stands",
        "app_inst",
        "order_of_claim(text, uuid)",
        "order_of_claim('11', :paid)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "a device counts what is paid",
        "app_device",
        "payment_order_states(text, uuid[])",
        "payment_order_states('11', ARRAY[:order])",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "a citizen lists certificates that wait",
        "app_citizen",
        "certificates_waiting(uuid, timestamptz, uuid, integer)",
        "certificates_waiting(:reviewer, NULL, NULL, 100)",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an agency takes instructions out of the worker's hands",
        "app_agency",
        "lease_instructions(integer, interval)",
        "lease_instructions(100, interval '1 year')",
        right_of=_PAYING,
    ),
    _kept_shut(
        "the worker puts a payment off",
        "worker",
        "note_payment_wait(uuid, text, interval)",
        "note_payment_wait(:ordered, 'on_hold', interval '1 year')",
        right_of=_PAYING,
    ),
    _kept_shut(
        "the worker makes a notice of the bank disappear",
        "worker",
        "bank_notice_taken(text)",
        "bank_notice_taken('b1')",
        right_of=_PAYING,
    ),
    _kept_shut(
        "the paying worker orders a payment anew",
        "pay_worker",
        "retry_payment(uuid, uuid, uuid, text)",
        "retry_payment(:payer, :failed, NULL, '再付一次')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "the paying worker cancels by the claim",
        "pay_worker",
        "cancel_payment(uuid, uuid, text)",
        "cancel_payment(:payer, :failed, '取消')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "a machine orders a recovery",
        "worker",
        "order_recovery(uuid, uuid, text, uuid, text, uuid, text, text, bigint, date, uuid, text, jsonb, jsonb)",
        """order_recovery(:approver, :agency, NULL, :new_recovery, 'Z110000-2025-00000077', :paid, 'mistake', '多发',
             NULL, '2025-09-01', :new_notice, 'N110000-2025-00000077', '["x"]', '["复议"]')""",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution books its own repayment",
        "app_inst",
        "record_recovery_step(uuid, uuid, text, bigint, text, date)",
        "record_recovery_step(:payer, :recovered, 'repayment', 1, '缴款书', '2025-08-01')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "a citizen writes the own debt off",
        "app_citizen",
        "decide_write_off(uuid, uuid, text, text)",
        "decide_write_off(:approver, :recovered, 'accepted', '同意')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "a machine dismisses the case it opened",
        "worker",
        "dismiss_recovery_case(uuid, uuid, text)",
        "dismiss_recovery_case(:approver, :paid, '无误')",
        right_of=_OFFICE,
    ),
    _kept_shut(
        "an institution voids a voucher",
        "app_inst",
        "void_voucher(uuid, uuid, text)",
        "void_voucher(:payer, :voucher, '作废')",
        right_of=_OFFICE,
    ),
    _unwritten(
        "a repayment written beside the door",
        "app_agency",
        "INSERT ON recovery_step",
        """INSERT INTO recovery_step (person_id, recovery_id, kind, amount_fen, evidence, happened_on, recorded_by)
           VALUES (:recovered, :recovered, 'repayment', 1, '缴款书', '2025-08-01', :payer)""",
    ),
    _unwritten(
        "a voucher written beside the door",
        "app_agency",
        "INSERT ON voucher",
        """INSERT INTO voucher (person_id, voucher_number, division_code, amount_fen, valid_until, issued_by)
           VALUES (:person, 'V110000-2025-00000077', '110000', 1, '2999-01-01', :officer)""",
    ),
    _unwritten(
        "an institution's account confirmed beside the door, in anybody's name",
        "app_agency",
        "UPDATE (confirmed_by, confirmed_at) ON institution_account",
        """UPDATE institution_account SET confirmed_by = :officer, confirmed_at = now()
           WHERE institution_id = :idle_school""",
    ),
    _kept_shut(
        "an institution confirms its own account",
        "app_inst",
        "confirm_institution_account(uuid, uuid)",
        "confirm_institution_account(:other_reviewer, :idle_school)",
        right_of=_OFFICE,
    ),
    _unwritten(
        "a file of the bank written beside the door",
        "app_agency",
        "INSERT ON bank_statement",
        """INSERT INTO bank_statement (statement_id, statement_on, file_sha256, imported_by)
           VALUES (:new_statement, '2025-07-02', sha256('y'), :payer)""",
    ),
)
