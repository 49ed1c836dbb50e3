"""The public door: what everybody may know, and objections to it."""

from app.portals.public import directory, guide, home, log, notices, verification
from app.web.pages.links import Link

ROUTERS = (
    home.router,
    directory.router,
    guide.router,
    notices.router,
    verification.router,
    log.router,
)
LINKS = (
    Link("/", "首页"),
    Link("/guide", "补贴指南"),
    Link("/programs", "找项目"),
    Link("/institutions", "找机构"),
    Link("/notices", "公示"),
    Link("/verify", "核验"),
)
