"""Job: read the changes of the skills-assessment network, page by page, and apply those of certificates held here.

A page is read between two transactions and applied in one with the cursor, so that a crash anywhere reads it again and
a page read again brings nothing new. A network that fails leaves the cursor where it is; the next run goes on there.
"""

from collections import Counter

import structlog

from app.access.unit import system_unit
from app.archive.certificates.actions.apply_changes import apply_changes
from app.archive.certificates.actions.ask_again_about_all import ask_again_about_piece
from app.archive.certificates.actions.move_cursor import move_cursor, read_cursor
from app.archive.certificates.states import AnswerChannel
from app.db.roles import DatabaseRole
from app.gateways.assessment_facts import Changes
from app.gateways.http import UpstreamFailed
from app.web.house import House

log = structlog.get_logger(__name__)

_LOST_PLACE = frozenset({"cursor_expired", "cursor_unknown"})


async def run_certificate_sync(parts: House) -> int:
    """Read every change there is; returns how many were read. Does nothing without a network to ask."""
    if parts.settings.assessment_network_url is None:
        return 0
    counts: Counter[str] = Counter()
    try:
        while await _sync_page(parts, counts):
            continue
    except UpstreamFailed as failure:
        log.warning("certificate sync interrupted", kind=failure.kind.value, code=failure.code, **counts)
    else:
        if counts["read"]:
            log.info("certificate sync", **counts)
    return counts["read"]


async def _sync_page(parts: House, counts: Counter[str]) -> bool:
    """Whether there is more. Raises UpstreamFailed."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        reached = await read_cursor(unit)
    try:
        page = await parts.assessment_network.changes(reached)
    except UpstreamFailed as failure:
        if reached is None or failure.code not in _LOST_PLACE:
            raise
        log.warning("certificate sync lost its place", code=failure.code)
        # The page first: what changes while the certificates are made due comes after its cursor.
        page = await parts.assessment_network.changes(None)
        counts["asked_again"] += await _ask_again(parts)
    if page.next_cursor == reached:
        return False
    return await _take_in(parts, page, reached, counts) or page.has_more


async def _take_in(parts: House, page: Changes, reached: str | None, counts: Counter[str]) -> bool:
    """Apply a page; True when another worker was faster, so that the page is to be read from its cursor."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        if not await move_cursor(unit, reached=reached, to=page.next_cursor):
            return True
        applied = await apply_changes(
            unit, parts.keys, page.items, channel=AnswerChannel.SYNC, told_at=page.answered_at
        )
    log.info("certificate changes", read=len(page.items), stored=applied.stored.new)
    counts.update(
        read=len(page.items),
        repeated=page.repeated,
        concerned=applied.concerned,
        stored=applied.stored.new,
        conflicts=applied.stored.conflicts,
        linked=applied.linked,
    )
    counts.update({f"became_{state.value}": count for state, count in applied.stored.changed.items()})
    return False


async def _ask_again(parts: House) -> int:
    asked, last = 0, None
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            piece = await ask_again_about_piece(unit, last)
        asked += piece.asked
        if piece.last is None:
            return asked
        last = piece.last
