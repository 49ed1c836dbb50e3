"""Job: the paying worker. Takes up the bank's notices, instructs what is ordered, and asks the bank until it has ended.

It runs under ``pay_worker``, the only role that may pay, and needs that role's password alone. An instruction is
stored and committed before the bank hears of it; its id makes it count once there, so a worker that is killed at any
point only has to be started again. A time-out says nothing about the money and is never a rejection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.bank_facts import BankOutcome, Instruction, InstructionAnswer
from app.subsidies.disbursements.actions.instruct_payment import instruct_advance, instruct_claim
from app.subsidies.disbursements.actions.store_bank_answers import BankSaid, store_bank_answers
from app.subsidies.disbursements.actions.take_notice import take_notice
from app.subsidies.disbursements.queries.instructions import (
    DueInstruction,
    lease_instructions,
    open_instructions,
    ordered_advances,
    ordered_claims,
    untaken_notices,
)
from app.subsidies.disbursements.states import AnswerChannel, Instructing, InstructionState
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.web.house import House

log = structlog.get_logger(__name__)

_BATCH = 100
_AT_ONCE = 4
"""Fewer than the pool of this role has connections: each needs one for a moment before and after the bank answers."""
_ADVANCE_PURPOSE = "职业培训补贴预拨"
_ENDS = {"settled", "rejected"}


async def run_payments(parts: House) -> int:
    """Everything that can be done now; returns how many claims, advances, notices and instructions were moved."""
    return await _take_notices(parts) + await _instruct(parts) + await _ask_bank(parts)


async def _take_notices(parts: House) -> int:
    taken = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            notices = await untaken_notices(unit, _BATCH)
        for notice in notices:
            async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
                await take_notice(unit, event_id=notice.event_id, items=notice.items)
        taken += len(notices)
        if len(notices) < _BATCH:
            return taken


async def _instruct(parts: House) -> int:
    """What was tried has left the list: it is instructed, or waits until another time."""
    moved = 0

    async def claim(row: Any) -> bool:
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            outcome = await instruct_claim(unit, person_id=row.person_id, claim_id=row.claim_id)
        return _told("claim", str(row.claim_id), outcome)

    async def advance(advance_id: Any) -> bool:
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            outcome = await instruct_advance(unit, advance_id=advance_id)
        return _told("advance", str(advance_id), outcome)

    async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
        advances = await ordered_advances(unit, _BATCH)
    moved += sum(await _at_once(advances, advance))
    while True:
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            rows = await ordered_claims(unit, _BATCH)
        moved += sum(await _at_once(rows, claim))
        if len(rows) < _BATCH:
            return moved


def _told(kind: str, subject_id: str, outcome: Any) -> bool:
    is_done = isinstance(outcome, Instructing)
    if not is_done:
        log.warning("payment waits", subject=kind, subject_id=subject_id, reason=outcome.value)
    return is_done


async def _ask_bank(parts: House) -> int:
    """Every instruction that is due: sent, or asked about; those without an end are due again later."""
    if parts.settings.bank_url is None:
        return 0
    ended = 0

    async def ask(due: DueInstruction) -> bool:
        said = await _round_with_bank(parts, due)
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            led_to = await store_bank_answers(
                unit, instruction_id=due.instruction_id, sends=due.sends + 1, said=said
            )
        return led_to in _ENDS

    while True:
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            leased = await lease_instructions(unit, _BATCH)
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            due = await open_instructions(unit, parts.keys, leased)
        ended += sum(await _at_once(due, ask))
        if len(leased) < _BATCH:
            return ended


async def _round_with_bank(parts: House, due: DueInstruction) -> list[BankSaid]:
    """What the bank says now, in its own order; empty when nothing trustworthy was heard."""
    if due.state is not InstructionState.STORED:
        told = await parts.bank.ask(due.instruction_id, due.amount_fen)
        heard = _heard(told, AnswerChannel.QUERY)
        if told.outcome is not BankOutcome.NOT_KNOWN:
            return heard
        # It never arrived: the same id again.
        return heard + _heard(await _send(parts, due), AnswerChannel.REPLY)
    sent = await _send(parts, due)
    if sent.outcome is BankOutcome.DIFFERS:
        # It did arrive before, worded otherwise (a name has changed since): what counts is what became of it.
        log.error("instruction differs at the bank", instruction_id=str(due.instruction_id))
        return _heard(await parts.bank.ask(due.instruction_id, due.amount_fen), AnswerChannel.QUERY)
    return _heard(sent, AnswerChannel.REPLY)


async def _send(parts: House, due: DueInstruction) -> InstructionAnswer:
    return await parts.bank.instruct(
        Instruction(
            instruction_id=due.instruction_id,
            amount_fen=due.amount_fen,
            account_number=due.account_number,
            holder_name=due.holder_name,
            purpose=_ADVANCE_PURPOSE if due.kind is None else KIND_LABELS[BenefitKind(due.kind)],
        )
    )


def _heard(answer: InstructionAnswer, channel: AnswerChannel) -> list[BankSaid]:
    if answer.evidence_id is None or answer.answered_at is None:
        log.warning(
            "bank gave no answer",
            instruction_id=str(answer.instruction_id),
            failure=None if answer.failure is None else answer.failure.value,
        )
        return []
    return [
        BankSaid(
            instruction_id=answer.instruction_id,
            outcome=answer.outcome.value,
            channel=channel,
            evidence_id=answer.evidence_id,
            said_at=answer.settled_at or answer.answered_at,
            reject_code=None if answer.reject_code is None else answer.reject_code.value,
            reference=answer.bank_reference,
        )
    ]


async def _at_once(items: Any, run: Callable[[Any], Awaitable[bool]]) -> list[bool]:
    """Each item, a few at a time; the first failure is raised when all have been tried."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Any) -> bool:
        async with gate:
            return await run(item)

    done = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    failures = [each for each in done if isinstance(each, BaseException)]
    if failures:
        raise failures[0]
    return [each for each in done if isinstance(each, bool)]
