"""Reads of the bank's daily files and of what in them differs."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.disbursements.tables import BankStatement

_DIFFERENCES = text("SELECT * FROM statement_differences(:prefix, :statement_id, :after, :limit)")


async def list_statements(unit: Unit, *, cursor: str | None, limit: int) -> Page[BankStatement]:
    """Files that were taken in, the newest first."""
    found = select(BankStatement).order_by(col(BankStatement.statement_id).desc()).limit(limit + 1)
    if cursor is not None:
        (before,) = decode_cursor(cursor, UUID)
        found = found.where(col(BankStatement.statement_id) < before)
    rows = (await unit.session.scalars(found)).all()
    following = encode_cursor(rows[limit - 1].statement_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def statement_by_digest(unit: Unit, sha256: bytes, *, day: date) -> BankStatement:
    """The file with this content: that of ``day``, as files without a line are all alike. Raises NotFound."""
    found = await unit.session.scalars(
        select(BankStatement)
        .where(col(BankStatement.file_sha256) == sha256)
        .order_by((col(BankStatement.statement_on) == day).desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def read_statement_head(unit: Unit, statement_id: UUID) -> BankStatement:
    """Day and arrival of one file. Raises NotFound."""
    row = await unit.session.get(BankStatement, statement_id)
    if row is None:
        raise NotFound
    return row


async def list_statement_differences(
    unit: Unit, statement_id: UUID, *, cursor: str | None, limit: int
) -> Page[Row[Any]]:
    """Lines that differ, in the officer's area or of nobody we know; missing ones stand at the end. Raises NotFound."""
    await read_statement_head(unit, statement_id)
    after = 0 if cursor is None else decode_cursor(cursor, _line)[0]
    rows = (
        await unit.session.execute(
            _DIFFERENCES,
            {
                "prefix": prefix_of(unit.actor.division_code or ""),
                "statement_id": statement_id,
                "after": after,
                "limit": limit + 1,
            },
        )
    ).all()
    following = encode_cursor(rows[limit - 1].line) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


def _line(written: str) -> int:
    line = int(written)
    if not 0 <= line < 2**31:
        raise ValueError("no line")
    return line
