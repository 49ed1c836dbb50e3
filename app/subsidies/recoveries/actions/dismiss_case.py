"""Dismiss a case that a machine opened: an officer says why nothing is recovered."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound

_DISMISS = text("SELECT dismiss_recovery_case(:actor, :case_id, :reason)")


async def dismiss_case(unit: Unit, *, case_id: UUID, reason: str) -> None:
    """Raises NotFound outside the area and for a case that is no longer open."""
    asked = {"actor": unit.actor.principal_id, "case_id": case_id, "reason": reason}
    if not (await unit.session.execute(_DISMISS, asked)).scalar_one():
        raise NotFound
    await record_event(
        unit,
        "recovery_case:dismissed",
        subject_kind="recovery_case",
        subject_id=case_id,
        details={"reason": reason},
    )
