"""Job: ask the card-holder base about roster lines that are due, and store what it says.

The question goes out between two transactions: nothing is locked while an outside system thinks. A worker that dies
at any point leaves leased lines behind, which are due again when the lease ends.
"""

import structlog

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.cardholder_base import IdentityAnswer, IdentityOutcome, IdentityQuery
from app.training.rosters.actions.lease_due_lines import LeasedLine, lease_due_lines
from app.training.rosters.actions.store_check_answers import store_check_answers
from app.web.house import House

log = structlog.get_logger(__name__)

_NO_ANSWER = IdentityAnswer(outcome=IdentityOutcome.UNAVAILABLE, evidence_id=None, checked_at=None)


async def run_due_checks(parts: House) -> int:
    """Check every line that is due now; returns how many got a final answer."""
    settled = 0
    while True:
        taken, answered = await _check_batch(parts)
        settled += answered
        if not taken:
            return settled


async def _check_batch(parts: House) -> tuple[int, int]:
    """Lines taken, and lines with a final answer."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        taken, lines = await lease_due_lines(unit, parts.keys)
    if not lines:
        return taken, 0
    answers = await _ask(parts, lines)
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        settled = await store_check_answers(unit, parts.keys, list(zip(lines, answers, strict=True)))
    log.info("identity checks", asked=len(lines), settled=settled)
    return taken, settled


async def _ask(parts: House, lines: list[LeasedLine]) -> list[IdentityAnswer]:
    """Answers in the order of ``lines``; a line that cannot be asked about has none, and does not hold up the rest."""
    queries: dict[int, IdentityQuery] = {}
    for position, line in enumerate(lines):
        query = _query(line)
        if query is None:
            log.error("roster line cannot be asked about", opening_id=str(line.opening_id))
        else:
            queries[position] = query
    answers = await parts.cardholder_base.check(list(queries.values())) if queries else []
    by_position = dict(zip(queries, answers, strict=True))
    return [by_position.get(position, _NO_ANSWER) for position in range(len(lines))]


def _query(line: LeasedLine) -> IdentityQuery | None:
    if line.number is None:
        return None
    try:
        return IdentityQuery(social_security_number=line.number, name=line.name, card_number=line.card_number)
    except ValueError:
        return None
