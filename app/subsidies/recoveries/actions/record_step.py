"""Record what happened to a recovery: money came back, or it was referred to the judicial organs (移送)."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.recoveries.rules import more_than_owed, not_yet
from app.subsidies.recoveries.states import StepKind

_RECORD = text(
    "SELECT record_recovery_step(:actor, :recovery_id, :kind, :amount_fen, :evidence, :happened_on)"
)


async def record_step(
    unit: Unit,
    *,
    recovery_id: UUID,
    kind: StepKind,
    amount_fen: int | None,
    evidence: str,
    happened_on: date,
) -> None:
    """Raises NotFound outside the area, Refused for more than is owed or a day that has not come."""
    if happened_on > unit.today:
        raise Refused([not_yet(happened_on)])
    outcome: str = (
        await unit.session.execute(
            _RECORD,
            {
                "actor": unit.actor.principal_id,
                "recovery_id": recovery_id,
                "kind": kind,
                "amount_fen": amount_fen,
                "evidence": evidence,
                "happened_on": happened_on,
            },
        )
    ).scalar_one()
    if outcome == "recovery_unknown":
        raise NotFound
    if outcome == "more_than_owed":
        raise Refused([more_than_owed()])
    await record_event(
        unit,
        f"recovery:{kind}",
        subject_kind="recovery",
        subject_id=recovery_id,
        details={"amount_fen": amount_fen, "evidence": evidence},
    )
    await announce(unit, f"recovery.{kind}", {"recovery_id": str(recovery_id), "amount_fen": amount_fen})
