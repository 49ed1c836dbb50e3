"""Job: append the entries of trainees whose real-name match came only after their class had closed."""

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.training.completion.actions.append_late_records import append_late_records
from app.web.house import House

log = structlog.get_logger(__name__)


async def run_late_records(parts: House) -> int:
    """How many entries were appended."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        gained = sum((await append_late_records(unit, parts.keys)).values())
    if gained:
        log.info("late records", appended=gained)
    return gained
