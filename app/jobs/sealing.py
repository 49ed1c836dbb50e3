"""Job: seal what was appended to the archive (封存), within the promised delay; says so when it could not."""

import structlog

from app.access.unit import system_unit
from app.archive.log.actions.seal_entries import seal_entries
from app.archive.log.queries import log_status
from app.archive.log.rules import ALARM_DELAY_S, PROMISED_DELAY_S
from app.db.roles import DatabaseRole
from app.web.house import House

log = structlog.get_logger(__name__)

_BATCH = 1_000


async def run_sealing(parts: House) -> int:
    """How many entries were taken up; each batch is a transaction of its own."""
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        before = await log_status(unit)
    if before.oldest_waiting_s > PROMISED_DELAY_S:
        tell = log.error if before.oldest_waiting_s > ALARM_DELAY_S else log.warning
        tell("sealing late", oldest_seconds=before.oldest_waiting_s, waiting=before.waiting)
    sealed = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.LOG_SEQUENCER) as unit:
            batch = await seal_entries(unit, _BATCH)
        sealed += batch
        if batch < _BATCH:
            break
    if sealed:
        log.info("entries sealed", sealed=sealed, oldest_seconds=before.oldest_waiting_s)
    return sealed
