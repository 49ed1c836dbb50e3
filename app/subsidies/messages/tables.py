"""Rows of messages. Constraints stand in migrations 0020 and 0025."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class MessageDelivery(SQLModel, table=True):
    """One message to one person: a template and harmless parameters."""

    __tablename__ = "message_delivery"

    person_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)
    template: str
    parameters: dict[str, str] = Field(sa_type=JSONB)
    made_at: datetime = Field(sa_type=_INSTANT)
    state: str
    attempts: int
    next_attempt_at: datetime | None = Field(sa_type=_INSTANT)
    evidence_id: str | None


class MessageAddress(SQLModel, table=True):
    """Where a citizen wants to be told; sealed."""

    __tablename__ = "message_address"

    person_id: UUID = Field(primary_key=True)
    address_id: UUID = Field(primary_key=True)
    channel: str
    address_sealed: bytes
    recorded_at: datetime = Field(sa_type=_INSTANT)
    recorded_by: UUID
    ended_at: datetime | None = Field(sa_type=_INSTANT)
