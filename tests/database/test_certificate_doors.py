"""Doors of certificates called in bad faith by the very channel they are for, and once more with a condition gone.

The caller has the right to knock, so nothing but the door's own conditions stands between: each case is answered
without an effect, and has one as soon as the condition is taken out of the door. So no condition is decoration.
"""

from dataclasses import dataclass

import asyncpg
import pytest

from tests.database.breaking import rolled_back, state_digest
from tests.database.world import with_identifiers

pytestmark = pytest.mark.anyio

LAY_EARNED = """
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
VALUES (:third_person, :new_check, 'matched', 'cardholder_base', 'e9', '\\x03', '2025-03-02 09:00+08');
INSERT INTO person_name (person_id, name_id, name_sealed, name_digest, check_id)
VALUES (:third_person, :new_check, '\\x01', '\\x03', :new_check);
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, opening_id, attempt,
  outcome, program_id, program_version, program_name, occupation_edition, occupation_code, skill_level, institution_id,
  institution_name, division_code, starts_on, ends_on, planned_minutes, credited_minutes, score_hundredths)
VALUES (:third_person, :earned_entry, 'completion', 'R110105-2025-00000007-X', :operator, :new_check, :closed, 1,
  'pass', :program, 1, '育婴员初级', 2022, '4-10-01-02', 'level_5', :school, '试验培训学校', '110105', '2025-03-12',
  '2025-03-20', 2520, 2520, 9000);
"""
"""Somebody who has earned an entry of the closed class and has no certificate yet."""
LAY_REVOKED = (
    LAY_EARNED
    + """
SELECT issue_completion_certificates(:operator, :closed, ARRAY[:third_person], ARRAY[:new_certificate],
  ARRAY['\\x01'::bytea], ARRAY['k1'], ARRAY[sha256('n1')], '["x"]');
INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by, decision,
  decided_at, decided_by)
VALUES (:third_person, :new_correction, :earned_entry, 'revoke', '{}', '弄虚作假', :officer, 'accepted',
  '2025-04-02 09:00+08', :second_officer);
"""
)
UNLINK_ALL = """UPDATE certificate_link SET unlinked_at = registry_now(), unlinked_by = :officer, unlink_reason = 'x'
  WHERE unlinked_at IS NULL;"""
FAR_AWAY = "UPDATE agency SET division_code = '310000' WHERE agency_id = :other_agency;"
CHECK_MERGED = """INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest,
  checked_at)
  VALUES (:merged_person, :new_check, 'matched', 'cardholder_base', 'e9', '\\x03', '2025-03-02 09:00+08');"""
ISSUE = """SELECT count(*)::text FROM issue_completion_certificates({actor}, {opening}, ARRAY[{person}],
  ARRAY[:new_certificate], ARRAY['\\x01'::bytea], ARRAY['k1'], ARRAY[sha256('n1')], '["x"]')"""
ARCHIVE = "SELECT archive_certificate(:officer, {}, :another_entry, 'R110105-2025-00000009-X', '110105')"
OF_OURS = "closing.institution_id = entry.institution_id OR closing.kind = 'system'"


@dataclass(frozen=True, slots=True)
class Case:
    """``call`` is answered by ``answer``, until ``condition`` in the body of ``door`` reads ``instead``."""

    name: str
    role: str
    door: str
    call: str
    answer: str | None
    condition: str
    instead: str
    lay: str = "SELECT 1"

    def __str__(self) -> str:
        return self.name


