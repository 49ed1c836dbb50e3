"""Rows of the directory of institutions (SQLModel tables do not validate; migration 0004 holds the constraints)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class InstitutionRow(SQLModel, table=True):
    """A training institution (``training_institution``)."""

    __tablename__ = "training_institution"

    institution_id: UUID = Field(primary_key=True)
    unified_social_credit_code: str
    name: str
    kind: str
    division_code: str
    address: str
    contact_phone: str
    registered_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    registered_by: UUID


class StandingRow(SQLModel, table=True):
    """One period of standing (``institution_standing``)."""

    __tablename__ = "institution_standing"
    model_config = {"arbitrary_types_allowed": True}

    institution_id: UUID = Field(primary_key=True)
    standing: str
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    reason: str
    document_number: str | None
    decided_by: UUID
    decided_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))


class QualificationRow(SQLModel, table=True):
    """A qualification paper (``institution_qualification``)."""

    __tablename__ = "institution_qualification"
    model_config = {"arbitrary_types_allowed": True}

    institution_id: UUID = Field(primary_key=True)
    qualification_id: UUID = Field(primary_key=True)
    kind: str
    document_number: str
    issued_by: str
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, nullable=False))
    recorded_by: UUID
    recorded_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))


class DesignationRow(SQLModel, table=True):
    """What an institution may train, where and when (``institution_designation``)."""

    __tablename__ = "institution_designation"
    model_config = {"arbitrary_types_allowed": True}

    institution_id: UUID = Field(primary_key=True)
    occupation_edition: int = Field(primary_key=True)
    occupation_code: str = Field(primary_key=True)
    division_code: str = Field(primary_key=True)
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    document_number: str
    decided_by: UUID
    decided_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
