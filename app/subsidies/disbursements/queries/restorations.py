"""Reads of what closed payments because the database may be behind, and of what two officers found."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.errors import NotFound

_COLUMNS = """restoration_id, noticed_by, evidence, noticed_at, finding, proposed_by, proposed_at, confirmed_by,
  confirmed_at, confirmed_at IS NULL AS is_open"""
_LIST = text(f"SELECT {_COLUMNS} FROM restoration ORDER BY restoration_id DESC LIMIT 200")  # noqa: S608 - ours
_READ = text(f"SELECT {_COLUMNS} FROM restoration WHERE restoration_id = :restoration_id")  # noqa: S608 - ours
_CLOSED = text("SELECT payments_closed()")


async def payments_closed(unit: Unit) -> str | None:
    """Why nothing is paid now: ``restored`` (a sign is open), ``log_not_compared`` (since the start), or None."""
    closed: str | None = await unit.session.scalar(_CLOSED)
    return closed


async def list_restorations(unit: Unit) -> Sequence[Row[Any]]:
    """The latest first."""
    return (await unit.session.execute(_LIST)).all()


async def read_restoration(unit: Unit, restoration_id: UUID) -> Row[Any]:
    """One. Raises NotFound."""
    row = (await unit.session.execute(_READ, {"restoration_id": restoration_id})).one_or_none()
    if row is None:
        raise NotFound
    return row
