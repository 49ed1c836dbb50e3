"""Citizens (phone first): the own record, claims, and who looked."""

from app.portals.citizen import home
from app.web.pages.links import Link

ROUTERS = (home.router,)
LINKS = (Link("/my", "我的档案"),)
