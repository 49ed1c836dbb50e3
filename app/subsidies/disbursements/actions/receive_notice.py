"""Keep a push of the bank, once; taking it up is the paying worker's, whose role alone may move money."""

import hashlib

import orjson
import structlog
from sqlalchemy import text

from app.access.unit import Unit
from app.gateways.bank_facts import BankNotice, InstructionAnswer

log = structlog.get_logger(__name__)

_KEEP = text("""
    INSERT INTO bank_notice (event_id, content_digest, items)
    VALUES (:event_id, :digest, CAST(:items AS jsonb)) ON CONFLICT (event_id) DO NOTHING
""")
_KEPT = text("SELECT content_digest FROM bank_notice WHERE event_id = :event_id")


async def receive_notice(unit: Unit, notice: BankNotice) -> bool:
    """Whether it was new. A second one with its ``event_id`` has no effect, whatever it says."""
    items = orjson.dumps([_stored(each) for each in notice.items])
    digest = hashlib.sha256(items).digest()
    kept = await unit.session.execute(
        _KEEP, {"event_id": notice.event_id, "digest": digest, "items": items.decode()}
    )
    if kept.rowcount == 1:  # type: ignore[attr-defined]
        return True
    if (await unit.session.execute(_KEPT, {"event_id": notice.event_id})).scalar_one() != digest:
        log.warning("bank notice told twice, differently", event_id=notice.event_id)
    return False


def _stored(answer: InstructionAnswer) -> dict[str, object]:
    said_at = answer.settled_at or answer.answered_at
    return {
        "instruction_id": str(answer.instruction_id),
        "outcome": answer.outcome.value,
        "evidence_id": answer.evidence_id,
        "said_at": None if said_at is None else said_at.isoformat(),
        "amount_fen": answer.amount_fen,
        "bank_reference": answer.bank_reference,
        "reject_code": None if answer.reject_code is None else answer.reject_code.value,
    }
