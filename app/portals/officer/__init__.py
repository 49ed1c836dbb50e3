"""Officers: filings, claims, notices, payment, look-ups."""

from app.portals.officer import home
from app.web.pages.links import Link

ROUTERS = (home.router,)
LINKS = (Link("/office", "工作台"),)
