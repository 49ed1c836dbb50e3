"""Rows of the directory of evaluation bodies (SQLModel tables do not validate; migration 0011 constrains)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class EvaluationBodyRow(SQLModel, table=True):
    """An evaluation body (``evaluation_body``)."""

    __tablename__ = "evaluation_body"

    body_id: UUID = Field(primary_key=True)
    body_code: str
    kind: str
    name: str
    unified_social_credit_code: str | None
    division_code: str
    registered_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    registered_by: UUID


class BodyScopeRow(SQLModel, table=True):
    """Which occupation and levels (by rank) a body may assess, and when (``evaluation_body_scope``)."""

    __tablename__ = "evaluation_body_scope"
    model_config = {"arbitrary_types_allowed": True}

    body_id: UUID = Field(primary_key=True)
    occupation_edition: int = Field(primary_key=True)
    occupation_code: str = Field(primary_key=True)
    lowest_rank: int
    highest_rank: int
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    document_number: str
    recorded_by: UUID
    recorded_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
