"""I9: what has happened stays. The guards of all tables are attacked one by one in test_mutations.py."""

from tests.database.attacks import Attack

HISTORY_STAYS = (  # I9; the guards of every table are attacked one by one in test_guards.py
    Attack(
        "a revocation taken back",
        "access_owner",
        "record_entry.set_once",
        """UPDATE record_entry SET revoked_at = now(), revoked_by = :second_officer, revocation_id = :revocation,
             revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :new_entry;
           UPDATE record_entry SET revoked_at = NULL, revoked_by = NULL, revocation_id = NULL
             WHERE entry_id = :new_entry""",
        set_aside=("record_entry_revocation_fkey",),
    ),
    Attack(
        "a refused correction accepted later",
        "access_owner",
        "record_correction.set_once",
        "UPDATE record_correction SET decision = 'accepted' WHERE correction_id = :revocation",
    ),
    Attack(
        "a refused change accepted later",
        "app_agency",
        "opening_change.set_once",
        "UPDATE opening_change SET decision = 'accepted' WHERE change_no = 2",
    ),
    Attack(
        "a refused correction of attendance accepted later",
        "access_owner",
        "presence_correction.set_once",
        "UPDATE presence_correction SET decision = 'accepted' WHERE correction_id = :refused_correction",
    ),
    Attack(
        "a merge ended twice",
        "access_owner",
        "person_alias.set_once",
        "UPDATE person_alias SET ended_at = now() WHERE alias_id = :ended_alias",
    ),
    Attack(
        "a permission confirmed by somebody else later",
        "app_access",
        "permission_grant.set_once",
        "UPDATE permission_grant SET confirmed_at = now() WHERE grant_id = :grant",
    ),
    Attack(
        "a delivered message sent again",
        "worker",
        "outbox_message.set_once",
        "UPDATE outbox_message SET delivered_at = NULL WHERE message_id = :message",
    ),
    Attack(
        "a removed document restored",
        "app_inst",
        "stored_document.set_once",
        "UPDATE stored_document SET removed_at = NULL WHERE document_id = :document",
    ),
    Attack(
        "a stored answer replaced",
        "app_inst",
        "idempotency_key.set_once",
        "UPDATE idempotency_key SET body = '\\x02' WHERE key = 'key-00000001'",
    ),
    Attack(
        "an identity number in the audit trail",
        "app_inst",
        "audit_event_no_identity_number",
        """INSERT INTO audit_event (principal_kind, action, subject_kind, subject_id, details)
           VALUES ('officer', 'opening:filed', 'opening', 'x', '{"n": "00000000000000000X"}')""",
    ),
    Attack(
        "an identity number in the outbox",
        "app_inst",
        "outbox_message_no_identity_number",
        """INSERT INTO outbox_message (topic, payload) VALUES ('x', '{"n": "00000000000000000X"}')""",
    ),
    Attack(
        "the registry's clock set forward",
        "app_inst",
        "GRANT UPDATE ON clock_shift TO app_inst",
        "UPDATE clock_shift SET shift = interval '400 days'",
    ),
    Attack(
        "the registry's clock set back",
        "registry_owner",
        "clock_shift_forward",
        "UPDATE clock_shift SET shift = interval '-1 day'",
    ),
    Attack(
        "a second clock",
        "registry_owner",
        "clock_shift_one_row",
        "INSERT INTO clock_shift (only_row) VALUES (false)",
    ),
)
