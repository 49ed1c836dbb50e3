"""Allot a tranche (下达指标) to a budget, through the door that also posts it to the ledger."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.subsidies.disbursements.queries.budgets import read_budget

_ALLOT = text("SELECT allot_tranche(:actor, :budget_id, :amount_fen, :document_number)")


async def allot_tranche(unit: Unit, *, budget_id: UUID, amount_fen: int, document_number: str) -> int:
    """The number of the tranche. Raises NotFound for a budget outside the officer's area."""
    await read_budget(unit, budget_id)
    tranche_no: int = (
        await unit.session.execute(
            _ALLOT,
            {
                "actor": unit.actor.principal_id,
                "budget_id": budget_id,
                "amount_fen": amount_fen,
                "document_number": document_number,
            },
        )
    ).scalar_one()
    await record_event(
        unit,
        "budget:allotted",
        subject_kind="budget",
        subject_id=budget_id,
        details={"tranche_no": tranche_no, "amount_fen": amount_fen, "document_number": document_number},
    )
    return tranche_no
