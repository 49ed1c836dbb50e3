"""Key groups: whether a person belonged to one on a day, with evidence, before the training began.

M15: an identity that begins after the course began does not count (audits found disabilities dated after it). A group
counts as the wider group that its text puts it in (就业困难人员(含残疾人)), where the policy says so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache

from app.reference.key_groups import all_key_groups
from app.subsidies.entitlements.rules.facts import GroupFacts, PersonFacts


@cache
def _wider() -> dict[str, str]:
    return {group.code: group.within for group in all_key_groups() if group.within}


@cache
def group_names() -> dict[str, str]:
    """Name of every key group by code."""
    return {group.code: group.name for group in all_key_groups()}


@dataclass(frozen=True, slots=True)
class HeldGroups:
    """What a person was on a day: proven, and claimed but not yet looked into."""

    proven: frozenset[str]
    unproven: frozenset[str]

    def belongs(self, codes: Collection[str]) -> bool | None:
        """Whether to one of ``codes``; ``None`` when only an unproven identity says so."""
        if not self.proven.isdisjoint(codes):
            return True
        return None if not self.unproven.isdisjoint(codes) else False

    def has_all(self, codes: frozenset[str]) -> bool | None:
        """Whether to every one of ``codes``."""
        if codes <= self.proven:
            return True
        return None if codes <= self.proven | self.unproven else False

    def words(self) -> str:
        """For the facts of a reason."""
        names = group_names()
        proven = [names.get(code, code) for code in sorted(self.proven)]
        unproven = [f"{names.get(code, code)}（未查明）" for code in sorted(self.unproven - self.proven)]
        return "、".join(proven + unproven) or "无"


def held_groups(person: PersonFacts, on: date, *, counts_wider: bool = True) -> HeldGroups:
    """The groups of a person on a day."""
    proven: set[str] = set()
    unproven: set[str] = set()
    for group in person.groups:
        if not _covers(group, on) or group.is_evidenced is False:
            continue
        codes = {group.code}
        if counts_wider and group.code in _wider():
            codes.add(_wider()[group.code])
        (proven if group.is_evidenced else unproven).update(codes)
    return HeldGroups(frozenset(proven), frozenset(unproven))


def begins_later(person: PersonFacts, on: date, codes: Collection[str]) -> bool:
    """Whether an identity that would count only began after the day."""
    return any(group.code in codes and group.starts_on > on for group in person.groups)


def _covers(group: GroupFacts, on: date) -> bool:
    return group.starts_on <= on and (group.ends_before is None or on < group.ends_before)
