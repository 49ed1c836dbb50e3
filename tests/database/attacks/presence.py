"""I8: nobody is at two places; presence rests on evidence of registered devices."""

from tests.database.attacks import Attack

_EVENT = """INSERT INTO attendance_event
  (person_id, opening_id, session_id, source_id, source_event_id, kind, occurred_at) VALUES """
_THEN = "'2025-03-10 09:00+08')"

_PRESENT = (
    "INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes) VALUES "
)

NOBODY_IS_AT_TWO_PLACES = (  # I8
    Attack(
        "present in two classes at once",
        "access_owner",
        "confirmed_presence_pkey",
        _PRESENT
        + "(:person, '[2025-03-10 10:00+08,2025-03-10 12:00+08)', :same_time_session, :second_running, 60)",
    ),
    Attack(
        "present twice in one session",
        "access_owner",
        "confirmed_presence_once_a_session",
        _PRESENT + "(:person, '[2025-03-10 11:00+08,2025-03-10 12:00+08)', :session, :running, 60)",
    ),
    Attack(
        "present without end",
        "access_owner",
        "confirmed_presence_bounded",
        _PRESENT + "(:person, '[2025-03-12 11:00+08,)', :same_time_session, :second_running, 0)",
    ),
    Attack(
        "more minutes than the span has",
        "access_owner",
        "confirmed_presence_minutes_within_span",
        _PRESENT
        + "(:person, '[2025-03-12 11:00+08,2025-03-12 12:00+08)', :same_time_session, :second_running, 61)",
    ),
    Attack(
        "present in a session not held",
        "access_owner",
        "confirmed_presence_session_fkey",
        _PRESENT + "(:person, '[2025-03-12 11:00+08,2025-03-12 12:00+08)', :next_session, :running, 60)",
    ),
    Attack(
        "present in a class one does not belong to",
        "access_owner",
        "confirmed_presence_roster_fkey",
        _PRESENT + "(:nobody, '[2025-03-12 11:00+08,2025-03-12 12:00+08)', :session, :running, 60)",
    ),
    Attack(
        "present by a refused correction",
        "access_owner",
        "confirmed_presence_correction_fkey",
        """INSERT INTO confirmed_presence (person_id, during, session_id, opening_id, credited_minutes, correction_id)
           VALUES (:second_person, '[2025-03-10 09:00+08,2025-03-10 10:00+08)', :session, :running, 60,
                   :refused_correction)""",
    ),
    Attack(
        "an institution writes presence",
        "app_inst",
        "GRANT INSERT ON confirmed_presence TO app_inst",
        _PRESENT + "(:second_person, '[2025-03-10 09:00+08,2025-03-10 10:00+08)', :session, :running, 60)",
    ),
    Attack(
        "a device writes presence",
        "app_device",
        "GRANT INSERT ON confirmed_presence TO app_device",
        _PRESENT + "(:second_person, '[2025-03-10 09:00+08,2025-03-10 10:00+08)', :session, :running, 60)",
    ),
    Attack(
        "an institution lengthens presence",
        "app_inst",
        "GRANT UPDATE (credited_minutes) ON confirmed_presence TO app_inst",
        "UPDATE confirmed_presence SET credited_minutes = 1",
    ),
    Attack(
        "an institution sends attendance",
        "app_inst",
        "GRANT INSERT ON attendance_event TO app_inst",
        _EVENT + "(:second_person, :running, :session, :device, 'event-1', 'sign_in', " + _THEN,
        right_of=("app_device", "app_citizen"),
    ),
    Attack(
        "attendance from an unregistered device",
        "app_device",
        "attendance_receipt_source_fkey",
        """INSERT INTO attendance_receipt (source_id, source_event_id, content_digest)
           VALUES (:stray_device, 'event-1', '\\x01')""",
    ),
    Attack(
        "attendance without a receipt",
        "app_device",
        "attendance_event_receipt_fkey",
        _EVENT + "(:second_person, :running, :session, :stray_device, 'event-1', 'sign_in', " + _THEN,
    ),
    Attack(
        "attendance of somebody not on the roster",
        "app_device",
        "attendance_event_roster_fkey",
        _EVENT + "(:nobody, :running, :session, :device, 'event-1', 'sign_in', " + _THEN,
    ),
    Attack(
        "an event id used twice",
        "app_device",
        "attendance_receipt_pkey",
        """INSERT INTO attendance_receipt (source_id, source_event_id, content_digest)
           VALUES (:device, 'event-1', '\\x02')""",
    ),
    Attack(
        "attendance from the future",
        "app_device",
        "attendance_event_not_from_future",
        _EVENT
        + "(:second_person, :running, :session, :device, 'event-1', 'sign_in', now() + interval '1 hour')",
    ),
)
