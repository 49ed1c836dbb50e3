"""A citizen's own messages and addresses; and where a person is to be told, for the sending job."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlmodel import col

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.gateways.messages import MessageChannel
from app.kernel.clock import parse_instant
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.subsidies.messages.tables import MessageAddress, MessageDelivery

ADDRESS_FIELD = "message_address.address"
_ROSTER_PHONE_FIELD = "roster_line.phone"

# The person's own word first, of whoever is read as one with them; else the newest number an institution was given.
_ADDRESSES = text("""
    SELECT asked.person_id AS asked, chosen.*
    FROM unnest(CAST(:persons AS uuid[])) AS asked (person_id)
    CROSS JOIN LATERAL (
      SELECT told.channel, told.address_sealed AS sealed, told.person_id AS owner, true AS is_own
      FROM person_group(asked.person_id) AS member (person_id)
      JOIN message_address AS told ON told.person_id = member.person_id AND told.ended_at IS NULL
      UNION ALL (
        SELECT 'sms', line.phone_sealed, line.person_id, false
        FROM person_group(asked.person_id) AS member (person_id)
        JOIN roster_line AS line ON line.person_id = member.person_id AND line.phone_sealed IS NOT NULL
          AND line.state = 'matched' AND line.withdrawn_at IS NULL
        ORDER BY line.added_at DESC, line.line_id DESC LIMIT 1)
      ORDER BY is_own DESC, channel DESC LIMIT 1
    ) AS chosen
""")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send."""

    channel: MessageChannel
    address: str = field(repr=False)


async def addresses_of(unit: Unit, keys: KeyRing, persons: Sequence[UUID]) -> dict[UUID, Address]:
    """The one address of each person that has any: the own before one an institution typed in, 短信 the last resort."""
    rows = await unit.session.execute(_ADDRESSES, {"persons": list(set(persons))})
    return {row.asked: _address(keys, row) for row in rows}


async def own_messages(
    unit: Unit, persons: Sequence[UUID], *, limit: int, cursor: str | None
) -> Page[MessageDelivery]:
    """A citizen's messages, newest first."""
    chosen = (
        select(MessageDelivery)
        .where(col(MessageDelivery.person_id).in_(persons))
        .order_by(col(MessageDelivery.made_at).desc(), col(MessageDelivery.message_id).desc())
    )
    if cursor is not None:
        at, message_id = decode_cursor(cursor, parse_instant, UUID)
        chosen = chosen.where(
            tuple_(col(MessageDelivery.made_at), col(MessageDelivery.message_id)) < (at, message_id)
        )
    rows = (await unit.session.scalars(chosen.limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        tuple(rows[:limit]),
        None if last is None else encode_cursor(last.made_at.isoformat(), last.message_id),
    )


async def own_addresses(unit: Unit, persons: Sequence[UUID]) -> Sequence[MessageAddress]:
    """A citizen's addresses that are in use."""
    chosen = (
        select(MessageAddress)
        .where(col(MessageAddress.person_id).in_(persons), col(MessageAddress.ended_at).is_(None))
        .order_by(col(MessageAddress.recorded_at).desc(), col(MessageAddress.address_id))
    )
    return (await unit.session.scalars(chosen)).all()


def _address(keys: KeyRing, row: Row[Any]) -> Address:
    field_name = ADDRESS_FIELD if row.is_own else _ROSTER_PHONE_FIELD
    return Address(MessageChannel(row.channel), keys.open(row.sealed, name=field_name, owner=row.owner))
