"""Shares are opened as often and as long as was said; a code opens one thing; a request has one answer, by a person."""

from tests.database.attacks import Attack

_LOOK = (
    "INSERT INTO share_look (person_id, share_id, nth, expires_at, looks_max, source_digest, source_region) "
)
_OF_SHARE = "SELECT person_id, share_id, {}, expires_at, {}, '\\x01', '203.0.*.*' FROM record_share WHERE share_id = {}"
_SHARE = """INSERT INTO record_share (person_id, share_id, scope, fields, name_shown, expires_at, looks_max, created_by)
  VALUES (:person, :nothing, 'record', {}, 'full', registry_now() + interval '{}', 5, :citizen)"""


def _door(name: str, refused_by: str, sql: str, *set_aside: str) -> Attack:
    """By the owner of the doors, past what the door itself asks."""
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside)


def _citizen(name: str, refused_by: str, sql: str) -> Attack:
    """By the channel of citizens."""
    return Attack(name, "app_citizen", refused_by, sql)


PROOF_IN_ONES_OWN_HANDS = (
    _door(
        "a share opened once too often",
        "share_look_counted",
        _LOOK + _OF_SHARE.format(3, "looks_max", ":share"),
    ),
    _door(
        "a share with more looks than was said",
        "share_look_terms_fkey",
        _LOOK + _OF_SHARE.format(3, 99, ":share"),
    ),
    _door(
        "a share opened after its end",
        "share_look_before_end",
        _LOOK + _OF_SHARE.format(1, "looks_max", ":ended_share"),
    ),
    _door("two looks counted as one", "share_look_pkey", _LOOK + _OF_SHARE.format(1, "looks_max", ":share")),
    _citizen("a share for years", "record_share_ends", _SHARE.format("'{program}'", "3 years")),
    _citizen(
        "a share of the identity number",
        "record_share_fields_known",
        _SHARE.format("'{identity_number}'", "1 day"),
    ),
    _citizen(
        "a share taken back opened again",
        "record_share.set_once",
        "UPDATE record_share SET revoked_at = NULL WHERE share_id = :revoked_share",
    ),
    _citizen(
        "a second code of one share",
        "share_code_share_key",
        "INSERT INTO share_code (code_digest, person_id, share_id) VALUES (sha256('x'), :person, :share)",
    ),
    _citizen(
        "one code of two shares",
        "share_code_pkey",
        "INSERT INTO share_code (code_digest, person_id, share_id) VALUES (sha256('share'), :person, :fresh_share)",
    ),
    Attack(
        "shares read by strangers",
        "app_public",
        "GRANT SELECT ON record_share TO app_public",
        "SELECT count(*) / count(*) FROM record_share",
        right_of=("app_citizen", "auditor"),
    ),
    _citizen(
        "a revoked extract restored",
        "issued_document.set_once",
        "UPDATE issued_document SET revoked_at = NULL WHERE document_id = :revoked_extract",
    ),
    _citizen(
        "a copy of somebody else's notice",
        "issued_document_notice_fkey",
        """INSERT INTO issued_document (person_id, document_id, kind, notice_id, content_sealed, issued_by)
           VALUES (:person, :nothing, 'decision_notice', :refused, '\\x01', :citizen)""",
    ),
    _citizen(
        "a second code of one document",
        "document_code_document_key",
        "INSERT INTO document_code (code_digest, person_id, document_id) VALUES (sha256('x'), :person, :extract)",
    ),
    _citizen(
        "one code of two documents",
        "document_code_pkey",
        """INSERT INTO document_code (code_digest, person_id, document_id)
           VALUES (sha256('extract'), :person, :revoked_extract)""",
    ),
    _door(
        "one bit of two credentials",
        "credential_slot_pkey",
        """INSERT INTO credential_slot (list_no, slot, person_id, document_id)
           VALUES (1, 7, :person, :second_credential)""",
    ),
    _door(
        "two bits of one credential",
        "credential_slot_document_key",
        "INSERT INTO credential_slot (list_no, slot, person_id, document_id) VALUES (1, 8, :person, :credential)",
    ),
    _door(
        "a bit beyond the list",
        "credential_slot_in_list",
        """INSERT INTO credential_slot (list_no, slot, person_id, document_id)
           VALUES (1, 131072, :person, :second_credential)""",
    ),
    _citizen(
        "two open requests about one entry",
        "correction_request_one_open",
        """INSERT INTO correction_request (person_id, request_id, entry_id, grounds_sealed, filed_by, due_on)
           VALUES (:person, :nothing, :new_entry, '\\x01', :citizen, '2999-01-01')""",
    ),
    _citizen(
        "a request that is overdue when it is filed",
        "correction_request_due_after",
        """INSERT INTO correction_request (person_id, request_id, entry_id, grounds_sealed, filed_by, due_on)
           VALUES (:person, :nothing, :entry, '\\x01', :citizen, '2025-01-01')""",
    ),
    _door(
        "accepted without a correction",
        "correction_request_accepted_by_act",
        """UPDATE correction_request SET answer = 'accepted', answer_reason = '属实', answered_at = now(),
             answered_by = :officer WHERE request_id = :open_request""",
    ),
    _door(
        "a request answered by a machine",
        "correction_request_answered_by_fkey",
        """UPDATE correction_request SET answer = 'refused', answer_reason = '不属实', answered_at = now(),
             answered_by = :system WHERE request_id = :open_request""",
    ),
    _door(
        "an answer without a reason",
        "correction_request_reason_given",
        """UPDATE correction_request SET answer = 'refused', answer_reason = ' ', answered_at = now(),
             answered_by = :officer WHERE request_id = :open_request""",
    ),
    _door(
        "an answer taken back",
        "correction_request.set_once",
        "UPDATE correction_request SET answer_reason = '另有理由' WHERE request_id = :refused_request",
    ),
)
