"""The public door: what everybody may know, and objections to it."""

from app.portals.public import home
from app.web.pages.links import Link

ROUTERS = (home.router,)
LINKS = (Link("/", "首页"),)
