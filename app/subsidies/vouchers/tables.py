"""Rows of vouchers. Constraints and doors stand in migrations 0020, 0021 and 0024."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class Voucher(SQLModel, table=True):
    """职业培训券 of one person; ``benefit_line`` None means any occupation."""

    __tablename__ = "voucher"

    person_id: UUID = Field(primary_key=True)
    voucher_id: UUID = Field(primary_key=True)
    voucher_number: str
    division_code: str
    benefit_line: str | None
    amount_fen: int
    valid_until: date
    issued_at: datetime = Field(sa_type=_INSTANT)
    issued_by: UUID
    redeemed_at: datetime | None = Field(sa_type=_INSTANT)
    redeemed_claim: UUID | None
    voided_at: datetime | None = Field(sa_type=_INSTANT)
    voided_by: UUID | None
    void_reason: str | None
