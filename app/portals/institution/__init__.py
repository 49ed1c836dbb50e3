"""Institutions: classes from opening to claim."""

from app.portals.institution import (
    changes,
    closing,
    home,
    opening_filing,
    opening_parts,
    openings,
    records,
    results,
    roster,
)
from app.web.pages.links import Link

ROUTERS = (
    home.router,
    openings.router,
    opening_parts.router,
    opening_filing.router,
    roster.router,
    results.router,
    closing.router,
    changes.router,
    records.router,
)
LINKS = (
    Link("/institution", "工作台"),
    Link("/institution/openings", "班次"),
    Link("/institution/claims", "补贴申领"),
)
