"""Citizens (phone first): the own record, claims, and who looked."""

from app.portals.citizen import (
    accounts,
    applying,
    benefits,
    certificates,
    check_in,
    claims,
    enrollments,
    home,
    looks,
    messages,
    money,
    papers,
    received,
    record,
    rights,
    sharing,
    supplements,
)
from app.web.pages.links import Link

ROUTERS = (
    home.router,
    record.router,
    benefits.router,
    applying.router,
    claims.router,
    supplements.router,
    looks.router,
    enrollments.router,
    check_in.router,
    accounts.router,
    sharing.router,
    papers.router,
    certificates.router,
    messages.router,
    money.router,
    rights.router,
    received.router,
)
LINKS = (
    Link("/my", "首页"),
    Link("/my/record", "我的档案"),
    Link("/my/benefits", "我能领什么"),
    Link("/my/claims", "我的申领"),
    Link("/my/shares", "分享"),
    Link("/my/accesses", "谁看过我"),
)
