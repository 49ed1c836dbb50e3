"""Verification: nobody is looked up past the door, the trace or the count."""

from tests.database.attacks import Attack

_ASK = """SELECT * FROM verify_persons(ARRAY[{actor}], ARRAY[:agency], ARRAY[:nothing], ARRAY[NULL::uuid],
  ARRAY[now()], ARRAY[{purpose}], ARRAY[{case}], ARRAY['r'], 1, ARRAY[sha256({whom})], ARRAY[NULL::text],
  ARRAY[NULL::bytea])"""


def _ask(
    *, purpose: str = "'inspection'", case: str = "'试2025-001'", whom: str = ":person::text::bytea"
) -> str:
    return _ASK.format(actor=":officer::uuid", purpose=purpose, case=case, whom=whom).replace(
        ":nothing", ":nothing::uuid"
    )


EACH_VERIFICATION_IS_COUNTED = (
    Attack(
        "a verification without a known purpose",
        "app_agency",
        "access_event_purpose_known",
        _ask(purpose="'curiosity'"),
    ),
    Attack(
        "a verification without a case",
        "app_agency",
        "access_event_case_given",
        _ask(case="' '"),
    ),
    Attack(
        "a number tried without a known purpose",
        "app_agency",
        "verification_miss_purpose_known",
        _ask(purpose="'curiosity'", whom="'nobody'"),
    ),
    Attack(
        "a number tried without a case",
        "app_agency",
        "verification_miss_case_given",
        _ask(case="' '", whom="'nobody'"),
    ),
    Attack(
        "a number tried in another agency's name",
        "access_owner",
        "verification_miss_actor_fkey",
        "INSERT INTO verification_miss (principal_id, agency_id, purpose, case_number)"
        " VALUES (:officer, :other_agency, 'inspection', '试2025-001')",
    ),
    Attack(
        "an institution verifies persons",
        "app_inst",
        "GRANT EXECUTE ON FUNCTION verify_persons(uuid[], uuid[], uuid[], uuid[], timestamptz[], text[], text[],"
        " text[], integer, bytea[], text[], bytea[]) TO app_inst",
        _ask(),
        right_of=("app_agency",),
    ),
    Attack(
        "an institution notes the misses of an officer",
        "app_inst",
        "GRANT EXECUTE ON FUNCTION note_misses(uuid, uuid, text, text, text, integer) TO app_inst",
        "SELECT note_misses(:officer, :agency, 'inspection', '试2025-001', NULL, 1)",
        right_of=("app_agency", "app_peer"),
    ),
    Attack(
        "a number tried in the past",
        "access_owner",
        "GRANT INSERT (at) ON verification_miss TO access_owner",
        "INSERT INTO verification_miss (principal_id, agency_id, purpose, case_number, at)"
        " VALUES (:officer, :agency, 'inspection', '试2025-001', '2020-01-01 09:00+08')",
    ),
    Attack(
        "a budget given back to itself",
        "app_agency",
        "GRANT UPDATE ON lookup_allowance TO app_agency",
        "UPDATE lookup_allowance SET granted = 0",
    ),
    Attack(
        "a budget below nothing",
        "access_owner",
        "lookup_allowance_counted",
        "UPDATE lookup_allowance SET granted = -1",
    ),
    Attack(
        "a budget of nobody",
        "access_owner",
        "lookup_allowance_principal_fkey",
        "INSERT INTO lookup_allowance (principal_id, purpose, day, minute)"
        " VALUES (:nothing, 'inspection', '2025-07-02', now())",
    ),
    Attack(
        "an agency compares past the worker",
        "app_agency",
        "GRANT EXECUTE ON FUNCTION compare_lines(uuid) TO app_agency",
        "SELECT * FROM compare_lines(:message)",
        right_of=("worker",),
    ),
    Attack(
        "a list read while it is compared",
        "app_agency",
        "GRANT SELECT ON comparison_line TO app_agency",
        "SELECT digest FROM comparison_line",
    ),
    Attack(
        "a comparison without a known purpose",
        "app_agency",
        "comparison_purpose_known",
        "INSERT INTO comparison (comparison_id, principal_id, agency_id, purpose, case_number)"
        " VALUES (:person, :officer, :agency, 'curiosity', '试2025-001')",
    ),
    Attack(
        "a comparison without a case",
        "app_agency",
        "comparison_case_given",
        "INSERT INTO comparison (comparison_id, principal_id, agency_id, purpose, case_number)"
        " VALUES (:person, :officer, :agency, 'inspection', ' ')",
    ),
    Attack(
        "a comparison in another agency's name",
        "app_agency",
        "comparison_actor_fkey",
        "INSERT INTO comparison (comparison_id, principal_id, agency_id, purpose, case_number)"
        " VALUES (:person, :officer, :other_agency, 'inspection', '试2025-001')",
    ),
    Attack(
        "a comparison that counts itself done",
        "app_agency",
        "GRANT UPDATE (persons_found) ON comparison TO app_agency",
        "UPDATE comparison SET persons_found = 0",
        right_of=("worker",),
    ),
    Attack(
        "a comparison begun without a list",
        "app_agency",
        "comparison_file_whole",
        "UPDATE comparison SET state = 'queued'",
    ),
)
