"""不予发放: a second person confirms that the rules speak against; with every reason and the ways against it."""

from app.access.unit import Unit
from app.subsidies.claims.actions.approve_claim import store_approval
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.states import NoticeKind, Step


async def refuse_claim(
    unit: Unit, found: FoundClaim, *, reason: str | None = None, expected_version: int | None = None
) -> str:
    """The notice's number; key and slot are given back. Raises ``Refused``, ``PreconditionFailed``."""
    check_step(unit, Step.REFUSE, found, expected_version=expected_version)
    return await store_approval(unit, found, Step.REFUSE, reason=reason, notice=NoticeKind.REFUSAL)
