"""The unemployment insurance (失业保险) of the sandbox.

Contract: ``openapi/upstream/unemployment-insurance.yaml``.
"""

from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.sandbox.behavior import Wrong
from app.sandbox.desk import Desk, Refusal, answered_at
from app.sandbox.insurance_register import InsuranceRegister, Insured, Spell
from app.sandbox.population import Cardholder, normalized_name

BODY_BYTES_MAX = 524_288
OVERSIZE_BYTES = 2_097_152

RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
IdentityNumber = Annotated[str, Field(pattern=r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15})$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
CreditCode = Annotated[str, Field(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(?:0[1-9]|1[0-2])$")]
_STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class PersonLine(BaseModel):
    """One person named by number and name."""

    model_config = _STRICT

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    identity_number: IdentityNumber
    name: Name


class FactsLine(PersonLine):
    """One person asked about."""

    as_of: date
    on_days: Annotated[list[date], Field(max_length=40)]
    in_months: Annotated[list[Month], Field(max_length=40)]


class FactsQuestion(BaseModel):
    """At most 200 lines, each with its own reference."""

    model_config = _STRICT

    request_id: RequestId
    purpose: Literal["vocational_training_subsidy_review"]
    lines: Annotated[list[FactsLine], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _references_differ(self) -> "FactsQuestion":
        _require_different(self.lines)
        return self


class EmployerQuestion(BaseModel):
    """An employer and at most 200 of its people."""

    model_config = _STRICT

    request_id: RequestId
    purpose: Literal["vocational_training_subsidy_review"]
    credit_code: CreditCode
    as_of: date
    lines: Annotated[list[PersonLine], Field(max_length=200)]

    @model_validator(mode="after")
    def _references_differ(self) -> "EmployerQuestion":
        _require_different(self.lines)
        return self


class Insurance:
    """The two operations of the contract over one register."""

    def __init__(self, register: InsuranceRegister, desk: Desk) -> None:
        self._register = register
        self._desk = desk

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter()
        routes.add_api_route("/v1/insurance-facts", self.ask_facts, methods=["POST"], response_model=None)
        routes.add_api_route(
            "/v1/employer-checks", self.check_employer, methods=["POST"], response_model=None
        )
        return routes

    async def ask_facts(self, request: Request) -> Response:
        """Facts of each person."""
        try:
            course, asked = await self._desk.question(request, FactsQuestion)
        except Refusal as refusal:
            return refusal.response
        lines = [self._facts_line(line) for line in asked.lines]
        self._desk.draw.shuffle(lines)  # the contract promises no order
        _spoil(lines, course.wrong)
        return await self._desk.answer(request, {"request_id": asked.request_id, "lines": lines}, course)

    async def check_employer(self, request: Request) -> Response:
        """The headcount of an employer, and whether it insures each person of the list."""
        try:
            course, asked = await self._desk.question(request, EmployerQuestion)
        except Refusal as refusal:
            return refusal.response
        lines = [self._employee_line(line, asked) for line in asked.lines]
        insured = sum(line["outcome"] == "insured" for line in lines)
        is_known = self._register.is_employer(asked.credit_code)
        headcount = self._register.insured_by(asked.credit_code, asked.as_of, insured)
        self._desk.draw.shuffle(lines)
        answer: dict[str, Any] = {
            "request_id": asked.request_id,
            "outcome": "answered" if is_known else "employer_unknown",
            "evidence_id": self._desk.evidence_id(),
            "answered_at": answered_at(),
            "as_of": asked.as_of.isoformat(),
            "headcount": headcount if is_known else None,
            "lines": lines if is_known else [],
        }
        self._desk.stand.counts[f"employer_{answer['outcome']}"] += 1
        match course.wrong:
            case Wrong.CONTRADICTING:
                answer["headcount"] = None if is_known else 1
            case Wrong.WRONG_REFERENCE:
                answer["request_id"] = "0" * 32
            case Wrong.WRONG_COUNT:
                answer["lines"] = [*answer["lines"][1:], *answer["lines"][:1], *answer["lines"][:1]] or [
                    {"reference": "0", "outcome": "insured", "evidence_id": "00000000"}
                ]
            case Wrong.OUTDATED:
                answer["answered_at"] = "1970-01-01T00:00:00+00:00"
            case _:
                pass
        return await self._desk.answer(request, answer, course)

    def _find(self, line: PersonLine) -> tuple[Cardholder, Insured] | None:
        found = self._register.find(line.identity_number)
        if found is None or normalized_name(found[0].name) != normalized_name(line.name):
            return None
        return found

    def _facts_line(self, line: FactsLine) -> dict[str, Any]:
        found = self._find(line)
        answer: dict[str, Any] = {
            "reference": line.reference,
            "outcome": "person_unknown",
            "evidence_id": self._desk.evidence_id(),
            "answered_at": answered_at(),
        }
        if found is not None:
            answer["outcome"] = "partial" if self._register.silent_regions else "answered"
            answer["facts"] = self._facts(found[1], line)
        self._desk.stand.counts[f"answered_{answer['outcome']}"] += 1
        return answer

    def _facts(self, insured: Insured, line: FactsLine) -> dict[str, Any]:
        silent = self._register.silent_regions
        standing = self._standing(insured, line.as_of, line.as_of)
        home = standing["division_code"]
        return {
            "as_of": line.as_of.isoformat(),
            "months": _months(insured, line.as_of, home, silent),
            "standing": standing,
            "on_days": [
                {"day": day.isoformat(), "standing": self._standing(insured, day, day)}
                for day in line.on_days
            ],
            "in_months": [
                {"month": month, "standing": self._standing(insured, *_days_of(month))}
                for month in line.in_months
            ],
            "draws_pension": insured.pension_from is not None and insured.pension_from <= line.as_of,
            "deceased_on": None if insured.deceased_on is None else insured.deceased_on.isoformat(),
            "fund_reserve_months": None if home is None else self._register.reserve(home),
            "silent_regions": silent,
        }

    def _standing(self, insured: Insured, first: date, last: date) -> dict[str, str | None]:
        """On any of the days from ``first`` to ``last``; paying counts before drawing."""
        silent = self._register.silent_regions
        heard = [spell for spell in insured.spells if _province(spell) not in silent]
        touching = [
            spell
            for spell in heard
            if spell.starts_on <= last and (spell.ends_before is None or first < spell.ends_before)
        ]
        for spell in sorted(touching, key=lambda each: each.status != "paying"):
            return {
                "status": spell.status,
                "division_code": spell.division_code,
                "employer_code": spell.employer_code,
                "employer_kind": spell.employer_kind,
            }
        past = [spell for spell in heard if spell.starts_on <= last]
        place = max(past, key=lambda each: each.starts_on).division_code if past and not silent else None
        status = None if silent else "neither"
        return {"status": status, "division_code": place, "employer_code": None, "employer_kind": None}

    def _employee_line(self, line: PersonLine, asked: EmployerQuestion) -> dict[str, Any]:
        found = self._find(line)
        if found is None:
            outcome = "person_unknown"
        else:
            is_insured = any(
                spell.employer_code == asked.credit_code and spell.covers(asked.as_of)
                for spell in found[1].spells
            )
            outcome = "insured" if is_insured else "not_insured"
        return {
            "reference": line.reference,
            "outcome": outcome,
            "evidence_id": self._desk.evidence_id(),
        }


def _months(insured: Insured, as_of: date, home: str | None, silent: list[str]) -> dict[str, int]:
    """Each month once, with the province of the first spell that paid for it."""
    province = "" if home is None else f"{home[:2]}0000"
    by_month: dict[tuple[int, int], str] = {}
    for spell in insured.spells:
        if spell.status == "paying" and _province(spell) not in silent:
            for month in spell.months(as_of):
                by_month.setdefault(month, _province(spell))
    own = sum(place == province for place in by_month.values())
    elsewhere = len(by_month) - own
    if insured.own_months is not None:
        own = insured.own_months if province not in silent and home is not None else 0
    elsewhere += sum(months for place, months in insured.other_months.items() if place not in silent)
    deemed = insured.deemed_months
    return {
        "own_region": own,
        "deemed": deemed,
        "other_provinces": elsewhere,
        "total": own + deemed + elsewhere,
    }


def _province(spell: Spell) -> str:
    return f"{spell.division_code[:2]}0000"


def _days_of(month: str) -> tuple[date, date]:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def _require_different(lines: list[Any]) -> None:
    if len({line.reference for line in lines}) != len(lines):
        raise ValueError("references must differ")


def _spoil(lines: list[dict[str, Any]], wrong: Wrong | None) -> None:
    """Answer well in form and signature, and yet wrongly."""
    match wrong:
        case Wrong.CONTRADICTING:
            for line in lines:
                if "facts" in line:
                    line["facts"]["months"]["total"] += 1
                else:
                    line["outcome"] = "answered"
        case Wrong.WRONG_REFERENCE:
            lines[-1]["reference"] = "0" * 32
        case Wrong.WRONG_COUNT:
            lines.pop()
        case Wrong.OUTDATED:
            lines[0]["answered_at"] = "1970-01-01T00:00:00+00:00"
        case _:
            pass
