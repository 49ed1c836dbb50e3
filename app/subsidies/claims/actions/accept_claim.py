"""受理: the claim is the agency's to decide, with a numbered notice."""

from app.access.unit import Unit
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.decline_claim import store_acceptance
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.states import ClaimState, NoticeKind, Step


async def accept_claim(unit: Unit, found: FoundClaim, *, expected_version: int | None = None) -> str:
    """The notice's number. Raises ``Refused``, ``PreconditionFailed``."""
    check_step(unit, Step.ACCEPT, found, expected_version=expected_version)
    return await store_acceptance(
        unit, found, outcome=ClaimState.ACCEPTED, kind=NoticeKind.ACCEPTANCE, reasons=()
    )
