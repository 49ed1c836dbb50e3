"""Job: fetch the bank's daily files that are not here yet, and compare them with what we hold."""

from datetime import timedelta

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.http import UpstreamFailed
from app.subsidies.disbursements.actions.import_statement import import_statement
from app.subsidies.disbursements.queries.instructions import days_without_statement
from app.web.house import House

log = structlog.get_logger(__name__)

_DAYS_BACK = 31
"""How far back a file that was not to be had is still asked for."""


async def run_bank_statements(parts: House) -> int:
    """How many files were taken in. Stops at the first day whose file is not to be had now."""
    if parts.settings.bank_url is None:
        return 0
    async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
        yesterday = unit.today - timedelta(days=1)
        days = await days_without_statement(
            unit, since=unit.today - timedelta(days=_DAYS_BACK), until=yesterday
        )
    for taken, day in enumerate(days):
        try:
            statement = await parts.bank.statement(day)
        except UpstreamFailed as failure:
            log.warning("bank statement not to be had", day=day.isoformat(), failure=failure.kind.value)
            return taken
        async with system_unit(parts.engines, DatabaseRole.PAY_WORKER) as unit:
            differing = await import_statement(
                unit, day=day, sha256=statement.sha256, lines=statement.lines, is_fetched=True
            )
        if differing:
            log.error("bank statement differs", day=day.isoformat(), differences=differing)
    return len(days)
