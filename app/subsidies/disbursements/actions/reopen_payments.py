"""Open payments again that were closed because the database may have forgotten some (恢复付款): two officers.

The first says what was found when the bank's statements were compared with what the database still knows; what it no
longer knows is brought back by the import of earlier benefits before anybody confirms.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.disbursements.rules.restorations import REASONS

_PROPOSE = text("SELECT propose_reopening(:actor, :restoration_id, :finding)")
_CONFIRM = text("SELECT confirm_reopening(:actor, :restoration_id)")


async def propose_reopening(unit: Unit, *, restoration_id: UUID, finding: str) -> None:
    """Nothing opens yet. Raises NotFound, or Refused when proposed before or not in charge of every budget."""
    await _asked(unit, _PROPOSE, restoration_id, {"finding": finding})
    await record_event(
        unit,
        "restoration:reopening_proposed",
        subject_kind="restoration",
        subject_id=restoration_id,
        details={"finding": finding},
    )


async def confirm_reopening(unit: Unit, *, restoration_id: UUID) -> None:
    """This sign no longer closes payments. Raises as above, and Refused for whoever proposed."""
    await _asked(unit, _CONFIRM, restoration_id, {})
    await record_event(unit, "restoration:reopened", subject_kind="restoration", subject_id=restoration_id)


async def _asked(unit: Unit, door: TextClause, restoration_id: UUID, more: Mapping[str, Any]) -> None:
    asked = {"actor": unit.actor.principal_id, "restoration_id": restoration_id, **more}
    outcome: str = (await unit.session.execute(door, asked)).scalar_one()
    if outcome == "restoration_unknown":
        raise NotFound
    if outcome in REASONS:
        raise Refused([REASONS[outcome]])
