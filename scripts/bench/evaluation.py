"""How many claims a core judges in a second, all reasons built, and whether a whole province streams in flat memory.

Goal: 5,000 claims/s on one core. The floor, measured in the same run: building the same reasons from values that lie
ready (no rule asked, no text made). Then a province of 1,000,000 synthetic persons is judged as a stream, one claim
each; resident memory is read at 10 %, 50 % and 100 %. Nobody is meant: persons are drawn from a seeded generator.

    python scripts/bench/evaluation.py [--claims 20000] [--persons 1000000] [--seed 1] [--json]
"""

import argparse
import gc
import json
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.archive.certificates.states import CertificateKind, CertificateState
from app.archive.records.states import EntryKind
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.rules.evaluate import evaluate
from app.subsidies.entitlements.rules.facts import (
    CertificateFacts,
    ClaimFacts,
    EntryFacts,
    GroupFacts,
    HeldCertificate,
    InsuranceFacts,
    MonthsFacts,
    PastBenefit,
    PayeeFacts,
    PersonFacts,
    PlaceFacts,
    TollingFacts,
    TrainingFacts,
)
from app.subsidies.entitlements.rules.verdict import RuleReason, UsedFact
from app.subsidies.entitlements.states import BenefitKind, HolderCheck, InsuranceStatus, PastState, PayeeKind

GOAL_PER_SECOND = 5_000
ROUNDS = 5
FLAT_MIB = 16
"""More growth than this between a tenth and the whole of the stream is called growth."""

_DIVISIONS = (
    "410100",
    "410105",
    "410300",
    "640100",
    "321000",
    "321003",
    "440300",
    "110105",
    "310101",
    "130100",
)
_LEVELS = (SkillLevel.LEVEL_5, SkillLevel.LEVEL_4, SkillLevel.LEVEL_3, SkillLevel.LEVEL_2)
_LINES = tuple(f"2015:6-31-01-{number:02d}" for number in range(40))
_GROUPS = (
    "rural_migrant_worker",
    "veteran",
    "disabled",
    "registered_unemployed",
    "new_generation_migrant",
    "woman",
)
_STATES = (CertificateState.MATCHED,) * 8 + (CertificateState.PENDING_UPLOAD, CertificateState.NAME_MISMATCH)


def persons(count: int, seed: int) -> Iterator[ClaimFacts]:
    """A claim for each of ``count`` persons, two thirds 技能提升补贴 and one third 职业培训补贴, made one at a time."""
    draw = random.Random(seed)  # noqa: S311 - synthetic persons, no secret
    for number in range(count):
        yield _training(draw, number) if number % 3 == 0 else _upgrade(draw, number)


def _upgrade(draw: random.Random, number: int) -> ClaimFacts:
    issued_on = date(2017, 1, 1) + timedelta(days=draw.randrange(3_400))
    applied_on = issued_on + timedelta(days=draw.randrange(400))
    division = draw.choice(_DIVISIONS)
    line = draw.choice(_LINES)
    tollings = ()
    if number % 10 == 0:
        tollings = (TollingFacts(starts_on=issued_on, ended_on=issued_on + timedelta(days=20)),)
    return ClaimFacts(
        kind=BenefitKind.SKILL_UPGRADE,
        payer_division=division,
        applied_on=applied_on,
        person=_person(draw),
        payee=PayeeFacts(kind=PayeeKind.PERSON, holder_check=HolderCheck.MATCHED),
        entry=EntryFacts(kind=EntryKind.CERTIFICATE, in_force=True, sealed=True, division=division),
        certificate=CertificateFacts(
            certificate_id=str(number),
            kind=CertificateKind.SKILL_LEVEL,
            level=draw.choice(_LEVELS),
            issued_on=issued_on,
            state=draw.choice(_STATES),
            last_confirmed_on=applied_on,
            tollings=tollings,
            benefit_line=line,
        ),
        insurance=InsuranceFacts(
            months=(
                MonthsFacts(
                    as_of=applied_on, own=draw.randrange(60), deemed=0, other_provinces=draw.randrange(6)
                ),
            ),
            status_at_issue=draw.choice(
                (InsuranceStatus.INSURED, InsuranceStatus.INSURED, InsuranceStatus.DRAWING)
            ),
            status_at_application=InsuranceStatus.INSURED,
            is_enterprise_employee=True,
            division=division,
        ),
        history=_history(draw, issued_on),
        holdings=_holdings(draw, number, line, issued_on),
        is_shortage=draw.random() < 0.2,
    )


def _training(draw: random.Random, number: int) -> ClaimFacts:
    ends_on = date(2019, 6, 1) + timedelta(days=draw.randrange(2_500))
    division = draw.choice(_DIVISIONS)
    line, level = draw.choice(_LINES), draw.choice(_LEVELS)
    return ClaimFacts(
        kind=BenefitKind.TRAINING,
        payer_division=division,
        applied_on=ends_on + timedelta(days=draw.randrange(5, 400)),
        person=_person(draw),
        payee=PayeeFacts(kind=PayeeKind.PERSON, holder_check=HolderCheck.MATCHED),
        entry=EntryFacts(kind=EntryKind.COMPLETION, in_force=True, sealed=True, division=division),
        certificate=CertificateFacts(
            certificate_id=str(number),
            kind=CertificateKind.TRAINING_COMPLETION,
            level=level,
            issued_on=ends_on + timedelta(days=3),
            state=CertificateState.MATCHED,
            benefit_line=line,
        ),
        training=TrainingFacts(
            opening_id=str(number % 50_000),
            starts_on=ends_on - timedelta(days=20),
            ends_on=ends_on,
            filed_on=ends_on - timedelta(days=25),
            is_on_record=True,
            is_institution_listed=True,
            is_program_listed=True,
            benefit_line=line,
            level=level,
            place_division=division,
            is_completed=True,
            has_passed=draw.random() < 0.95,
            planned_minutes=4_800,
            confirmed_minutes=draw.randrange(3_600, 4_800),
        ),
        history=_history(draw, ends_on),
        places=PlaceFacts(household=draw.choice(_DIVISIONS), residence=division, job=None),
        is_shortage=draw.random() < 0.2,
    )


