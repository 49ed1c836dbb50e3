"""Yearly caps as rows for the database: how many places a person has in a year, in a division, over a period.

The pay gate numbers places by these rows (``slot_rule``), so they are derived from the values that rules read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from app.kernel.periods import DatePeriod
from app.policy.book import PolicyBook, PolicyUndefined
from app.reference.divisions import divisions

NO_CAP = 99
"""What a value and a row say where no text states a cap."""

_LIFE = "life"
_YEARLY: Mapping[str, tuple[str, str, str]] = {
    "skill_upgrade": ("skill_upgrade_yearly_cap", "skill_upgrade_shortage_extra", "skill_upgrade_cap_year"),
    "training": ("training_yearly_cap", "training_shortage_extra", "training_cap_year"),
}
_ALLOWANCE = ("living_allowance_yearly_max",)
_WORK_BASED = ("work_based_months_max", "work_based_months_scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRule:
    """Places a year (``year_of``: entry or application) or for life, and further ones for shortage occupations.

    ``employer_cap``: how many of them a person may take with one employer.
    """

    division: str
    slot_group: str
    in_force: DatePeriod
    cap: int
    shortage_extra: int
    employer_cap: int
    year_of: str


def slot_rules(book: PolicyBook) -> tuple[SlotRule, ...]:
    """Every row, for each division that sets a value of its own; by group, division and day."""
    return tuple(
        rule
        for group, keys in {**_YEARLY, "living_allowance": _ALLOWANCE, "work_based": _WORK_BASED}.items()
        for division in sorted({value.division for key in keys for value in book.values_of(key)})
        for rule in _rules_of(book, group, keys, division)
    )


def _rules_of(book: PolicyBook, group: str, keys: tuple[str, ...], division: str) -> Iterator[SlotRule]:
    """One row for each stretch of time in which nothing changes, joined where neighbours say the same."""
    found: list[SlotRule] = []
    for starts_on, ends_before in pairwise([*days_of_change(book, keys, division), None]):
        assert starts_on is not None
        terms = _terms_on(book, group, keys, division, starts_on)
        if terms is None:
            continue
        cap, extra, year_of, employer_cap = terms
        rule = SlotRule(
            division=division,
            slot_group=group,
            in_force=DatePeriod(starts_on, ends_before),
            cap=cap,
            shortage_extra=extra,
            employer_cap=employer_cap,
            year_of=year_of,
        )
        if found and _continues(found[-1], rule):
            rule = _joined(found.pop(), rule)
        found.append(rule)
    yield from found


def days_of_change(book: PolicyBook, keys: tuple[str, ...], division: str) -> list[date]:
    """Days on which a value above or in the division begins or ends. Its own first day opens the list."""
    values = [value for key in keys for value in book.values_of(key)]
    own = min(value.period.starts_on for value in values if value.division == division)
    scopes = divisions().get().scopes_of(division, own)
    days = {
        day
        for value in values
        if value.division in scopes
        for day in (value.period.starts_on, value.period.ends_before)
        if day is not None
    }
    return sorted({own, *(day for day in days if day > own)})


def _terms_on(
    book: PolicyBook, group: str, keys: tuple[str, ...], division: str, on: date
) -> tuple[int, int, str, int] | None:
    try:
        values = [book.value_of(key, on=on, division=division) for key in keys]
    except PolicyUndefined:
        return None
    if group == "work_based":
        months, scope = values
        if scope.option == "person_employer":
            return NO_CAP, 0, _LIFE, months.number
        return months.number, 0, _LIFE, NO_CAP
    if group == "living_allowance":
        # The year of the training counts, as in the rule (``living_allowance.yearly_max``).
        (most,) = values
        return most.number, 0, "entry", NO_CAP
    cap, extra, year_of = values
    return cap.number, extra.number, year_of.option, NO_CAP


def _continues(earlier: SlotRule, later: SlotRule) -> bool:
    return earlier.in_force.ends_before == later.in_force.starts_on and earlier == replace(
        later, in_force=earlier.in_force
    )


def _joined(earlier: SlotRule, later: SlotRule) -> SlotRule:
    return replace(later, in_force=DatePeriod(earlier.in_force.starts_on, later.in_force.ends_before))
