"""Wire shapes of budgets and their ledger. Amounts are whole fen."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row

from app.subsidies.disbursements.queries.budgets import BudgetPicture
from app.subsidies.disbursements.states import CAUSE_LABELS, LedgerCause
from app.web.wire import DivisionCodeText, Input, Output, ShortLine

Fen = Annotated[int, Field(ge=1, le=100_000_000_000_000, strict=True, examples=[150_000])]
"""An amount in fen: a number, not a text or a truth value; up to 一万亿元, far below the column's bounds."""


class BudgetIn(Input):
    """一个行政区划、一个年度、一个资金来源的预算."""

    division_code: DivisionCodeText
    year: Annotated[int, Field(ge=2017, le=2099, examples=[2026])]
    funding_source: Annotated[
        str, Field(pattern=r"^[a-z_]{1,40}$", examples=["unemployment_insurance"], description="资金来源代码")
    ]


class TrancheIn(Input):
    """一笔下达的指标及其文号."""

    amount_fen: Fen
    document_number: Annotated[ShortLine, Field(min_length=3, examples=["京财社〔2026〕12号"])]


class BudgetOut(Output):
    """预算及其账：可用、在途、预拨、已付之和等于下达数."""

    budget_id: UUID
    division_code: str
    year: int
    funding_source: str
    opened_at: datetime
    allotted_fen: int
    available_fen: int
    committed_fen: int
    in_transit_fen: int
    advanced_fen: int
    paid_fen: int

    @classmethod
    def of(cls, budget: BudgetPicture) -> Self:
        """As the ledger has it."""
        return cls.model_validate(budget, from_attributes=True)


class TrancheOut(Output):
    """一笔指标；committed_fen 为已占用."""

    tranche_no: int
    amount_fen: int
    committed_fen: int
    document_number: str
    recorded_at: datetime


class BudgetDetailOut(BudgetOut):
    """预算、账和各笔指标."""

    tranches: list[TrancheOut]


class BudgetPage(Output):
    """一页预算."""

    items: list[BudgetOut]
    next_cursor: str | None


class MovementOut(Output):
    """账上的一笔：从一个科目到另一个科目，两边相等."""

    transaction_id: UUID
    at: datetime
    cause: LedgerCause
    cause_name: str
    subject_id: UUID
    from_account: str
    to_account: str
    amount_fen: int

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One movement."""
        return cls(
            transaction_id=row.transaction_id,
            at=row.at,
            cause=LedgerCause(row.kind),
            cause_name=CAUSE_LABELS[LedgerCause(row.kind)],
            subject_id=row.subject_id,
            from_account=row.from_account,
            to_account=row.to_account,
            amount_fen=row.amount_fen,
        )


class LedgerPage(Output):
    """一页账，最近的在前."""

    items: list[MovementOut]
    next_cursor: str | None


class LedgerDifferenceOut(Output):
    """账与实不符的一处."""

    budget_id: UUID
    account: str
    ledger_fen: int
    rows_fen: int


class LedgerDifferencesOut(Output):
    """账实不符之处；始终应为空."""

    items: list[LedgerDifferenceOut]
