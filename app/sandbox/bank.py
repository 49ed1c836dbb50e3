"""The paying bank of the sandbox.

Contract: ``openapi/upstream/bank.yaml``.
"""

import asyncio
import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.sandbox.bank_ledger import Conflict, Ledger, Order, order_wire
from app.sandbox.behavior import Course, Wrong, problem
from app.sandbox.desk import Desk, Refusal, answered_at

BODY_BYTES_MAX = 65_536
OVERSIZE_BYTES = 262_144
INSTRUCTION_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

AccountNumber = Annotated[str, Field(pattern=r"^[0-9A-Z]{8,32}$")]
HolderName = Annotated[str, Field(min_length=1, max_length=200)]


class InstructionIn(BaseModel):
    """What to pay to whom."""

    model_config = _STRICT

    amount_fen: Annotated[int, Field(ge=1, le=100_000_000_000)]
    account_number: AccountNumber
    holder_name: HolderName
    purpose: Annotated[str, Field(min_length=1, max_length=60)]

    @field_validator("purpose")
    @classmethod
    def _names_nobody(cls, purpose: str) -> str:
        if re.search("[0-9]{8}", purpose):
            raise ValueError("a number of eight or more digits")
        return purpose


class AccountQuestion(BaseModel):
    """Whose account is it?"""

    model_config = _STRICT

    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    account_number: AccountNumber
    holder_name: HolderName
    holder_number: Annotated[
        str, Field(pattern=r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15}|[0-9A-HJ-NPQRTUWXY]{18})$")
    ]


@dataclass(slots=True, kw_only=True)
class StatementFaults:
    """What the daily file gets wrong, by instruction id; ``strangers``: lines of instructions nobody gave."""

    omitted: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    flipped: set[str] = field(default_factory=set)
    amounts_fen: dict[str, int] = field(default_factory=dict)
    strangers: int = 0


