"""Job: link certificates to entries that came after the network had confirmed them (a class closed, persons merged)."""

import structlog

from app.access.unit import system_unit
from app.archive.certificates.actions.link_requested import link_requested
from app.db.roles import DatabaseRole
from app.web.house import House

log = structlog.get_logger(__name__)


async def run_certificate_links(parts: House) -> int:
    """How many certificates were linked."""
    linked = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            piece = await link_requested(unit)
        linked += piece.linked
        if not piece.requests:
            break
    if linked:
        log.info("certificates linked", linked=linked)
    return linked
