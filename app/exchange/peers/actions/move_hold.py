"""A peer confirms, releases or settles the hold it was given. Asked twice, each says the same again.

A registry restored from an older backup may have forgotten a hold. Its own signature on what the peer presents brings
it back: as a hold that stands, or, where it was paid here meanwhile, as a contradiction that officers must see.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from app.access.tokens import StatementInvalid, TokenRing
from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.exchange.peers.actions.answer_attestation import place_hold
from app.exchange.peers.actions.take_question import Taken, answer_marks, payments_closed
from app.exchange.peers.rules import BenefitKey
from app.exchange.peers.states import STATEMENT_TYPE, Attesting, EndReason, Holding
from app.kernel.clock import parse_instant, utc_now

_CONFIRM = text("SELECT confirm_hold(:peer_id, :attestation_id)")
_SETTLE = text("SELECT settle_hold(:peer_id, :attestation_id)")
_RELEASE = text("SELECT release_hold(:peer_id, :attestation_id, :reason, :evidence)")
log = structlog.get_logger(__name__)


async def confirm_hold(
    unit: Unit, tokens: TokenRing, taken: Taken, attestation_id: UUID, statement: str
) -> dict[str, Any]:
    """From here on it has no expiry. Too late is too late: then nothing has changed.

    Raises UpstreamUnavailable while payments here may be forgotten.
    """
    outcome = await _moved(unit, _CONFIRM, taken, attestation_id)
    if outcome is Holding.UNKNOWN:
        outcome = await _restored(unit, tokens, taken, attestation_id, statement, is_paid=False)
    return await _told(unit, "confirmation", taken, attestation_id, outcome)


async def settle_hold(
    unit: Unit, tokens: TokenRing, taken: Taken, attestation_id: UUID, statement: str
) -> dict[str, Any]:
    """Paid there: it stays for ever."""
    outcome = await _moved(unit, _SETTLE, taken, attestation_id)
    if outcome is Holding.UNKNOWN and (
        await _restored(unit, tokens, taken, attestation_id, statement, is_paid=True) is Holding.CONFIRMED
    ):
        outcome = await _moved(unit, _SETTLE, taken, attestation_id)
    return await _told(unit, "settlement", taken, attestation_id, outcome)


async def release_hold(
    unit: Unit, taken: Taken, attestation_id: UUID, reason: EndReason, evidence: str | None
) -> dict[str, Any]:
    """Confirmed, it ends only by the bank's final rejection; before, also when the asker gives up.

    An asker that has forgotten answers may have forgotten a payment, too: nothing is released to it.
    """
    if taken.is_behind:
        return await _told(unit, "release", taken, attestation_id, Holding.CONFIRMED)
    outcome = await _moved(unit, _RELEASE, taken, attestation_id, reason=reason.value, evidence=evidence)
    return await _told(unit, "release", taken, attestation_id, outcome)


async def _moved(unit: Unit, move: Any, taken: Taken, attestation_id: UUID, **more: Any) -> Holding:
    values = {"peer_id": taken.peer.peer_id, "attestation_id": attestation_id, **more}
    said: str = (await unit.session.execute(move, values)).scalar_one()
    if said == "closed":
        raise payments_closed()
    return Holding(said)


async def _restored(
    unit: Unit, tokens: TokenRing, taken: Taken, attestation_id: UUID, statement: str, *, is_paid: bool
) -> Holding:
    try:
        said: Mapping[str, Any] = tokens.read_statement(statement, typ=STATEMENT_TYPE, now=utc_now())
    except StatementInvalid:
        return Holding.UNKNOWN
    is_ours = (
        said.get("about") == "attestation"
        and said.get("outcome") == Attesting.NOT_CLAIMED
        and said.get("attestation_id") == str(attestation_id)
        and said.get("aud") == taken.peer.issuer
    )
    if not is_ours:
        return Holding.UNKNOWN
    expires_at: datetime = parse_instant(said["valid_until"])
    if not is_paid and expires_at <= unit.now:
        return Holding.EXPIRED
    log.error("hold brought back from our own statement", attestation_id=str(attestation_id))
    key = BenefitKey(**said["key"])
    numbers = [bytes.fromhex(token) for token in said["tokens"]]
    try:
        async with unit.session.begin_nested():
            await place_hold(
                unit, taken, attestation_id, uuid7(), numbers, key, expires_at=expires_at, is_restored=is_paid
            )
    except IntegrityError:  # peer_hold_not_spent_here: paid here since it was forgotten
        return Holding.CLAIMED
    return Holding.CONFIRMED if is_paid else await _moved(unit, _CONFIRM, taken, attestation_id)


async def _told(
    unit: Unit, about: str, taken: Taken, attestation_id: UUID, outcome: Holding
) -> dict[str, Any]:
    await record_event(
        unit,
        f"attestation:{about}",
        subject_kind="attestation",
        subject_id=attestation_id,
        details={"peer": str(taken.peer.peer_id), "outcome": outcome.value},
    )
    if outcome is Holding.CONTRADICTS:
        log.error("paid here and there", attestation_id=str(attestation_id))
        await announce(unit, "attestation.contradicts", {"attestation_id": str(attestation_id)})
    return {
        "about": about,
        "attestation_id": str(attestation_id),
        "outcome": outcome.value,
        "answered_at": unit.now.isoformat(),
        **await answer_marks(unit, taken),
    }
