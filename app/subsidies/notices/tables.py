"""Rows of public notices. Constraints stand in migrations 0018 and 0025; lines are reached through doors only."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class PublicNotice(SQLModel, table=True):
    """A notice (公示); both days are shown."""

    __tablename__ = "public_notice"

    notice_id: UUID = Field(primary_key=True)
    division_code: str
    agency_id: UUID
    title: str
    starts_on: date
    ends_on: date
    published_at: datetime = Field(sa_type=_INSTANT)
    published_by: UUID
