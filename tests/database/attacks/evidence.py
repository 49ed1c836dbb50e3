"""Evidence of employers and attended days: confirmed, counted once."""

from tests.database.attacks import Attack


def _filed(name: str, refused_by: str, sql: str, *set_aside: str) -> Attack:
    """By the owner of the doors, past what the door itself asks."""
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside)


EVIDENCE_OF_EMPLOYERS = (
    _filed(
        "an entry on a list that nobody confirmed",
        "record_entry_listing_fkey",
        """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, institution_id,
             division_code, starts_on, ends_on, listing_id, listing_decision, period)
           VALUES (:unclaimed, 'work_month', 'x', :system, :unclaimed, :school, '110105', '2025-06-01', '2025-06-30',
             :listing, 'confirmed', '2025-06')""",
    ),
    _filed(
        "an entry of somebody who is not on the list",
        "record_entry_listing_line_fkey",
        """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, institution_id,
             division_code, starts_on, ends_on, listing_id, listing_decision, period)
           VALUES (:paid, 'work_month', 'x', :system, :paid, :school, '110105', '2025-06-01', '2025-06-30', :listing,
             'confirmed', '2025-06')""",
        "record_entry_listing_fkey",
    ),
    _filed(
        "two entries on one list",
        "record_entry_one_a_listing",
        """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, institution_id,
             division_code, starts_on, ends_on, listing_id, listing_decision, period)
           SELECT :unclaimed, 'work_month', 'x', :system, :unclaimed, :school, '110105', '2025-06-01', '2025-06-30',
             :listing, 'confirmed', '2025-06' FROM generate_series(1, 2)""",
        "record_entry_listing_fkey",
    ),
    _filed(
        "attended days of one class counted twice",
        "record_entry_one_attended_period",
        """INSERT INTO record_entry (person_id, kind, record_number, appended_by, identity_check_id, opening_id,
             institution_id, program_id, program_version, division_code, starts_on, ends_on, attended_days)
           SELECT :person, 'attended_period', 'x', :system, :check, :closed, :school, :program, 1, '110105',
             '2025-03-10', '2025-03-20', 5 FROM generate_series(1, 2)""",
    ),
)
