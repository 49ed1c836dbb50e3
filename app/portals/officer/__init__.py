"""Officers: filings, claims, notices, payment, look-ups."""

from app.portals.officer import claim_history, claim_review, claims, home
from app.web.pages.links import Link

ROUTERS = (home.router, claims.router, claim_history.router, claim_review.router)
LINKS = (Link("/office", "工作台"), Link("/office/claims", "补贴申领"))
