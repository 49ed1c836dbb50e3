"""One number, one person, one name proved by a match."""

from tests.database.attacks import Attack

PERSONS_ARE_ONE = (
    Attack(
        "a number held by two persons",
        "app_inst",
        "identifier_key_pkey",
        """INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
           VALUES (sha256(:person::text::bytea), 'k9', :second_person, :second_person)""",
    ),
    Attack(
        "a number of an identifier that is not there",
        "app_inst",
        "identifier_key_identifier_fkey",
        """INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
           VALUES (sha256('new'), 'k9', :second_person, :person)""",
    ),
    Attack(
        "a number under a retired digest key",
        "app_inst",
        "identifier_key.identifier_key_not_retired",
        """INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
           VALUES (sha256('new'), 'k0', :second_person, :second_person)""",
    ),
    Attack(
        "a name without a match",
        "worker",
        "person_name_check_fkey",
        """INSERT INTO person_name (person_id, name_sealed, name_digest, check_id)
           VALUES (:third_person, '\\x01', '\\x01', :mismatch)""",
    ),
    Attack(
        "a name on a mismatch",
        "registry_owner",
        "person_name_only_matched",
        """INSERT INTO person_name (person_id, name_sealed, name_digest, check_id, check_outcome)
           VALUES (:third_person, '\\x01', '\\x01', :mismatch, 'name_mismatch')""",
    ),
    Attack(
        "a roster line matched without a check",
        "app_inst",
        "roster_line_matched_has_check",
        "UPDATE roster_line SET state = 'matched' WHERE person_id = :third_person AND opening_id = :running",
    ),
    Attack(
        "a roster line matched by a check that failed",
        "app_inst",
        "roster_line_check_fkey",
        """UPDATE roster_line SET state = 'matched', check_outcome = 'matched'
           WHERE person_id = :third_person AND opening_id = :running""",
    ),
    Attack(
        "a roster line renamed after its check",
        "app_inst",
        "roster_line_check_fkey",
        "UPDATE roster_line SET name_digest = '\\x09' WHERE person_id = :person AND opening_id = :running",
        set_aside=("roster_line.filed_claim_stays",),
    ),
    Attack(
        "a real-name answer made up by an institution",
        "app_inst",
        "GRANT INSERT ON identity_check TO app_inst",
        """INSERT INTO identity_check (person_id, outcome, source, evidence_id, name_digest, checked_at)
           VALUES (:third_person, 'matched', 'cardholder_base', 'e9', '\\x01', now())""",
        right_of=("app_access", "worker"),
    ),
    Attack(
        "a person merged into two",
        "app_agency",
        "person_alias_one_survivor",
        """INSERT INTO person_alias (person_id, survivor_id, reason, case_number, proposed_by)
           VALUES (:third_person, :second_person, '同一人', '试2025-003', :officer)""",
    ),
    Attack(
        "a person merged into itself",
        "app_agency",
        "person_alias_other_person",
        """INSERT INTO person_alias (person_id, survivor_id, reason, case_number, proposed_by)
           VALUES (:second_person, :second_person, '同一人', '试2025-003', :officer)""",
    ),
    Attack(
        "two citizens sign in as one person",
        "app_access",
        "citizen_principal_person_key",
        "INSERT INTO citizen_principal (principal_id, person_id) VALUES (:stray_citizen, :person)",
    ),
    Attack(
        "an officer signs in as a citizen",
        "app_access",
        "citizen_principal_fkey",
        "INSERT INTO citizen_principal (principal_id, person_id) VALUES (:officer, :second_person)",
    ),
    Attack(
        "a secret for a person's account",
        "app_agency",
        "client_credential_of_a_system",
        """INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest)
           VALUES ('x', :second_officer, 'officer', sha256('x'))""",
    ),
    Attack(
        "a secret for a person called a device",
        "app_agency",
        "client_credential_principal_fkey",
        """INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest)
           VALUES ('x', :second_officer, 'device', sha256('x'))""",
    ),
    Attack(
        "an agency opens itself an officer",
        "app_agency",
        "principal.kinds_of_channel",
        "INSERT INTO principal (kind, display_name, agency_id) VALUES ('officer', '经办人丙', :agency)",
        right_of=("app_access",),
    ),
    Attack(
        "an agency opens itself an administrator",
        "app_agency",
        "principal.kinds_of_channel",
        "INSERT INTO principal (kind, display_name) VALUES ('administrator', '管理员丙')",
        right_of=("app_access",),
    ),
)
