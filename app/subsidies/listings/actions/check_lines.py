"""Take listing lines whose real-name check is due, and store what the card-holder base said of them.

The same rules as for rosters (app.training.rosters.rules.checks): a line without an answer is asked about again, and an
employer whose mismatches are used up learns nothing more that day.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing, SealBroken
from app.gateways.cardholder_base import IdentityAnswer, IdentityOutcome
from app.identity.persons.actions.prove_identities import ProvedIdentity, prove_identities
from app.kernel.clock import start_of_law_day
from app.policy.values import value_of
from app.subsidies.listings.queries import NAME_FIELD, NUMBER_FIELD
from app.subsidies.listings.states import LineCheck, check_of
from app.training.rosters.rules.checks import LEASE, Budget, next_law_day, wait_after, within_budget

BATCH = 500
_NAME_PURPOSE = "name"

_LEASE = """
WITH due AS (
  SELECT line.person_id, line.listing_id FROM employer_listing_line AS line
  WHERE line.check_due_at <= $1 AND line.withdrawn_at IS NULL
  ORDER BY line.check_due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE employer_listing_line AS line SET
  check_due_at = CASE WHEN filed.decision IS NULL THEN $2::timestamptz END, check_attempts = line.check_attempts + 1
FROM due JOIN employer_listing AS filed ON filed.listing_id = due.listing_id
WHERE line.person_id = due.person_id AND line.listing_id = due.listing_id
RETURNING line.person_id, line.listing_id, filed.institution_id, line.check_attempts, line.name_sealed,
  line.number_sealed, filed.decision IS NULL AS is_open
"""
_STILL_LEASED = """
SELECT line.person_id, line.listing_id FROM employer_listing_line AS line
JOIN unnest($1::uuid[], $2::uuid[], $3::integer[]) AS leased (person_id, listing_id, attempt)
  ON line.person_id = leased.person_id AND line.listing_id = leased.listing_id
 AND line.check_attempts = leased.attempt
WHERE line.check_id IS NULL ORDER BY line.person_id, line.listing_id FOR UPDATE OF line
"""
_SPENT = """
SELECT employer.institution_id, employer.division_code,
  coalesce((SELECT mismatches FROM mismatch_tally AS tally
            WHERE tally.institution_id = employer.institution_id AND tally.on_date = $2), 0) AS mismatches
FROM training_institution AS employer WHERE employer.institution_id = ANY($1::uuid[])
"""
_SETTLE = """
UPDATE employer_listing_line AS line SET check_id = told.check_id, check_outcome = told.check_outcome,
  check_due_at = told.check_due_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
  AS told (person_id, listing_id, check_id, check_outcome, check_due_at)
WHERE line.person_id = told.person_id AND line.listing_id = told.listing_id
"""
_TALLY = """
INSERT INTO mismatch_tally (institution_id, on_date, mismatches)
SELECT counted.institution_id, $1, counted.mismatches FROM unnest($2::uuid[], $3::integer[])
  AS counted (institution_id, mismatches)
ON CONFLICT (institution_id, on_date) DO UPDATE SET mismatches = mismatch_tally.mismatches + excluded.mismatches
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedLine:
    """A line to ask about; ``number`` is None when a sealed value does not open."""

    person_id: UUID
    listing_id: UUID
    institution_id: UUID
    attempt: int
    number: str | None = field(repr=False)
    name: str = field(repr=False)


async def lease_due_lines(unit: Unit, keys: KeyRing) -> tuple[int, list[LeasedLine]]:
    """How many due lines were taken, and those to ask about: a listing that is decided needs no check."""
    driver = await unit.driver()
    rows = await driver.fetch(_LEASE, unit.now, unit.now + LEASE, BATCH)
    return len(rows), [_leased(keys, row) for row in rows if row["is_open"]]


async def store_check_answers(
    unit: Unit, keys: KeyRing, answered: Sequence[tuple[LeasedLine, IdentityAnswer]]
) -> int:
    """Store the answers about lines still leased; returns how many got a final one. Repeating it is harmless."""
    driver = await unit.driver()
    rows = await driver.fetch(
        _STILL_LEASED,
        [line.person_id for line, _ in answered],
        [line.listing_id for line, _ in answered],
        [line.attempt for line, _ in answered],
    )
    same = {(row["person_id"], row["listing_id"]) for row in rows}
    current = [(line, answer) for line, answer in answered if (line.person_id, line.listing_id) in same]
    if not current:
        return 0
    budgets = await _budgets(unit, {line.institution_id for line, _ in current})
    may_tell = within_budget([(line.institution_id, answer.outcome) for line, answer in current], budgets)
    told = [
        (line, answer, uuid7() if answer.outcome is not IdentityOutcome.UNAVAILABLE and told else None, told)
        for (line, answer), told in zip(current, may_tell, strict=True)
    ]
    await prove_identities(
        unit, keys, [_proved(keys, line, answer, check) for line, answer, check, _ in told if check]
    )
    tomorrow = start_of_law_day(next_law_day(unit.today))
    settled: list[tuple[Any, ...]] = []
    for line, answer, check_id, is_told in told:
        due = None if check_id else (unit.now + wait_after(line.attempt) if is_told else tomorrow)
        outcome = answer.outcome.value if check_id else None
        settled.append((line.person_id, line.listing_id, check_id, outcome, due))
    await driver.execute(_SETTLE, *(list(column) for column in zip(*settled, strict=True)))
    await _tell(unit, [(line, answer) for line, answer, check_id, _ in told if check_id])
    return sum(check_id is not None for _, _, check_id, _ in told)


def _leased(keys: KeyRing, row: Any) -> LeasedLine:
    owner = row["person_id"]
    try:
        number: str | None = keys.open(row["number_sealed"], name=NUMBER_FIELD, owner=owner)
        name = keys.open(row["name_sealed"], name=NAME_FIELD, owner=owner)
    except SealBroken:
        number, name = None, ""
    return LeasedLine(
        person_id=owner,
        listing_id=row["listing_id"],
        institution_id=row["institution_id"],
        attempt=row["check_attempts"],
        number=number,
        name=name,
    )


async def _budgets(unit: Unit, employers: set[UUID]) -> dict[UUID, Budget]:
    driver = await unit.driver()
    return {
        row["institution_id"]: Budget(
            row["mismatches"],
            value_of("mismatch_budget_per_day", on=unit.today, division=row["division_code"]).number,
        )
        for row in await driver.fetch(_SPENT, list(employers), unit.today)
    }


def _proved(keys: KeyRing, line: LeasedLine, answer: IdentityAnswer, check_id: UUID) -> ProvedIdentity:
    assert answer.evidence_id is not None
    assert answer.checked_at is not None
    return ProvedIdentity(
        person_id=line.person_id,
        check_id=check_id,
        outcome=answer.outcome.value,
        evidence_id=answer.evidence_id,
        checked_at=answer.checked_at,
        name=line.name,
        name_digest=keys.digest(line.name, purpose=_NAME_PURPOSE),
    )


async def _tell(unit: Unit, told: Sequence[tuple[LeasedLine, IdentityAnswer]]) -> None:
    """The day's mismatches, one audit event and one message a listing: counts, no person."""
    missed: Counter[UUID] = Counter()
    by_listing: dict[UUID, Counter[str]] = {}
    for line, answer in told:
        check = check_of(answer.outcome.value)
        by_listing.setdefault(line.listing_id, Counter())[check.value] += 1
        if check is LineCheck.NOT_MATCHED:
            missed[line.institution_id] += 1
    if missed:
        driver = await unit.driver()
        in_order = sorted(missed)
        await driver.execute(_TALLY, unit.today, in_order, [missed[employer] for employer in in_order])
    for listing_id, counts in by_listing.items():
        await record_event(
            unit,
            "listing:checked",
            subject_kind="employer_listing",
            subject_id=listing_id,
            details=dict(counts),
        )
        await announce(unit, "listing.checked", {"listing_id": str(listing_id), **counts})
