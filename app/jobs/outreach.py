"""Job: once a day, weigh the whole archive for what could be claimed and is not; page by page, so memory stays flat."""

from functools import partial

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.subsidies.claims.queries.doors import claimable_of
from app.subsidies.outreach.actions.keep_candidates import begin_pass, end_pass, is_pass_due, keep_candidates
from app.subsidies.outreach.actions.weigh_entries import Platform, weigh_entries
from app.subsidies.outreach.queries import FIRST, entries_after
from app.web.house import House

log = structlog.get_logger(__name__)

_PAGE = 500


async def run_outreach(parts: House) -> int:
    """How many could claim; 0 also when today's pass is done already."""
    open_unit = partial(system_unit, parts.engines, DatabaseRole.WORKER)
    async with open_unit() as unit:
        if not await is_pass_due(unit):
            return 0
        pass_id = await begin_pass(unit)
    platform = Platform(parts.unemployment_insurance, parts.settings.insurance_answer_hours, open_unit)
    after, entries, candidates = FIRST, 0, 0
    while True:
        async with open_unit() as unit:
            page = await entries_after(unit, after, _PAGE)
            claimables = await claimable_of(unit, parts.keys, page)
            now, today = unit.now, unit.today
        # Between two transactions: nobody waits for the platform with a row locked.
        weighed = await weigh_entries(platform, claimables, now=now, today=today)
        async with open_unit() as unit:
            candidates += await keep_candidates(unit, pass_id, weighed)
        entries += len(page)
        if len(page) < _PAGE:
            break
        after = page[-1]
    async with open_unit() as unit:
        await end_pass(unit, pass_id, entries=entries, candidates=candidates)
    log.info("outreach pass", entries=entries, candidates=candidates)
    return candidates
