"""Take up a kept push of the bank: its ends are answers like any other, if the amount is the one we sent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from app.access.unit import Unit
from app.kernel.clock import parse_instant
from app.subsidies.disbursements.actions.store_bank_answers import BankSaid, store_bank_answer
from app.subsidies.disbursements.queries.instructions import amounts_of
from app.subsidies.disbursements.states import AnswerChannel

log = structlog.get_logger(__name__)

_TAKEN = text("SELECT bank_notice_taken(:event_id)")


async def take_notice(unit: Unit, *, event_id: str, items: Sequence[dict[str, Any]]) -> int:
    """How many ends it brought. What is not ours, or of another amount, changes nothing: the bank is asked anyway."""
    if not (await unit.session.execute(_TAKEN, {"event_id": event_id})).scalar_one():
        return 0
    amounts = await amounts_of(unit, [UUID(item["instruction_id"]) for item in items])
    ends = 0
    for item in sorted(items, key=lambda each: str(each["instruction_id"])):
        instruction_id = UUID(item["instruction_id"])
        if amounts.get(instruction_id) != item["amount_fen"]:
            log.error("bank notice of another payment", event_id=event_id, instruction_id=str(instruction_id))
            continue
        led_to = await store_bank_answer(
            unit,
            BankSaid(
                instruction_id=instruction_id,
                outcome=item["outcome"],
                channel=AnswerChannel.CALLBACK,
                evidence_id=item["evidence_id"],
                said_at=parse_instant(item["said_at"]),
                reject_code=item["reject_code"],
                reference=item["bank_reference"],
            ),
        )
        ends += led_to == item["outcome"]
    return ends
