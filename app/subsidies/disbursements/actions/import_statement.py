"""Take in a daily file of the bank (对账): every line is kept with what differs; no money moves by it.

A file that the paying worker fetched is the bank's own word; one that an officer handed in is not, until the worker has
fetched the same. The two have doors of their own, open to one database role each.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.gateways.bank_facts import StatementLine

_GIVEN = """(:actor, :statement_id, :day, :sha256, CAST(:ids AS uuid[]), CAST(:texts AS text[]),
  CAST(:amounts AS bigint[]), CAST(:outcomes AS text[]))"""
_IMPORT = text(f"SELECT import_statement{_GIVEN}")
_TAKE = text(f"SELECT take_statement{_GIVEN}")


async def import_statement(
    unit: Unit, *, day: date, sha256: bytes, lines: Sequence[StatementLine], is_fetched: bool
) -> int | None:
    """How many lines differ, those missing in the file included; None when this very file was here before."""
    statement_id = uuid7()
    differing: int | None = (
        await unit.session.execute(
            _TAKE if is_fetched else _IMPORT,
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
        details={
            "day": day.isoformat(),
            "lines": len(lines),
            "differences": differing,
            "is_fetched": is_fetched,
        },
    )
    if differing:
        payload = {"statement_id": str(statement_id), "day": day.isoformat(), "differences": differing}
        await announce(unit, "bank_statement.differs", payload)
    return differing
