"""Officers: filings, claims, notices, payment, look-ups."""

from app.portals.officer import (
    certificates,
    claim_history,
    claim_review,
    claims,
    corrections,
    directory,
    home,
    money,
    notices,
    openings,
    payment_lines,
    payments,
    reports,
)
from app.web.pages.links import Link

ROUTERS = (
    home.router,
    openings.router,
    claims.router,
    claim_history.router,
    claim_review.router,
    notices.router,
    reports.router,
    corrections.router,
    certificates.router,
    directory.router,
    money.router,
    payments.router,
    payment_lines.router,
)
LINKS = (
    Link("/office", "工作台"),
    Link("/office/openings", "开班备案"),
    Link("/office/claims", "补贴申领"),
    Link("/office/notices", "公示"),
    Link("/office/money", "资金"),
    Link("/office/objections", "异议与反映"),
    Link("/office/corrections", "更正"),
    Link("/office/certificates", "证书"),
    Link("/office/directory", "目录"),
)
