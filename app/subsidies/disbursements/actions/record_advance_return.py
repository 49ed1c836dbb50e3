"""Record what an institution paid back of an advance that no benefit used up."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.subsidies.disbursements.queries.advances import read_advance

_INSERT = text("""
    INSERT INTO advance_return (advance_id, return_id, amount_fen, evidence, happened_on, recorded_by)
    VALUES (:advance_id, :return_id, :amount_fen, :evidence, :happened_on, :actor)
""")


async def record_advance_return(
    unit: Unit, *, advance_id: UUID, amount_fen: int, evidence: str, happened_on: date
) -> None:
    """Raises NotFound outside the area; more than is left, or before it was paid, is a conflict by constraint."""
    await read_advance(unit, advance_id)
    await unit.session.execute(
        _INSERT,
        {
            "advance_id": advance_id,
            "return_id": uuid7(),
            "amount_fen": amount_fen,
            "evidence": evidence,
            "happened_on": happened_on,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "advance:returned",
        subject_kind="advance",
        subject_id=advance_id,
        details={"amount_fen": amount_fen, "evidence": evidence},
    )
