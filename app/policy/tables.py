"""Rows of policy (SQLModel tables do not validate; migration 0016 constrains)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, Range
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class PolicyEditionRow(SQLModel, table=True):
    """A policy book that decides or decided (``policy_edition``)."""

    __tablename__ = "policy_edition"

    edition_id: UUID = Field(primary_key=True)
    content_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    published_by: str


class SlotRuleRow(SQLModel, table=True):
    """Yearly places of a division over a period (``slot_rule``)."""

    __tablename__ = "slot_rule"
    model_config = {"arbitrary_types_allowed": True}

    division_code: str = Field(primary_key=True)
    slot_group: str = Field(primary_key=True)
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    cap: int
    shortage_extra: int
    employer_cap: int
    year_of: str
    edition_id: UUID


class FundingRuleRow(SQLModel, table=True):
    """Sources of money that may pay a subsidy, in a division over a period (``funding_rule``)."""

    __tablename__ = "funding_rule"
    model_config = {"arbitrary_types_allowed": True}

    division_code: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    sources: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    edition_id: UUID


class ShortageOccupationRow(SQLModel, table=True):
    """An occupation on a province's list of urgent needs (``shortage_occupation``)."""

    __tablename__ = "shortage_occupation"
    model_config = {"arbitrary_types_allowed": True}

    division_code: str = Field(primary_key=True)
    benefit_line: str = Field(primary_key=True)
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    document_number: str
    recorded_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    recorded_by: UUID
