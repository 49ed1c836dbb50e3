"""Rows of the archive. Constraints and guards stand in migration 0006."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class RecordEntry(SQLModel, table=True):
    """One entry of a person's lifelong record (终身职业技能培训档案)."""

    __tablename__ = "record_entry"

    person_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    kind: str
    record_number: str
    appended_at: datetime = Field(sa_type=DateTime(timezone=True))
    appended_by: UUID
    identity_check_id: UUID
    identity_outcome: str
    opening_id: UUID | None
    attempt: int | None
    outcome: str | None
    program_id: UUID | None
    program_version: int | None
    program_name: str | None
    occupation_edition: int | None
    occupation_code: str | None
    skill_level: str | None
    institution_id: UUID | None
    institution_name: str | None
    division_code: str
    starts_on: date
    ends_on: date
    planned_minutes: int | None
    credited_minutes: int | None
    score_hundredths: int | None
    supersedes: UUID | None
    correction_id: UUID | None
    correction_kind: str | None
    correction_decision: str | None
    revoked_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    revoked_by: UUID | None
    revocation_id: UUID | None
    revocation_kind: str | None
    revocation_decision: str | None
    certificate_id: UUID | None
    attended_days: int | None
    listing_id: UUID | None
    listing_decision: str | None
    period: str | None
    superseded_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class RecordCorrection(SQLModel, table=True):
    """A proposed correction or revocation, and how a second person decided it."""

    __tablename__ = "record_correction"

    person_id: UUID = Field(primary_key=True)
    correction_id: UUID = Field(primary_key=True)
    entry_id: UUID
    kind: str
    proposal: dict[str, Any] = Field(sa_type=JSONB)
    reason: str
    proposed_at: datetime = Field(sa_type=DateTime(timezone=True))
    proposed_by: UUID
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    decided_by: UUID | None


class AccessEvent(SQLModel, table=True):
    """One look of an agency at a person (查询记录), shown to that person."""

    __tablename__ = "access_event"

    person_id: UUID = Field(primary_key=True)
    access_id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=DateTime(timezone=True))
    principal_id: UUID
    agency_id: UUID
    subject: str
    purpose: str
    case_number: str
    request_id: str | None
