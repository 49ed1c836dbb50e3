"""The steps of an advance after its proposal: approved by a second officer, ordered by a third, or canceled."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.subsidies.disbursements.queries.advances import read_advance
from app.subsidies.disbursements.rules.refusals import ADVANCE_REASONS


class AdvanceStep(StrEnum):
    """What is done with it; the value names it in audit events."""

    APPROVED = "approved"
    ORDERED = "ordered"
    CANCELED = "canceled"


_DOORS = {
    AdvanceStep.APPROVED: text("SELECT approve_advance(:actor, :advance_id)"),
    AdvanceStep.ORDERED: text("SELECT order_advance(:actor, :advance_id)"),
    AdvanceStep.CANCELED: text("SELECT cancel_advance(:actor, :advance_id)"),
}


async def move_advance(unit: Unit, *, advance_id: UUID, step: AdvanceStep) -> None:
    """Raises NotFound outside the area, Refused when it is not the turn of this step; the three persons are a CHECK."""
    await read_advance(unit, advance_id)
    said = (
        await unit.session.execute(_DOORS[step], {"actor": unit.actor.principal_id, "advance_id": advance_id})
    ).scalar_one()
    if said in ADVANCE_REASONS:
        raise Refused([ADVANCE_REASONS[said]])
    if said is False:
        raise Refused([ADVANCE_REASONS["not_in_order"]])
    await record_event(unit, f"advance:{step}", subject_kind="advance", subject_id=advance_id)
    await announce(unit, f"advance.{step}", {"advance_id": str(advance_id)})
