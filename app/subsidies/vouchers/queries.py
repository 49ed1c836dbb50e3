"""Reads of vouchers: by area for officers without the holders, the own ones for a citizen."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

_LIST = text("SELECT * FROM list_vouchers(:prefix, CAST(:asked AS uuid), CAST(:after AS uuid), :limit)")
_NUMBERED = text("""
    SELECT held.*, EXISTS (SELECT FROM claim WHERE claim.person_id = held.person_id
      AND claim.voucher_id = held.voucher_id
      AND claim.state NOT IN ('not_accepted', 'refused', 'withdrawn')) AS is_in_use
    FROM voucher AS held WHERE held.voucher_number = :number
""")
_OWN = text("""
    SELECT held.*, EXISTS (SELECT FROM claim WHERE claim.person_id = held.person_id
      AND claim.voucher_id = held.voucher_id
      AND claim.state NOT IN ('not_accepted', 'refused', 'withdrawn')) AS is_in_use
    FROM voucher AS held WHERE held.person_id IN (SELECT person_group(:person_id))
    ORDER BY held.voucher_id DESC LIMIT 200
""")


async def list_vouchers(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Vouchers issued in the area, the newest first; nothing of the holders."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    asked = {"prefix": _prefix(unit), "asked": None, "after": after, "limit": limit + 1}
    rows = (await unit.session.execute(_LIST, asked)).all()
    following = encode_cursor(rows[limit - 1].voucher_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_voucher(unit: Unit, voucher_id: UUID) -> Row[Any]:
    """One voucher of the area. Raises NotFound."""
    asked = {"prefix": _prefix(unit), "asked": voucher_id, "after": None, "limit": 1}
    row = (await unit.session.execute(_LIST, asked)).one_or_none()
    if row is None:
        raise NotFound
    return row


async def numbered_voucher(unit: Unit, number: str) -> Row[Any]:
    """What an institution may know of a voucher whose number it was told: all but the holder. Raises NotFound."""
    row = (await unit.session.execute(_NUMBERED, {"number": number})).one_or_none()
    if row is None:
        raise NotFound
    return row


async def own_vouchers(unit: Unit) -> Sequence[Row[Any]]:
    """The citizen's own, merged persons included, the newest first."""
    return (await unit.session.execute(_OWN, {"person_id": unit.actor.person_id})).all()


def _prefix(unit: Unit) -> str:
    return prefix_of(unit.actor.division_code or "")