CASES = (
    Case(
        "issued by another institution",
        "app_inst",
        "issue_completion_certificates",
        ISSUE.format(actor=":idle_operator", opening=":closed", person=":third_person"),
        "0",
        OF_OURS,
        "true",
        LAY_EARNED,
    ),
    Case(
        "issued in an officer's name",
        "worker",
        "issue_completion_certificates",
        ISSUE.format(actor=":officer", opening=":closed", person=":third_person"),
        "0",
        OF_OURS,
        "true",
        LAY_EARNED,
    ),
    Case(
        "issued for an entry of another class",
        "app_inst",
        "issue_completion_certificates",
        ISSUE.format(actor=":operator", opening=":running", person=":third_person"),
        "0",
        "entry.opening_id = opening",
        "true",
        LAY_EARNED + "ALTER TABLE certificate DROP CONSTRAINT certificate_opening_fkey;",
    ),
    Case(
        "issued on an entry that was superseded",
        "app_inst",
        "issue_completion_certificates",
        ISSUE.format(actor=":operator", opening=":closed", person=":person"),
        "0",
        "later.supersedes = entry.entry_id",
        "false",
    ),
    Case(
        "revoked though the correction was refused",
        "app_agency",
        "revoke_completion_certificate",
        "SELECT revoke_completion_certificate(:officer, :new_correction)::text",
        None,
        "entry.revocation_id = accepted",
        "entry.entry_id IN (SELECT entry_id FROM registry.record_correction WHERE correction_id = accepted)",
        LAY_REVOKED,
    ),
    Case(
        "linked before the network has matched it",
        "app_agency",
        "link_certificate",
        "SELECT link_certificate(:officer, :merged_certificate, :new_entry, '[\"x\"]')",
        "certificate_not_matched",
        "proving.state <> 'matched'",
        "false",
        UNLINK_ALL + "UPDATE certificate SET state = 'submitted' WHERE certificate_id = :merged_certificate",
    ),
    Case(
        "linked to an entry of somebody else",
        "app_agency",
        "link_certificate",
        "SELECT link_certificate(:officer, :merged_certificate, :earned_entry, '[\"x\"]')",
        "other_person",
        "record_entry.person_id IN (SELECT registry.person_group(proving.person_id))",
        "true",
        UNLINK_ALL + LAY_EARNED + "ALTER TABLE certificate_link DISABLE TRIGGER one_person;",
    ),
    Case(
        "linked to an entry that was superseded",
        "app_agency",
        "link_certificate",
        "SELECT link_certificate(:officer, :merged_certificate, :entry, '[\"x\"]')",
        "entry_not_in_force",
        "later.supersedes = proved.entry_id",
        "false",
        UNLINK_ALL,
    ),
    Case(
        "links parted by whoever proposed the end",
        "app_agency",
        "unlink_parting",
        "SELECT count(*)::text FROM unlink_parting(:officer, :merged_alias)",
        "0",
        "alias.end_proposed_by <> actor",
        "true",
    ),
    Case(
        "a number taken that the network has not confirmed",
        "app_agency",
        "take_certificate_number",
        "SELECT take_certificate_number(:officer, :second_certificate, 'x', now())",
        "number_not_confirmed",
        "answer.outcome NOT IN ('matched', 'corrected')",
        "false",
        """INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
           VALUES (:second_person, :second_certificate, 'name_mismatch', 'query', 'e7', now());
           ALTER TABLE certificate DISABLE TRIGGER answered;""",
    ),
    Case(
        "a number taken by an officer of another area",
        "app_agency",
        "take_certificate_number",
        "SELECT take_certificate_number(:stray_reviewer, :second_certificate, 'x', now())",
        "absent",
        "NOT registry.is_of_area(actor, claimed)",
        "false",
        FAR_AWAY
        + """INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
             VALUES (:second_person, :second_certificate, 'matched', 'query', 'e7', now());""",
    ),
    Case(
        "a number released by an officer of another area",
        "app_agency",
        "release_certificate_number",
        "SELECT release_certificate_number(:stray_reviewer, :merged_certificate, 'xx')",
        "absent",
        "NOT registry.is_of_area(actor, holding)",
        "false",
        FAR_AWAY + UNLINK_ALL,
    ),
    Case(
        "a certificate of another area archived under one's own",
        "app_agency",
        "archive_certificate",
        "SELECT archive_certificate(:stray_reviewer, :merged_certificate, :another_entry,"
        " 'R310000-2025-00000009-X', '310000')",
        "absent",
        "NOT registry.is_of_area(actor, proving)",
        "false",
        FAR_AWAY + CHECK_MERGED,
    ),
    Case(
        "archived before the network has matched it",
        "app_agency",
        "archive_certificate",
        ARCHIVE.format(":second_certificate"),
        "certificate_not_matched",
        "proving.state <> 'matched'",
        "false",
        "ALTER TABLE record_entry DISABLE TRIGGER certificate_held;",
    ),
    Case(
        "archived though it is our own",
        "app_agency",
        "archive_certificate",
        ARCHIVE.format(":merged_certificate"),
        "training_in_registry",
        "proving.kind = 'training_completion'",
        "false",
        CHECK_MERGED
        + """ALTER TABLE certificate DROP CONSTRAINT certificate_opening_fkey;
           ALTER TABLE record_entry DISABLE TRIGGER certificate_held;
           UPDATE certificate SET kind = 'training_completion', opening_id = :opening
             WHERE certificate_id = :merged_certificate;""",
    ),
    Case(
        "archived without a real-name match",
        "app_agency",
        "archive_certificate",
        ARCHIVE.format(":merged_certificate"),
        "identity_not_matched",
        "known.person_id = proving.person_id AND known.outcome = 'matched'",
        "known.outcome = 'matched'",
        UNLINK_ALL + "ALTER TABLE record_entry DROP CONSTRAINT record_entry_check_fkey;",
    ),
    Case(
        "given up while linked",
        "app_agency",
        "release_certificate_number",
        "SELECT release_certificate_number(:officer, :merged_certificate, 'xx')",
        "certificate_still_linked",
        "link.unlinked_at IS NULL",
        "false",
        "ALTER TABLE certificate_holder DISABLE TRIGGER in_use;",
    ),
    Case(
        "given up while archived",
        "app_agency",
        "release_certificate_number",
        "SELECT release_certificate_number(:officer, :certificate, 'xx')",
        "certificate_still_archived",
        "entry.revoked_at IS NULL",
        "false",
        UNLINK_ALL + "ALTER TABLE certificate_holder DISABLE TRIGGER in_use;",
    ),
    Case(
        "unlinked though nothing was linked",
        "app_agency",
        "unlink_certificate",
        "SELECT unlink_certificate(:officer, :certificate, 'xx')::text",
        None,
        "certificate_link.unlinked_at IS NULL",
        "true",
        UNLINK_ALL + "ALTER TABLE certificate_link DISABLE TRIGGER set_once;",
    ),
)
BODY = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = $1 AND pronamespace = 'registry'::regnamespace"


