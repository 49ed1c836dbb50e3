"""Reads of budgets: what the ledger says, by scope; where ledger and rows disagree (nowhere)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import NATION, prefix_of
from app.subsidies.disbursements.rules.refusals import BUDGET_UNKNOWN

_BUDGETS = """
SELECT budget.budget_id, budget.division_code, budget.year, budget.funding_source, budget.opened_at,
  coalesce(-sum(posting.amount_fen) FILTER (WHERE posting.account = 'appropriation'), 0)::bigint AS allotted_fen,
  coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = 'available'), 0)::bigint AS available_fen,
  coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = 'in_transit'), 0)::bigint AS in_transit_fen,
  coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = 'paid'), 0)::bigint AS paid_fen,
  coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = 'advanced'), 0)::bigint AS advanced_fen
FROM budget LEFT JOIN ledger_posting AS posting USING (budget_id)
WHERE starts_with(budget.division_code, :prefix)
"""
_LIST = text(
    _BUDGETS
    + """ AND (CAST(:year AS smallint) IS NULL OR budget.year = :year)
    AND (CAST(:after AS uuid) IS NULL OR budget.budget_id < :after)
    GROUP BY budget.budget_id ORDER BY budget.budget_id DESC LIMIT :limit"""
)
_ONE = text(_BUDGETS + " AND budget.budget_id = :budget_id GROUP BY budget.budget_id")
_TRANCHES = text("""
    SELECT tranche_no, amount_fen, committed_fen, document_number, recorded_at FROM budget_tranche
    WHERE budget_id = :budget_id ORDER BY tranche_no
""")
_LEDGER = text("""
    SELECT moved.transaction_id, moved.at, moved.kind, moved.subject_id,
      max(posting.account) FILTER (WHERE posting.amount_fen < 0) AS from_account,
      max(posting.account) FILTER (WHERE posting.amount_fen > 0) AS to_account,
      max(posting.amount_fen) AS amount_fen
    FROM ledger_posting AS posting JOIN ledger_transaction AS moved USING (transaction_id)
    WHERE posting.budget_id = :budget_id
      AND (CAST(:after AS uuid) IS NULL OR moved.transaction_id < :after)
    GROUP BY moved.transaction_id ORDER BY moved.transaction_id DESC LIMIT :limit
""")
_DIFFERENCES = text("""
    SELECT found.budget_id, found.account, found.ledger_fen, found.rows_fen
    FROM ledger_differences() AS found JOIN budget USING (budget_id)
    WHERE starts_with(budget.division_code, :prefix) ORDER BY found.budget_id, found.account
""")


@dataclass(frozen=True, slots=True)
class BudgetPicture:
    """A budget as its ledger has it; ``committed_fen`` is all that is no longer available."""

    budget_id: UUID
    division_code: str
    year: int
    funding_source: str
    opened_at: datetime
    allotted_fen: int
    available_fen: int
    in_transit_fen: int
    paid_fen: int
    advanced_fen: int

    @property
    def committed_fen(self) -> int:
        """On its way, advanced or paid."""
        return self.in_transit_fen + self.advanced_fen + self.paid_fen


async def list_budgets(
    unit: Unit, *, year: int | None, cursor: str | None, limit: int
) -> Page[BudgetPicture]:
    """Budgets of the caller's area, the newest first."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    found = await unit.session.execute(
        _LIST, {"prefix": _prefix(unit), "year": year, "after": after, "limit": limit + 1}
    )
    rows = [_budget(row) for row in found]
    following = encode_cursor(rows[limit - 1].budget_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_budget(unit: Unit, budget_id: UUID) -> BudgetPicture:
    """One budget of the caller's area. Raises NotFound."""
    found = await unit.session.execute(_ONE, {"prefix": _prefix(unit), "budget_id": budget_id})
    row = found.one_or_none()
    if row is None:
        raise NotFound([BUDGET_UNKNOWN])
    return _budget(row)


async def list_tranches(unit: Unit, budget_id: UUID) -> Sequence[Row[Any]]:
    """What was allotted, in order."""
    return (await unit.session.execute(_TRANCHES, {"budget_id": budget_id})).all()


async def list_ledger(unit: Unit, budget_id: UUID, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """Movements of a budget, the newest first; a movement is from one account to another."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    rows = (
        await unit.session.execute(_LEDGER, {"budget_id": budget_id, "after": after, "limit": limit + 1})
    ).all()
    following = encode_cursor(rows[limit - 1].transaction_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def list_ledger_differences(unit: Unit) -> Sequence[Row[Any]]:
    """Where the ledger and the rows it tells of disagree by a fen: always empty."""
    return (await unit.session.execute(_DIFFERENCES, {"prefix": _prefix(unit)})).all()


def _prefix(unit: Unit) -> str:
    # The auditor answers for no area and sees all.
    return prefix_of(unit.actor.division_code or NATION)


def _budget(row: Row[Any]) -> BudgetPicture:
    return BudgetPicture(**row._mapping)
