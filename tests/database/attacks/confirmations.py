"""确认已入账: what the bank rejected is called paid by the bank alone, or by two officers who decided nothing of it."""

from tests.database.attacks import Attack

_DECIDE = """UPDATE payment_confirmation SET decision = 'confirmed', decision_reason = '属实', decided_at = now(),
  decided_by = :{} WHERE confirmation_id = :disputed"""
_PROPOSE = """INSERT INTO payment_confirmation (instruction_id, document_number, reason, proposed_by)
  VALUES (:{0}, {1}, '确已入账', :{2})"""
_ON_A_LINE = """INSERT INTO payment_confirmation (instruction_id, statement_id, statement_line, reason, proposed_by)
  VALUES (:failed, :{}, 1, '确已入账', :payer)"""
_HANDED_IN = """INSERT INTO bank_statement (statement_id, statement_on, file_sha256, imported_by)
  VALUES (:new_statement, '2025-07-02', sha256('handed in'), :payer);
  INSERT INTO bank_statement_line (statement_id, line, instruction_id, instruction_text, amount_fen, outcome)
  VALUES (:new_statement, 1, :failed, 'x', 150000, 'settled');"""
_TAKE = """take_statement(:system, :new_statement, '2025-07-02', sha256('forged'), ARRAY[:disputed], ARRAY['x'],
  ARRAY[150000::bigint], ARRAY['rejected'])"""


def _said(name: str, refused_by: str, sql: str, *set_aside: str, answers: str = "") -> Attack:
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside, answers=answers)


def _door(name: str, role: str, door: str, call: str, right_of: str) -> Attack:
    grant = f"GRANT EXECUTE ON FUNCTION {door} TO {role}"
    return Attack(name, role, grant, f"SELECT * FROM {call}", right_of=(right_of,))


CALLED_PAID_BY_TWO = (
    _said("confirmed by whoever proposed it", "payment_confirmation_second_person", _DECIDE.format("payer")),
    _said(
        "confirmed by the reviewer",
        "payment_confirmation.neither_decided",
        _DECIDE.format("reviewer"),
        answers="payment_confirmation_neither_decided",
    ),
    _said(
        "proposed by the approver",
        "payment_confirmation.neither_decided",
        _PROPOSE.format("failed", "'银证〔2025〕2号'", "approver"),
        answers="payment_confirmation_neither_decided",
    ),
    _said(
        "proposed by a machine",
        "payment_confirmation_proposed_by_fkey",
        _PROPOSE.format("failed", "'银证〔2025〕2号'", "machine"),
    ),
    _said(
        "proposed without evidence",
        "payment_confirmation_evidence_given",
        _PROPOSE.format("failed", "NULL", "payer"),
    ),
    _said(
        "proposed twice at once",
        "payment_confirmation_one_open",
        _PROPOSE.format("disputed", "'银证〔2025〕2号'", "payer"),
    ),
    _said(
        "confirmed twice",
        "payment_confirmation_once",
        _DECIDE.format("other_approver")
        + """;INSERT INTO payment_confirmation (instruction_id, document_number, reason, proposed_by, decision,
             decision_reason, decided_at, decided_by)
           VALUES (:disputed, '银证〔2025〕2号', '又入账', :payer, 'confirmed', '属实', now(), :other_approver)""",
    ),
    _said(
        "proved by the line of another payment",
        "payment_confirmation_line_fkey",
        _ON_A_LINE.format("statement"),
    ),
    _said(
        "proved by a file that was only handed in",
        "payment_confirmation.neither_decided",
        _HANDED_IN + _ON_A_LINE.format("new_statement"),
        answers="payment_confirmation_statement_fetched",
    ),
    _said(
        "called paid though the bank rejected it",
        "benefit.settled_as_told",
        "UPDATE benefit SET settled_at = now() WHERE benefit_id = :failed",
        answers="benefit_settled_as_told",
    ),
    _said(
        "an advance called settled of which the bank was never told",
        "advance.settled_as_told",
        """UPDATE advance SET approved_by = :approver, approved_at = now(), ordered_by = :payer, ordered_at = now(),
           instructed_at = now(), tranche_no = 1, settled_at = now() WHERE advance_id = :open_advance""",
        answers="advance_settled_as_told",
    ),
    _door(
        "the paying worker confirms for an officer",
        "pay_worker",
        "decide_payment_confirmation(uuid, uuid, text, text)",
        "decide_payment_confirmation(:other_approver, :disputed, 'confirmed', '属实')",
        "app_agency",
    ),
    _door(
        "an institution proposes that it was paid",
        "app_inst",
        "propose_payment_confirmation(uuid, uuid, uuid, text, uuid, integer, text)",
        "propose_payment_confirmation(:payer, :disputed, gen_random_uuid(), '银证〔2025〕2号', NULL, NULL, '入账')",
        "app_agency",
    ),
    _door(
        "an agency passes its own file off as fetched from the bank",
        "app_agency",
        "take_statement(uuid, uuid, date, bytea, uuid[], text[], bigint[], text[])",
        _TAKE,
        "pay_worker",
    ),
)
