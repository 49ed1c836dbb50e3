"""What a module of one kind offers to ``evaluate``: its day, key, rules and amount."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.kernel.clock import day_in_words
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.reasoning import Case, Rule, fact, failed
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason, Shares


@dataclass(frozen=True, slots=True)
class Amount:
    """What the policy sets for the case. ``fen`` is ``None`` when a fact is missing; ``reasons`` say which."""

    fen: int | None
    reasons: tuple[RuleReason, ...]
    shares: Shares | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """One subsidy. ``in_force`` is the key whose values tell since when, and until when, there is a policy at all."""

    in_force: str
    day_of: Callable[[ClaimFacts], date | None]
    key_of: Callable[[ClaimFacts], OnceOnlyKey | None]
    rules: tuple[Rule, ...]
    amount_of: Callable[[Case], Amount]


def policy_in_force(case: Case, key: str) -> RuleReason | None:
    """Whether there was a policy on the day at all: not before its first day, not after a measure for a time ended."""
    if case.terms.find(key) is not None:
        return None
    first, last = case.book.first_and_last(key)
    is_early = case.day < first.version.from_day
    nearest = first if is_early else last
    when = (
        f"自{day_in_words(first.version.from_day)}起才有规定"
        if is_early
        else "阶段性政策已经结束，该日期没有适用的规定"
    )
    return failed(
        "policy_in_force",
        f"依据日期为{day_in_words(case.day)}：{when}",
        nearest,
        facts=(fact("依据日期", case.day),),
        remedy="该日期的证书、培训或期间不能享受此项补贴",
    )
