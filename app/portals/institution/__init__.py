"""Institutions: classes from opening to claim."""

from app.portals.institution import closing, home, opening_filing, opening_parts, openings, results, roster
from app.web.pages.links import Link

ROUTERS = (
    home.router,
    openings.router,
    opening_parts.router,
    opening_filing.router,
    roster.router,
    results.router,
    closing.router,
)
LINKS = (Link("/institution", "工作台"), Link("/institution/openings", "班次"))
