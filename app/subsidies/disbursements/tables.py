"""Rows of paying out that hold nothing of persons. Constraints and doors stand in migrations 0019 to 0024."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class Budget(SQLModel, table=True):
    """Money of one source for one division and year; its tranches and the ledger say how much."""

    __tablename__ = "budget"

    budget_id: UUID = Field(primary_key=True)
    division_code: str
    year: int
    funding_source: str
    opened_at: datetime = Field(sa_type=_INSTANT)
    opened_by: UUID


class BudgetTranche(SQLModel, table=True):
    """One allotment (下达指标)."""

    __tablename__ = "budget_tranche"

    budget_id: UUID = Field(primary_key=True)
    tranche_no: int = Field(primary_key=True)
    amount_fen: int
    committed_fen: int
    document_number: str
    recorded_at: datetime = Field(sa_type=_INSTANT)
    recorded_by: UUID


class PaymentOrder(SQLModel, table=True):
    """拨付单, by a third person."""

    __tablename__ = "payment_order"

    order_id: UUID = Field(primary_key=True)
    order_number: str
    division_code: str
    budget_id: UUID
    ordered_at: datetime = Field(sa_type=_INSTANT)
    ordered_by: UUID
    payer_kind: str


class Advance(SQLModel, table=True):
    """预拨 against an opening on record."""

    __tablename__ = "advance"

    advance_id: UUID = Field(primary_key=True)
    opening_id: UUID
    institution_id: UUID
    division_code: str
    budget_id: UUID
    base_fen: int
    share_bp: int
    amount_fen: int
    offset_fen: int
    returned_fen: int
    edition_id: UUID
    proposed_at: datetime = Field(sa_type=_INSTANT)
    proposed_by: UUID
    approved_by: UUID | None
    approved_at: datetime | None = Field(sa_type=_INSTANT)
    ordered_by: UUID | None
    ordered_at: datetime | None = Field(sa_type=_INSTANT)
    instructed_at: datetime | None = Field(sa_type=_INSTANT)
    settled_at: datetime | None = Field(sa_type=_INSTANT)
    canceled_at: datetime | None = Field(sa_type=_INSTANT)
    tranche_no: int | None


class BankStatement(SQLModel, table=True):
    """对账文件: one file of the bank's, taken in once."""

    __tablename__ = "bank_statement"

    statement_id: UUID = Field(primary_key=True)
    statement_on: date
    file_sha256: bytes
    imported_at: datetime = Field(sa_type=_INSTANT)
    imported_by: UUID
    fetched_at: datetime | None = Field(sa_type=_INSTANT)
