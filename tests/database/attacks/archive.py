"""The record gate: an entry rests on a confirmed pass, a real-name match and a closed class."""

from tests.database.attacks import Attack

_ENTRY = """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, identity_outcome,
  opening_id, attempt, outcome, program_id, program_version, program_name, occupation_edition, occupation_code,
  skill_level, institution_id, institution_name, division_code, starts_on, ends_on, planned_minutes,
  credited_minutes) """
_OF = """, :program, 1, '育婴员初级', 2022, '4-10-01-02', 'level_5', :school, '试验培训学校', '110105', '2025-03-12',
  '2025-03-20', 2520, 2520)"""
_SUPERSEDE = """INSERT INTO record_entry SELECT (jsonb_populate_record(entry, jsonb_build_object(
  'entry_id', :another_entry, 'supersedes', entry.entry_id, 'correction_id', {correction}, 'correction_kind',
  'supersede', 'correction_decision', 'accepted'))).* FROM record_entry AS entry WHERE entry_id = {entry}"""
_REVOKE = """UPDATE record_entry SET revoked_at = now(), revoked_by = :second_officer, revocation_id = {correction},
  revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :new_entry"""

RECORDS_REST_ON_EVIDENCE = (
    Attack(
        "a record without a confirmed pass",
        "access_owner",
        "record_entry_result_fkey",
        _ENTRY
        + "VALUES (:second_person, 'completion', 'R', :operator, :second_check, 'matched', :closed, 1, 'pass'"
        + _OF,
    ),
    Attack(
        "a record of a fail",
        "access_owner",
        "record_entry_completion_passed",
        _ENTRY
        + "VALUES (:second_person, 'completion', 'R', :operator, :second_check, 'matched', :closed, 1, 'fail'"
        + _OF,
    ),
    Attack(
        "a record without a real-name match",
        "access_owner",
        "record_entry_check_fkey",
        _ENTRY
        + "VALUES (:third_person, 'completion', 'R', :operator, :mismatch, 'matched', :closed, 1, 'pass'"
        + _OF,
    ),
    Attack(
        "a record on another's real-name match",
        "access_owner",
        "record_entry_check_fkey",
        _ENTRY
        + "VALUES (:third_person, 'completion', 'R', :operator, :check, 'matched', :closed, 1, 'pass'"
        + _OF,
    ),
    Attack(
        "a record on a mismatch",
        "access_owner",
        "record_entry_identity_matched",
        _ENTRY
        + "VALUES (:third_person, 'completion', 'R', :operator, :mismatch, 'name_mismatch', :closed, 1, 'pass'"
        + _OF,
    ),
    Attack(
        "a record before the class closed",
        "access_owner",
        "record_entry_closure_fkey",
        _ENTRY
        + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', :running, 1, 'pass'"
        + _OF,
    ),
    Attack(
        "a completion of no class",
        "access_owner",
        "record_entry_completion_whole",
        _ENTRY + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', NULL, 1, 'pass'" + _OF,
        set_aside=("record_entry_has_evidence",),
    ),
    Attack(
        "a completion without minutes",
        "access_owner",
        "record_entry_completion_whole",
        _ENTRY
        + """VALUES (:third_person, 'completion', 'R', :operator, :mismatch, 'matched', :closed, 1, 'pass',
          :program, 1, 'x', 2022, '4-10-01-02', 'level_5', :school, 'x', '110105', '2025-03-12', '2025-03-20', NULL,
          NULL)""",
        set_aside=("record_entry_check_fkey",),
    ),
    Attack(
        "a record of another kind without evidence",
        "access_owner",
        "record_entry_has_evidence",
        _ENTRY
        + """VALUES (:person, 'work_month', 'R', :operator, :check, 'matched', NULL, NULL, NULL, NULL, NULL,
          NULL, NULL, NULL, NULL, NULL, NULL, '110105', '2025-03-12', '2025-03-20', NULL, NULL)""",
        set_aside=("record_entry_listing_confirmed",),
    ),
    Attack(
        "a record in another institution's name",
        "access_owner",
        "record_entry_opening_fkey",
        _ENTRY
        + """VALUES (:third_person, 'completion', 'R', :operator, :mismatch, 'matched', :closed, 1, 'pass',
          :program, 1, 'x', 2022, '4-10-01-02', 'level_5', :idle_school, 'x', '110105', '2025-03-12', '2025-03-20',
          2520, 2520)""",
        set_aside=("record_entry_check_fkey",),
    ),
    Attack(
        "a record of another program",
        "access_owner",
        "record_entry_opening_fkey",
        _ENTRY
        + """VALUES (:third_person, 'completion', 'R', :operator, :mismatch, 'matched', :closed, 1, 'pass',
          :old_program, 1, 'x', 2022, '4-10-01-02', 'level_5', :school, 'x', '110105', '2025-03-12', '2025-03-20',
          2520, 2520)""",
        set_aside=("record_entry_check_fkey",),
    ),
    Attack(
        "a record in another division",
        "access_owner",
        "record_entry_opening_fkey",
        _ENTRY
        + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', :closed, 1, 'pass'"
        + _OF.replace("110105", "110000"),
        set_aside=("record_entry_one_completion",),
    ),
    Attack(
        "a record of a higher level",
        "access_owner",
        "record_entry_program_fkey",
        _ENTRY
        + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', :closed, 1, 'pass'"
        + _OF.replace("level_5", "level_4"),
        set_aside=("record_entry_one_completion",),
    ),
    Attack(
        "more minutes than were planned",
        "access_owner",
        "record_entry_minutes_within_plan",
        _ENTRY
        + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', :closed, 1, 'pass'"
        + _OF.replace("2520, 2520", "2520, 2521"),
        set_aside=("record_entry_one_completion",),
    ),
    Attack(
        "an institution writes a record by itself",
        "app_inst",
        "GRANT INSERT ON record_entry TO app_inst",
        _ENTRY + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', :closed, 1, 'pass'" + _OF,
        set_aside=("record_entry_one_completion",),
    ),
    Attack(
        "an institution numbers a record by itself",
        "app_inst",
        "GRANT INSERT ON record_number TO app_inst",
        """INSERT INTO record_number (record_number, person_id, entry_id)
           VALUES ('R110105-2025-00000009-X', :person, :entry)""",
        set_aside=("record_number_entry_key", "record_number_entry_fkey"),
    ),
    Attack(
        "a second completion of one class",
        "access_owner",
        "record_entry_one_completion",
        _ENTRY + "VALUES (:person, 'completion', 'R', :operator, :check, 'matched', :closed, 1, 'pass'" + _OF,
    ),
    Attack(
        "an entry superseded twice",
        "access_owner",
        "record_entry_superseded_once",
        _SUPERSEDE.format(correction=":second_correction", entry=":entry"),
        set_aside=("record_entry.supersedes",),
    ),
    Attack(
        "superseded by an open correction",
        "access_owner",
        "record_entry_correction_fkey",
        _SUPERSEDE.format(correction=":open_correction", entry=":new_entry"),
    ),
    Attack(
        "superseded by another entry's correction",
        "access_owner",
        "record_entry_correction_fkey",
        _SUPERSEDE.format(correction=":second_correction", entry=":new_entry"),
    ),
    Attack(
        "superseded without a correction",
        "access_owner",
        "record_entry_superseding_whole",
        _SUPERSEDE.format(correction="NULL::uuid", entry=":new_entry"),
    ),
    Attack(
        "revoked by a refused correction",
        "access_owner",
        "record_entry_revocation_fkey",
        _REVOKE.format(correction=":revocation"),
    ),
    Attack(
        "revoked by a correction of another kind",
        "access_owner",
        "record_entry_revocation_fkey",
        _REVOKE.format(correction=":second_correction"),
    ),
    Attack(
        "revoked without a correction",
        "access_owner",
        "record_entry_revocation_whole",
        "UPDATE record_entry SET revoked_at = now(), revoked_by = :second_officer WHERE entry_id = :new_entry",
    ),
    Attack(
        "revoked by an institution",
        "app_inst",
        "GRANT UPDATE (revoked_at, revoked_by, revocation_id, revocation_kind, revocation_decision) ON record_entry"
        " TO app_inst",
        _REVOKE.format(correction=":revocation"),
        set_aside=("record_entry_revocation_fkey",),
    ),
    Attack(
        "one record number for two entries",
        "access_owner",
        "record_number_pkey",
        """INSERT INTO record_number (record_number, person_id, entry_id)
           VALUES ('R110105-2025-00000001-X', :person, :new_entry)""",
        set_aside=("record_number_entry_key", "record_number_entry_fkey"),
    ),
    Attack(
        "two record numbers for one entry",
        "access_owner",
        "record_number_entry_key",
        """INSERT INTO record_number (record_number, person_id, entry_id)
           VALUES ('R110105-2025-00000009-X', :person, :entry)""",
        set_aside=("record_number_entry_fkey",),
    ),
    Attack(
        "a record number its entry does not bear",
        "registry_owner",
        "record_number_entry_fkey",
        """INSERT INTO record_number (record_number, person_id, entry_id)
           VALUES ('R110105-2025-00000009-X', :person, :entry)""",
        set_aside=("record_number_entry_key",),
    ),
)
