"""What follows money that was wrongly paid: one case an alarm, a debt written off by two, a file counted once."""

from tests.database.attacks import Attack

_WRITE_OFF = """INSERT INTO recovery_write_off (person_id, recovery_id, amount_fen, reason, proposed_by)
  VALUES (:recovered, :recovered, 1, '无可执行财产', :payer)"""

DEBTS_AND_FILES = (
    Attack(
        "a debt written off by whoever proposed it",
        "access_owner",
        "recovery_write_off_second_person",
        """UPDATE recovery_write_off SET decision = 'accepted', decision_reason = '属实', decided_at = now(),
             decided_by = :payer WHERE recovery_id = :recovered""",
    ),
    Attack(
        "a second proposal while one is open",
        "access_owner",
        "recovery_write_off_one_open",
        _WRITE_OFF,
    ),
    Attack(
        "two cases of one alarm about one benefit",
        "worker",
        "recovery_case_once",
        """INSERT INTO recovery_case (person_id, case_id, benefit_id, message_id, cause)
           VALUES (:paid, gen_random_uuid(), :paid, :message, 'record_revoked')""",
    ),
    Attack(
        "one file of earlier benefits imported twice",
        "registry_owner",
        "earlier_import_file_key",
        """INSERT INTO earlier_import (division_code, file_sha256, rows_total, received_by)
           SELECT division_code, file_sha256, 1, received_by FROM earlier_import WHERE import_id = :import""",
    ),
)
