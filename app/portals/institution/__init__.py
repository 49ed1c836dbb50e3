"""Institutions: classes from opening to claim."""

from app.portals.institution import (
    accounts,
    advances,
    batches,
    changes,
    claims,
    class_claims,
    closing,
    documents,
    home,
    opening_filing,
    opening_parts,
    openings,
    presence,
    records,
    results,
    roster,
    sources,
    teaching,
    vouchers,
)
from app.web.pages.links import Link

ROUTERS = (
    home.router,
    openings.router,
    opening_parts.router,
    opening_filing.router,
    roster.router,
    teaching.router,
    presence.router,
    sources.router,
    results.router,
    closing.router,
    changes.router,
    records.router,
    documents.router,
    class_claims.router,
    # What is called by a word goes before what is called by an id.
    batches.router,
    accounts.router,
    vouchers.router,
    advances.router,
    claims.router,
)
LINKS = (
    Link("/institution", "工作台"),
    Link("/institution/openings", "班次"),
    Link("/institution/claims", "补贴申领"),
    Link("/institution/sources", "考勤设备"),
)
