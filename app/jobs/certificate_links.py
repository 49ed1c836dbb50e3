"""Job: link and archive certificates that the network had confirmed before (a class closed, persons merged, proved)."""

import structlog

from app.access.unit import system_unit
from app.archive.certificates.actions.link_requested import link_requested
from app.db.roles import DatabaseRole
from app.web.house import House

log = structlog.get_logger(__name__)


async def run_certificate_links(parts: House) -> int:
    """How many certificates were linked."""
    linked = archived = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            piece = await link_requested(unit, parts.keys)
        linked += piece.linked
        archived += piece.archived
        if not piece.requests:
            break
    if linked or archived:
        log.info("certificates linked", linked=linked, archived=archived)
    return linked
