"""Institutions: classes from opening to claim."""

from app.portals.institution import home
from app.web.pages.links import Link

ROUTERS = (home.router,)
LINKS = (Link("/institution", "工作台"),)
