"""When something happened is the server's to say. All columns of the kind are judged at once in test_catalog.py."""

from tests.database.attacks import Attack

_YEARS_AGO = "'2020-01-01 09:00+08'"

THE_CLOCK_IS_THE_REGISTRYS = (
    Attack(
        "an audit event dated back",
        "app_inst",
        "GRANT INSERT (at) ON audit_event TO app_inst",
        "INSERT INTO audit_event (principal_kind, action, subject_kind, subject_id, at)"
        f" VALUES ('officer', 'opening:filed', 'opening', 'x', {_YEARS_AGO})",
    ),
    Attack(
        "an announcement dated back",
        "app_inst",
        "GRANT INSERT (at) ON outbox_message TO app_inst",
        f"INSERT INTO outbox_message (topic, payload, at) VALUES ('x', '{{}}', {_YEARS_AGO})",
    ),
    Attack(
        "an announcement that counts as delivered from the start",
        "app_inst",
        "GRANT INSERT (delivered_at) ON outbox_message TO app_inst",
        "INSERT INTO outbox_message (topic, payload, delivered_at) VALUES ('x', '{}', now())",
    ),
    Attack(
        "attendance received in the past",
        "app_device",
        "GRANT INSERT (received_at) ON attendance_event TO app_device",
        "INSERT INTO attendance_event (person_id, opening_id, session_id, source_id, source_event_id, kind,"
        " occurred_at, received_at) VALUES (:person, :running, :session, :device, 'event-1', 'sign_in',"
        " '2025-03-10 09:00+08', '2025-03-10 09:00+08')",
    ),
    Attack(
        "a receipt dated back",
        "app_device",
        "GRANT INSERT (received_at) ON attendance_receipt TO app_device",
        "INSERT INTO attendance_receipt (source_id, source_event_id, content_digest, received_at)"
        f" VALUES (:device, 'event-2', '\\x01', {_YEARS_AGO})",
    ),
    Attack(
        "a class closed in the past",
        "access_owner",
        "GRANT INSERT (closed_at) ON opening_closure TO access_owner",
        f"INSERT INTO opening_closure (opening_id, closed_at, closed_by) VALUES (:running, {_YEARS_AGO}, :operator)",
    ),
    Attack(
        "results confirmed in the past",
        "app_inst",
        "GRANT INSERT (confirmed_at) ON assessment_confirmation TO app_inst",
        "INSERT INTO assessment_confirmation (person_id, opening_id, attempt, revision, outcome, entered_by,"
        " confirmed_by, confirmed_at) VALUES (:second_person, :running, 1, 1, 'fail', :operator, :second_operator,"
        f" {_YEARS_AGO})",
    ),
    Attack(
        "a record appended in the past",
        "app_inst",
        "GRANT INSERT ON record_entry TO app_inst",
        """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, opening_id,
             attempt, outcome, program_id, program_version, program_name, occupation_edition, occupation_code,
             skill_level, institution_id, institution_name, division_code, starts_on, ends_on, planned_minutes,
             credited_minutes, appended_at)
           VALUES (:person, 'completion', 'R', :operator, :check, :closed, 1, 'pass', :program, 1, '育婴员初级', 2022,
             '4-10-01-02', 'level_5', :school, '试验培训学校', '110105', '2025-03-12', '2025-03-20', 2520, 2520, """
        + f"{_YEARS_AGO})",
        set_aside=("record_entry_one_completion",),
    ),
    Attack(
        "a look-up dated back",
        "access_owner",
        "GRANT INSERT (at) ON access_event TO access_owner",
        "INSERT INTO access_event (person_id, principal_id, agency_id, subject, purpose, case_number, at)"
        f" VALUES (:person, :officer, :agency, 'record', 'complaint', '试2025-002', {_YEARS_AGO})",
    ),
)
