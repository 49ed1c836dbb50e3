"""How a rule speaks: one reason, with clause, version, the facts it used, and what the person can do.

A rule is a function of a ``Case``; it answers ``None`` when no text makes it apply to the case.
"""

from collections.abc import Callable
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.rulebook import Rulebook, Term, Terms
from app.subsidies.entitlements.rules.verdict import RuleReason, UsedFact
from app.subsidies.entitlements.states import RuleResult

UNKNOWN_WORD = "未查明"


class Case:
    """The facts of one claim, the values that hold for it on the day that chooses them, and the last day to claim."""

    __slots__ = ("book", "day", "facts", "last_claim_day", "terms")

    def __init__(
        self, facts: ClaimFacts, day: date, terms: Terms, book: Rulebook, last_claim_day: date | None
    ) -> None:
        self.facts = facts
        self.day = day
        self.terms = terms
        self.book = book
        self.last_claim_day = last_claim_day


Rule = Callable[[Case], RuleReason | None]


def fact(name: str, value: str | int | bool | date | None) -> UsedFact:
    """A fact in words; ``None`` is not known."""
    if isinstance(value, str):
        return UsedFact(name, value)
    if value is None:
        return UsedFact(name, UNKNOWN_WORD)
    if isinstance(value, bool):
        return UsedFact(name, "是" if value else "否")
    return UsedFact(name, day_in_words(value) if isinstance(value, date) else str(value))


def passed(
    code: str, message: str, *terms: Term, facts: tuple[UsedFact, ...] = (), citation: Citation | None = None
) -> RuleReason:
    """The rule is met."""
    return _reason(code, RuleResult.PASSED, message, terms, facts, citation, None, None)


def failed(
    code: str,
    message: str,
    *terms: Term,
    remedy: str,
    facts: tuple[UsedFact, ...] = (),
    citation: Citation | None = None,
    until: date | None = None,
) -> RuleReason:
    """The rule speaks against, whatever else is found out."""
    return _reason(code, RuleResult.FAILED, message, terms, facts, citation, remedy, until)


def unknown(
    code: str,
    message: str,
    *terms: Term,
    remedy: str,
    facts: tuple[UsedFact, ...] = (),
    citation: Citation | None = None,
    until: date | None = None,
) -> RuleReason:
    """A fact is missing: neither yes nor no."""
    return _reason(code, RuleResult.UNKNOWN, message, terms, facts, citation, remedy, until)


def judged(
    code: str,
    is_met: bool | None,
    message: str,
    *terms: Term,
    remedy: str,
    missing: str,
    facts: tuple[UsedFact, ...] = (),
    citation: Citation | None = None,
    until: date | None = None,
) -> RuleReason:
    """A rule that hangs on one yes or no: ``remedy`` when it is no, ``missing`` what to do when it is not known."""
    if is_met:
        return _reason(code, RuleResult.PASSED, message, terms, facts, citation, None, None)
    if is_met is None:
        return _reason(code, RuleResult.UNKNOWN, message, terms, facts, citation, missing, until)
    return _reason(code, RuleResult.FAILED, message, terms, facts, citation, remedy, until)


def all_of(*answers: bool | None) -> bool | None:
    """Kleene's "and": one no is no, else one not known is not known."""
    if False in answers:
        return False
    return None if None in answers else True


def any_of(*answers: bool | None) -> bool | None:
    """Kleene's "or": one yes is yes, else one not known is not known."""
    if True in answers:
        return True
    return None if None in answers else False


def _reason(
    code: str,
    result: RuleResult,
    message: str,
    terms: tuple[Term, ...],
    facts: tuple[UsedFact, ...],
    citation: Citation | None,
    remedy: str | None,
    until: date | None,
) -> RuleReason:
    return RuleReason(
        code=code,
        result=result,
        message=message,
        citation=citation or (terms[0].citation if terms else UNSOURCED),
        versions=tuple([term.version for term in terms]),
        facts=facts,
        remedy=remedy,
        until=until,
    )
