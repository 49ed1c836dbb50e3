"""Three persons pay: who orders, from which money, and that an advance has its own three."""

from tests.database.attacks import Attack, by_doors_owner

_LINE = """INSERT INTO payment_order_line (person_id, claim_id, round, order_id, budget_id, amount_fen, reviewed_by,
  approved_by, ordered_by) VALUES (:{0}, :{0}, 1, :{order}, :budget, {fen}, :reviewer, :approver, :{payer})"""
_ORDER_BY = """INSERT INTO payment_order (order_id, order_number, division_code, budget_id, ordered_by)
  VALUES (:new_order, 'P110000-2025-00000099', '110000', :budget, :{});"""
_ADVANCE = """INSERT INTO advance (opening_id, institution_id, division_code, budget_id, base_fen, share_bp, amount_fen,
  edition_id, proposed_by) VALUES (:second_running, :school, '110105', :talent_budget, 1000000, 5000, 200000, :edition,
  :reviewer)"""

THREE_PERSONS_PAY = (
    by_doors_owner(
        "ordered by the approver",
        "payment_order_line_third_person",
        _ORDER_BY.format("approver")
        + _LINE.format("payable", order="new_order", fen=150000, payer="approver"),
    ),
    by_doors_owner(
        "ordered by the reviewer",
        "payment_order_line_third_person",
        _ORDER_BY.format("reviewer")
        + _LINE.format("payable", order="new_order", fen=150000, payer="reviewer"),
    ),
    by_doors_owner(
        "ordered under another payer's order",
        "payment_order_line_order_fkey",
        _LINE.format("payable", order="order", fen=150000, payer="reviewer"),
        "payment_order_line_third_person",
    ),
    by_doors_owner(
        "ordered with another amount",
        "payment_order_line_approval_fkey",
        _LINE.format("payable", order="order", fen=150001, payer="payer"),
    ),
    by_doors_owner(
        "ordered before its notice was over",
        "payment_order_line_clearance_fkey",
        _LINE.format("noticed", order="order", fen=150000, payer="payer"),
        "payment_order_line.moves_claim",
    ),
    by_doors_owner(
        "ordered while on hold",
        "payment_order_line.moves_claim",
        _LINE.format("held_payable", order="order", fen=150000, payer="payer"),
        answers="claim_not_held",
    ),
    by_doors_owner(
        "ordered from money of another purpose",
        "payment_order_line.of_its_money",
        (
            _ORDER_BY.format("payer") + _LINE.format("payable", order="new_order", fen=150000, payer="payer")
        ).replace(":budget", ":poor_budget"),
        answers="payment_order_line_funding_source",
    ),
    by_doors_owner(
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
    by_doors_owner(
        "an advance ordered from last year's budget",
        "advance.of_the_year",
        """UPDATE advance SET approved_by = :approver, approved_at = now(), ordered_by = :payer, ordered_at = now()
           WHERE advance_id = :stale_advance""",
        answers="advance_budget_year",
    ),
    by_doors_owner(
        "ordered by a machine",
        "payment_order_ordered_by_fkey",
        _ORDER_BY.format("machine"),
    ),
    by_doors_owner(
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
    by_doors_owner(
        "an advance approved by whoever proposed it",
        "advance_three_persons",
        "UPDATE advance SET approved_by = :reviewer, approved_at = now() WHERE advance_id = :open_advance",
    ),
)
