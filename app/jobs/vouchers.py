"""Job: end vouchers whose last day is over; one that a claim under way names stays until that claim ends."""

import structlog
from sqlalchemy import text

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.web.house import House

log = structlog.get_logger(__name__)

_BATCH = 1_000
_EXPIRE = text("SELECT expire_vouchers(:limit)")


async def run_voucher_expiry(parts: House) -> int:
    """How many were ended."""
    ended = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            batch: int = (await unit.session.execute(_EXPIRE, {"limit": _BATCH})).scalar_one()
        ended += batch
        if batch < _BATCH:
            break
    if ended:
        log.info("vouchers expired", ended=ended)
    return ended
