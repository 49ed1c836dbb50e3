"""Certificates: one number, one holder; an entry of the archive rests on a certificate of that person."""

from tests.database.attacks import Attack

_CERTIFICATE_ENTRY = """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id,
  certificate_id, division_code, starts_on, ends_on) VALUES """

_LINK = """INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id,
  is_automatic, reasons, linked_by) VALUES """

ONE_HOLDER_A_NUMBER = (
    Attack(
        "one certificate number held by two persons",
        "worker",
        "certificate_holder_pkey",
        """INSERT INTO certificate_holder (number_id, person_id, certificate_id)
           VALUES (:number, :second_person, :second_certificate)""",
    ),
    Attack(
        "one certificate holds two numbers",
        "worker",
        "certificate_holder_certificate_key",
        """INSERT INTO certificate_holder (number_id, person_id, certificate_id)
           VALUES (:free_number, :person, :certificate)""",
    ),
    Attack(
        "one digest for two certificate numbers",
        "access_owner",
        "certificate_number_key_pkey",
        "INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES (sha256('c1'), 'k1', :free_number)",
    ),
    Attack(
        "two digests of one certificate number under one key",
        "access_owner",
        "certificate_number_key_number_key",
        "INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES (sha256('c9'), 'k1', :number)",
    ),
    Attack(
        "a digest of a certificate number under a key that is retired",
        "access_owner",
        "certificate_number_key.certificate_number_key_not_retired",
        "INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES (sha256('c9'), 'k0', :number)",
    ),
    Attack(
        "a certificate of a number that was never named",
        "worker",
        "certificate_number_fkey",
        """INSERT INTO certificate (person_id, kind, number_sealed, number_id, body_name, issued_on, source,
           submitted_by) VALUES (:person, 'skill_level', '\\x01', uuidv7(), 'x', '2025-05-01', 'network', :system)""",
    ),
    Attack(
        "a channel that gives a known number a digest of its own",
        "worker",
        "GRANT INSERT ON certificate_number_key TO worker",
        "INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES (sha256('c9'), 'k2', :number)",
        right_of=("access_owner",),
    ),
    Attack(
        "one certificate submitted twice by a person",
        "app_citizen",
        "certificate_once_a_person",
        """INSERT INTO certificate (person_id, kind, number_sealed, number_id, body_name, issued_on, source,
           submitted_by) VALUES (:person, 'skill_level', '\\x01', :number, 'x', '2025-05-01',
           'citizen', :citizen)""",
    ),
    Attack(
        "a citizen says the network matched",
        "app_citizen",
        "GRANT INSERT (state, last_confirmed_at) ON certificate TO app_citizen",
        """INSERT INTO certificate (person_id, kind, number_sealed, number_id, body_name, issued_on, source,
             submitted_by, state, last_confirmed_at)
           VALUES (:person, 'skill_level', '\\x01', :free_number, 'x', '2025-05-01', 'citizen', :citizen,
             'matched', now())""",
        right_of=("worker",),
    ),
    Attack(
        "a certificate called matched that the network has not answered for",
        "worker",
        "certificate.answered",
        """UPDATE certificate SET state = 'matched', last_confirmed_at = now()
           WHERE certificate_id = :second_certificate""",
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
        _LINK + "(:person, :certificate, :person, :entry, :entry, true, '[\"x\"]', :system)",
    ),
    Attack(
        "a certificate linked to an entry of another person",
        "worker",
        "certificate_link.one_person",
        _LINK + "(:second_person, :second_certificate, :person, :entry, NULL, true, '[\"x\"]', :system)",
    ),
    Attack(
        "a certificate linked to an entry that is not there",
        "worker",
        "certificate_link_entry_fkey",
        _LINK
        + "(:second_person, :second_certificate, :second_person, :entry, :entry, true, '[\"x\"]', :system)",
    ),
    Attack(
        "an entry of one's own linked unseen",
        "worker",
        "certificate_link_own_entry",
        _LINK
        + "(:second_person, :second_certificate, :second_person, :entry, NULL, true, '[\"x\"]', :system)",
    ),
    Attack(
        "a merge ended while a certificate is linked across it",
        "access_owner",
        "person_alias.links_parted",
        """UPDATE person_alias SET ended_by = :second_officer, ended_at = registry_now()
           WHERE alias_id = :merged_alias""",
    ),
    Attack(
        "a number given up while an entry rests on it",
        "access_owner",
        "certificate_holder.in_use",
        "DELETE FROM certificate_holder WHERE certificate_id = :certificate",
    ),
    Attack(
        "a number given up while a link rests on it",
        "access_owner",
        "certificate_holder.in_use",
        "DELETE FROM certificate_holder WHERE certificate_id = :merged_certificate",
    ),
    Attack(
        "a link taken back by an institution",
        "app_inst",
        "GRANT UPDATE (unlinked_at, unlinked_by, unlink_reason) ON certificate_link TO app_inst",
        """UPDATE certificate_link SET unlinked_at = now(), unlinked_by = :operator, unlink_reason = 'x'
           WHERE certificate_id = :certificate""",
        right_of=("worker",),
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
        set_aside=("record_entry.certificate_held",),
    ),
    Attack(
        "an entry on a certificate that the network has not matched",
        "access_owner",
        "record_entry.certificate_held",
        _CERTIFICATE_ENTRY
        + """(:second_person, 'certificate', 'R', :operator, :second_check, :second_certificate, '110105', now(),
             now())""",
    ),
    Attack(
        "the entry of a certificate rewritten by officers",
        "access_owner",
        "record_entry_certificate_as_told",
        """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, certificate_id,
             division_code, starts_on, ends_on, supersedes, correction_id, correction_kind, correction_decision)
           VALUES (:person, 'certificate', 'R', :operator, :check, :certificate, '110105', now(), now(),
             :certificate_entry, :second_correction, 'supersede', 'accepted')""",
        set_aside=("record_entry_one_certificate", "record_entry_correction_fkey"),
    ),
    Attack(
        "an entry of a certificate without one",
        "access_owner",
        "record_entry_certificate_whole",
        _CERTIFICATE_ENTRY + "(:person, 'certificate', 'R', :operator, :check, NULL, '110105', now(), now())",
        set_aside=("record_entry.certificate_held", "record_entry_has_evidence"),
    ),
)
