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

NONCE_KEPT = timedelta(minutes=15)
"""How long a peer's nonce is kept: longer than a signature is fresh (300 seconds either way)."""

_OLD_NONCES = text("DELETE FROM peer_nonce WHERE seen_at < clock_timestamp() - CAST(:kept AS interval)")
_OLD_KEYS = text("DELETE FROM idempotency_key WHERE created_at < :before")


async def run_purge(parts: House) -> int:
    """How many rows were deleted."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        keys = await unit.session.execute(_OLD_KEYS, {"before": unit.now - IDEMPOTENCY_KEPT})
        nonces = await unit.session.execute(_OLD_NONCES, {"kept": NONCE_KEPT})
        forgotten = await forget_expired(unit) + await forget_tries(unit)
    return forgotten + keys.rowcount + nonces.rowcount  # type: ignore[attr-defined,no-any-return]
