"""Append one completion entry per trainee who earned it: set-wise, and a repeat appends nothing twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.records.rules import record_number
from app.archive.records.states import EntryKind
from app.audit.events import announce, record_event


@dataclass(frozen=True, slots=True)
class ClosedClass:
    """What every entry of a class has in common; copied, so that the entry stands without the directory."""

    opening_id: UUID
    program_id: UUID
    program_version: int
    program_name: str
    occupation_edition: int
    occupation_code: str
    skill_level: str
    institution_id: UUID
    institution_name: str
    division_code: str
    starts_on: date
    ends_on: date
    planned_minutes: int


@dataclass(frozen=True, slots=True)
class EarnedCompletion:
    """One trainee who met hours and passed, with the match that proves the identity."""

    person_id: UUID
    identity_check_id: UUID
    attempt: int
    outcome: str
    score_hundredths: int | None
    credited_minutes: int


_APPEND = """
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::smallint[], $6::text[], $7::integer[],
    $8::integer[])
    AS line (person_id, entry_id, record_number, identity_check_id, attempt, outcome, score_hundredths,
      credited_minutes)
), appended AS (
  INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_at, appended_by, identity_check_id,
    opening_id, attempt, outcome, program_id, program_version, program_name, occupation_edition, occupation_code,
    skill_level, institution_id, institution_name, division_code, starts_on, ends_on, planned_minutes,
    credited_minutes, score_hundredths)
  SELECT person_id, entry_id, $9, record_number, $10, $11, identity_check_id, $12, attempt, outcome, $13,
    $14::smallint, $15, $16::smallint, $17, $18, $19, $20, $21, $22, $23, $24::integer, credited_minutes,
    score_hundredths
  FROM given
  ON CONFLICT (person_id, opening_id) WHERE kind = 'completion' AND supersedes IS NULL DO NOTHING
  RETURNING person_id, entry_id, record_number
)
INSERT INTO record_number (record_number, person_id, entry_id)
SELECT record_number, person_id, entry_id FROM appended
RETURNING person_id, record_number
"""


async def append_completions(
    unit: Unit, closed: ClosedClass, earned: Sequence[EarnedCompletion]
) -> dict[UUID, str]:
    """Record number by person of the entries appended now; a person who has the entry already is left out."""
    if not earned:
        return {}
    driver = await unit.driver()
    serials = [
        row[0]
        for row in await driver.fetch(
            "SELECT nextval('record_serial') FROM generate_series(1, $1::integer)", len(earned)
        )
    ]
    numbers = [record_number(closed.division_code, unit.today.year, serial) for serial in serials]
    rows = await driver.fetch(
        _APPEND,
        [line.person_id for line in earned],
        [uuid7() for _ in earned],
        numbers,
        [line.identity_check_id for line in earned],
        [line.attempt for line in earned],
        [line.outcome for line in earned],
        [line.score_hundredths for line in earned],
        [line.credited_minutes for line in earned],
        EntryKind.COMPLETION,
        unit.now,
        unit.actor.principal_id,
        closed.opening_id,
        closed.program_id,
        closed.program_version,
        closed.program_name,
        closed.occupation_edition,
        closed.occupation_code,
        closed.skill_level,
        closed.institution_id,
        closed.institution_name,
        closed.division_code,
        closed.starts_on,
        closed.ends_on,
        closed.planned_minutes,
    )
    appended = {row["person_id"]: str(row["record_number"]) for row in rows}
    if appended:
        await record_event(
            unit,
            "record:appended",
            subject_kind="opening",
            subject_id=closed.opening_id,
            details={"record_numbers": sorted(appended.values())},
        )
        await announce(
            unit,
            "record.appended",
            {
                "opening_id": str(closed.opening_id),
                "record_numbers": sorted(appended.values()),
            },
        )
    return appended
