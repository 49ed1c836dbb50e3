"""Institutions: classes from opening to claim."""

from app.portals.institution import home, opening_filing, opening_parts, openings, roster
from app.web.pages.links import Link

ROUTERS = (home.router, openings.router, opening_parts.router, opening_filing.router, roster.router)
LINKS = (Link("/institution", "工作台"), Link("/institution/openings", "班次"))
