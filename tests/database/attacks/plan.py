"""What was filed stays: the plan of a class changes by a return or by a recorded change, and not by an UPDATE."""

from tests.database.attacks import Attack

_SESSION = """INSERT INTO course_session (opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)
  VALUES (:running, :running, '2025-04-01 09:00+08', '2025-04-01 11:00+08', 'theory', 'onsite', 'x')"""
_MOVE = "UPDATE course_session SET starts_at = '2025-03-11 08:00+08' WHERE session_id = :next_session"
_ACCEPT_VENUE = """UPDATE opening_change SET decision = 'accepted', decided_at = registry_now(), decided_by = :officer
  WHERE change_no = 1;"""

WHAT_WAS_FILED_STAYS = (
    Attack(
        "a session added after the record",
        "app_inst",
        "course_session.filed_stays",
        _SESSION,
    ),
    Attack(
        "a change accepted long ago carried out again",
        "app_agency",
        "course_session.filed_stays",
        _SESSION,
    ),
    Attack(
        "a session canceled after the record",
        "app_inst",
        "course_session.filed_session_stays",
        "UPDATE course_session SET canceled_at = now() WHERE session_id = :next_session",
    ),
    Attack(
        "a session moved without a change",
        "app_agency",
        "course_session.filed_time_stays",
        _MOVE,
    ),
    Attack(
        "a session moved on a change of the venue",
        "app_agency",
        "course_session.filed_time_stays",
        _ACCEPT_VENUE + _MOVE,
    ),
    Attack(
        "another teacher of a session without a change",
        "app_agency",
        "course_session.filed_teacher_stays",
        "UPDATE course_session SET teacher_id = :second_teacher WHERE session_id = :next_session",
    ),
    Attack(
        "a session held elsewhere without a change",
        "app_agency",
        "course_session.filed_venue_stays",
        "UPDATE course_session SET venue = 'x' WHERE session_id = :next_session",
    ),
    Attack(
        "another venue of the class without a change",
        "app_inst",
        "course_opening.filed_venue_stays",
        "UPDATE course_opening SET venue = 'x' WHERE opening_id = :running",
    ),
    Attack(
        "a teacher added after the record",
        "app_inst",
        "opening_teacher.filed_stays",
        "INSERT INTO opening_teacher (opening_id, name, qualification, subject) VALUES (:running, 'x', 'x', 'x')",
    ),
    Attack(
        "a teacher's qualification raised after the record",
        "app_inst",
        "opening_teacher.filed_teacher_stays",
        "UPDATE opening_teacher SET qualification = '一级' WHERE teacher_id = :running",
    ),
    Attack(
        "a written part added after the filing",
        "app_inst",
        "opening_part.filed_stays",
        """INSERT INTO opening_part (opening_id, part, content, saved_by)
           VALUES (:filed, 'teaching_plan', '1', :operator)""",
    ),
    Attack(
        "a written part rewritten after the record",
        "app_inst",
        "opening_part.filed_part_stays",
        "UPDATE opening_part SET content = '1' WHERE opening_id = :running",
    ),
    Attack(
        "a trainee added after the filing",
        "app_inst",
        "roster_line.filed_stays",
        """INSERT INTO roster_line (person_id, opening_id, institution_id, document_kind, name_sealed, name_digest,
             name_initials, number_sealed, content_digest, added_by)
           VALUES (:third_person, :filed, :school, 'citizen', '\\x01', '\\x03', 'A', '\\x01', '\\x01', :operator)""",
    ),
    Attack(
        "what was said of a trainee changed after the record",
        "app_inst",
        "roster_line.filed_claim_stays",
        "UPDATE roster_line SET phone_sealed = '\\x02' WHERE person_id = :person AND opening_id = :running",
    ),
    Attack(
        "a trainee taken off after the record",
        "app_inst",
        "roster_line.filed_trainee_stays",
        """UPDATE roster_line SET withdrawn_at = now(), withdrawn_by = :operator, withdrawal_reason = 'x'
           WHERE person_id = :person AND opening_id = :running""",
    ),
    Attack(
        "a key group claimed after the record",
        "app_inst",
        "roster_line_group.filed_stays",
        """INSERT INTO roster_line_group (person_id, opening_id, key_group_code)
           SELECT :second_person, :running, min(code) FROM key_group""",
    ),
    Attack(
        "a key group given up after the record",
        "app_inst",
        "roster_line_group.filed_group_stays",
        "DELETE FROM roster_line_group WHERE person_id = :person AND opening_id = :running",
    ),
    Attack(
        "a filing returned by the institution itself",
        "app_inst",
        "course_opening_return_fkey",
        "UPDATE course_opening SET state = 'returned' WHERE opening_id = :filed",
    ),
    Attack(
        "a filing made a draft again",
        "app_inst",
        "course_opening.filing_forward",
        "UPDATE course_opening SET state = 'draft' WHERE opening_id = :filed",
    ),
    Attack(
        "filed again under the filing that was returned",
        "app_inst",
        "course_opening.filing_forward",
        "UPDATE course_opening SET state = 'filed' WHERE opening_id = :returned",
    ),
)
