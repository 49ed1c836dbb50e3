"""Facts in, verdict out: the same code for the dry run, the reviewing officer and the jurist's command line.

All rules are asked, always. A definite failure beats what is unknown; what is unknown beats a yes. An amount is only
promised when nothing stands against it and nothing is missing.
"""

from collections.abc import Mapping

from app.subsidies.entitlements.rules import (
    apprenticeship,
    commitment,
    gate,
    living_allowance,
    retention,
    skill_upgrade,
    training,
    windows,
    work_based,
)
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.kinds import Amount, KindRules, policy_in_force
from app.subsidies.entitlements.rules.reasoning import Case
from app.subsidies.entitlements.rules.rulebook import Rulebook, packaged_rulebook
from app.subsidies.entitlements.rules.verdict import RuleReason, Shares, Verdict
from app.subsidies.entitlements.states import BenefitKind, Outcome, RuleResult

RULES_OF_KIND: Mapping[BenefitKind, KindRules] = {
    BenefitKind.SKILL_UPGRADE: skill_upgrade.RULES,
    BenefitKind.TRAINING: training.RULES,
    BenefitKind.LIVING_ALLOWANCE: living_allowance.RULES,
    BenefitKind.APPRENTICESHIP: apprenticeship.RULES,
    BenefitKind.WORK_BASED: work_based.RULES,
    BenefitKind.RETENTION: retention.RULES,
}


def evaluate(
    facts: ClaimFacts,
    rulebook: Rulebook | None = None,
    rules: Mapping[BenefitKind, KindRules] = RULES_OF_KIND,
) -> Verdict:
    """Judge one claim. Raises ``BundleError`` when the policy book itself cannot be used."""
    book = rulebook or packaged_rulebook()
    kind = rules[facts.kind]
    day = kind.day_of(facts)
    if day is None:
        return _without_evidence(facts, book)
    terms = book.terms(facts.payer_division, day)
    facts = commitment.taken(facts, terms)
    case = Case(facts, day, terms, book, windows.last_claim_day(facts, terms, day))
    reasons = [reason for rule in kind.rules if (reason := rule(case)) is not None]
    no_policy = policy_in_force(case, kind.in_force)
    if no_policy is not None:
        reasons.insert(0, no_policy)
    amount = kind.amount_of(case)
    reasons += amount.reasons
    outcome = _outcome(reasons, amount)
    fen = amount.fen or 0
    is_eligible = outcome is Outcome.ELIGIBLE
    return Verdict(
        kind=facts.kind,
        outcome=outcome,
        amount_fen=fen if is_eligible else 0,
        standard_fen=amount.fen,
        shares=_shares(amount, is_eligible),
        reasons=tuple(reasons),
        key=kind.key_of(facts),
        last_claim_day=case.last_claim_day,
        rule_day=day,
    )


def _outcome(reasons: list[RuleReason], amount: Amount) -> Outcome:
    results = {reason.result for reason in reasons}
    if RuleResult.FAILED in results:
        return Outcome.INELIGIBLE
    if RuleResult.UNKNOWN in results or not amount.fen:
        return Outcome.UNDECIDED
    return Outcome.ELIGIBLE


def _shares(amount: Amount, is_eligible: bool) -> Shares:
    if amount.shares is not None and is_eligible:
        return amount.shares
    fen = amount.fen or 0
    others = amount.shares or Shares(government_fen=0, employer_fen=0, person_fen=0)
    return Shares(
        government_fen=fen if is_eligible else 0,
        employer_fen=others.employer_fen,
        person_fen=others.person_fen,
    )


def _without_evidence(facts: ClaimFacts, book: Rulebook) -> Verdict:
    """Neither certificate nor training nor listing is known: only the gates that need none of them speak."""
    case = Case(facts, facts.applied_on, book.terms(facts.payer_division, facts.applied_on), book, None)
    reasons = [rule(case) for rule in (gate.evidence_given, gate.record_gate, gate.payee)]
    return Verdict(
        kind=facts.kind,
        outcome=_outcome(reasons, Amount(None, ())),
        amount_fen=0,
        standard_fen=None,
        shares=Shares(government_fen=0, employer_fen=0, person_fen=0),
        reasons=tuple(reasons),
        key=None,
        last_claim_day=None,
        rule_day=None,
    )
