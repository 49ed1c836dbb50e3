"""Take in a daily file of the bank (对账): every line is kept with what differs; no money moves by it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.gateways.bank_facts import StatementLine

_IMPORT = text("""
    SELECT import_statement(:actor, :statement_id, :day, :sha256, CAST(:ids AS uuid[]), CAST(:texts AS text[]),
      CAST(:amounts AS bigint[]), CAST(:outcomes AS text[]))
""")


async def import_statement(
    unit: Unit, *, day: date, sha256: bytes, lines: Sequence[StatementLine]
) -> int | None:
    """How many lines differ, those missing in the file included; None when this very file was here before."""
    statement_id = uuid7()
    differing: int | None = (
        await unit.session.execute(
            _IMPORT,
            {
                "actor": unit.actor.principal_id,
                "statement_id": statement_id,
                "day": day,
                "sha256": sha256,
                "ids": [line.instruction_id for line in lines],
                "texts": [line.instruction_text for line in lines],
                "amounts": [line.amount_fen for line in lines],
                "outcomes": [line.outcome.value for line in lines],
            },
        )
    ).scalar_one()
    if differing is None:
        return None
    await record_event(
        unit,
        "bank_statement:imported",
        subject_kind="bank_statement",
        subject_id=statement_id,
        details={"day": day.isoformat(), "lines": len(lines), "differences": differing},
    )
    if differing:
        payload = {"statement_id": str(statement_id), "day": day.isoformat(), "differences": differing}
        await announce(unit, "bank_statement.differs", payload)
    return differing
