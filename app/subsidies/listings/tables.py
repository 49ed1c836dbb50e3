"""Rows of employers' listings. Constraints stand in migration 0016, guards and doors in 0022."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel


class EmployerListing(SQLModel, table=True):
    """A listing as it was filed, and what an officer decided."""

    __tablename__ = "employer_listing"

    listing_id: UUID = Field(primary_key=True)
    institution_id: UUID
    kind: str
    division_code: str
    period: str
    starts_on: date
    ends_on: date
    opening_id: UUID | None
    document_id: UUID | None
    filed_at: datetime = Field(sa_type=DateTime(timezone=True))
    filed_by: UUID
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    decided_by: UUID | None
    decider_kind: str


class EmployerListingLine(SQLModel, table=True):
    """One person of a listing; name and number are sealed."""

    __tablename__ = "employer_listing_line"

    person_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    name_sealed: bytes
    number_sealed: bytes
    document_kind: str
    key_group_code: str | None
    occupation_edition: int | None
    occupation_code: str | None
    skill_level: str
    check_id: UUID | None
    check_outcome: str | None
    check_due_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    check_attempts: int
    withdrawn_at: datetime | None = Field(sa_type=DateTime(timezone=True))
