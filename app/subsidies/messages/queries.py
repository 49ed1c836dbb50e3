"""A citizen's own messages and addresses, an institution's news; and where a person is to be told, for the job."""

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

_NEWS = text("""
    WITH told AS (
      (SELECT returned.returned_at AS at, 'opening_returned' AS what, class.opening_id AS subject_id, class.name
       FROM opening_return AS returned JOIN course_opening AS class USING (opening_id)
       WHERE class.institution_id = :institution_id
         AND (CAST(:before AS timestamptz) IS NULL OR returned.returned_at <= :before)
       ORDER BY returned.returned_at DESC LIMIT :page)
      UNION ALL
      (SELECT recorded.recorded_at, 'opening_on_record', class.opening_id, class.name
       FROM opening_record AS recorded JOIN course_opening AS class USING (opening_id)
       WHERE class.institution_id = :institution_id
         AND (CAST(:before AS timestamptz) IS NULL OR recorded.recorded_at <= :before)
       ORDER BY recorded.recorded_at DESC LIMIT :page)
      UNION ALL
      (SELECT change.decided_at, 'change_' || change.decision, class.opening_id, class.name
       FROM opening_change AS change JOIN course_opening AS class USING (opening_id)
       WHERE class.institution_id = :institution_id AND change.decided_at IS NOT NULL
         AND (CAST(:before AS timestamptz) IS NULL OR change.decided_at <= :before)
       ORDER BY change.decided_at DESC LIMIT :page)
      UNION ALL
      (SELECT listing.decided_at, 'listing_' || listing.decision, listing.listing_id, listing.period
       FROM employer_listing AS listing
       WHERE listing.institution_id = :institution_id AND listing.decided_at IS NOT NULL
         AND (CAST(:before AS timestamptz) IS NULL OR listing.decided_at <= :before)
       ORDER BY listing.decided_at DESC LIMIT :page)
      UNION ALL
      (SELECT account.confirmed_at, 'account_confirmed', account.account_id, account.number_tail
       FROM institution_account AS account
       WHERE account.institution_id = :institution_id AND account.confirmed_at IS NOT NULL
         AND (CAST(:before AS timestamptz) IS NULL OR account.confirmed_at <= :before)
       ORDER BY account.confirmed_at DESC LIMIT :page)
      UNION ALL
      (SELECT coalesce(paid.settled_at, paid.ordered_at, paid.approved_at), CASE
         WHEN paid.settled_at IS NOT NULL THEN 'advance_paid' WHEN paid.ordered_at IS NOT NULL THEN 'advance_ordered'
         ELSE 'advance_approved' END, paid.opening_id, class.name
       FROM advance AS paid JOIN course_opening AS class USING (opening_id)
       WHERE paid.institution_id = :institution_id AND paid.approved_at IS NOT NULL AND paid.canceled_at IS NULL
         AND (CAST(:before AS timestamptz) IS NULL
           OR coalesce(paid.settled_at, paid.ordered_at, paid.approved_at) <= :before)
       ORDER BY 1 DESC LIMIT :page)
      UNION ALL
      (SELECT held.state_since, 'claim_' || held.state, held.claim_id, held.claim_number
       FROM claim AS held
       WHERE held.payee_institution_id = :institution_id AND held.state NOT IN ('submitted', 'withdrawn')
         AND (CAST(:before AS timestamptz) IS NULL OR held.state_since <= :before)
       ORDER BY held.state_since DESC LIMIT :page)
    )
    SELECT at, what, subject_id, name FROM told
    WHERE CAST(:before AS timestamptz) IS NULL OR (at, subject_id) < (:before, CAST(:before_id AS uuid))
    ORDER BY at DESC, subject_id DESC LIMIT :page
""")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send."""

    channel: MessageChannel
    address: str = field(repr=False)


async def institution_news(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """What authorities decided about an institution's classes, claims, listings, accounts; newest first.

    Read from the decisions themselves, each as it stands now: nothing is sent, so nothing can be missed.
    """
    before, before_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    asked = {
        "institution_id": unit.actor.institution(),
        "before": before,
        "before_id": before_id,
        "page": limit + 1,
    }
    rows = (await unit.session.execute(_NEWS, asked)).all()
    more = (
        encode_cursor(rows[limit - 1].at.isoformat(), rows[limit - 1].subject_id)
        if len(rows) > limit
        else None
    )
    return Page(tuple(rows[:limit]), more)


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
