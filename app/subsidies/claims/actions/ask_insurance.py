"""Ask the unemployment insurance what is not known yet, and keep what it says; never in a decision's transaction."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.gateways.insurance_facts import InsuranceAnswer, InsuranceOutcome, InsuranceQuery, facts_document
from app.subsidies.claims.queries.doors import Who
from app.subsidies.claims.queries.insured import unanswered
from app.subsidies.claims.rules.facts import InsuranceQuestion
from app.subsidies.entitlements.states import BenefitKind

_STORE = text("""
    INSERT INTO insurance_fact (person_id, fact_id, as_of, outcome, facts, evidence_id, answered_at)
    VALUES (:person_id, :fact_id, :as_of, :outcome, CAST(:facts AS jsonb), :evidence_id, :answered_at)
""")


class Answering(Protocol):
    """The platform, or what remembers what it said."""

    async def ask_facts(self, queries: Sequence[InsuranceQuery]) -> list[InsuranceAnswer]:
        """The answers in the order of the questions; never raises for a failing platform."""
        ...


OpenUnit = Callable[[], AbstractAsyncContextManager[Unit]]
"""Opens a transaction of the caller's own."""


@dataclass(frozen=True, slots=True)
class Case:
    """One claim, filed or considered: whom it is about, and the picture that answers are added to."""

    who: Who
    picture: dict[str, Any]
    kind: BenefitKind
    applied_on: date


@dataclass(frozen=True, slots=True)
class _Answered:
    case: Case
    question: InsuranceQuestion
    answer: InsuranceAnswer


async def know_insurance(
    platform: Answering,
    open_unit: OpenUnit | None,
    cases: Sequence[Case],
    *,
    now: datetime,
    max_age_hours: int,
) -> None:
    """Add to each picture what the platform says now. Answers not older than ``max_age_hours`` are used again.

    With ``open_unit`` what was said is kept (``insurance_fact``); without it, a dry run, nothing is stored. Whoever has
    no number or name here stays unknown, and so does what gets no answer. Never raises for a failing platform.
    """
    since = now - timedelta(hours=max_age_hours)
    asked: list[tuple[Case, InsuranceQuestion, InsuranceQuery]] = []
    for case in cases:
        for question in unanswered(case.kind, case.picture, case.applied_on, since=since):
            query = _query(case.who, question)
            if query is not None:
                asked.append((case, question, query))
    if not asked:
        return
    answers = await platform.ask_facts([query for _, _, query in asked])
    said = [
        _Answered(case, question, answer)
        for (case, question, _), answer in zip(asked, answers, strict=True)
        if answer.outcome is not InsuranceOutcome.UNAVAILABLE
    ]
    for each in said:
        each.case.picture["insurance"].append(
            {
                "as_of": each.question.as_of.isoformat(),
                "outcome": each.answer.outcome.value,
                "facts": _document(each.answer),
                "recorded_at": now.isoformat(),
            }
        )
    if open_unit is not None and said:
        async with open_unit() as unit:
            await unit.session.execute(_STORE, [_row(each) for each in said])


def _query(who: Who, question: InsuranceQuestion) -> InsuranceQuery | None:
    if who.number is None or who.name is None:
        return None
    try:
        return InsuranceQuery(
            identity_number=who.number,
            name=who.name,
            as_of=question.as_of,
            on_days=question.on_days,
            in_months=question.in_months,
        )
    except ValueError:
        return None


def _row(said: _Answered) -> dict[str, Any]:
    return {
        "person_id": said.case.who.person_id,
        "fact_id": uuid7(),
        "as_of": said.question.as_of,
        "outcome": said.answer.outcome.value,
        "facts": orjson.dumps(_document(said.answer)).decode(),
        "evidence_id": said.answer.evidence_id,
        "answered_at": said.answer.answered_at,
    }


def _document(answer: InsuranceAnswer) -> dict[str, Any]:
    return {} if answer.facts is None else facts_document(answer.facts)
