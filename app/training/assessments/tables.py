"""Rows of assessments (SQLModel tables do not validate; migration 0005 holds the constraints)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, SmallInteger
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class AssessmentRow(SQLModel, table=True):
    """结业考核 as scheduled (``completion_assessment``); attempt 1, then resits."""

    __tablename__ = "completion_assessment"

    opening_id: UUID = Field(primary_key=True)
    attempt: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    scheduled_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    venue: str
    method: str
    scheduled_by: UUID
    created_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))


class ResultRow(SQLModel, table=True):
    """One revision of a trainee's result (``assessment_result``); the newest counts until one is confirmed."""

    __tablename__ = "assessment_result"

    person_id: UUID = Field(primary_key=True)
    opening_id: UUID = Field(primary_key=True)
    attempt: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    revision: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    outcome: str
    score_hundredths: int | None
    exemption_reason: str | None
    entered_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    entered_by: UUID


class ConfirmationRow(SQLModel, table=True):
    """The revision a second person stands behind (``assessment_confirmation``); final."""

    __tablename__ = "assessment_confirmation"

    person_id: UUID = Field(primary_key=True)
    opening_id: UUID = Field(primary_key=True)
    attempt: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    revision: int = Field(sa_column=Column(SmallInteger, nullable=False))
    outcome: str
    entered_by: UUID
    confirmed_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    confirmed_by: UUID
    confirmed_by_kind: str
