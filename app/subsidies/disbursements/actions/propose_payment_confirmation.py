"""Propose that the bank did pay what it had rejected: by an officer who pays, on the bank's evidence."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.disbursements.rules.confirmations import REASONS, reasons_against_evidence

_PROPOSE = text("""
    SELECT propose_payment_confirmation(:actor, :instruction_id, :confirmation_id, :document_number,
      CAST(:statement_id AS uuid), CAST(:statement_line AS integer), :reason)
""")


async def propose_payment_confirmation(
    unit: Unit,
    *,
    instruction_id: UUID,
    document_number: str | None,
    statement_id: UUID | None,
    statement_line: int | None,
    reason: str,
) -> UUID:
    """Nothing moves yet. Raises NotFound outside the area, Refused without evidence or without a contradiction."""
    missing = reasons_against_evidence(
        document_number=document_number,
        has_statement=statement_id is not None,
        has_line=statement_line is not None,
    )
    if missing:
        raise Refused(missing)
    confirmation_id: UUID = uuid7()
    evidence = {
        "document_number": document_number,
        "statement_id": statement_id,
        "statement_line": statement_line,
    }
    outcome: str = (
        await unit.session.execute(
            _PROPOSE,
            {
                "actor": unit.actor.principal_id,
                "instruction_id": instruction_id,
                "confirmation_id": confirmation_id,
                "reason": reason,
                **evidence,
            },
        )
    ).scalar_one()
    if outcome == "instruction_unknown":
        raise NotFound
    if outcome in REASONS:
        raise Refused([REASONS[outcome]])
    await record_event(
        unit,
        "payment_confirmation:proposed",
        subject_kind="payment_confirmation",
        subject_id=confirmation_id,
        details={
            "instruction_id": str(instruction_id),
            "statement_id": None if statement_id is None else str(statement_id),
            "statement_line": statement_line,
            "document_number": document_number,
        },
    )
    return confirmation_id
