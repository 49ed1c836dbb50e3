"""One decision derived again: stored facts and the stored edition give a verdict, or the stored one is wrong. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.kernel.canonical_json import digest_of
from app.oversight.checker.states import DecisionDifference, Part
from app.policy.editions import book_of_edition
from app.policy.loader import BundleError
from app.subsidies.entitlements.rules.evaluate import evaluate
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.rulebook import Rulebook
from app.subsidies.entitlements.rules.verdict import RuleReason

_FACTS = TypeAdapter(ClaimFacts)
_REASONS = TypeAdapter(list[RuleReason])


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. ``place`` is a number that people know (claim, record, order, leaf), never a person's."""

    part: Part
    kind: str
    place: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A stored review with what its claim says of the same things; ``facts`` is their JSON text."""

    claim_number: str
    round: int
    kind: str
    division_code: str
    payee_kind: str
    certificate_id: str | None
    opening_id: str | None
    verdict: str
    amount_fen: int
    facts: str
    reasons: Sequence[Any]


def rulebook_of(content: Mapping[str, Any], digest: bytes) -> Rulebook | None:
    """The rules of a stored edition; None when it is no longer what was published, or no book at all."""
    try:
        return Rulebook(book_of_edition(content)) if digest_of(content) == digest else None
    except (BundleError, KeyError, TypeError, ValueError):
        return None


def differences_of_decision(decided: Decided, book: Rulebook | None) -> list[Finding]:
    """Every way in which the stored verdict is not what the rules say of the stored facts."""
    if book is None:
        return [_finding(decided, DecisionDifference.EDITION_CHANGED, "所依据的政策版本已不是发布时的内容")]
    try:
        facts = _FACTS.validate_json(decided.facts)
        derived = evaluate(facts, book)
    except (ValidationError, BundleError, LookupError, TypeError, ValueError):
        return [_finding(decided, DecisionDifference.FACTS_UNREADABLE, "所存事实无法重新判断")]
    found = []
    if derived.outcome.value != decided.verdict:
        told = f"所存结论为{decided.verdict}，按所存事实和政策版本应为{derived.outcome.value}"
        found.append(_finding(decided, DecisionDifference.VERDICT_DIFFERS, told))
    if derived.amount_fen != decided.amount_fen:
        told = f"所存金额为{decided.amount_fen}分，重新计算为{derived.amount_fen}分"
        found.append(_finding(decided, DecisionDifference.AMOUNT_DIFFERS, told))
    reasons = _REASONS.dump_python(list(derived.reasons), mode="json")
    if reasons != list(decided.reasons):
        codes = _differing(reasons, decided.reasons)
        told = f"所存理由与重新判断不一致：{'、'.join(codes) or '顺序'}"
        found.append(_finding(decided, DecisionDifference.REASONS_DIFFER, told))
    elsewhere = _of_other_claim(decided, facts)
    if elsewhere:
        told = f"所存事实与申领不一致：{'、'.join(elsewhere)}"
        found.append(_finding(decided, DecisionDifference.FACTS_OF_OTHER_CLAIM, told))
    return found


def _of_other_claim(decided: Decided, facts: ClaimFacts) -> list[str]:
    said = {
        "补贴种类": (facts.kind.value, decided.kind),
        "支付地": (facts.payer_division, decided.division_code),
        "收款人": (facts.payee.kind.value, decided.payee_kind),
    }
    if facts.certificate is not None and decided.certificate_id is not None:
        said["证书"] = (facts.certificate.certificate_id, decided.certificate_id)
    if facts.training is not None and decided.opening_id is not None:
        said["培训班次"] = (facts.training.opening_id, decided.opening_id)
    return [name for name, (told, held) in said.items() if told != held]


def _differing(derived: Sequence[Any], stored: Sequence[Any]) -> list[str]:
    """Codes of reasons that stand on one side only."""
    one_side = [each for each in derived if each not in stored] + [
        each for each in stored if each not in derived
    ]
    return sorted({str(each.get("code", "？")) if isinstance(each, Mapping) else "？" for each in one_side})


def _finding(decided: Decided, kind: DecisionDifference, message: str) -> Finding:
    return Finding(Part.DECISIONS, kind.value, f"{decided.claim_number}第{decided.round}轮", message)
