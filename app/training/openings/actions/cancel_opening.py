"""Canceling an opening (取消开班) before its first session is held."""

from uuid import UUID

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.review import reasons_against_cancellation
from app.training.openings.states import OpeningState


async def cancel_opening(unit: Unit, *, opening_id: UUID, reason: str) -> None:
    """Cancel the caller's opening. The first attendance event makes it running, after which this is refused
    (``opening_not_cancelable``); both take the opening's row, so one of them is first. Raises NotFound.
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    reasons = reasons_against_cancellation(OpeningState(row.state))
    if reasons:
        raise Refused(reasons)
    await next_version(
        unit, row, state=OpeningState.CANCELED, canceled_at=unit.now, cancellation_reason=reason
    )
    details = {"was": row.state}
    await record_event(
        unit, "opening:canceled", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "opening:canceled", {"opening_id": str(opening_id), **details})
