"""退回重审: the approver holds the review to be wrong; it is done anew in the next round."""

from app.access.unit import Unit
from app.subsidies.claims.actions.approve_claim import insert_decision, tell
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.states import Step


async def send_back_claim(
    unit: Unit, found: FoundClaim, *, reason: str, expected_version: int | None = None
) -> int:
    """The number of the new round. Raises ``Refused``, ``PreconditionFailed``."""
    check_step(unit, Step.SEND_BACK, found, expected_version=expected_version)
    await insert_decision(unit, found, "sent_back", reason)
    await tell(unit, found, "sent_back", None)
    return found.round + 1
