"""Rows of openings (SQLModel tables do not validate; migration 0005 holds the constraints)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _instant() -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def _instant_or_none() -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=True))


class OpeningRow(SQLModel, table=True):
    """A course opening (``course_opening``)."""

    __tablename__ = "course_opening"

    opening_id: UUID = Field(primary_key=True)
    institution_id: UUID
    program_id: UUID
    program_version: int
    division_code: str
    name: str
    planned_size: int
    venue: str
    state: str
    version: int
    created_at: datetime = _instant()
    created_by: UUID
    filing_no: int | None
    on_record_at: datetime | None = _instant_or_none()
    closed_at: datetime | None = _instant_or_none()
    canceled_at: datetime | None = _instant_or_none()
    cancellation_reason: str | None


class PartRow(SQLModel, table=True):
    """A written part (``opening_part``)."""

    __tablename__ = "opening_part"

    opening_id: UUID = Field(primary_key=True)
    part: str = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    saved_at: datetime = _instant()
    saved_by: UUID


class TeacherRow(SQLModel, table=True):
    """A teacher of a class (``opening_teacher``)."""

    __tablename__ = "opening_teacher"

    opening_id: UUID = Field(primary_key=True)
    teacher_id: UUID = Field(primary_key=True)
    name: str
    qualification: str
    subject: str
    removed_at: datetime | None = _instant_or_none()


class DocumentRow(SQLModel, table=True):
    """An uploaded document (``stored_document``); the object lies below its institution in the store."""

    __tablename__ = "stored_document"

    document_id: UUID = Field(primary_key=True)
    institution_id: UUID
    opening_id: UUID
    part: str
    file_name_sealed: bytes
    media_type: str
    size_bytes: int
    sha256: bytes
    uploaded_at: datetime = _instant()
    uploaded_by: UUID
    removed_at: datetime | None = _instant_or_none()


class SessionRow(SQLModel, table=True):
    """A planned session (``course_session``)."""

    __tablename__ = "course_session"

    session_id: UUID = Field(primary_key=True)
    opening_id: UUID
    teacher_id: UUID
    starts_at: datetime = _instant()
    ends_at: datetime = _instant()
    hours_kind: str
    delivery: str
    venue: str
    canceled_at: datetime | None = _instant_or_none()


class FilingRow(SQLModel, table=True):
    """One filing (``opening_filing``)."""

    __tablename__ = "opening_filing"

    opening_id: UUID = Field(primary_key=True)
    filing_no: int = Field(primary_key=True)
    institution_id: UUID
    program_id: UUID
    program_version: int
    occupation_edition: int
    occupation_code: str
    designated_division_code: str
    filed_at: datetime = _instant()
    filed_by: UUID
    first_session_at: datetime = _instant()
    trainee_count: int
    commitment_version: str
    commitment_digest: bytes


class ReturnRow(SQLModel, table=True):
    """A return with all defects (``opening_return``)."""

    __tablename__ = "opening_return"

    opening_id: UUID = Field(primary_key=True)
    filing_no: int = Field(primary_key=True)
    reasons: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    returned_at: datetime = _instant()
    returned_by: UUID


class RecordRow(SQLModel, table=True):
    """The opening is on record (``opening_record``)."""

    __tablename__ = "opening_record"

    opening_id: UUID = Field(primary_key=True)
    filing_no: int
    filed_at: datetime = _instant()
    filed_by: UUID
    record_number: str
    recorded_at: datetime = _instant()
    recorded_by: UUID


class ChangeRow(SQLModel, table=True):
    """A change after filing (``opening_change``)."""

    __tablename__ = "opening_change"

    opening_id: UUID = Field(primary_key=True)
    change_no: int = Field(primary_key=True)
    kind: str
    proposal: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    proposed_at: datetime = _instant()
    proposed_by: UUID
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None = _instant_or_none()
    decided_by: UUID | None
