"""Rows of rosters. SQLModel tables do not validate; the migrations hold the constraints."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class RosterLineRow(SQLModel, table=True):
    """学员名册: one trainee of one class, as the institution claims. Sealed fields belong to the person."""

    __tablename__ = "roster_line"

    person_id: UUID = Field(primary_key=True)
    opening_id: UUID = Field(primary_key=True)
    line_id: UUID
    institution_id: UUID
    document_kind: str
    name_sealed: bytes
    name_digest: bytes
    name_initials: str
    number_sealed: bytes
    card_sealed: bytes | None
    phone_sealed: bytes | None
    remark_sealed: bytes | None
    content_digest: bytes
    sheet: str | None
    sheet_line: int | None
    state: str
    check_id: UUID | None
    check_outcome: str | None
    check_due_at: datetime | None = Field(sa_type=_INSTANT)
    check_attempts: int
    added_at: datetime = Field(sa_type=_INSTANT)
    added_by: UUID
    withdrawn_at: datetime | None = Field(sa_type=_INSTANT)
    withdrawn_by: UUID | None
    withdrawal_reason: str | None


class RosterLineGroupRow(SQLModel, table=True):
    """重点群体 that a trainee is claimed to belong to."""

    __tablename__ = "roster_line_group"

    person_id: UUID = Field(primary_key=True)
    opening_id: UUID = Field(primary_key=True)
    key_group_code: str = Field(primary_key=True)


class MismatchTallyRow(SQLModel, table=True):
    """Real-name mismatches of an institution on a day of law."""

    __tablename__ = "mismatch_tally"

    institution_id: UUID = Field(primary_key=True)
    on_date: date = Field(primary_key=True)
    mismatches: int