async def knock(omnipotent: asyncpg.Connection, case: Case) -> str | None:
    await omnipotent.execute(f"SET LOCAL SESSION AUTHORIZATION {case.role}")
    try:
        answer: str | None = await omnipotent.fetchval(with_identifiers(case.call))
    finally:
        await omnipotent.execute("SET LOCAL SESSION AUTHORIZATION DEFAULT")
    return answer


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_door_stays_shut_without_an_effect(omnipotent: asyncpg.Connection, case: Case) -> None:
    async with rolled_back(omnipotent):
        await omnipotent.execute(with_identifiers(case.lay))
        before = await state_digest(omnipotent)
        assert await knock(omnipotent, case) == case.answer
        assert await state_digest(omnipotent) == before


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_door_opens_once_its_condition_is_gone(omnipotent: asyncpg.Connection, case: Case) -> None:
    async with rolled_back(omnipotent):
        await omnipotent.execute(with_identifiers(case.lay))
        body = await omnipotent.fetchval(BODY, case.door)
        assert body.count(case.condition) >= 1, "the door reads otherwise by now"
        await omnipotent.execute(body.replace(case.condition, case.instead))
        before = await state_digest(omnipotent)
        answer = await knock(omnipotent, case)
        assert answer != case.answer
        assert await state_digest(omnipotent) != before, "it says otherwise and does nothing"


ENTRY = """INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
  certificate_id, division_code, starts_on, ends_on)
VALUES (:merged_person, :another_entry, 'certificate', 'R', :officer, :new_check, :merged_certificate, '110105', now(),
  now())"""
CHECKED = """INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
VALUES (:merged_person, :new_check, 'matched', 'cardholder_base', 'e9', '\\x03', '2025-03-02 09:00+08');"""


@pytest.mark.parametrize(
    ("lay", "is_refused"),
    [
        ("SELECT 1", False),
        ("UPDATE certificate SET state = 'submitted' WHERE certificate_id = :merged_certificate", True),
        ("UPDATE certificate SET state = 'revoked' WHERE certificate_id = :merged_certificate", True),
        ("UPDATE certificate SET state = 'expired' WHERE certificate_id = :merged_certificate", True),
        (
            """ALTER TABLE certificate_holder DISABLE TRIGGER in_use;
               DELETE FROM certificate_holder WHERE certificate_id = :merged_certificate""",
            True,
        ),
    ],
)
async def test_an_entry_needs_a_certificate_that_is_matched_and_held(
    omnipotent: asyncpg.Connection, lay: str, is_refused: bool
) -> None:
    """Whoever writes it: here the owner of the doors, past every door."""
    async with rolled_back(omnipotent):
        await omnipotent.execute(with_identifiers(CHECKED + lay))
        await omnipotent.execute("SET LOCAL SESSION AUTHORIZATION access_owner")
        if not is_refused:
            await omnipotent.execute(with_identifiers(ENTRY))
            return
        with pytest.raises(asyncpg.RestrictViolationError) as refused:
            await omnipotent.execute(with_identifiers(ENTRY))
        assert refused.value.constraint_name == "record_entry_certificate_held"
