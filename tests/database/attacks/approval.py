"""I4: who makes does not check."""

from tests.database.attacks import Attack

_RESULT = """INSERT INTO assessment_confirmation
  (person_id, opening_id, attempt, revision, outcome, entered_by, confirmed_by) VALUES """
_RECORD = """INSERT INTO opening_record (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by)
  VALUES """
_GRANT = "INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by) VALUES "
_CONFIRM = (
    """UPDATE permission_grant SET confirmed_at = now(), confirmed_by = {} WHERE grant_id = :open_grant"""
)

MAKER_IS_NOT_CHECKER = (  # I4
    Attack(
        "who filed puts on record",
        "app_agency",
        "opening_record_second_person",
        _RECORD + "(:filed, 1, '2025-03-01 09:00+08', :operator, 'K9', :operator)",
    ),
    Attack(
        "on record with a filer made up",
        "app_agency",
        "opening_record_filing_fkey",
        _RECORD + "(:filed, 1, '2025-03-01 09:00+08', :second_officer, 'K9', :operator)",
    ),
    Attack(
        "who entered a result confirms it",
        "app_inst",
        "assessment_confirmation_second_person",
        _RESULT + "(:second_person, :running, 1, 1, 'fail', :operator, :operator)",
    ),
    Attack(
        "a result confirmed with another author",
        "app_inst",
        "assessment_confirmation_result_fkey",
        _RESULT + "(:second_person, :running, 1, 1, 'fail', :second_operator, :operator)",
    ),
    Attack(
        "a fail confirmed as a pass",
        "app_inst",
        "assessment_confirmation_result_fkey",
        _RESULT + "(:second_person, :running, 1, 1, 'pass', :operator, :second_operator)",
    ),
    Attack(
        "an institution's system is the second person",
        "app_inst",
        "assessment_confirmation_confirmed_by_fkey",
        _RESULT + "(:second_person, :running, 1, 1, 'fail', :operator, :system_client)",
    ),
    Attack(
        "an institution's system confirms as what it is",
        "registry_owner",
        "assessment_confirmation_by_person",
        _RESULT.replace("confirmed_by)", "confirmed_by, confirmed_by_kind)")
        + "(:second_person, :running, 1, 1, 'fail', :operator, :system_client, 'institution_client')",
    ),
    Attack(
        "an attempt confirmed twice",
        "app_inst",
        "assessment_confirmation_pkey",
        _RESULT + "(:person, :closed, 1, 1, 'pass', :operator, :second_operator)",
        set_aside=("assessment_confirmation_outcome_key",),
    ),
    Attack(
        "who asked for a correction of attendance accepts it",
        "app_agency",
        "presence_correction_second_person",
        "SELECT apply_presence_correction(:operator, :running, :presence_correction, 'accepted', NULL)",
    ),
    Attack(
        "an institution proposes a correction already accepted",
        "app_inst",
        "GRANT INSERT (decision, decided_at, decided_by) ON presence_correction TO app_inst",
        """INSERT INTO presence_correction
             (person_id, opening_id, session_id, reason, proposed_by, decision, decided_at, decided_by)
           VALUES (:person, :running, :next_session, '设备故障', :operator, 'accepted', now(), :officer)""",
    ),
    Attack(
        "who proposed a change accepts it",
        "app_agency",
        "opening_change_second_person",
        """UPDATE opening_change SET decision = 'accepted', decided_at = now(), decided_by = :operator
           WHERE change_no = 1""",
    ),
    Attack(
        "who proposed a correction of the archive decides it",
        "app_agency",
        "record_correction_second_person",
        "SELECT decide_correction(:officer, :open_correction, 'accepted', NULL, NULL, NULL)",
    ),
    Attack(
        "who proposed a merge merges",
        "access_owner",
        "person_alias_second_person",
        """UPDATE person_alias SET merged_by = :officer, merged_at = now(), decision_reason = '属实'
           WHERE alias_id = :alias""",
    ),
    Attack(
        "who proposed the end of a merge ends it",
        "access_owner",
        "person_alias_end_second_person",
        """UPDATE person_alias SET merged_by = :second_officer, merged_at = now(), decision_reason = '属实',
             end_proposed_by = :officer, end_proposed_at = now(), end_case_number = '试2025-006', end_reason = '有误',
             ended_by = :officer, ended_at = now() WHERE alias_id = :alias""",
    ),
    Attack(
        "an officer proposes a merge already decided",
        "app_agency",
        "GRANT INSERT (merged_by, merged_at, decision_reason) ON person_alias TO app_agency",
        """INSERT INTO person_alias (person_id, survivor_id, reason, case_number, proposed_by, merged_by, merged_at,
             decision_reason)
           VALUES (:second_person, :person, '同一人', '试2025-003', :officer, :second_officer, now(), '属实')""",
    ),
    Attack(
        "one administrator grants alone",
        "app_access",
        "permission_grant_second_person",
        _CONFIRM.format(":administrator"),
    ),
    Attack(
        "a permission confirmed in another administrator's name from the start",
        "app_access",
        "GRANT INSERT (confirmed_by, confirmed_at) ON permission_grant TO app_access",
        """INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by, confirmed_by,
             confirmed_at)
           VALUES (:second_officer, 'officer', 'payment', :administrator, :second_administrator, now())""",
    ),
    Attack(
        "an officer proposes a colleague's permission",
        "app_access",
        "permission_grant_proposed_by_fkey",
        _GRANT + "(:second_officer, 'officer', 'payment', :officer)",
    ),
    Attack(
        "an officer confirms a colleague's permission",
        "app_access",
        "permission_grant_confirmed_by_fkey",
        _CONFIRM.format(":second_officer"),
    ),
    Attack(
        "an officer takes a colleague's permission away",
        "app_access",
        "permission_grant_revoked_by_fkey",
        "UPDATE permission_grant SET revoked_at = now(), revoked_by = :second_officer WHERE grant_id = :grant",
    ),
    Attack(
        "a permission proposed by another kind than administrators",
        "registry_owner",
        "permission_grant_by_administrators",
        """INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by, administrator_kind)
           VALUES (:second_officer, 'officer', 'payment', :officer, 'officer')""",
    ),
    Attack(
        "an officer proposes an own permission",
        "app_access",
        "permission_grant_not_own",
        _GRANT + "(:second_officer, 'officer', 'payment', :second_officer)",
        set_aside=("permission_grant_proposed_by_fkey",),
    ),
    Attack(
        "an officer confirms an own permission",
        "app_access",
        "permission_grant_not_own",
        _CONFIRM.format(":officer"),
        set_aside=("permission_grant_confirmed_by_fkey",),
    ),
    Attack(
        "an administrator gets a business permission",
        "app_access",
        "permission_grant_business_only",
        _GRANT + "(:administrator, 'administrator', 'payment', :second_administrator)",
    ),
    Attack(
        "a permission for a kind the holder is not",
        "app_access",
        "permission_grant_holder_fkey",
        _GRANT + "(:administrator, 'officer', 'payment', :second_administrator)",
    ),
    Attack(
        "one permission granted twice at once",
        "app_access",
        "permission_grant_live",
        _GRANT + "(:officer, 'officer', 'filing', :administrator)",
    ),
    Attack(
        "one person holds two of the three offices",
        "app_access",
        "administrator_assignment_pkey",
        "INSERT INTO administrator_assignment (principal_id, kind) VALUES (:administrator, 'audit')",
    ),
    Attack(
        "an officer becomes administrator",
        "app_access",
        "administrator_assignment_no_business",
        """INSERT INTO administrator_assignment (principal_id, principal_kind, kind)
           VALUES (:officer, 'officer', 'audit')""",
    ),
    Attack(
        "an officer passes for an administrator",
        "app_access",
        "administrator_assignment_holder_fkey",
        "INSERT INTO administrator_assignment (principal_id, kind) VALUES (:officer, 'audit')",
    ),
    Attack(
        "one administrator resets a second factor alone",
        "app_access",
        "activation_second_person",
        """UPDATE activation SET confirmed_by = :administrator, code_digest = sha256('x')
           WHERE activation_id = :activation""",
    ),
    Attack(
        "the holder confirms the own reset",
        "app_access",
        "activation_not_own",
        "UPDATE activation SET confirmed_by = :officer, code_digest = sha256('x') WHERE activation_id = :activation",
    ),
    Attack(
        "a reset code before the second person",
        "app_access",
        "activation_code_after_confirmation",
        "UPDATE activation SET code_digest = sha256('x') WHERE activation_id = :activation",
    ),
    Attack(
        "who proposed a device registers it",
        "app_agency",
        "attendance_source_second_person",
        """INSERT INTO attendance_source (source_id, source_kind, proposal_id, institution_id, name, proposed_by,
           registered_by) VALUES (:stray_device, 'device', :open_proposal, :school, 'x', :operator, :operator)""",
    ),
    Attack(
        "a device nobody proposed is registered",
        "app_agency",
        "attendance_source_proposal_fkey",
        """INSERT INTO attendance_source (source_id, source_kind, proposal_id, institution_id, name, proposed_by,
           registered_by) VALUES (:stray_device, 'device', :nothing, :school, 'x', :operator, :officer)""",
    ),
)
