"""Client of the paying bank: instructions that count once, whose account it is, the daily file, signed notices.

Contract: ``openapi/upstream/bank.yaml``. Source of the need: 人社部发〔2017〕40号 二（三）
(…直接发放至申请人本人个人银行账户或社会保障卡). A time-out is no answer: the payment may have been made. Because the
instruction's id is the bank's idempotency key, sending it again is harmless and asking for it tells the truth; a *new*
id for the same money is not harmless, and nothing here makes one.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

import httpx
from pydantic import ValidationError

from app.gateways.bank_facts import (
    AccountAnswer,
    AccountOutcome,
    AccountQuery,
    BankNotice,
    BankOutcome,
    Instruction,
    InstructionAnswer,
    Statement,
)
from app.gateways.bank_statements import STATEMENT_BYTES_MAX, StatementMalformed, read_statement
from app.gateways.bank_wire import WireAccount, WireInstruction, WireNotice
from app.gateways.circuit import CircuitBreaker
from app.gateways.http import (
    Answer,
    FailureKind,
    Pace,
    UpstreamFailed,
    read_model,
    strict_json,
)
from app.gateways.message_signatures import PushMalformed, SharedKey, SignatureInvalid, verify_push
from app.gateways.signed_calls import SignedCalls, is_fresh, require

ACCOUNTS_PATH = "/v1/accounts:verify"
NOTICE_TAG = "bank-notice"
NOTICE_BYTES_MAX = 262_144
BANK_PACE = Pace(response_bytes_max=65_536)
_DIFFERS_CODE = "instruction_differs"
_HTTP_CONFLICT = 409


class Bank:
    """Instructions, accounts, daily files, and notices pushed to us."""

    def __init__(
        self,
        *,
        base_url: str,
        key: SharedKey,
        push_url: str | None = None,
        pace: Pace | None = None,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        """``push_url``: our callback address exactly as it is registered with the bank; signatures cover it."""
        self._push_target = None if push_url is None else httpx.URL(push_url)
        self._calls = SignedCalls(
            system="bank",
            base_url=base_url,
            key=key,
            pace=pace or BANK_PACE,
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

    async def instruct(self, instruction: Instruction) -> InstructionAnswer:
        """Send ``instruction``; store it first. Sent again, also after a crash, it is answered as it stands.

        Never raises for a failing bank: then ``outcome`` is unavailable, which says nothing about the money.
        """
        document = {
            "amount_fen": instruction.amount_fen,
            "account_number": instruction.account_number,
            "holder_name": instruction.holder_name,
            "purpose": instruction.purpose,
        }
        try:
            wire = await self._calls.ask(
                "instruct",
                "PUT",
                _path(instruction.instruction_id),
                lambda answer, created: _instruction(
                    answer, created, instruction.instruction_id, instruction.amount_fen
                ),
                document=document,
            )
            # What was just sent cannot be unknown: an answer that says so is to another question.
            require(wire.amount_fen is not None)
        except UpstreamFailed as failure:
            return _no_answer(instruction.instruction_id, failure)
        return wire.answer()

    async def ask(self, instruction_id: UUID, amount_fen: int) -> InstructionAnswer:
        """Where an instruction stands; ``amount_fen`` is what it was sent with, and the answer must say the same.

        ``not_known`` is trustworthy: the bank signs it. Never raises for a failing bank.
        """
        try:
            wire = await self._calls.ask(
                "ask",
                "GET",
                _path(instruction_id),
                lambda answer, created: _instruction(answer, created, instruction_id, amount_fen),
            )
        except UpstreamFailed as failure:
            return _no_answer(instruction_id, failure)
        return wire.answer()

    async def verify_account(self, query: AccountQuery) -> AccountAnswer:
        """Whether the account belongs to the holder. Never raises for a failing bank."""
        request_id = secrets.token_hex(16)

        def read(answer: Answer, created: int) -> WireAccount:
            wire = read_model(answer, WireAccount)
            require(wire.request_id == request_id and is_fresh(wire.answered_at, created))
            return wire

        document = {
            "request_id": request_id,
            "account_number": query.account_number,
            "holder_name": query.holder_name,
            "holder_number": query.holder_number,
        }
        try:
            wire = await self._calls.ask("verify_account", "POST", ACCOUNTS_PATH, read, document=document)
        except UpstreamFailed as failure:
            return AccountAnswer(outcome=AccountOutcome.UNAVAILABLE, failure=failure.kind)
        return AccountAnswer(
            outcome=AccountOutcome(wire.outcome.value),
            evidence_id=wire.evidence_id,
            answered_at=wire.answered_at,
        )

    async def statement(self, day: date) -> Statement:
        """The bank's file of ``day``, which is there when the day is over.

        Raises:
            UpstreamFailed: no trustworthy file now; ``code`` is ``statement_not_ready`` while the day is not closed.
        """

        def read(answer: Answer, _: int) -> Statement:
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "text/csv":
                raise UpstreamFailed(FailureKind.MALFORMED)
            try:
                lines = read_statement(answer.body)
            except StatementMalformed:
                raise UpstreamFailed(FailureKind.MALFORMED) from None
            digest = hashlib.sha256(answer.body).digest()
            return Statement(day=day, body=answer.body, sha256=digest, lines=lines)

        return await self._calls.ask(
            "statement",
            "GET",
            f"/v1/statements/{day.isoformat()}",
            read,
            accept="text/csv",
            response_bytes_max=STATEMENT_BYTES_MAX,
        )

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> BankNotice:
        """The ends of instructions in a push to our registered address.

        Raises:
            SignatureInvalid: it is not the bank's, or was meant for another address, or is outdated.
            PushMalformed: it is not what the contract says, or contradicts itself.
        """
        if self._push_target is None:
            raise SignatureInvalid("no address is registered")
        if len(body) > NOTICE_BYTES_MAX:
            raise PushMalformed("too long")
        verify_push(
            target=self._push_target,
            headers=headers,
            body=body,
            key=self._calls.key,
            tag=NOTICE_TAG,
            now=self._calls.unix_time(),
        )
        try:
            strict_json(body)
            notice = WireNotice.model_validate_json(body)
        except (ValueError, ValidationError):
            # Cut off, since pydantic's errors quote the input.
            raise PushMalformed("not what the contract says") from None
        return BankNotice(
            event_id=notice.event_id,
            sent_at=notice.sent_at,
            items=tuple(item.answer() for item in notice.items),
        )


def _path(instruction_id: UUID) -> str:
    return f"/v1/instructions/{instruction_id}"


def _instruction(answer: Answer, created: int, instruction_id: UUID, amount_fen: int) -> WireInstruction:
    wire = read_model(answer, WireInstruction)
    require(wire.instruction_id == str(instruction_id) and is_fresh(wire.answered_at, created))
    require(wire.amount_fen in {None, amount_fen})
    return wire


def _no_answer(instruction_id: UUID, failure: UpstreamFailed) -> InstructionAnswer:
    differs = failure.status == _HTTP_CONFLICT and failure.code == _DIFFERS_CODE
    return InstructionAnswer(
        instruction_id=instruction_id,
        outcome=BankOutcome.DIFFERS if differs else BankOutcome.UNAVAILABLE,
        failure=failure.kind,
    )
