"""Whom a change of policy touches: the same facts judged by two books, counted by place and kind."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.subsidies.entitlements.rules.evaluate import evaluate
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.rulebook import Rulebook
from app.subsidies.entitlements.states import BenefitKind, Outcome


@dataclass(slots=True)
class Impact:
    """Claims of one kind in one place: how many were judged, and how many the latter book judges otherwise.

    ``gained`` and ``lost`` are claims that become eligible or cease to be; ``raised`` and ``lowered`` stay eligible
    with another amount; ``difference_fen`` is what all of them together would be paid more (or, below zero, less).
    """

    division: str
    kind: BenefitKind
    judged: int = 0
    gained: int = 0
    lost: int = 0
    raised: int = 0
    lowered: int = 0
    difference_fen: int = 0

    @property
    def affected(self) -> int:
        """Claims that end otherwise."""
        return self.gained + self.lost + self.raised + self.lowered


class Impacts:
    """Counts of a stream of facts; holds a row for each place and kind, never a claim."""

    def __init__(self, former: Rulebook, latter: Rulebook) -> None:
        self._books = former, latter
        self._rows: dict[tuple[str, BenefitKind], Impact] = {}

    def add(self, facts: ClaimFacts) -> None:
        """Judge one claim by both books, as of the day it was filed."""
        former, latter = (evaluate(facts, book) for book in self._books)
        place = facts.payer_division, facts.kind
        row = self._rows.setdefault(place, Impact(*place))
        row.judged += 1
        row.difference_fen += latter.amount_fen - former.amount_fen
        was, is_now = (verdict.outcome is Outcome.ELIGIBLE for verdict in (former, latter))
        row.gained += is_now and not was
        row.lost += was and not is_now
        row.raised += was and is_now and latter.amount_fen > former.amount_fen
        row.lowered += was and is_now and latter.amount_fen < former.amount_fen

    def rows(self) -> tuple[Impact, ...]:
        """Counts by place and kind."""
        return tuple(self._rows[place] for place in sorted(self._rows))


def impact_of(claims: Iterable[ClaimFacts], former: Rulebook, latter: Rulebook) -> tuple[Impact, ...]:
    """Counts of a list of claims."""
    impacts = Impacts(former, latter)
    for facts in claims:
        impacts.add(facts)
    return impacts.rows()
