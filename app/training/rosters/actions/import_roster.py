"""Keep the accepted lines of a delivered roster, all in one transaction; the same roster again changes nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.register_persons import register_persons
from app.identity.persons.states import stored_kind
from app.kernel.clock import start_of_law_day
from app.kernel.errors import Reason, Refused, TooMany
from app.policy.values import value_of
from app.reference.key_groups import all_key_groups
from app.training.rosters.actions.store_lines import DueLine, add_lines, content_digest, replace_lines
from app.training.rosters.queries import opened_claim, own_opening
from app.training.rosters.rules import ReadRoster, RefusedLine, RosterLine
from app.training.rosters.rules.checks import Budget, budget_used, next_law_day
from app.training.rosters.rules.intake import (
    Claim,
    ImportFacts,
    differences,
    line_differs,
    needs_the_office,
    reason_against_changing,
    reason_against_count,
    reasons_against_keeping,
    touches_identity,
)
from app.training.rosters.states import TakingOutcome

_FACTS = text("""
    SELECT
      (SELECT division_code FROM training_institution WHERE institution_id = :institution_id) AS seat,
      EXISTS (SELECT FROM roster_line WHERE opening_id = :opening_id) AS is_begun,
      (SELECT count(*) FROM roster_line WHERE opening_id = :opening_id AND withdrawn_at IS NULL) AS held,
      coalesce((SELECT mismatches FROM mismatch_tally
                WHERE institution_id = :institution_id AND on_date = :today), 0) AS mismatches
""")
_HELD = """
    SELECT person_id, line_id, content_digest, withdrawn_at, document_kind, name_sealed, number_sealed, card_sealed,
      phone_sealed, remark_sealed,
      ARRAY(SELECT key_group_code FROM roster_line_group AS held
            WHERE held.person_id = line.person_id AND held.opening_id = line.opening_id ORDER BY 1) AS key_groups
    FROM roster_line AS line WHERE opening_id = $1 AND person_id = ANY($2::uuid[])
