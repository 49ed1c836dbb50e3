"""What the rules answer: outcome, amount and shares, and every rule that was applied, passed or not.

A verdict is stored whole with the decision (``claim_review``), so that it can be read and re-derived years later.
"""

from dataclasses import dataclass
from datetime import date

from app.kernel.errors import Citation
from app.policy.values import PolicyConfidence
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.states import BenefitKind, Outcome, RuleResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """The dated policy value that a rule used: its key, the day and division it holds from, and how sure it is.

    ``value`` is the value in words (``12``, ``是``, ``job、training``); ``note`` the reading chosen, if there is one.
    """

    key: str
    title: str
    value: str
    from_day: date
    division: str
    confidence: PolicyConfidence
    citation: Citation
    note: str | None


@dataclass(frozen=True, slots=True)
class UsedFact:
    """A fact as the rule saw it, in words; ``未查明`` when it is not known."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReason:
    """One rule: what it found, which clause says so, in which version, from which facts.

    ``code`` is stable English. ``remedy`` says what the person can do and ``until`` the last day for it; both are
    ``None`` for a rule that passed. ``citation`` is ``UNSOURCED`` when no text states the rule.
    """

    code: str
    result: RuleResult
    message: str
    citation: Citation
    versions: tuple[RuleVersion, ...] = ()
    facts: tuple[UsedFact, ...] = ()
    remedy: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceOnlyKey:
    """I2: what can be paid once for life; the columns of ``benefit_key``. ``period`` is "" where none counts."""

    key_group: str
    benefit_line: str
    level: SkillLevel
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Who bears what, in fen (政府补一点、企业出一点、个人付一点)."""

    government_fen: int
    employer_fen: int
    person_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to one claim. ``amount_fen`` is what would be paid: 0 unless eligible.

    ``standard_fen`` is the amount that the policy sets for the case whatever the outcome; ``None`` when it cannot be
    told. ``key`` is ``None`` when the line or level is not known. ``last_claim_day`` still counts; ``None`` when no
    text sets a deadline or the day cannot be told yet.
    """

    kind: BenefitKind
    outcome: Outcome
    amount_fen: int
    standard_fen: int | None
    shares: Shares
    reasons: tuple[RuleReason, ...]
    key: OnceOnlyKey | None
    last_claim_day: date | None
    rule_day: date | None
    """The day that chose the rules' version: certificate, end of training or of the period."""

    @property
    def failed(self) -> tuple[RuleReason, ...]:
        """The rules that speak against."""
        return tuple(reason for reason in self.reasons if reason.result is RuleResult.FAILED)

    @property
    def missing(self) -> tuple[RuleReason, ...]:
        """The rules that wait for a fact."""
        return tuple(reason for reason in self.reasons if reason.result is RuleResult.UNKNOWN)
