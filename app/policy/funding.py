"""Which money may pay which subsidy, as rows for the database: 分账核算、专款专用 (国办发〔2019〕24号 四(十三)).

The order door refuses other money by these rows (``funding_rule``): they are derived from the values that rules read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from app.kernel.periods import DatePeriod
from app.policy.book import PolicyBook, PolicyUndefined
from app.policy.slots import days_of_change

KEY_OF_KIND: Mapping[str, str] = {
    "skill_upgrade": "skill_upgrade_funding_sources",
    "training": "training_funding_sources",
    "living_allowance": "living_allowance_funding_sources",
    "apprenticeship": "employer_funding_sources",
    "work_based": "employer_funding_sources",
    "retention": "retention_funding_sources",
}
"""The key of the policy book that says it, by kind of subsidy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRule:
    """Sources that may pay a kind of subsidy in a division, for entries of these days."""

    division: str
    kind: str
    in_force: DatePeriod
    sources: tuple[str, ...]


def funding_rules(book: PolicyBook) -> tuple[FundingRule, ...]:
    """Every row, for each division that sets a value of its own; by kind, division and day."""
    return tuple(
        rule
        for kind, key in KEY_OF_KIND.items()
        for division in sorted({value.division for value in book.values_of(key)})
        for rule in _rules_of(book, kind, key, division)
    )


def _rules_of(book: PolicyBook, kind: str, key: str, division: str) -> Iterator[FundingRule]:
    """One row for each stretch of time in which nothing changes, joined where neighbours say the same."""
    found: list[FundingRule] = []
    for starts_on, ends_before in pairwise([*days_of_change(book, (key,), division), None]):
        assert starts_on is not None
        try:
            value = book.value_of(key, on=starts_on, division=division)
        except PolicyUndefined:
            continue
        period, sources = DatePeriod(starts_on, ends_before), tuple(sorted(value.codes))
        last = found[-1] if found else None
        if last is not None and last.in_force.ends_before == starts_on and last.sources == sources:
            found[-1] = replace(last, in_force=DatePeriod(last.in_force.starts_on, ends_before))
        else:
            found.append(FundingRule(division=division, kind=kind, in_force=period, sources=sources))
    yield from found