class BankCounter:
    """The operations of the contract over one ledger."""

    def __init__(self, ledger: Ledger, desk: Desk) -> None:
        self.faults = StatementFaults()
        self._ledger = ledger
        self._desk = desk

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter()
        instruction = "/v1/instructions/{instruction_id}"
        routes.add_api_route(instruction, self.put, methods=["PUT"], response_model=None)
        routes.add_api_route(instruction, self.get, methods=["GET"], response_model=None)
        routes.add_api_route("/v1/accounts:verify", self.verify, methods=["POST"], response_model=None)
        routes.add_api_route("/v1/statements/{day}", self.statement, methods=["GET"], response_model=None)
        return routes

    async def put(self, request: Request, instruction_id: str) -> Response:
        """Take an instruction, once; a time-out after it (``late_ms``) changes nothing of that."""
        try:
            course, asked = await self._desk.question(request, InstructionIn)
            _require(INSTRUCTION_ID, instruction_id, self._desk)
        except Refusal as refusal:
            return refusal.response
        try:
            order = self._ledger.put(instruction_id, **asked.model_dump())
        except Conflict:
            self._desk.stand.counts["refused_differs"] += 1
            return problem(409, "instruction_differs", "该编号已有内容不同的指令")
        if order.outcome == "accepted" and order.received == 1 and self._ledger.settle_after_seconds:
            asyncio.get_running_loop().call_later(
                self._ledger.settle_after_seconds + 0.01, self._ledger.settle_due
            )
        return await self._state(request, instruction_id, order, course)

    async def get(self, request: Request, instruction_id: str) -> Response:
        """Say where an instruction stands."""
        try:
            course, _ = await self._desk.begin(request)
            _require(INSTRUCTION_ID, instruction_id, self._desk)
        except Refusal as refusal:
            return refusal.response
        self._ledger.settle_due()
        return await self._state(request, instruction_id, self._ledger.orders.get(instruction_id), course)

    async def verify(self, request: Request) -> Response:
        """Say whether the account belongs to the holder."""
        try:
            course, asked = await self._desk.question(request, AccountQuestion)
        except Refusal as refusal:
            return refusal.response
        outcome = self._ledger.verify(asked.account_number, asked.holder_name, asked.holder_number)
        self._desk.stand.counts[f"verified_{outcome}"] += 1
        answer: dict[str, Any] = {
            "request_id": asked.request_id,
            "outcome": outcome,
            "evidence_id": self._desk.evidence_id(),
            "answered_at": answered_at(),
        }
        match course.wrong:
            case Wrong.CONTRADICTING:
                answer["outcome"] = "matched_and_closed"
            case Wrong.WRONG_REFERENCE:
                answer["request_id"] = "0" * 32
            case Wrong.WRONG_COUNT:
                del answer["evidence_id"]
            case Wrong.OUTDATED:
                answer["answered_at"] = "1970-01-01T00:00:00+00:00"
            case _:
                pass
        return await self._desk.answer(request, answer, course)

    async def statement(self, request: Request, day: str) -> Response:
        """The file of a day that is over."""
        try:
            course, _ = await self._desk.begin(request)
            _require(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", day, self._desk)
            wanted = date.fromisoformat(day)
        except Refusal as refusal:
            return refusal.response
        except ValueError:
            return self._desk.invalid()
        self._ledger.settle_due()
        if wanted >= self._ledger.now().date():
            return problem(404, "statement_not_ready", "该日尚未结束，对账文件未生成")
        body = self._file(wanted)
        if course.wrong in {Wrong.CONTRADICTING, Wrong.WRONG_REFERENCE, Wrong.WRONG_COUNT, Wrong.OUTDATED}:
            body = body.replace(b"ended_at", b"at", 1)
        return await self._desk.answer(request, body, course, media_type="text/csv")

    async def _state(
        self, request: Request, instruction_id: str, order: Order | None, course: Course
    ) -> Response:
        document: dict[str, Any]
        if order is None:
            document = {
                "instruction_id": instruction_id,
                "outcome": "not_known",
                "evidence_id": self._desk.evidence_id(),
            }
        else:
            document = order_wire(order, self._ledger.evidence_of(order))
        document["answered_at"] = answered_at()
        self._desk.stand.counts[f"told_{document['outcome']}"] += 1
        match course.wrong:
            case Wrong.CONTRADICTING:
                document["amount_fen"] = document.get("amount_fen", 0) + 1
            case Wrong.WRONG_REFERENCE:
                document["instruction_id"] = "00000000-0000-0000-0000-000000000000"
            case Wrong.WRONG_COUNT:
                del document["evidence_id"]
            case Wrong.OUTDATED:
                document["answered_at"] = "1970-01-01T00:00:00+00:00"
            case _:
                pass
        return await self._desk.answer(request, document, course)

    def _file(self, day: date) -> bytes:
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(["instruction_id", "amount_fen", "outcome", "reject_code", "ended_at"])
        for order in self._ledger.ended_on(day):
            if order.instruction_id in self.faults.omitted:
                continue
            outcome, code = order.outcome, order.reject_code or ""
            if order.instruction_id in self.faults.flipped:
                outcome, code = ("rejected", "other") if outcome == "settled" else ("settled", "")
            amount = self.faults.amounts_fen.get(order.instruction_id, order.amount_fen)
            assert order.ended_at is not None
            row = [order.instruction_id, amount, outcome, code, order.ended_at.isoformat(timespec="seconds")]
            rows.writerows([row] * (2 if order.instruction_id in self.faults.repeated else 1))
        for number in range(self.faults.strangers):
            rows.writerow([f"STRANGER-{number + 1}", 100, "settled", "", f"{day.isoformat()}T12:00:00+08:00"])
        return text.getvalue().encode()


def _require(pattern: str, value: str, desk: Desk) -> None:
    if not re.fullmatch(pattern, value):
        raise Refusal(desk.invalid())
