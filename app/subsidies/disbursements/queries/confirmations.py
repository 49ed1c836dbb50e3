"""Reads of the bank's contradictions and of what two officers said to them; nothing of persons."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

_CONTRADICTIONS = text("SELECT * FROM bank_contradictions(:prefix, CAST(:before AS uuid), :limit)")
_CONFIRMATIONS = text("""
    SELECT * FROM list_payment_confirmations(:prefix, CAST(:asked AS uuid), CAST(:before AS uuid), :limit)
""")


async def list_contradictions(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Answers that say another end than the one recorded first, the newest first; they changed nothing."""
    before = None if cursor is None else decode_cursor(cursor, UUID)[0]
    asked = {"prefix": _prefix(unit), "before": before, "limit": limit + 1}
    rows = (await unit.session.execute(_CONTRADICTIONS, asked)).all()
    following = encode_cursor(rows[limit - 1].answer_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def list_confirmations(unit: Unit, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Proposals of the area that the bank did pay, the newest first, with what was decided."""
    before = None if cursor is None else decode_cursor(cursor, UUID)[0]
    asked = {"prefix": _prefix(unit), "asked": None, "before": before, "limit": limit + 1}
    rows = (await unit.session.execute(_CONFIRMATIONS, asked)).all()
    following = encode_cursor(rows[limit - 1].confirmation_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_confirmation(unit: Unit, confirmation_id: UUID) -> Row[Any]:
    """One proposal of the area. Raises NotFound."""
    asked = {"prefix": _prefix(unit), "asked": confirmation_id, "before": None, "limit": 1}
    row = (await unit.session.execute(_CONFIRMATIONS, asked)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _prefix(unit: Unit) -> str:
    return prefix_of(unit.actor.division_code or "")
