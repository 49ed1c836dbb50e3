"""Job: when a certificate or an entry falls away, hold the claims that rest on it and open cases for what was paid."""

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.subsidies.recoveries.actions.take_alarm import due_alarms, take_alarm
from app.web.house import House

log = structlog.get_logger(__name__)

_BATCH = 100


async def run_evidence_alarms(parts: House) -> int:
    """How many announcements were taken up, each in a transaction of its own."""
    done = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            due = await due_alarms(unit, _BATCH)
        for told in due:
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                taken = await take_alarm(
                    unit, message_id=told.message_id, topic=told.topic, payload=told.payload
                )
            if taken.holds or taken.cases:
                log.warning("evidence fell away", topic=told.topic, holds=taken.holds, cases=taken.cases)
        done += len(due)
        if len(due) < _BATCH:
            return done
