"""Client of the unemployment insurance (失业保险): contribution months, status, 参保地, pension, death, headcount.

Contract: ``openapi/upstream/unemployment-insurance.yaml``. Source of the need: 人社部发〔2017〕40号 二（二）
(…与失业保险参保信息比对等方式进行审核). A person for whom there is no trustworthy answer is *unavailable*: whatever is
late, refused, malformed, signed wrongly, contradicts itself or answers another question ends there, never in a yes
and never in a no.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Answer, Pace, UpstreamFailed, read_model
from app.gateways.insurance_facts import (
    CREDIT_CODE,
    Employee,
    EmployeeAnswer,
    EmployeeOutcome,
    EmployerAnswer,
    EmployerOutcome,
    InsuranceAnswer,
    InsuranceFacts,
    InsuranceOutcome,
    InsuranceQuery,
    require_form,
)
from app.gateways.message_signatures import SharedKey
from app.gateways.signed_calls import SignedCalls, is_fresh, require

FACTS_PATH = "/v1/insurance-facts"
EMPLOYER_PATH = "/v1/employer-checks"
LINES_MAX = 200
PURPOSE = "vocational_training_subsidy_review"
"""Purpose named to the platform with every question (个人信息保护法 第6条: 明确、合理的目的)."""

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
_Text64 = Annotated[str, Field(max_length=64)]
_EvidenceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class _WireOutcome(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    PERSON_UNKNOWN = "person_unknown"


class _WireLine(BaseModel):
    model_config = _STRICT

    reference: _Text64
    outcome: _WireOutcome
    evidence_id: _EvidenceId
    answered_at: AwareDatetime
    facts: InsuranceFacts | None = None

    def answers(self, query: InsuranceQuery, created: int) -> bool:
        """Whether it says what was asked, of this moment, and agrees with itself."""
        if not is_fresh(self.answered_at, created):
            return False
        if self.facts is None or self.outcome is _WireOutcome.PERSON_UNKNOWN:
            return self.facts is None and self.outcome is _WireOutcome.PERSON_UNKNOWN
        return (
            bool(self.facts.silent_regions) is (self.outcome is _WireOutcome.PARTIAL)
            and self.facts.as_of == query.as_of
            and tuple(point.day for point in self.facts.on_days) == query.on_days
            and tuple(point.month for point in self.facts.in_months) == query.in_months
        )


class _WireAnswer(BaseModel):
    model_config = _STRICT

    request_id: _Text64
    lines: Annotated[list[_WireLine], Field(max_length=LINES_MAX)]


class _WireEmployerOutcome(StrEnum):
    ANSWERED = "answered"
    EMPLOYER_UNKNOWN = "employer_unknown"


class _WireEmployee(BaseModel):
    model_config = _STRICT

    reference: _Text64
    outcome: EmployeeOutcome
    evidence_id: _EvidenceId


class _WireEmployer(BaseModel):
    model_config = _STRICT

    request_id: _Text64
    outcome: _WireEmployerOutcome
    evidence_id: _EvidenceId
    answered_at: AwareDatetime
    as_of: date
    headcount: Annotated[int, Field(ge=0, le=10_000_000)] | None
    lines: Annotated[list[_WireEmployee], Field(max_length=LINES_MAX)]


class UnemploymentInsurance:
    """Facts of persons, and whether an employer's list is the insured one."""

    def __init__(
        self,
        *,
        base_url: str,
        key: SharedKey,
        pace: Pace | None = None,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self._calls = SignedCalls(
            system="unemployment_insurance",
            base_url=base_url,
            key=key,
            pace=pace or Pace(),
            circuit=circuit,
            transport=transport,
            unix_time=unix_time,
        )

    @property
    def circuit(self) -> CircuitBreaker:
        """The breaker, for readiness and metrics."""
        return self._calls.circuit

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._calls.aclose()

    async def ask_facts(self, queries: Sequence[InsuranceQuery]) -> list[InsuranceAnswer]:
        """Ask for all ``queries``; the answers stand in the same order. Never raises for a failing platform.

        More than 200 are asked in several requests, one after the other; a request that fails makes only its own
        lines unavailable.
        """
        answers: list[InsuranceAnswer] = []
        for start in range(0, len(queries), LINES_MAX):
            answers.extend(await self._ask_batch(queries[start : start + LINES_MAX]))
        return answers

    async def check_employer(
        self, credit_code: str, as_of: date, employees: Sequence[Employee]
    ) -> EmployerAnswer:
        """The employer's insured headcount on ``as_of``, and which of ``employees`` it insures then.

        More than 200 are asked in several requests; the whole answer is unavailable when one fails, or when the
        headcount changes between two. Never raises for a failing platform.

        Raises:
            ValueError: ``credit_code`` has not the form of the contract.
        """
        require_form("credit_code", CREDIT_CODE, credit_code)
        parts: list[_WireEmployer] = []
        try:
            for start in range(0, max(len(employees), 1), LINES_MAX):
                parts.append(
                    await self._ask_employer(credit_code, as_of, employees[start : start + LINES_MAX])
                )
                require((parts[0].outcome, parts[0].headcount) == (parts[-1].outcome, parts[-1].headcount))
        except UpstreamFailed as failure:
            return EmployerAnswer(outcome=EmployerOutcome.UNAVAILABLE, failure=failure.kind)
        return EmployerAnswer(
            outcome=EmployerOutcome(parts[0].outcome.value),
            headcount=parts[0].headcount,
            employees=tuple(
                EmployeeAnswer(outcome=line.outcome, evidence_id=line.evidence_id)
                for part in parts
                for line in part.lines
            ),
            evidence_id=parts[0].evidence_id,
            answered_at=parts[-1].answered_at,
        )

    async def _ask_batch(self, queries: Sequence[InsuranceQuery]) -> list[InsuranceAnswer]:
        # References are drawn anew for every request: an answer to another one cannot fit by chance or by replay.
        request_id = secrets.token_hex(16)
        references = [f"{request_id}-{number}" for number in range(1, len(queries) + 1)]

        def read(answer: Answer, created: int) -> list[_WireLine]:
            wire = read_model(answer, _WireAnswer)
            by_reference = {line.reference: line for line in wire.lines}
            evidence = {line.evidence_id for line in wire.lines}
            require(wire.request_id == request_id and by_reference.keys() == set(references))
            require(len(wire.lines) == len(references) == len(evidence))
            lines = [by_reference[reference] for reference in references]
            require(all(line.answers(query, created) for line, query in zip(lines, queries, strict=True)))
            return lines

        document = {
            "request_id": request_id,
            "purpose": PURPOSE,
            "lines": [_asked(reference, query) for reference, query in zip(references, queries, strict=True)],
        }
        try:
            lines = await self._calls.ask("facts", "POST", FACTS_PATH, read, document=document)
        except UpstreamFailed as failure:
            return [
                InsuranceAnswer(outcome=InsuranceOutcome.UNAVAILABLE, failure=failure.kind) for _ in queries
            ]
        return [
            InsuranceAnswer(
                outcome=InsuranceOutcome(line.outcome.value),
                evidence_id=line.evidence_id,
                answered_at=line.answered_at,
                facts=line.facts,
            )
            for line in lines
        ]

    async def _ask_employer(
        self, credit_code: str, as_of: date, employees: Sequence[Employee]
    ) -> _WireEmployer:
        request_id = secrets.token_hex(16)
        references = [f"{request_id}-{number}" for number in range(1, len(employees) + 1)]

        def read(answer: Answer, created: int) -> _WireEmployer:
            wire = read_model(answer, _WireEmployer)
            is_known = wire.outcome is _WireEmployerOutcome.ANSWERED
            by_reference = {line.reference: line for line in wire.lines}
            insured = sum(line.outcome is EmployeeOutcome.INSURED for line in wire.lines)
            require(wire.request_id == request_id and wire.as_of == as_of)
            require(is_fresh(wire.answered_at, created) and (wire.headcount is not None) is is_known)
            require(by_reference.keys() == (set(references) if is_known else set()))
            require(len(wire.lines) == len(by_reference) and insured <= (wire.headcount or 0))
            lines = [by_reference[reference] for reference in references] if is_known else []
            return wire.model_copy(update={"lines": lines})

        document = {
            "request_id": request_id,
            "purpose": PURPOSE,
            "credit_code": credit_code,
            "as_of": as_of.isoformat(),
            "lines": [
                {"reference": reference, "identity_number": employee.identity_number, "name": employee.name}
                for reference, employee in zip(references, employees, strict=True)
            ],
        }
        return await self._calls.ask("employer", "POST", EMPLOYER_PATH, read, document=document)


def _asked(reference: str, query: InsuranceQuery) -> dict[str, object]:
    return {
        "reference": reference,
        "identity_number": query.identity_number,
        "name": query.name,
        "as_of": query.as_of.isoformat(),
        "on_days": [day.isoformat() for day in query.on_days],
        "in_months": list(query.in_months),
    }
