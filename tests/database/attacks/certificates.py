"""Certificates: one number, one holder; an entry of the archive rests on a certificate of that person."""

from tests.database.attacks import Attack

_CERTIFICATE_ENTRY = """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id,
  certificate_id, division_code, starts_on, ends_on) VALUES """

ONE_HOLDER_A_NUMBER = (
    Attack(
        "one certificate number held by two persons",
        "worker",
        "certificate_holder_pkey",
        """INSERT INTO certificate_holder (number_digest, person_id, certificate_id)
           VALUES (sha256('c1'), :second_person, :second_certificate)""",
    ),
    Attack(
        "one certificate holds two numbers",
        "worker",
        "certificate_holder_certificate_key",
        """INSERT INTO certificate_holder (number_digest, person_id, certificate_id)
           VALUES (sha256('c3'), :person, :certificate)""",
    ),
    Attack(
        "one certificate submitted twice by a person",
        "app_citizen",
        "certificate_once_a_person",
        """INSERT INTO certificate (person_id, kind, number_sealed, number_digest, body_name, issued_on, source,
           submitted_by) VALUES (:person, 'skill_level', '\\x01', sha256('c1'), 'x', '2025-05-01',
           'citizen', :citizen)""",
    ),
    Attack(
        "a citizen says the network matched",
        "app_citizen",
        "GRANT INSERT (state, last_confirmed_at) ON certificate TO app_citizen",
        """INSERT INTO certificate (person_id, kind, number_sealed, number_digest, body_name, issued_on, source,
             submitted_by, state, last_confirmed_at)
           VALUES (:person, 'skill_level', '\\x01', sha256('c4'), 'x', '2025-05-01', 'citizen', :citizen,
             'matched', now())""",
        right_of=("worker",),
    ),
    Attack(
        "an answer of the network counted twice",
        "worker",
        "certificate_answer_once",
        """INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
           VALUES (:person, :certificate, 'revoked', 'query', 'e1', now())""",
    ),
    Attack(
        "the clock of one certificate stopped twice",
        "worker",
        "certificate_tolling_one_open",
        """INSERT INTO certificate_tolling (person_id, certificate_id, starts_on, reason)
           VALUES (:second_person, :second_certificate, '2025-06-01', 'network_unavailable')""",
    ),
    Attack(
        "one certificate linked to two entries",
        "worker",
        "certificate_link_live",
        """INSERT INTO certificate_link (person_id, certificate_id, entry_id, is_automatic, reasons, linked_by)
           VALUES (:person, :certificate, :entry, true, '["x"]', :system)""",
    ),
    Attack(
        "an issuer's file taken twice",
        "app_agency",
        "certificate_import_file_key",
        "INSERT INTO certificate_import (body_id, file_sha256, received_by) VALUES (:body, '\\x01', :officer)",
    ),
    Attack(
        "one evaluation body twice",
        "app_agency",
        "evaluation_body_code_key",
        """INSERT INTO evaluation_body (body_code, kind, name, division_code, registered_by)
           VALUES ('B0001', 'other', 'x', '110000', :officer)""",
    ),
    Attack(
        "two entries of one certificate",
        "access_owner",
        "record_entry_one_certificate",
        _CERTIFICATE_ENTRY
        + "(:person, 'certificate', 'R', :operator, :check, :certificate, '110105', now(), now())",
    ),
    Attack(
        "an entry on somebody else's certificate",
        "access_owner",
        "record_entry_certificate_fkey",
        _CERTIFICATE_ENTRY
        + "(:person, 'certificate', 'R', :operator, :check, :second_certificate, '110105', now(), now())",
    ),
    Attack(
        "an entry of a certificate without one",
        "access_owner",
        "record_entry_certificate_whole",
        _CERTIFICATE_ENTRY + "(:person, 'certificate', 'R', :operator, :check, NULL, '110105', now(), now())",
    ),
)
