"""Job: delete what has served: answers to repeated requests, tokens past their time, old failures of sign-in."""

from datetime import timedelta

from sqlalchemy import text

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.exchange.codes.actions.forget_tries import forget_tries
from app.identity.accounts.actions.forget_expired import forget_expired
from app.web.house import House

IDEMPOTENCY_KEPT = timedelta(days=7)
"""How long a repeated request gets its first answer again; what clients may rely on."""

_OLD_KEYS = text("DELETE FROM idempotency_key WHERE created_at < :before")


async def run_purge(parts: House) -> int:
    """How many rows were deleted."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        keys = await unit.session.execute(_OLD_KEYS, {"before": unit.now - IDEMPOTENCY_KEPT})
        forgotten = await forget_expired(unit) + await forget_tries(unit)
    return forgotten + keys.rowcount  # type: ignore[attr-defined,no-any-return]
