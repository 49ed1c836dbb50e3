"""Rows of commitments. Constraints stand in migration 0017, the trigger and the doors in 0023."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class ClaimCommitment(SQLModel, table=True):
    """告知承诺 signed with a claim, and the check afterwards."""

    __tablename__ = "claim_commitment"

    person_id: UUID = Field(primary_key=True)
    claim_id: UUID = Field(primary_key=True)
    version: str
    digest: bytes
    content: str
    credit: str
    fee_fen: int | None
    committed_at: datetime = Field(sa_type=_INSTANT)
    committed_by: UUID
    check_due_on: date
    outcome: str | None
    findings: str | None
    checked_at: datetime | None = Field(sa_type=_INSTANT)
    checked_by: UUID | None
    checker_kind: str
