"""The decision cases of claims: facts by overriding a named base, and what the rules must answer."""

import shutil
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import TypeAdapter

from app.kernel.errors import UNSOURCED, Citation
from app.policy.loader import read_book
from app.subsidies.entitlements.rules.evaluate import RULES_OF_KIND, evaluate
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.kinds import KindRules
from app.subsidies.entitlements.rules.rulebook import Rulebook
from app.subsidies.entitlements.rules.verdict import RuleReason, Verdict
from app.subsidies.entitlements.states import BenefitKind, RuleResult

FOLDER = Path(__file__).parent / "rules" / "cases" / "claims"
BUNDLES = Path(__file__).parents[1] / "app" / "policy" / "bundles"
_FACTS = TypeAdapter(ClaimFacts)


@dataclass(frozen=True, slots=True)
class DecisionCase:
    """One row: where it stands, its facts, and what is expected."""

    file: str
    name: str
    facts: ClaimFacts
    expect: Mapping[str, Any]
    trap: str | None


@cache
def decision_cases() -> tuple[DecisionCase, ...]:
    """Every case of every file, in order."""
    bases = yaml.safe_load((FOLDER / "bases.yaml").read_text(encoding="utf-8"))
    return tuple(
        DecisionCase(
            file=file.stem,
            name=row["name"],
            facts=_FACTS.validate_python(merged(bases[row["base"]], row.get("with", {}))),
            expect=row["expect"],
            trap=row.get("trap"),
        )
        for file in sorted(FOLDER.glob("*.yaml"))
        if file.stem != "bases"
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
    )


@cache
def base(name: str) -> ClaimFacts:
    """A base as it stands."""
    bases = yaml.safe_load((FOLDER / "bases.yaml").read_text(encoding="utf-8"))
    return _FACTS.validate_python(bases[name])


def as_json(facts: ClaimFacts) -> dict[str, Any]:
    """Facts as a file writes them."""
    document: dict[str, Any] = _FACTS.dump_python(facts, mode="json")
    return document


def merged(under: Any, over: Any) -> Any:
    """``over`` laid on ``under``: parts are merged, lists and values replaced; a part set to null is unknown."""
    if not isinstance(under, dict) or not isinstance(over, dict):
        return deepcopy(over)
    return {key: merged(under.get(key), over[key]) if key in over else under[key] for key in under | over}


@cache
def rulebook() -> Rulebook:
    """The packaged bundles and, beside them, the practices of places that read the texts differently."""
    with TemporaryDirectory() as folder:
        for source in (*BUNDLES.glob("*.yaml"), *(FOLDER / "practices").glob("*.yaml")):
            shutil.copy(source, folder)
        return Rulebook(read_book(Path(folder)))


def said(reasons: tuple[RuleReason, ...], result: RuleResult) -> dict[str, str]:
    """Codes of one result with their clauses, as the cases write them."""
    return {reason.code: clause(reason.citation) for reason in reasons if reason.result is result}


def clause(citation: Citation) -> str:
    """``文号 条款``, or ``unsourced``."""
    return "unsourced" if citation == UNSOURCED else f"{citation.document} {citation.clause}".strip()


def differences(
    case: DecisionCase, rules: Mapping[BenefitKind, KindRules] = RULES_OF_KIND, book: Rulebook | None = None
) -> list[str]:
    """What the verdict says otherwise than the case expects; empty when they agree."""
    verdict = evaluate(case.facts, book or rulebook(), rules)
    expect = case.expect
    found: list[tuple[str, Any, Any]] = [
        ("outcome", expect["outcome"], verdict.outcome.value),
        ("amount_fen", expect.get("amount_fen", 0), verdict.amount_fen),
        ("failed", expect.get("failed", {}), said(verdict.reasons, RuleResult.FAILED)),
        ("missing", expect.get("missing", {}), said(verdict.reasons, RuleResult.UNKNOWN)),
    ]
    found += [
        (name, expect[name], str(getattr(verdict, name)))
        for name in ("last_claim_day", "rule_day")
        if name in expect
    ]
    found += _told(expect, verdict)
    return [
        f"{name}: expected {wanted}, got {got}"
        for name, wanted, got in found
        if _plain(wanted) != _plain(got)
    ]


def _told(expect: Mapping[str, Any], verdict: Verdict) -> list[tuple[str, Any, Any]]:
    by_code = {reason.code: reason for reason in verdict.reasons}
    passed = said(verdict.reasons, RuleResult.PASSED)
    told: list[tuple[str, Any, Any]] = [
        (f"passed {code}", cited, passed.get(code)) for code, cited in expect.get("passed", {}).items()
    ]
    told += [(f"absent {code}", None, by_code.get(code)) for code in expect.get("absent", ())]
    told += [
        (
            f"says {code}",
            True,
            code in by_code and words in by_code[code].message + (by_code[code].remedy or ""),
        )
        for code, words in expect.get("says", {}).items()
    ]
    told += [
        (f"hides {code}", True, code in by_code and words not in by_code[code].message)
        for code, words in expect.get("hides", {}).items()
    ]
    told += [
        (f"until {code}", str(day), str(by_code[code].until if code in by_code else None))
        for code, day in expect.get("until", {}).items()
    ]
    told += [
        (f"fact {code} {name}", words, used.get(name))
        for code, facts in expect.get("facts", {}).items()
        for used in [{each.name: each.value for each in by_code[code].facts} if code in by_code else {}]
        for name, words in facts.items()
    ]
    if "shares" in expect:
        shares = verdict.shares
        told.append(
            ("shares", expect["shares"], [shares.government_fen, shares.employer_fen, shares.person_fen])
        )
    if "confidence" in expect:
        used = {
            version.key: version.confidence.value for each in verdict.reasons for version in each.versions
        }
        told += [(f"confidence {key}", wanted, used.get(key)) for key, wanted in expect["confidence"].items()]
    return told


def _plain(value: Any) -> Any:
    return str(value) if not isinstance(value, dict | list | bool | int | type(None)) else value
