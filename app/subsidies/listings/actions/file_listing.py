"""File an employer's listing: the head judged whole, then every line; the lines nothing stands against are filed."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.register_persons import register_persons
from app.identity.persons.states import stored_kind
from app.kernel.clock import start_of_law_day
from app.kernel.errors import Refused, TooMany
from app.kernel.periods import DatePeriod
from app.policy.values import value_of
from app.reference.divisions import was_in_force
from app.reference.occupations import occupations
from app.subsidies.listings.queries import NAME_FIELD, NUMBER_FIELD
from app.subsidies.listings.rules import (
    FilingFacts,
    ListingHead,
    days_of,
    listed_already,
    reasons_against_filing,
    several_groups,
)
from app.training.rosters.rules import ReadRoster, RefusedLine, RosterLine
from app.training.rosters.rules.checks import Budget, budget_used, next_law_day
from app.training.rosters.rules.intake import needs_the_office, reasons_against_keeping

_EMPLOYER = text("""
    SELECT kind, division_code, EXISTS (SELECT FROM institution_standing AS held
        WHERE held.institution_id = employer.institution_id AND held.standing = 'active'
          AND held.in_force @> CAST(:today AS date)) AS is_active,
      coalesce((SELECT mismatches FROM mismatch_tally
                WHERE institution_id = :institution_id AND on_date = :today), 0) AS mismatches
    FROM training_institution AS employer WHERE institution_id = :institution_id
""")
_LISTED = """
SELECT DISTINCT line.person_id FROM employer_listing AS filed JOIN employer_listing_line AS line USING (listing_id)
WHERE filed.institution_id = $1 AND filed.kind = $2 AND filed.period = $3
  AND filed.decision IS DISTINCT FROM 'returned' AND line.occupation_code IS NOT DISTINCT FROM $4
  AND line.person_id = ANY($5::uuid[])
"""
_FILE = text("""
    INSERT INTO employer_listing
      (listing_id, institution_id, kind, division_code, period, starts_on, ends_on, filed_by)
    VALUES (:listing_id, :institution_id, :kind, :division_code, :period, :starts_on, :ends_on, :filed_by)
""")
_COLUMNS = (
    "person_id", "listing_id", "name_sealed", "number_sealed", "document_kind", "key_group_code", "occupation_edition",
    "occupation_code", "skill_level",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FiledListing:
    """``listing_id`` is None when no line could be filed; then nothing is kept."""

    listing_id: UUID | None
    filed: int
    refused: tuple[RefusedLine, ...] = field(repr=False)


async def file_listing(unit: Unit, keys: KeyRing, *, head: ListingHead, lines: ReadRoster) -> FiledListing:
    """Raises Refused with every reason against the head, TooMany when the day's mismatches are used up."""
    await _require_fileable(unit, head)
    days = days_of(head)
    assert days is not None
    keepable, refused = _keepable(unit, lines, head.division_code)
    persons = await register_persons(unit, keys, [line.identity_number for line in keepable])
    chosen, doubled = await _chosen(unit, head, keepable, persons)
    refused = sorted([*refused, *doubled], key=lambda each: each.line)
    if not chosen:
        return FiledListing(None, 0, tuple(refused))
    listing_id = uuid7()
    await unit.session.execute(
        _FILE,
        {
            "listing_id": listing_id,
            "institution_id": unit.actor.institution(),
            "kind": head.kind,
            "division_code": head.division_code,
            "period": head.period,
            "starts_on": days[0],
            "ends_on": days[1],
            "filed_by": unit.actor.principal_id,
        },
    )
    driver = await unit.driver()
    await driver.copy_records_to_table(
        "employer_listing_line",
        schema_name="registry",
        columns=_COLUMNS,
        records=[_row(keys, listing_id, head, line, person_id) for line, person_id in chosen],
    )
    details = {"kind": head.kind.value, "period": head.period, "lines": len(chosen), "refused": len(refused)}
    await record_event(
        unit, "listing:filed", subject_kind="employer_listing", subject_id=listing_id, details=details
    )
    await announce(unit, "listing.filed", {"listing_id": str(listing_id), **details})
    return FiledListing(listing_id, len(chosen), tuple(refused))


async def _require_fileable(unit: Unit, head: ListingHead) -> None:
    whose = {"institution_id": unit.actor.institution(), "today": unit.today}
    employer = (await unit.session.execute(_EMPLOYER, whose)).one()
    reasons = reasons_against_filing(
        head,
        FilingFacts(
            is_enterprise=employer.kind == "enterprise",
            is_active=employer.is_active,
            is_division_known=was_in_force(head.division_code, DatePeriod.through(unit.today, unit.today)),
            is_occupation_known=head.occupation is not None
            and occupations().get().find(*head.occupation) is not None,
            today=unit.today,
        ),
    )
    if reasons:
        raise Refused(reasons)
    limit = value_of("mismatch_budget_per_day", on=unit.today, division=employer.division_code)
    budget = Budget(employer.mismatches, limit.number)
    if budget.is_used_up:
        wait = start_of_law_day(next_law_day(unit.today)) - unit.now
        raise TooMany([budget_used(budget)], retry_after_seconds=int(wait.total_seconds()) + 1)


def _keepable(unit: Unit, lines: ReadRoster, division: str) -> tuple[list[RosterLine], list[RefusedLine]]:
    age_min = value_of("roster_age_min", on=unit.today, division=division).number
    kept: list[RosterLine] = []
    refused = list(lines.refused)
    for line in lines.lines:
        reasons = list(reasons_against_keeping(line, on=unit.today, age_min=age_min))
        if len(line.key_groups) > 1:
            reasons.append(several_groups())
        if reasons:
            refused.append(line.refused(*reasons))
        else:
            kept.append(line)
    return kept, refused


async def _chosen(
    unit: Unit, head: ListingHead, lines: list[RosterLine], persons: list[UUID]
) -> tuple[list[tuple[RosterLine, UUID]], list[RefusedLine]]:
    """Lines with their persons; who stands there twice, or was listed before, is refused."""
    driver = await unit.driver()
    code = None if head.occupation is None else head.occupation[1]
    rows = await driver.fetch(
        _LISTED, unit.actor.institution(), head.kind.value, head.period, code, sorted(set(persons))
    )
    before = {row["person_id"] for row in rows}
    times = Counter(persons)
    chosen: list[tuple[RosterLine, UUID]] = []
    refused: list[RefusedLine] = []
    for line, person_id in zip(lines, persons, strict=True):
        if times[person_id] > 1:
            refused.append(line.refused(needs_the_office()))
        elif person_id in before:
            refused.append(line.refused(listed_already()))
        else:
            chosen.append((line, person_id))
    return chosen, refused


def _row(
    keys: KeyRing, listing_id: UUID, head: ListingHead, line: RosterLine, person_id: UUID
) -> tuple[object, ...]:
    edition, code = head.occupation or (None, None)
    return (
        person_id,
        listing_id,
        keys.seal(line.name, name=NAME_FIELD, owner=person_id),
        keys.seal(line.identity_number.number, name=NUMBER_FIELD, owner=person_id),
        stored_kind(line.identity_number.kind).value,
        line.key_groups[0] if line.key_groups else None,
        edition,
        code,
        head.skill_level,
    )
