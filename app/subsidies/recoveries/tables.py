"""Rows of recoveries as a citizen may read them. Constraints and doors stand in migrations 0020, 0021 and 0024."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class Recovery(SQLModel, table=True):
    """追回 of one benefit, whole or in part."""

    __tablename__ = "recovery"

    person_id: UUID = Field(primary_key=True)
    recovery_id: UUID = Field(primary_key=True)
    recovery_number: str
    benefit_id: UUID
    benefit_fen: int
    cause: str
    reason: str
    amount_fen: int
    repaid_fen: int
    written_off_fen: int
    due_on: date
    ordered_at: datetime = Field(sa_type=_INSTANT)
    ordered_by: UUID
    decider_kind: str
