"""What may be only once is once: accounts, numbers, proposals, open corrections."""

from tests.database.attacks import Attack

_CORRECTION = """INSERT INTO presence_correction (person_id, opening_id, session_id, reason, proposed_by)
  VALUES (:second_person, :running, :session, '设备故障', :operator)"""

ONLY_ONCE = (
    Attack(
        "one activation code for two accounts",
        "app_access",
        "activation_code",
        """INSERT INTO activation (principal_id, purpose, code_digest, expires_at) VALUES
           (:second_officer, 'first_sign_in', sha256('x'), now()), (:operator, 'first_sign_in', sha256('x'), now())""",
    ),
    Attack(
        "an account taken over by a second first code",
        "app_agency",
        "activation_first_sign_in",
        """INSERT INTO activation (activation_id, principal_id, purpose, code_digest, expires_at) VALUES
           (:one, :operator, 'first_sign_in', sha256('x'), now()),
           (:two, :operator, 'first_sign_in', sha256('y'), now())""",
    ),
    Attack(
        "an account taken over by a second client secret",
        "app_agency",
        "client_credential_live",
        """INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest) VALUES
           ('one', :system_client, 'institution_client', sha256('x')),
           ('two', :system_client, 'institution_client', sha256('y'))""",
    ),
    Attack(
        "one cookie for two sessions",
        "app_access",
        "browser_session_cookie_key",
        """INSERT INTO browser_session (session_id, cookie_digest, principal_id, expires_at) VALUES
           (:one, sha256('x'), :officer, clock_timestamp() + interval '1 hour'),
           (:two, sha256('x'), :operator, clock_timestamp() + interval '1 hour')""",
    ),
    Attack(
        "a form kept twice",
        "app_access",
        "form_draft_place_key",
        """INSERT INTO form_draft (draft_id, principal_id, place, fields_sealed, expires_at) VALUES
           (:one, :officer, '/office', '\\x01', clock_timestamp()),
           (:two, :officer, '/office', '\\x02', clock_timestamp())""",
    ),
    Attack(
        "one login name for two accounts",
        "app_agency",
        "password_credential_login_key",
        """INSERT INTO password_credential (principal_id, login_name) VALUES
           (:operator, 'somebody'), (:second_operator, 'somebody')""",
    ),
    Attack(
        "one proposal for two devices",
        "app_agency",
        "attendance_source_proposal_once",
        """INSERT INTO attendance_source (source_id, source_kind, proposal_id, institution_id, name, proposed_by,
           registered_by) VALUES (:stray_device, 'device', :proposal, :school, 'x', :operator, :officer)""",
    ),
    Attack(
        "two digests of one number under one key",
        "app_inst",
        "identifier_key_identifier_key",
        """INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
           VALUES (sha256('new'), 'k1', :second_person, :second_person)""",
    ),
    Attack(
        "two live addresses of one channel",
        "app_citizen",
        "message_address_live",
        """INSERT INTO message_address (person_id, address_id, channel, address_sealed, recorded_by)
           SELECT :paid, gen_random_uuid(), 'sms', '\\x01', :claimant FROM generate_series(1, 2)""",
    ),
    Attack(
        "two open corrections of one attendance",
        "app_inst",
        "presence_correction_one_open",
        _CORRECTION,
    ),
    Attack(
        "two open corrections of one entry",
        "app_agency",
        "record_correction_one_open",
        """INSERT INTO record_correction (person_id, entry_id, kind, proposal, reason, proposed_by)
           VALUES (:person, :new_entry, 'revoke', '{}', '弄虚作假', :officer)""",
    ),
    Attack(
        "one number for two openings on record",
        "app_agency",
        "opening_record_number_key",
        """INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by)
           VALUES (:filed, 1, '2025-03-01 09:00+08', :operator, 'K1', :officer)""",
    ),
    Attack(
        "one opening on record twice",
        "app_agency",
        "opening_record_pkey",
        """INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by)
           VALUES (:closed, 1, '2025-03-01 09:00+08', :operator, 'K9', :officer)""",
        set_aside=("opening_record_filed_key",),
    ),
    Attack(
        "one institution twice",
        "app_agency",
        "training_institution_credit_code_key",
        """INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,
           contact_phone, registered_by) VALUES ('91110105MADE000008', 'x', 'other', '110105', 'x', 'x', :officer)""",
    ),
    Attack(
        "one agency twice",
        "app_access",
        "agency_name_key",
        "INSERT INTO agency (name, division_code) VALUES ('试验市人力资源和社会保障局', '110000')",
    ),
    Attack(
        "one teacher of a subject twice",
        "app_inst",
        "opening_teacher_once",
        """INSERT INTO opening_teacher (opening_id, name, qualification, subject)
           VALUES (:draft, '教师甲', '二级', '照护')""",
    ),
    Attack(
        "one card recorded twice",
        "worker",
        "social_security_card_live",
        """INSERT INTO social_security_card (person_id, number_sealed, number_digest, check_id) VALUES
           (:person, '\\x01', '\\x05', :check), (:person, '\\x01', '\\x05', :check)""",
    ),
)
