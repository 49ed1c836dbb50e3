"""I7: nothing is held, filed or closed out of order."""

from tests.database.attacks import Attack

_HELD = "INSERT INTO session_held (session_id, opening_id, starts_at, filed_at) VALUES "
_EVENT = """INSERT INTO attendance_event
  (person_id, opening_id, session_id, source_id, source_event_id, kind, occurred_at) VALUES """

NO_SESSION_BEFORE_THE_RECORD = (  # I7
    Attack(
        "a session held of an opening not on record",
        "access_owner",
        "session_held_record_fkey",
        _HELD + "(:filed_session, :filed, '2025-03-13 09:00+08', '2025-03-01 09:00+08')",
    ),
    Attack(
        "a session held before the filing",
        "app_device",
        "session_held_after_filing",
        "SELECT hold_sessions(ARRAY[:early_session])",
    ),
    Attack(
        "a session held with another start",
        "access_owner",
        "session_held_session_fkey",
        _HELD + "(:early_session, :running, '2025-03-13 09:00+08', '2025-03-01 09:00+08')",
    ),
    Attack(
        "a held session moved",
        "app_agency",
        "session_held_session_fkey",
        "UPDATE course_session SET starts_at = '2025-03-10 08:00+08' WHERE session_id = :session",
        set_aside=("course_session.filed_time_stays",),
    ),
    Attack(
        "a device declares a session held",
        "app_device",
        "GRANT INSERT ON session_held TO app_device",
        _HELD + "(:next_session, :running, '2025-03-11 09:00+08', '2025-03-01 09:00+08')",
    ),
    Attack(
        "attendance of a session not held",
        "app_device",
        "attendance_event_session_fkey",
        _EVENT + "(:person, :running, :next_session, :device, 'event-1', 'sign_in', '2025-03-10 09:00+08')",
    ),
    Attack(
        "filed after the first session",
        "app_inst",
        "opening_filing_before_first_session",
        """INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version,
           occupation_edition, occupation_code, designated_division_code, filed_by, first_session_at, trainee_count,
           commitment_version, commitment_digest) VALUES (:draft, 2, :school, :program, 1, 2022, '4-10-01-02',
           '110000', :operator, '2025-03-10 09:00+08', 1, '1', '\\x01')""",
    ),
    Attack(
        "a filing dated back",
        "app_inst",
        "GRANT INSERT (filed_at) ON opening_filing TO app_inst",
        """INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version,
           occupation_edition, occupation_code, designated_division_code, filed_by, first_session_at, trainee_count,
           commitment_version, commitment_digest, filed_at) VALUES (:draft, 2, :school, :program, 1, 2022, '4-10-01-02',
           '110000', :operator, '2025-03-10 09:00+08', 1, '1', '\\x01', '2025-03-01 09:00+08')""",
    ),
    Attack(
        "put on record with a date of one's own",
        "app_agency",
        "GRANT INSERT (recorded_at) ON opening_record TO app_agency",
        """INSERT INTO opening_record
             (opening_id, filing_no, filed_at, filed_by, record_number, recorded_by, recorded_at) VALUES
             (:filed, 1, '2025-03-01 09:00+08', :operator, 'K9', :officer, '2025-03-02 09:00+08')""",
    ),
    Attack(
        "state on record without the act",
        "app_agency",
        "course_opening_record_fkey",
        "UPDATE course_opening SET state = 'on_record', on_record_at = now() WHERE opening_id = :filed",
    ),
    Attack(
        "another program after the filing",
        "app_inst",
        "course_opening.filed_stays",
        "UPDATE course_opening SET program_id = :old_program WHERE opening_id = :filed",
    ),
    Attack(
        "another size after the record",
        "app_inst",
        "course_opening.filed_stays",
        "UPDATE course_opening SET planned_size = 500 WHERE opening_id = :running",
    ),
    Attack(
        "running without being on record",
        "app_agency",
        "course_opening_record_matches_state",
        "UPDATE course_opening SET state = 'running' WHERE opening_id = :filed",
    ),
    Attack(
        "filed without the act",
        "app_inst",
        "course_opening_filing_fkey",
        "UPDATE course_opening SET state = 'filed', filing_no = 7 WHERE opening_id = :draft",
    ),
    Attack(
        "filed without a filing",
        "app_inst",
        "course_opening_filing_matches_state",
        "UPDATE course_opening SET state = 'filed' WHERE opening_id = :draft",
    ),
    Attack(
        "closed without the act",
        "access_owner",
        "course_opening_closure_fkey",
        "UPDATE course_opening SET state = 'closed', closed_at = now() WHERE opening_id = :running",
    ),
    Attack(
        "closed without a time",
        "app_inst",
        "course_opening_closing_matches_state",
        "UPDATE course_opening SET state = 'closed' WHERE opening_id = :running",
    ),
    Attack(
        "an opening never on record is closed",
        "access_owner",
        "opening_closure_record_fkey",
        "INSERT INTO opening_closure (opening_id, closed_by) VALUES (:filed, :operator)",
    ),
    Attack(
        "an institution closes a class past the door",
        "app_inst",
        "GRANT INSERT (opening_id, closed_by) ON opening_closure TO app_inst",
        "INSERT INTO opening_closure (opening_id, closed_by) VALUES (:running, :operator)",
    ),
    Attack(
        "an opening never on record is assessed",
        "app_inst",
        "completion_assessment_record_fkey",
        """INSERT INTO completion_assessment (opening_id, attempt, scheduled_at, venue, method, scheduled_by)
           VALUES (:filed, 1, now(), 'x', 'theory', :operator)""",
    ),
    Attack(
        "two sessions of a class at once",
        "app_inst",
        "course_session_no_overlap",
        """INSERT INTO course_session (opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)
           VALUES (:draft, :draft, '2025-03-10 09:00+08', '2025-03-10 11:00+08', 'theory', 'onsite', 'x'),
             (:draft, :draft, '2025-03-10 10:00+08', '2025-03-10 12:00+08', 'theory', 'onsite', 'x')""",
    ),
)
