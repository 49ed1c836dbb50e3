"""What the three subsidies of employers share: a confirmed listing, the place that pays, the window."""

from datetime import date

from app.kernel.errors import UNSOURCED
from app.reference.divisions import area_name
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.gate import INCLUSION
from app.subsidies.entitlements.rules.insurance import same_area
from app.subsidies.entitlements.rules.reasoning import Case, fact, judged
from app.subsidies.entitlements.rules.verdict import RuleReason


def day_of(facts: ClaimFacts) -> date | None:
    """The last day of the year of apprenticeship, the month, or the year of retention."""
    return facts.listing.ends_on if facts.listing else None


def listing_confirmed(case: Case) -> RuleReason | None:
    """The listing is evidence only once an officer has confirmed it."""
    listing = case.facts.listing
    if listing is None:
        return None
    return judged(
        "listing_confirmed",
        listing.is_confirmed,
        f"用人单位名单（{listing.period}）须经确认",
        citation=INCLUSION,
        facts=(fact("名单已确认", listing.is_confirmed),),
        remedy="名单被退回的，请用人单位更正后重新报送",
        missing="等待经办机构确认名单",
    )


def payer_place(case: Case) -> RuleReason | None:
    """The agency of the division in which the listing was filed; no text says more."""
    entry = case.facts.entry
    division, payer = entry.division if entry else None, case.facts.payer_division
    filed_at = division and area_name(division)
    return judged(
        "payer_place",
        None if division is None else same_area(payer, division),
        f"由名单报送地受理；报送地{filed_at or '未查明'}，受理地{area_name(payer)}",
        citation=UNSOURCED,
        facts=(fact("名单报送地", filed_at), fact("受理地", area_name(payer))),
        remedy="请向名单报送地的经办机构申领",
        missing="等待档案条目的地区查明",
    )
