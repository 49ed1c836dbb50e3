"""Pure rules of outreach: whether somebody could claim now, and the share of entitlements that were taken up."""

from app.subsidies.entitlements.rules.verdict import Verdict

SHOWN_AT_FILING = frozenset(
    {"payee", "eligible_group", "allowance_group", "cost_shares", "factors", "free_training", "payer_place"}
)
"""Rules whose facts a claimant brings along: that these are open keeps nobody from being told."""
TOLD_BY_INSURANCE = frozenset(
    {
        "insured_months",
        "insured_status",
        "enterprise_employee",
        "insurance_payer",
        "no_pension",
        "person_alive",
    }
)
"""Rules whose facts the insurance platform tells; it is asked only when nothing else stands against the claim."""


def could_claim(verdict: Verdict) -> bool:
    """Nothing known stands against it, and what is open is the claimant's to show.

    What a platform has not told is not guessed: nobody is sent to claim what may be refused for it.
    """
    return _is_open(verdict, SHOWN_AT_FILING)


def is_worth_asking(verdict: Verdict) -> bool:
    """Whether only papers and the insurance are open: then the platform is asked."""
    return _is_open(verdict, SHOWN_AT_FILING | TOLD_BY_INSURANCE)


def share_bp(taken: int, of: int) -> int | None:
    """``taken`` of ``of`` in basis points, rounded down; None when there was nothing to take."""
    return taken * 10_000 // of if of else None


def _is_open(verdict: Verdict, settled_later: frozenset[str]) -> bool:
    return (
        not verdict.failed
        and bool(verdict.standard_fen)
        and all(reason.code in settled_later for reason in verdict.missing)
    )
