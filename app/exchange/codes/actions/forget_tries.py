"""Forget who tried codes; the pace looks back one hour."""

from datetime import timedelta

from sqlalchemy import text

from app.access.unit import Unit

_KEPT = timedelta(days=1)
_OLD = text("DELETE FROM code_attempt WHERE at < :before")


async def forget_tries(unit: Unit) -> int:
    """How many rows were deleted. For a job, as database role ``worker``."""
    forgotten = await unit.session.execute(_OLD, {"before": unit.now - _KEPT})
    return forgotten.rowcount  # type: ignore[attr-defined,no-any-return]
