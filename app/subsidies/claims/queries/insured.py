"""What the unemployment insurance has said, as stored, in the words of the facts; nobody asks the platform here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.gateways.insurance_facts import (
    ContributionMonths,
    EmployerKind,
    InsuranceFacts,
    InsuranceOutcome,
    Standing,
    facts_of_document,
)
from app.kernel.clock import parse_instant
from app.subsidies.claims.rules.facts import (
    STATUS_OF_STANDING,
    InsuranceQuestion,
    Insured,
    Picture,
    insurance_questions,
    issued_on,
)
from app.subsidies.entitlements.rules import facts as evaluated
from app.subsidies.entitlements.states import BenefitKind, InsuranceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """One answer of the platform as ``insurance_fact`` holds it."""

    as_of: date
    outcome: InsuranceOutcome
    facts: InsuranceFacts | None
    recorded_at: datetime

    def answers(self, question: InsuranceQuestion) -> bool:
        """Whether it answers the question. A person unknown to the platform is unknown on every day it covers."""
        if self.as_of != question.as_of:
            return False
        if self.facts is None:
            return self.outcome is InsuranceOutcome.PERSON_UNKNOWN
        return set(question.on_days) <= {point.day for point in self.facts.on_days} and set(
            question.in_months
        ) <= {point.month for point in self.facts.in_months}


def stored_answers(picture: Picture) -> list[StoredAnswer]:
    """All answers of the last month about the person of a picture, oldest first."""
    return [stored_answer(row) for row in picture["insurance"]]


def stored_answer(row: Mapping[str, Any]) -> StoredAnswer:
    """One row, from JSON."""
    outcome = InsuranceOutcome(row["outcome"])
    return StoredAnswer(
        as_of=date.fromisoformat(row["as_of"]),
        outcome=outcome,
        facts=facts_of_document(row["facts"]) if row["facts"] else None,
        recorded_at=parse_instant(row["recorded_at"]),
    )


def unanswered(
    kind: BenefitKind,
    picture: Picture,
    applied_on: date,
    *,
    since: datetime,
    answers: Iterable[StoredAnswer] | None = None,
) -> tuple[InsuranceQuestion, ...]:
    """What must be asked: questions without a whole answer recorded after ``since``. Partial ones are asked again."""
    known = stored_answers(picture) if answers is None else list(answers)
    fresh = [
        each for each in known if each.recorded_at >= since and each.outcome is not InsuranceOutcome.PARTIAL
    ]
    return tuple(
        question
        for question in insurance_questions(kind, picture, applied_on)
        if not any(answer.answers(question) for answer in fresh)
    )


def insured_of(
    kind: BenefitKind, picture: Picture, applied_on: date, answers: Sequence[StoredAnswer] | None = None
) -> Insured:
    """The newest answer to each question, together. Without an answer everything stays unknown."""
    known = stored_answers(picture) if answers is None else answers
    told: list[InsuranceFacts] = []
    for question in insurance_questions(kind, picture, applied_on):
        newest = next((each for each in reversed(known) if each.answers(question)), None)
        if newest is not None and newest.facts is not None:
            told.append(newest.facts)
    if not told:
        return Insured()
    at_application = next((each for each in told if each.as_of == applied_on), None)
    at_issue = _standing_at_issue(picture, told)
    now = None if at_application is None else at_application.standing
    return Insured(
        facts=evaluated.InsuranceFacts(
            months=tuple(_months(each.months, each.as_of, whole=not each.silent_regions) for each in told),
            status_at_issue=_status(at_issue),
            status_at_application=_status(now),
            is_enterprise_employee=_is_enterprise(now, at_issue),
            division=_division(now, at_issue),
        ),
        draws_pension=None if at_application is None else at_application.draws_pension,
        deceased_on=next((each.deceased_on for each in told if each.deceased_on is not None), None),
        is_insured_there=_is_insured_there(picture, told),
    )


def insured_division(insured: Insured) -> str | None:
    """参保地."""
    return insured.facts.division


def _months(months: ContributionMonths, as_of: date, *, whole: bool) -> evaluated.MonthsFacts:
    # While a province is silent its months are missing from the count: the number is a lower bound, not a fact.
    return evaluated.MonthsFacts(
        as_of=as_of,
        own=months.own_region,
        deemed=months.deemed,
        other_provinces=months.other_provinces if whole else None,
    )


def _standing_at_issue(picture: Picture, told: Sequence[InsuranceFacts]) -> Standing | None:
    issued = issued_on(picture)
    if issued is None:
        return None
    month = f"{issued:%Y-%m}"
    points = [point.standing for each in told for point in each.in_months if point.month == month]
    return points[-1] if points else next((each.standing for each in told if each.as_of == issued), None)


def _status(standing: Standing | None) -> InsuranceStatus:
    return STATUS_OF_STANDING[None if standing is None or standing.status is None else standing.status.value]


def _is_enterprise(*standings: Standing | None) -> bool | None:
    kinds = [each.employer_kind for each in standings if each is not None and each.employer_kind is not None]
    return EmployerKind.ENTERPRISE in kinds if kinds else None


def _division(*standings: Standing | None) -> str | None:
    return next(
        (each.division_code for each in standings if each is not None and each.division_code is not None),
        None,
    )


def _is_insured_there(picture: Picture, told: Sequence[InsuranceFacts]) -> bool | None:
    listing = picture["listing"]
    if listing is None:
        return None
    ends_on = date.fromisoformat(listing["ends_on"])
    standings = [
        point.standing for each in told for point in each.in_months if point.month == listing["period"]
    ]
    standings += [point.standing for each in told for point in each.on_days if point.day == ends_on]
    if not standings or standings[-1].status is None:
        return None
    return bool(standings[-1].employer_code == listing["credit_code"])
