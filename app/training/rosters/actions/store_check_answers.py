"""Store what the card-holder base said: evidence, proved name and card, the line's state, the mismatch tally."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.gateways.cardholder_base import IdentityAnswer, IdentityOutcome
from app.identity.persons.actions.prove_identities import ProvedIdentity, prove_identities
from app.kernel.clock import start_of_law_day
from app.policy.values import value_of
from app.training.rosters.actions.lease_due_lines import LeasedLine
from app.training.rosters.rules.checks import Budget, next_law_day, state_after, wait_after, within_budget
from app.training.rosters.states import LineState

# Compare and set: a line that was corrected, withdrawn or leased anew meanwhile is another line.
_STILL_THE_SAME = """
SELECT line.person_id, line.opening_id FROM roster_line AS line
JOIN unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::integer[])
    AS leased (person_id, opening_id, content_digest, attempt)
  ON line.person_id = leased.person_id AND line.opening_id = leased.opening_id
 AND line.content_digest = leased.content_digest AND line.check_attempts = leased.attempt
WHERE line.withdrawn_at IS NULL AND line.state IN ('unverified', 'unavailable')
ORDER BY line.person_id, line.opening_id FOR UPDATE OF line
"""
_SPENT = """
SELECT institution.institution_id, institution.division_code,
  coalesce((SELECT mismatches FROM mismatch_tally AS tally
            WHERE tally.institution_id = institution.institution_id AND tally.on_date = $2), 0) AS mismatches
FROM training_institution AS institution WHERE institution.institution_id = ANY($1::uuid[])
"""
_SETTLE = """
UPDATE roster_line SET state = told.state, check_id = told.check_id, check_outcome = told.check_outcome,
  check_due_at = told.check_due_at
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[])
  AS told (person_id, opening_id, state, check_id, check_outcome, check_due_at)
WHERE roster_line.person_id = told.person_id AND roster_line.opening_id = told.opening_id
"""
_TALLY = """
INSERT INTO mismatch_tally (institution_id, on_date, mismatches)
SELECT counted.institution_id, $1, counted.mismatches FROM unnest($2::uuid[], $3::integer[])
  AS counted (institution_id, mismatches)
ON CONFLICT (institution_id, on_date) DO UPDATE SET mismatches = mismatch_tally.mismatches + excluded.mismatches
"""


@dataclass(frozen=True, slots=True)
class _Told:
    """A line with what will be written about it."""

    line: LeasedLine
    answer: IdentityAnswer
    check_id: UUID | None
    may_tell: bool

    @property
    def state(self) -> LineState:
        return state_after(self.answer.outcome) if self.may_tell else LineState.UNVERIFIED


async def store_check_answers(
    unit: Unit, keys: KeyRing, answered: Sequence[tuple[LeasedLine, IdentityAnswer]]
) -> int:
    """Store the answers about lines that are still what was asked about; returns how many got a final answer.

    Repeating it after a crash is harmless: the lease of a settled line no longer fits.
    """
    current = await _still_the_same(unit, answered)
    budgets = await _budgets(unit, {line.institution_id for line, _ in current})
    told_of = within_budget([(line.institution_id, answer.outcome) for line, answer in current], budgets)
    told = [
        _Told(line, answer, uuid7() if _is_final(answer) and may_tell else None, may_tell)
        for (line, answer), may_tell in zip(current, told_of, strict=True)
    ]
    if not told:
        return 0
    await prove_identities(unit, keys, [_proved(each) for each in told if each.check_id is not None])
    await _settle(unit, told)
    await _tally(unit, told)
    await _announce(unit, told)
    return sum(each.check_id is not None for each in told)


async def _still_the_same(
    unit: Unit, answered: Sequence[tuple[LeasedLine, IdentityAnswer]]
) -> list[tuple[LeasedLine, IdentityAnswer]]:
    driver = await unit.driver()
    rows = await driver.fetch(
        _STILL_THE_SAME,
        [line.person_id for line, _ in answered],
        [line.opening_id for line, _ in answered],
        [line.content_digest for line, _ in answered],
        [line.attempt for line, _ in answered],
    )
    same = {(row["person_id"], row["opening_id"]) for row in rows}
    return [(line, answer) for line, answer in answered if (line.person_id, line.opening_id) in same]


async def _budgets(unit: Unit, institutions: set[UUID]) -> dict[UUID, Budget]:
    driver = await unit.driver()
    return {
        row["institution_id"]: Budget(
            row["mismatches"],
            value_of("mismatch_budget_per_day", on=unit.today, division=row["division_code"]).number,
        )
        for row in await driver.fetch(_SPENT, list(institutions), unit.today)
    }


def _is_final(answer: IdentityAnswer) -> bool:
    return answer.outcome is not IdentityOutcome.UNAVAILABLE


def _proved(told: _Told) -> ProvedIdentity:
    answer = told.answer
    assert told.check_id is not None
    assert answer.evidence_id is not None
    assert answer.checked_at is not None
    return ProvedIdentity(
        person_id=told.line.person_id,
        check_id=told.check_id,
        outcome=answer.outcome.value,
        evidence_id=answer.evidence_id,
        checked_at=answer.checked_at,
        name=told.line.name,
        name_digest=told.line.name_digest,
        card_number=told.line.card_number,
    )


async def _settle(unit: Unit, told: Sequence[_Told]) -> None:
    tomorrow = start_of_law_day(next_law_day(unit.today))
    rows: list[tuple[Any, ...]] = []
    for each in told:
        if each.check_id is not None:
            outcome, due = each.answer.outcome.value, None
        elif each.may_tell:
            outcome, due = None, unit.now + wait_after(each.line.attempt)
        else:
            outcome, due = None, tomorrow
        rows.append(
            (each.line.person_id, each.line.opening_id, each.state.value, each.check_id, outcome, due)
        )
    driver = await unit.driver()
    await driver.execute(_SETTLE, *(list(column) for column in zip(*rows, strict=True)))


async def _tally(unit: Unit, told: Sequence[_Told]) -> None:
    missed = Counter(each.line.institution_id for each in told if each.state is LineState.NOT_MATCHED)
    if missed:
        driver = await unit.driver()
        in_order = sorted(missed)
        await driver.execute(_TALLY, unit.today, in_order, [missed[institution] for institution in in_order])


async def _announce(unit: Unit, told: Sequence[_Told]) -> None:
    """One audit event and one message a class: counts by state, no person."""
    by_opening: dict[UUID, Counter[str]] = {}
    for each in told:
        by_opening.setdefault(each.line.opening_id, Counter())[each.state.value] += 1
    for opening_id, counts in by_opening.items():
        await record_event(
            unit,
            "roster:checked",
            subject_kind="course_opening",
            subject_id=opening_id,
            details=dict(counts),
        )
        await announce(unit, "roster.checked", {"opening_id": str(opening_id), **counts})
