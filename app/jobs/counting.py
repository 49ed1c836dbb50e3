"""Job: count what was done in the months that are not over, one month a transaction."""

from functools import partial

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.oversight.statistics.actions.count_months import count_month, months_due
from app.web.house import House

log = structlog.get_logger(__name__)


async def run_counting(parts: House) -> int:
    """How many months were counted."""
    open_unit = partial(system_unit, parts.engines, DatabaseRole.WORKER)
    async with open_unit() as unit:
        months = await months_due(unit)
    counted = 0
    for month in months:
        async with open_unit() as unit:
            counted += await count_month(unit, month)
    if counted > 1:
        log.info("months counted", months=counted)
    return counted
