"""Job: delete what has served: answers to repeated requests, denied and refresh tokens past their time."""

from datetime import timedelta

from sqlalchemy import text

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.web.house import House

IDEMPOTENCY_KEPT = timedelta(days=7)
"""How long a repeated request gets its first answer again; what clients may rely on."""

_OLD_KEYS = text("DELETE FROM idempotency_key WHERE created_at < :before")
# Tokens live by the machine's clock, not by the clock of law.
_DEAD_TOKENS = (
    text("DELETE FROM denied_token WHERE denied_until < transaction_timestamp()"),
    text("DELETE FROM refresh_token WHERE expires_at < transaction_timestamp()"),
)


async def run_purge(parts: House) -> int:
    """How many rows were deleted."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        done = [await unit.session.execute(_OLD_KEYS, {"before": unit.now - IDEMPOTENCY_KEPT})]
        done += [await unit.session.execute(statement) for statement in _DEAD_TOKENS]
    return sum(each.rowcount for each in done)  # type: ignore[attr-defined]
