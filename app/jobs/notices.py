"""Job: clear claims whose notice is over, and note and escalate what is overdue. Officers decide, not time."""

import structlog

from app.access.unit import system_unit
from app.archive.correction_requests.actions.escalate_overdue import escalate_overdue
from app.db.roles import DatabaseRole
from app.subsidies.notices.actions.clear_claims import FIRST, clear_claims, clearable
from app.subsidies.notices.actions.note_lapses import note_lapses, waiting_claims
from app.web.house import House

log = structlog.get_logger(__name__)

_PAGE = 200


async def run_clearance(parts: House) -> int:
    """How many claims became payable; each page is a transaction of its own."""
    cleared, after = 0, FIRST
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            due = await clearable(unit, after, _PAGE)
            cleared += await clear_claims(unit, due)
        if len(due) < _PAGE:
            break
        after = (due[-1].person_id, due[-1].claim_id)
    if cleared:
        log.info("claims cleared", cleared=cleared)
    return cleared


async def run_deadlines(parts: House) -> int:
    """How many claims were found overdue, and requests of persons that nobody answered in time."""
    noted, after = 0, FIRST
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            waiting = await waiting_claims(unit, after, _PAGE)
            noted += await note_lapses(unit, waiting)
        if len(waiting) < _PAGE:
            break
        after = (waiting[-1].person_id, waiting[-1].claim_id)
    escalated = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            page = await escalate_overdue(unit, _PAGE)
        escalated += page
        if page < _PAGE:
            break
    if noted or escalated:
        log.info("deadlines lapsed", noted=noted, escalated=escalated)
    return noted + escalated
