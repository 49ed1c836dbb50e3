"""Job: ask the card-holder base about the lines of employers' listings that are due, and store what it says."""

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.cardholder_base import IdentityAnswer, IdentityOutcome, IdentityQuery
from app.subsidies.listings.actions.check_lines import LeasedLine, lease_due_lines, store_check_answers
from app.web.house import House

log = structlog.get_logger(__name__)

_NO_ANSWER = IdentityAnswer(outcome=IdentityOutcome.UNAVAILABLE, evidence_id=None, checked_at=None)


async def run_listing_checks(parts: House) -> int:
    """Check every line that is due now; returns how many got a final answer."""
    settled = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            taken, lines = await lease_due_lines(unit, parts.keys)
        if lines:
            answers = await _ask(parts, lines)
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                told = list(zip(lines, answers, strict=True))
                settled += await store_check_answers(unit, parts.keys, told)
            log.info("listing checks", asked=len(lines))
        if not taken:
            return settled


async def _ask(parts: House, lines: list[LeasedLine]) -> list[IdentityAnswer]:
    """Answers in the order of ``lines``; one that cannot be asked about has none, and holds up nobody."""
    queries = {position: query for position, line in enumerate(lines) if (query := _query(line)) is not None}
    answers = await parts.cardholder_base.check(list(queries.values())) if queries else []
    by_position = dict(zip(queries, answers, strict=True))
    return [by_position.get(position, _NO_ANSWER) for position in range(len(lines))]


def _query(line: LeasedLine) -> IdentityQuery | None:
    if line.number is not None:
        try:
            return IdentityQuery(social_security_number=line.number, name=line.name, card_number=None)
        except ValueError:
            pass
    log.error("listing line cannot be asked about", listing_id=str(line.listing_id))
    return None