def _person(draw: random.Random) -> PersonFacts:
    group = GroupFacts(
        code=draw.choice(_GROUPS), starts_on=date(2015, 1, 1), is_evidenced=draw.random() < 0.9
    )
    return PersonFacts(
        born_on=date(1960, 1, 1) + timedelta(days=draw.randrange(15_000)),
        groups=(group,),
        draws_pension=False,
        is_deceased=False,
    )


def _history(draw: random.Random, before: date) -> tuple[PastBenefit, ...]:
    return tuple(
        PastBenefit(
            kind=draw.choice((BenefitKind.SKILL_UPGRADE, BenefitKind.TRAINING)),
            state=PastState.PAID,
            entry_on=before - timedelta(days=draw.randrange(1_500)),
            benefit_line=draw.choice(_LINES),
            level=draw.choice(_LEVELS),
        )
        for _ in range(draw.randrange(4))
    )


def _holdings(draw: random.Random, number: int, line: str, before: date) -> tuple[HeldCertificate, ...]:
    return tuple(
        HeldCertificate(
            certificate_id=f"{number}/{nth}",
            level=draw.choice(_LEVELS),
            issued_on=before - timedelta(days=draw.randrange(1_500)),
            state=CertificateState.MATCHED,
            benefit_line=line if nth else draw.choice(_LINES),
        )
        for nth in range(draw.randrange(3))
    )


def judged_per_second(claims: list[ClaimFacts]) -> float:
    """The product: verdicts with every reason."""
    begun = time.perf_counter()
    for facts in claims:
        evaluate(facts)
    return len(claims) / (time.perf_counter() - begun)


def built_per_second(claims: list[ClaimFacts]) -> float:
    """The floor: the same reasons made anew from values that lie ready."""
    ready = [
        [(reason, [(used.name, used.value) for used in reason.facts]) for reason in evaluate(facts).reasons]
        for facts in claims
    ]
    begun = time.perf_counter()
    for reasons in ready:
        tuple(
            [
                RuleReason(
                    code=reason.code,
                    result=reason.result,
                    message=reason.message,
                    citation=reason.citation,
                    versions=reason.versions,
                    facts=tuple([UsedFact(name, value) for name, value in facts]),
                    remedy=reason.remedy,
                    until=reason.until,
                )
                for reason, facts in reasons
            ]
        )
    return len(ready) / (time.perf_counter() - begun)


def streamed(count: int, seed: int) -> tuple[dict[str, int], dict[str, float], float]:
    """Outcomes, resident MiB at 10, 50 and 100 %, and persons a second with their making included."""
    process = psutil.Process(os.getpid())
    marks = {max(count * share // 100, 1): f"{share}%" for share in (10, 50, 100)}
    outcomes: Counter[str] = Counter()
    resident: dict[str, float] = {}
    begun = time.perf_counter()
    for number, facts in enumerate(persons(count, seed), start=1):
        outcomes[evaluate(facts).outcome.value] += 1
        if number in marks:
            resident[marks[number]] = round(process.memory_info().rss / 2**20, 1)
    return dict(outcomes), resident, count / (time.perf_counter() - begun)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--claims", type=int, default=20_000)
    arguments.add_argument("--persons", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    claims = list(persons(options.claims, options.seed))
    gc.collect()
    gc.freeze()  # the claims lie ready for both: neither side pays for looking through them
    judged_per_second(claims)
    ours, floor = zip(
        *[(judged_per_second(claims), built_per_second(claims)) for _ in range(ROUNDS)], strict=True
    )
    reasons = sum(len(evaluate(facts).reasons) for facts in claims) / len(claims)
    outcomes, resident, per_second = streamed(options.persons, options.seed)
    growth = resident["100%"] - resident["10%"]
    found = {
        "claims_per_second": round(statistics.median(ours)),
        "reasons_alone_per_second": round(statistics.median(floor)),
        "ratio": round(statistics.median(each / base for each, base in zip(ours, floor, strict=True)), 3),
        "reasons_per_claim": round(reasons, 1),
        "goal_per_second": GOAL_PER_SECOND,
        "persons_streamed": options.persons,
        "persons_per_second": round(per_second),
        "outcomes": outcomes,
        "resident_mib": resident,
        "growth_mib": round(growth, 1),
    }
    print(json.dumps(found, ensure_ascii=False) if options.json else _in_lines(found))
    sys.exit(0 if found["claims_per_second"] >= GOAL_PER_SECOND and growth <= FLAT_MIB else 1)


def _in_lines(found: dict[str, object]) -> str:
    return "\n".join(f"{name:>26}  {value}" for name, value in found.items())


if __name__ == "__main__":
    main()
