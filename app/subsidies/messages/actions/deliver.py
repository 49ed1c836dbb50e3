"""Lease messages that are due, and settle them by what the platform answered; sending happens between the two."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.gateways.messages import MessageAnswer, MessageOutcome
from app.subsidies.messages.rules import wait_after
from app.subsidies.messages.states import DeliveryState

_LEASE_FOR = timedelta(minutes=5)
_LEASE = text("""
    WITH chosen AS MATERIALIZED (
      SELECT person_id, message_id FROM message_delivery WHERE next_attempt_at <= :now
      ORDER BY next_attempt_at LIMIT :page FOR UPDATE SKIP LOCKED)
    UPDATE message_delivery AS due SET attempts = due.attempts + 1, next_attempt_at = :until
    FROM chosen WHERE due.person_id = chosen.person_id AND due.message_id = chosen.message_id
    RETURNING due.person_id, due.message_id, due.template, due.parameters, due.attempts
""")
_SETTLE = text("""
    UPDATE message_delivery SET state = :state, next_attempt_at = :next_attempt_at, evidence_id = :evidence_id
    WHERE person_id = :person_id AND message_id = :message_id AND state = 'waiting'
""")


async def lease_messages(unit: Unit, page: int) -> Sequence[Row[Any]]:
    """Messages that are due, taken for five minutes: a worker that dies meanwhile only delays them."""
    parameters = {"now": unit.now, "until": unit.now + _LEASE_FOR, "page": page}
    return (await unit.session.execute(_LEASE, parameters)).all()


async def settle_message(unit: Unit, message: Row[Any], answer: MessageAnswer | None) -> DeliveryState:
    """Store what became of one; ``answer`` is None when nobody knows where the person can be told."""
    state, next_attempt_at, evidence_id = DeliveryState.UNDELIVERABLE, None, None
    if answer is not None and answer.outcome is MessageOutcome.ACCEPTED:
        state, evidence_id = DeliveryState.SENT, answer.evidence_id
    elif answer is not None and answer.outcome is MessageOutcome.UNAVAILABLE:
        wait = wait_after(message.attempts)
        if wait is not None:
            state, next_attempt_at = DeliveryState.WAITING, unit.now + wait
    elif answer is not None:
        evidence_id = answer.evidence_id
    await unit.session.execute(
        _SETTLE,
        {
            "state": state,
            "next_attempt_at": next_attempt_at,
            "evidence_id": evidence_id,
            "person_id": message.person_id,
            "message_id": message.message_id,
        },
    )
    return state


def message_id_of(message: Row[Any]) -> UUID:
    """The id under which the platform knows it."""
    return UUID(str(message.message_id))
