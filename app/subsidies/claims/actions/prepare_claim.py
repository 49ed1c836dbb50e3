"""Before a claim is filed or tried out: the picture of its entry, what the platform says, who would pay."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.subsidies.claims.queries.doors import Claimable
from app.subsidies.claims.queries.insured import insured_of
from app.subsidies.claims.rules.routing import Route, route
from app.subsidies.claims.states import AccountCheck
from app.subsidies.entitlements.states import BenefitKind


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry with everything that is known of it now, and the payer."""

    claimable: Claimable
    route: Route
    account_id: UUID | None


def prepare_claim(
    claimable: Claimable, kind: BenefitKind, *, declared: str | None, account_id: UUID | None, today: date
) -> Prepared:
    """Route the claim by what the pictures say; an account that is not named is the best of the person's own."""
    picture = claimable.picture
    insured = insured_of(kind, picture, today)
    found = route(
        kind,
        entry_division=picture["entry"]["division_code"],
        entry_on=date.fromisoformat(picture["entry"]["ends_on"]),
        insured_in=insured.facts.division,
        declared=declared,
        today=today,
    )
    return Prepared(claimable, found, account_id or _best_account(picture))


def _best_account(picture: dict[str, Any]) -> UUID | None:
    """The newest one whose holder the bank has confirmed, else the newest that it has not spoken against."""
    accounts = picture["accounts"]
    for wanted in (AccountCheck.MATCHED, None):
        for account in accounts:
            if account["check_outcome"] == wanted:
                return UUID(account["account_id"])
    return None
