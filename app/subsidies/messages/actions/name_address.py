"""A citizen names where to be told, and ends an address; numbers are sealed, the act's event does not hold them."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.gateways.messages import MessageChannel
from app.kernel.errors import NotFound, Refused
from app.subsidies.messages.queries import ADDRESS_FIELD
from app.subsidies.messages.rules import reasons_against_address

_INSERT = text("""
    INSERT INTO message_address (person_id, address_id, channel, address_sealed, recorded_by)
    VALUES (:person_id, :address_id, :channel, :sealed, :actor)
""")
_END = text("""
    UPDATE message_address SET ended_at = :now
    WHERE address_id = :address_id AND ended_at IS NULL AND person_id IN (SELECT person_group(:person_id))
""")


async def name_address(unit: Unit, keys: KeyRing, *, channel: MessageChannel, address: str) -> UUID:
    """The id of the address. Raises Refused for a malformed one; one in use stands (``message_address_live``)."""
    reasons = reasons_against_address(channel, address)
    if reasons:
        raise Refused(reasons)
    person_id, address_id = unit.actor.person_id, uuid7()
    assert person_id is not None
    await unit.session.execute(
        _INSERT,
        {
            "person_id": person_id,
            "address_id": address_id,
            "channel": channel,
            "sealed": keys.seal(address, name=ADDRESS_FIELD, owner=person_id),
            "actor": unit.actor.principal_id,
        },
    )
    await _told(unit, "message_address:named", address_id, channel)
    return address_id


async def end_address(unit: Unit, address_id: UUID) -> None:
    """Stop using it. Raises NotFound when there is none of the citizen's own in use."""
    ended = await unit.session.execute(
        _END, {"now": unit.now, "address_id": address_id, "person_id": unit.actor.person_id}
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    await _told(unit, "message_address:ended", address_id, None)


async def _told(unit: Unit, action: str, address_id: UUID, channel: MessageChannel | None) -> None:
    await record_event(
        unit,
        action,
        subject_kind="message_address",
        subject_id=address_id,
        details={} if channel is None else {"channel": channel.value},
    )