"""


@dataclass(frozen=True, slots=True)
class TakenLine:
    """A line that is on the roster now, with what a person should look at."""

    line_id: UUID
    outcome: TakingOutcome
    sheet: str | None
    line: int
    warnings: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ImportedRoster:
    """The outcome of an import, line by line. ``delivered`` is the roster as judged, for the file of refused rows."""

    taken: tuple[TakenLine, ...]
    delivered: ReadRoster = field(repr=False)


async def import_roster(
    unit: Unit, keys: KeyRing, *, opening_id: UUID, roster: ReadRoster, replace_held: bool = False
) -> ImportedRoster:
    """Keep the lines of ``roster`` in the caller's opening.

    A trainee who is already on this class's roster with other values is refused, showing both, unless ``replace_held``.
    Raises NotFound, Refused (already filed; too many trainees) and TooMany (mismatch budget of the day used up).
    """
    opening = await own_opening(unit, opening_id, lock=True)
    facts = await _facts(unit, opening)
    lines, refused = _keepable(unit, roster, opening.division_code)
    persons = await register_persons(unit, keys, [line.identity_number for line in lines])
    given, doubled = _given(lines, persons)
    refused += doubled
    driver = await unit.driver()
    held: dict[UUID, Any] = {}
    if facts.is_begun:
        rows = await driver.fetch(_HELD, opening_id, [each.person_id for each in given])
        held = {row["person_id"]: row for row in rows}
    fresh = [each for each in given if each.person_id not in held]
    again = [each for each in given if each.person_id in held]
    settled, changes, differing = _settle(keys, again, held, replace_held=replace_held)
    refused += differing
    reinstated = sum(outcome is TakingOutcome.REINSTATED for _, outcome in settled)
    too_many = reason_against_count(facts, added=len(fresh) + reinstated)
    if too_many:
        raise Refused([too_many])
    line_ids = await add_lines(unit, keys, opening, fresh)
    await replace_lines(unit, keys, opening, changes)
    taken = [
        _taken(each, line_id, TakingOutcome.ADDED) for each, line_id in zip(fresh, line_ids, strict=True)
    ]
    taken += [_taken(each, held[each.person_id]["line_id"], outcome) for each, outcome in settled]
    taken.sort(key=lambda each: each.line)
    refused.sort(key=lambda each: each.line)
    await _record(unit, opening_id, taken, refused)
    return ImportedRoster(tuple(taken), replace(roster, refused=tuple(refused)))


async def _facts(unit: Unit, opening: Any) -> ImportFacts:
    """What the import is judged by; refuses at once what no line could change."""
    counted = (
        await unit.session.execute(
            _FACTS,
            {
                "opening_id": opening.opening_id,
                "institution_id": opening.institution_id,
                "today": unit.today,
            },
        )
    ).one()
    closed = reason_against_changing(opening.state)
    if closed:
        raise Refused([closed])
    limit = value_of("mismatch_budget_per_day", on=unit.today, division=counted.seat)
    budget = Budget(counted.mismatches, limit.number)
    if budget.is_used_up:
        wait = start_of_law_day(next_law_day(unit.today)) - unit.now
        raise TooMany([budget_used(budget)], retry_after_seconds=int(wait.total_seconds()) + 1)
    rows_max = value_of("roster_rows_max", on=unit.today, division=opening.division_code)
    return ImportFacts(
        opening_state=opening.state,
        is_begun=counted.is_begun,
        held_count=counted.held,
        rows_max=rows_max.number,
    )


def _keepable(unit: Unit, roster: ReadRoster, division: str) -> tuple[list[RosterLine], list[RefusedLine]]:
    """Lines that may be kept, and all refused ones so far."""
    age_min = value_of("roster_age_min", on=unit.today, division=division).number
    lines: list[RosterLine] = []
    refused = list(roster.refused)
    for line in roster.lines:
        reasons = reasons_against_keeping(line, on=unit.today, age_min=age_min)
        if reasons:
            refused.append(line.refused(*reasons))
        else:
            lines.append(line)
    return lines, refused


def _given(lines: list[RosterLine], persons: list[UUID]) -> tuple[list[DueLine], list[RefusedLine]]:
    """Lines with their persons; a person who stands there under two numbers is refused on each of them."""
    times = Counter(persons)
    given: list[DueLine] = []
    refused: list[RefusedLine] = []
    for line, person_id in zip(lines, persons, strict=True):
        if times[person_id] > 1:
            refused.append(line.refused(needs_the_office()))
            continue
        claim = Claim(
            number=line.identity_number.number,
            document_kind=stored_kind(line.identity_number.kind).value,
            name=line.name,
            card_number=line.card_number.number if line.card_number else None,
            phone=line.phone,
            key_groups=line.key_groups,
            remark=line.remark,
        )
        given.append(DueLine(line_id=uuid7(), person_id=person_id, claim=claim, delivered=line))
    return given, refused


def _settle(
    keys: KeyRing, again: list[DueLine], held: Mapping[UUID, Any], *, replace_held: bool
) -> tuple[list[tuple[DueLine, TakingOutcome]], list[tuple[DueLine, bool]], list[RefusedLine]]:
    """Decide on trainees the class already has: outcomes, what to write (and whether to check anew), and refusals."""
    settled: list[tuple[DueLine, TakingOutcome]] = []
    changes: list[tuple[DueLine, bool]] = []
    refused: list[RefusedLine] = []
    group_names = {group.code: group.name for group in all_key_groups()}
    for each in again:
        row = held[each.person_id]
        is_withdrawn = row["withdrawn_at"] is not None
        if not is_withdrawn and row["content_digest"] == content_digest(keys, each.claim):
            settled.append((each, TakingOutcome.UNCHANGED))
            continue
        claim = opened_claim(keys, row)
        found = differences(each.claim, claim, group_names)
        if claim.number != each.claim.number:
            refused.append(each.delivered.refused(needs_the_office()))
        elif is_withdrawn:
            settled.append((each, TakingOutcome.REINSTATED))
            changes.append((replace(each, line_id=row["line_id"]), True))
        elif not found:
            settled.append((each, TakingOutcome.UNCHANGED))
        elif not replace_held:
            refused.append(each.delivered.refused(line_differs(each.claim, found)))
        else:
            # The check names one spelling: a name written otherwise is asked about again, like a changed one.
            is_checked_anew = touches_identity(found) or claim.name != each.claim.name
            settled.append((each, TakingOutcome.REPLACED))
            changes.append((replace(each, line_id=row["line_id"]), is_checked_anew))
    return settled, changes, refused


def _taken(each: DueLine, line_id: UUID, outcome: TakingOutcome) -> TakenLine:
    delivered = each.delivered
    return TakenLine(line_id, outcome, delivered.sheet, delivered.line, delivered.warnings)


async def _record(unit: Unit, opening_id: UUID, taken: list[TakenLine], refused: list[RefusedLine]) -> None:
    """One audit event for the import; none when nothing changed."""
    counts = {outcome.value: 0 for outcome in TakingOutcome}
    for each in taken:
        counts[each.outcome.value] += 1
    if sum(counts.values()) > counts[TakingOutcome.UNCHANGED.value]:
        await record_event(
            unit,
            "roster:imported",
            subject_kind="course_opening",
            subject_id=opening_id,
            details={**counts, "refused": len(refused)},
        )
