"""Doors of certificates: each opens for its own channel, and only for somebody with the part it names."""

from tests.database.attacks import Attack

_SUBMIT = (
    "submit_certificate(uuid, uuid, text[], bytea[], uuid, text, bytea, smallint, text, text, text, uuid, text, date,"
    " date, date)"
)
_STORE_PART = (
    "store_import_part(uuid, text, integer, integer, integer[], text[], uuid[], uuid[], uuid[], bytea[], integer[],"
    " jsonb)"
)
_ISSUE = "issue_completion_certificates(uuid, uuid, uuid[], uuid[], bytea[], text[], bytea[], jsonb)"


def _kept_shut(
    name: str, role: str, door: str, call: str, *, right_of: tuple[str, ...] = ("app_agency",)
) -> Attack:
    return Attack(
        name, role, f"GRANT EXECUTE ON FUNCTION {door} TO {role}", f"SELECT * FROM {call}", right_of=right_of
    )


DOORS_OF_CERTIFICATES = (
    _kept_shut(
        "an institution looks up certificates",
        "app_inst",
        "read_certificates(uuid, uuid, text, text, text, bytea[], bytea[], uuid)",
        "read_certificates(:officer, :agency, 'subsidy_review', '试2025-001', NULL, '{}', '{}', :certificate)",
        right_of=("app_agency", "app_peer"),
    ),
    _kept_shut(
        "a citizen reads the candidates of somebody's certificate",
        "app_citizen",
        "read_candidates(uuid, uuid, text, text, text, uuid)",
        "read_candidates(:officer, :agency, 'subsidy_review', '试2025-001', NULL, :certificate)",
    ),
    _kept_shut(
        "a citizen lists whose numbers collide",
        "app_citizen",
        "certificate_conflicts(timestamptz, uuid, integer)",
        "certificate_conflicts(NULL, NULL, 10)",
    ),
    _kept_shut(
        "an institution counts certificates by body",
        "app_inst",
        "certificate_match_rates()",
        "certificate_match_rates()",
    ),
    _kept_shut(
        "an institution names a certificate in an agency's name",
        "app_inst",
        _SUBMIT,
        """submit_certificate(:officer, :third_person, ARRAY['k1'], ARRAY[sha256('n1')], :new_certificate,
             'skill_level', '\\x01', NULL, NULL, NULL, 'level_5', NULL, 'x', '2025-05-01', NULL, NULL)""",
    ),
    _kept_shut(
        "an institution links a certificate",
        "app_inst",
        "link_certificate(uuid, uuid, uuid, jsonb)",
        """link_certificate(:officer, :certificate, :new_entry, '["x"]')""",
    ),
    _kept_shut(
        "a citizen takes a link back",
        "app_citizen",
        "unlink_certificate(uuid, uuid, text)",
        "unlink_certificate(:officer, :certificate, 'x')",
    ),
    _kept_shut(
        "a citizen parts merged persons' links",
        "app_citizen",
        "unlink_parting(uuid, uuid)",
        "unlink_parting(:second_officer, :merged_alias)",
    ),
    _kept_shut(
        "a citizen takes a number",
        "app_citizen",
        "take_certificate_number(uuid, uuid, text, timestamptz)",
        "take_certificate_number(:officer, :second_certificate, 'x', now())",
    ),
    _kept_shut(
        "a citizen gives a number up",
        "app_citizen",
        "release_certificate_number(uuid, uuid, text)",
        "release_certificate_number(:officer, :certificate, 'x')",
    ),
    _kept_shut(
        "an institution archives a certificate",
        "app_inst",
        "archive_certificate(uuid, uuid, uuid, text, text)",
        "archive_certificate(:officer, :certificate, :another_entry, 'R110105-2025-00000009-X', '110105')",
    ),
    _kept_shut(
        "the worker archives a certificate",
        "worker",
        "archive_certificate(uuid, uuid, uuid, text, text)",
        "archive_certificate(:officer, :certificate, :another_entry, 'R110105-2025-00000009-X', '110105')",
    ),
    _kept_shut(
        "an agency issues completion certificates",
        "app_agency",
        _ISSUE,
        """issue_completion_certificates(:officer, :closed, ARRAY[:third_person], ARRAY[:new_certificate],
             ARRAY['\\x01'::bytea], ARRAY['k1'], ARRAY[sha256('n1')], '["x"]')""",
        right_of=("app_inst", "worker"),
    ),
    _kept_shut(
        "an agency stores a part of an issuer's list",
        "app_agency",
        _STORE_PART,
        """store_import_part(:import, 'received', 0, 1, '{}', '{}', ARRAY[:third_person], ARRAY[:new_certificate],
             ARRAY[:free_number], ARRAY['\\x01'::bytea], '{0}',
             '[{"place": 0, "kind": "skill_level", "skill_level": "level_5", "issued_on": "2025-05-01"}]')""",
        right_of=("worker",),
    ),
    Attack(
        "an import called further than it is",
        "worker",
        "GRANT UPDATE (rows_done) ON certificate_import TO worker",
        "UPDATE certificate_import SET rows_done = rows_done + 1 WHERE import_id = :import",
    ),
    Attack(
        "a line refused beside the door",
        "worker",
        "GRANT INSERT ON certificate_import_defect TO worker",
        "INSERT INTO certificate_import_defect (import_id, line, reasons) VALUES (:import, 3, '[\"x\"]')",
        right_of=("access_owner",),
    ),
    _kept_shut(
        "an institution revokes a completion certificate",
        "app_inst",
        "revoke_completion_certificate(uuid, uuid)",
        "revoke_completion_certificate(:operator, :correction)",
    ),
    Attack(
        "a citizen numbers a completion certificate",
        "app_citizen",
        "GRANT USAGE ON SEQUENCE completion_certificate_serial TO app_citizen",
        "SELECT nextval('completion_certificate_serial')",
        right_of=("app_inst", "worker"),
    ),
    Attack(
        "a completion certificate written beside the door",
        "worker",
        "GRANT INSERT ON completion_certificate TO worker",
        """INSERT INTO completion_certificate (person_id, entry_id, certificate_id, name_id, identifier_id)
           VALUES (:person, :entry, :certificate, :check, :person)""",
    ),
    Attack(
        "an institution names the length of an issuer's list",
        "app_inst",
        "GRANT INSERT (import_id, body_id, file_sha256, rows_total, received_by) ON certificate_import TO app_inst",
        """INSERT INTO certificate_import (import_id, body_id, file_sha256, rows_total, received_by)
           VALUES (:another_import, :body, '\\x02', 5, :operator)""",
        right_of=("app_agency",),
    ),
    Attack(
        "a claimed name proved by an issuer's list",
        "worker",
        "person_name_check_fkey",
        """INSERT INTO person_name (person_id, name_sealed, name_digest, check_id)
           VALUES (:second_person, '\\x01', '\\x01', :check)""",
    ),
)
