"""Ask the unemployment insurance what is not known yet, and keep what it says; never in a decision's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.gateways.insurance import UnemploymentInsurance
from app.gateways.insurance_facts import InsuranceAnswer, InsuranceOutcome, InsuranceQuery, facts_document
from app.subsidies.claims.queries.doors import Who
from app.subsidies.claims.queries.insured import unanswered
from app.subsidies.claims.rules.facts import InsuranceQuestion
from app.subsidies.entitlements.states import BenefitKind

_STORE = text("""
    INSERT INTO insurance_fact (person_id, fact_id, as_of, outcome, facts, evidence_id, answered_at)
    VALUES (:person_id, :fact_id, :as_of, :outcome, CAST(:facts AS jsonb), :evidence_id, :answered_at)
""")


@dataclass(frozen=True, slots=True)
class Open:
    """One question about one person that nobody has answered lately."""

    who: Who
    picture: dict[str, Any]
    question: InsuranceQuestion


@dataclass(frozen=True, slots=True)
class Answered:
    """The question with what the platform said."""

    open: Open
    answer: InsuranceAnswer


def open_questions(
    who: Who,
    picture: dict[str, Any],
    kind: BenefitKind,
    applied_on: date,
    *,
    now: datetime,
    max_age_hours: int,
) -> list[Open]:
    """What is still to be asked for a claim; an answer not older than ``max_age_hours`` is used again."""
    asked = unanswered(kind, picture, applied_on, since=now - timedelta(hours=max_age_hours))
    return [Open(who, picture, each) for each in asked]


async def ask_insurance(platform: UnemploymentInsurance, questions: Sequence[Open]) -> list[Answered]:
    """Ask for all of them in one go. Who has no number or name here stays unknown; so does what gets no answer."""
    queries: list[tuple[Open, InsuranceQuery]] = []
    for each in questions:
        if each.who.number is None or each.who.name is None:
            continue
        try:
            query = InsuranceQuery(
                identity_number=each.who.number,
                name=each.who.name,
                as_of=each.question.as_of,
                on_days=each.question.on_days,
                in_months=each.question.in_months,
            )
        except ValueError:
            continue
        queries.append((each, query))
    if not queries:
        return []
    answers = await platform.ask_facts([query for _, query in queries])
    return [Answered(asked, answer) for (asked, _), answer in zip(queries, answers, strict=True)]


async def store_insurance_answers(unit: Unit, answers: Sequence[Answered]) -> int:
    """Keep what was said, also in the pictures it was asked for; how many answers there were."""
    rows = []
    for each in answers:
        answer, asked = each.answer, each.open
        if answer.outcome is InsuranceOutcome.UNAVAILABLE or answer.answered_at is None:
            continue
        document = {} if answer.facts is None else facts_document(answer.facts)
        rows.append(
            {
                "person_id": asked.who.person_id,
                "fact_id": uuid7(),
                "as_of": asked.question.as_of,
                "outcome": answer.outcome.value,
                "facts": orjson.dumps(document).decode(),
                "evidence_id": answer.evidence_id,
                "answered_at": answer.answered_at,
            }
        )
        asked.picture["insurance"].append(
            {
                "as_of": asked.question.as_of.isoformat(),
                "outcome": answer.outcome.value,
                "facts": document,
                "recorded_at": unit.now.isoformat(),
            }
        )
    if rows:
        await unit.session.execute(_STORE, rows)
    return len(rows)
