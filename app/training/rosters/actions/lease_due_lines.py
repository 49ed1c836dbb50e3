"""Take roster lines whose real-name check is due, for a while, so that two workers do not ask about the same ones."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.db.crypto import KeyRing, SealBroken
from app.kernel.clock import start_of_law_day
from app.policy.values import value_of
from app.training.rosters.queries import CARD_FIELD, NAME_FIELD, NUMBER_FIELD
from app.training.rosters.rules.checks import LEASE, Budget, next_law_day

BATCH = 500
"""Lines a lease takes at most: what the card-holder base answers in one request."""

# A canceled class needs no check; an institution whose budget is used up is told nothing more today.
_LEASE = """
WITH due AS (
  SELECT line.person_id, line.opening_id FROM roster_line AS line
  WHERE line.check_due_at <= $1 AND line.withdrawn_at IS NULL
  ORDER BY line.check_due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE roster_line AS line SET
  check_due_at = CASE WHEN opening.state = 'canceled' THEN NULL ELSE $2::timestamptz END,
  check_attempts = line.check_attempts + 1
FROM due
JOIN course_opening AS opening ON opening.opening_id = due.opening_id
JOIN training_institution AS institution ON institution.institution_id = opening.institution_id
LEFT JOIN mismatch_tally AS tally ON tally.institution_id = opening.institution_id AND tally.on_date = $4
WHERE line.person_id = due.person_id AND line.opening_id = due.opening_id
RETURNING line.person_id, line.opening_id, line.institution_id, line.content_digest, line.check_attempts,
  line.name_sealed, line.name_digest, line.number_sealed, line.card_sealed,
  opening.state = 'canceled' AS is_canceled, institution.division_code, coalesce(tally.mismatches, 0) AS mismatches
"""
_POSTPONE = """
UPDATE roster_line SET check_due_at = $3
FROM unnest($1::uuid[], $2::uuid[]) AS late (person_id, opening_id)
WHERE roster_line.person_id = late.person_id AND roster_line.opening_id = late.opening_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedLine:
    """A line to ask about. ``content_digest`` and ``attempt`` tell later whether it is still the same line and lease.

    ``number`` is None when a sealed value does not open; then there is nothing to ask.
    """

    person_id: UUID
    opening_id: UUID
    institution_id: UUID
    content_digest: bytes
    attempt: int
    name_digest: bytes
    number: str | None = field(repr=False)
    name: str = field(repr=False)
    card_number: str | None = field(repr=False)


async def lease_due_lines(unit: Unit, keys: KeyRing, *, limit: int = BATCH) -> tuple[int, list[LeasedLine]]:
    """How many due lines were taken, and those of them to ask about.

    A worker that dies leaves its lines leased; they are due again when the lease ends.
    """
    driver = await unit.driver()
    rows = await driver.fetch(_LEASE, unit.now, unit.now + LEASE, limit, unit.today)
    late = [row for row in rows if _budget(unit, row).is_used_up and not row["is_canceled"]]
    if late:
        await driver.execute(
            _POSTPONE,
            [row["person_id"] for row in late],
            [row["opening_id"] for row in late],
            start_of_law_day(next_law_day(unit.today)),
        )
    asked = [row for row in rows if not row["is_canceled"] and not _budget(unit, row).is_used_up]
    return len(rows), [_leased(keys, row) for row in asked]


def _budget(unit: Unit, row: Any) -> Budget:
    limit = value_of("mismatch_budget_per_day", on=unit.today, division=row["division_code"]).number
    return Budget(row["mismatches"], limit)


def _leased(keys: KeyRing, row: Any) -> LeasedLine:
    owner = row["person_id"]
    try:
        number: str | None = keys.open(row["number_sealed"], name=NUMBER_FIELD, owner=owner)
        name = keys.open(row["name_sealed"], name=NAME_FIELD, owner=owner)
        sealed = row["card_sealed"]
        card = keys.open(sealed, name=CARD_FIELD, owner=owner) if sealed is not None else None
    except SealBroken:
        number, name, card = None, "", None
    return LeasedLine(
        person_id=owner,
        opening_id=row["opening_id"],
        institution_id=row["institution_id"],
        content_digest=row["content_digest"],
        attempt=row["check_attempts"],
        name_digest=row["name_digest"],
        number=number,
        name=name,
        card_number=card,
    )
