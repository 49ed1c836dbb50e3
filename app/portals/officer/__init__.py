"""Officers: filings, claims, notices, payment, look-ups."""

from app.portals.officer import claim_history, claim_review, claims, home, openings
from app.web.pages.links import Link

ROUTERS = (home.router, openings.router, claims.router, claim_history.router, claim_review.router)
LINKS = (Link("/office", "工作台"), Link("/office/openings", "开班备案"), Link("/office/claims", "补贴申领"))
