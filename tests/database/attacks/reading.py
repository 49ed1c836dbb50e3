"""I10: no look at a person without a trace. Direct reads of every person table: test_attacks.py."""

from tests.database.attacks import Attack

_READ = "SELECT * FROM read_records("

READS_LEAVE_A_TRACE = (  # I10; direct reads of every person table are attacked in test_attacks.py
    Attack(
        "a look-up without a known purpose",
        "app_agency",
        "access_event_purpose_known",
        _READ
        + ":officer, :agency, 'curiosity', '试2025-001', NULL, ARRAY(SELECT sha256(:person::text::bytea)))",
    ),
    Attack(
        "a look-up without a case",
        "app_agency",
        "access_event_case_given",
        _READ + ":officer, :agency, 'subsidy_review', ' ', NULL, ARRAY(SELECT sha256(:person::text::bytea)))",
    ),
    Attack(
        "a look-up by nobody",
        "app_agency",
        "access_event_actor_fkey",
        _READ
        + ":nobody, :agency, 'subsidy_review', '试2025-001', NULL, ARRAY(SELECT sha256(:person::text::bytea)))",
    ),
    Attack(
        "a look-up for no agency",
        "app_agency",
        "access_event_actor_fkey",
        _READ
        + ":officer, :nothing, 'subsidy_review', '试2025-001', NULL, ARRAY(SELECT sha256(:person::text::bytea)))",
    ),
    Attack(
        "a look-up in another agency's name",
        "app_agency",
        "access_event_actor_fkey",
        _READ
        + ":officer, :other_agency, 'subsidy_review', '试2025-001', NULL, ARRAY(SELECT sha256(:person::text::bytea)))",
    ),
    Attack(
        "an institution looks up records",
        "app_inst",
        "GRANT EXECUTE ON FUNCTION read_records(uuid, uuid, text, text, text, bytea[]) TO app_inst",
        _READ
        + ":officer, :agency, 'subsidy_review', '试2025-001', NULL, ARRAY(SELECT sha256(:person::text::bytea)))",
        right_of=("app_agency", "app_peer"),
    ),
    Attack(
        "a person found without a trace",
        "app_agency",
        "GRANT EXECUTE ON FUNCTION find_persons(bytea[]) TO app_agency",
        "SELECT * FROM find_persons(ARRAY(SELECT sha256(:person::text::bytea)))",
    ),
    Attack(
        "an access row made up",
        "app_agency",
        "GRANT INSERT ON access_event TO app_agency",
        """INSERT INTO access_event (person_id, principal_id, agency_id, subject, purpose, case_number)
           VALUES (:person, :second_officer, :agency, 'record', 'complaint', '试2025-002')""",
    ),
)
