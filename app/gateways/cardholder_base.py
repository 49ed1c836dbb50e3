"""Client of the card-holder base (社会保障卡持卡人员基础信息库).

Contract: ``openapi/upstream/cardholder-base.yaml``.

Source: 人社部发〔2021〕102号 “十四五”职业技能培训规划 (十九): 依托…持卡人员基础信息库…实现培训对象实名认证.
A line for which there is no trustworthy answer is *unavailable*, never matched: whatever is late, refused,
malformed, signed wrongly or answers another question ends there. The reply is not kept; outcome, evidence
id and time are.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.gateways.circuit import CircuitBreaker
from app.gateways.http import (
    Answer,
    Call,
    FailureKind,
    Pace,
    ResilientClient,
    UpstreamFailed,
    read_model,
)
from app.gateways.message_signatures import (
    SKEW_SECONDS,
    SharedKey,
    SignatureInvalid,
    sign_request,
    verify_answer,
)

CHECK_PATH = "/v1/identity-checks"
BATCH_LINES_MAX = 500
PURPOSE = "vocational_training_real_name"
"""Purpose named to the base with every question (个人信息保护法 第6条: 明确、合理的目的)."""


class IdentityOutcome(StrEnum):
    """What the base says about number, name and card; ``UNAVAILABLE`` is ours: cannot be said now."""

    MATCHED = "matched"
    NAME_MISMATCH = "name_mismatch"
    UNKNOWN = "unknown"
    CARD_LOST = "card_lost"
    CARD_CANCELED = "card_canceled"
    DECEASED = "deceased"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityQuery:
    """One person to check: 社会保障号码, name, and the card number (卡号) where it is known.

    Its form must be the contract's, since one line of another form makes the base refuse the whole batch.

    Raises:
        ValueError: it is not; names the field only.
    """

    social_security_number: str = field(repr=False)
    name: str = field(repr=False)
    card_number: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{17}[0-9X]|[0-9A-Z]{15}", self.social_security_number):
            raise ValueError("social_security_number has not the form of the contract")
        if not 1 <= len(self.name) <= 100 or self.name.isspace():
            raise ValueError("name has not the form of the contract")
        if self.card_number is not None and not re.fullmatch(r"[0-9A-Za-z]{1,20}", self.card_number):
            raise ValueError("card_number has not the form of the contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAnswer:
    """The answer to one query.

    ``evidence_id`` and ``checked_at`` are those of the base and are None exactly when ``outcome`` is
    unavailable; then ``failure`` says why, for operators and not for institutions.
    """

    outcome: IdentityOutcome
    evidence_id: str | None
    checked_at: datetime | None
    failure: FailureKind | None = None


class _WireOutcome(StrEnum):
    MATCHED = "matched"
    NAME_MISMATCH = "name_mismatch"
    UNKNOWN = "unknown"
    CARD_LOST = "card_lost"
    CARD_CANCELED = "card_canceled"
    DECEASED = "deceased"


class _WireLine(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    reference: Annotated[str, Field(max_length=64)]
    outcome: _WireOutcome
    evidence_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    checked_at: AwareDatetime


class _WireAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    request_id: Annotated[str, Field(max_length=64)]
    lines: Annotated[list[_WireLine], Field(max_length=BATCH_LINES_MAX)]


class CardholderBase:
    """Real-name checks by number, name and card."""

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
        self._key = key
        # Freshness of a signature is a matter of the machines' clocks, not of the registry's legal time.
        self._unix_time = unix_time
        self._client = ResilientClient(
            system="cardholder_base",
            base_url=base_url,
            pace=pace or Pace(),
            circuit=circuit,
            transport=transport,
        )

    @property
    def circuit(self) -> CircuitBreaker:
        """The breaker, for readiness and metrics."""
        return self._client.circuit

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    async def check(self, subjects: Sequence[IdentityQuery]) -> list[IdentityAnswer]:
        """Check all ``subjects``; the answers stand in the same order. Never raises for a failing base.

        More than 500 are asked in several requests, one after the other; a request that fails makes only
        its own lines unavailable.
        """
        answers: list[IdentityAnswer] = []
        for start in range(0, len(subjects), BATCH_LINES_MAX):
            answers.extend(await self._check_batch(subjects[start : start + BATCH_LINES_MAX]))
        return answers

    async def _check_batch(self, subjects: Sequence[IdentityQuery]) -> list[IdentityAnswer]:
        # References are drawn anew for every request: an answer to another one cannot fit by chance or by
        # replay.
        request_id = secrets.token_hex(16)
        references = [f"{request_id}-{number}" for number in range(1, len(subjects) + 1)]
        call = Call(
            operation="check",
            method="POST",
            path=CHECK_PATH,
            is_idempotent=True,
            body=_body(request_id, references, subjects),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            prepare=self._sign,
        )
        try:
            lines = await self._client.send(
                call, lambda answer: self._read(answer, request_id=request_id, references=references)
            )
        except UpstreamFailed as failure:
            return [
                IdentityAnswer(
                    outcome=IdentityOutcome.UNAVAILABLE,
                    evidence_id=None,
                    checked_at=None,
                    failure=failure.kind,
                )
                for _ in subjects
            ]
        return [
            IdentityAnswer(
                outcome=IdentityOutcome(line.outcome.value),
                evidence_id=line.evidence_id,
                checked_at=line.checked_at,
            )
            for line in lines
        ]

    def _sign(self, request: httpx.Request) -> None:
        sign_request(request, self._key, created=int(self._unix_time()), nonce=secrets.token_hex(16))

    def _read(self, answer: Answer, *, request_id: str, references: list[str]) -> list[_WireLine]:
        """The lines in the order of ``references``, or UpstreamFailed: one doubtful line spoils its batch."""
        try:
            created = verify_answer(
                request=answer.request,
                status=int(httpx.codes.OK),
                headers=answer.headers,
                body=answer.body,
                key=self._key,
                now=self._unix_time(),
            )
        except SignatureInvalid:
            raise UpstreamFailed(FailureKind.SIGNATURE) from None
        wire = read_model(answer, _WireAnswer)
        by_reference = {line.reference: line for line in wire.lines}
        evidence = {line.evidence_id for line in wire.lines}
        is_for_us = wire.request_id == request_id and by_reference.keys() == set(references)
        if not is_for_us or len(wire.lines) != len(references) or len(evidence) != len(references):
            raise UpstreamFailed(FailureKind.MISMATCHED)
        if any(abs(line.checked_at.timestamp() - created) > SKEW_SECONDS for line in wire.lines):
            raise UpstreamFailed(FailureKind.MISMATCHED)
        return [by_reference[reference] for reference in references]


def _body(request_id: str, references: Sequence[str], subjects: Sequence[IdentityQuery]) -> bytes:
    lines = []
    for reference, subject in zip(references, subjects, strict=True):
        line = {
            "reference": reference,
            "social_security_number": subject.social_security_number,
            "name": subject.name,
        }
        if subject.card_number is not None:
            line["card_number"] = subject.card_number
        lines.append(line)
    document = {"request_id": request_id, "purpose": PURPOSE, "lines": lines}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
