"""Store what the bank says of an instruction, by whatever way it came; what was said first counts, the rest is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.subsidies.disbursements.rules.pace import ask_again_in
from app.subsidies.disbursements.states import AnswerChannel

log = structlog.get_logger(__name__)

_MARK = text("SELECT mark_sent(:instruction_id, :again_at)")
_ANSWER = text("""
    SELECT answer_instruction(:instruction_id, :outcome, :channel, :evidence_id, :said_at, :reject_code, :reference,
      :again_at)
""")
_SUBJECT = text("""
    SELECT benefit.claim_id, bank_instruction.advance_id FROM bank_instruction
    LEFT JOIN benefit USING (person_id, benefit_id) WHERE instruction_id = :instruction_id
""")
_ENDS = {"settled", "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSaid:
    """One trustworthy answer. ``said_at`` is the bank's time: of the crediting when it settled."""

    instruction_id: UUID
    outcome: str
    channel: AnswerChannel
    evidence_id: str
    said_at: datetime
    reject_code: str | None = None
    reference: str | None = None


async def store_bank_answers(
    unit: Unit, *, instruction_id: UUID, sends: int, said: Sequence[BankSaid]
) -> str | None:
    """After a round with the bank, ``said`` may be empty: then nothing is known and it is asked again.

    What the last answer led to (``settled``, ``rejected``, ``accepted``, ``repeated``, ``contradicts`` …), or None.
    """
    again_at = unit.now + ask_again_in(sends)
    await unit.session.execute(_MARK, {"instruction_id": instruction_id, "again_at": again_at})
    led_to = None
    for each in said:
        led_to = await store_bank_answer(unit, each, again_at=again_at)
    return led_to


async def store_bank_answer(unit: Unit, said: BankSaid, *, again_at: datetime | None = None) -> str:
    """One answer; an end moves claim, benefit and ledger, with its audit event and announcement."""
    led_to: str = (
        await unit.session.execute(
            _ANSWER,
            {
                "instruction_id": said.instruction_id,
                "outcome": said.outcome,
                "channel": said.channel,
                "evidence_id": said.evidence_id,
                "said_at": said.said_at,
                "reject_code": said.reject_code,
                "reference": said.reference,
                "again_at": again_at,
            },
        )
    ).scalar_one()
    if led_to == "contradicts":
        log.error("bank contradicts itself", instruction_id=str(said.instruction_id), said=said.outcome)
    if led_to in _ENDS or led_to == "contradicts":
        await _tell(unit, said, led_to)
    return led_to


async def _tell(unit: Unit, said: BankSaid, led_to: str) -> None:
    subject = (await unit.session.execute(_SUBJECT, {"instruction_id": said.instruction_id})).one()
    kind = "claim" if subject.claim_id is not None else "advance"
    subject_id = subject.claim_id or subject.advance_id
    details = {"instruction_id": str(said.instruction_id), "reject_code": said.reject_code}
    await record_event(unit, f"payment:{led_to}", subject_kind=kind, subject_id=subject_id, details=details)
    if led_to == "contradicts":
        await announce(unit, "payment.contradicted", {"instruction_id": str(said.instruction_id)})
    elif kind == "claim":
        topic = "claim.paid" if led_to == "settled" else "claim.payment_failed"
        await announce(unit, topic, {"claim_id": str(subject_id), "reject_code": said.reject_code})
    else:
        topic = "advance.paid" if led_to == "settled" else "advance.payment_failed"
        await announce(unit, topic, {"advance_id": str(subject_id), "reject_code": said.reject_code})
