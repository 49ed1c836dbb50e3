"""Who deals with claims in the check, and what later steps need of earlier ones."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.demo.actors.claim_office import ClaimOfficer, PaymentOfficer
from app.demo.check.cast import Cast
from app.demo.check.claim_people import Holders
from app.demo.journal import require
from app.demo.province_data import PROVINCE
from app.kernel.clock import law_date

BUDGET_FEN = 50_000_000


@dataclass(frozen=True, slots=True)
class ClaimPlay:
    """The offices, the budgets, the claims by the key of their story; notices with their last day.

    ``classes``: approved claims of institutions and employers, and their trainees' allowance.
    """

    cast: Cast
    holders: Holders
    review: ClaimOfficer
    approval: ClaimOfficer
    second_review: ClaimOfficer
    second_approval: ClaimOfficer
    several: ClaimOfficer
    elsewhere: ClaimOfficer
    inspection: ClaimOfficer
    payment: PaymentOfficer
    budgets: dict[str, str]
    claims: dict[str, str] = field(default_factory=dict)
    notices: list[tuple[str, date]] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    vouchers: list[str] = field(default_factory=list)
    advances: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)

    def shown(self, key: str) -> dict[str, Any]:
        """A claim as its citizen sees it."""
        return self.holders[key].citizen.shown_claim(self.claims[key])

    def state(self, key: str) -> str:
        """The state of a claim."""
        state: str = self.shown(key)["state"]
        return state

    def require_states(self, state: str, *keys: str) -> None:
        """Raise Unexpected unless these claims are in that state."""
        found = {key: self.state(key) for key in keys}
        require(set(found.values()) == {state}, f"应为 {state}，实为 {found}")


def open_offices(cast: Cast, holders: Holders) -> ClaimPlay:
    """The officers, and two budgets opened by the one who pays."""
    officers = cast.officers
    payment = PaymentOfficer(officers["payment.zj"])
    with cast.journal.step("拨付经办人登记失业保险基金、就业补助资金两项年度预算和下达指标"):
        year = law_date(cast.clock.now()).year
        budgets = {
            source: payment.open_budget(PROVINCE, year, source, BUDGET_FEN)
            for source in ("unemployment_insurance", "employment_fund")
        }
        cast.journal.counts["budgets"] += len(budgets)
    return ClaimPlay(
        cast=cast,
        holders=holders,
        review=ClaimOfficer(officers["review.zj"]),
        approval=ClaimOfficer(officers["approval.zj"]),
        second_review=ClaimOfficer(officers["review.hz"]),
        second_approval=ClaimOfficer(officers["approval.hz"]),
        several=ClaimOfficer(officers["several.zj"]),
        elsewhere=ClaimOfficer(officers["review.sc"]),
        inspection=ClaimOfficer(officers["inspection.zj"]),
        payment=payment,
        budgets=budgets,
    )
