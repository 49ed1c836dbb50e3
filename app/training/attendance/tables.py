"""Rows of attendance (SQLModel tables do not validate; migrations 0005 and 0009 hold constraints and doors)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Computed, DateTime, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, Range
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class SourceProposalRow(SQLModel, table=True):
    """A device or platform as an institution proposes it (``attendance_source_proposal``)."""

    __tablename__ = "attendance_source_proposal"

    proposal_id: UUID = Field(primary_key=True)
    institution_id: UUID
    kind: str
    name: str
    proposed_by: UUID
    proposed_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))


class SourceRow(SQLModel, table=True):
    """A registered device or platform (``attendance_source``); ``source_id`` is its principal."""

    __tablename__ = "attendance_source"

    source_id: UUID = Field(primary_key=True)
    source_kind: str
    proposal_id: UUID
    institution_id: UUID
    name: str
    code_secret_sealed: bytes | None = Field(sa_column=Column(LargeBinary))
    proposed_by: UUID
    registered_by: UUID
    registered_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(_INSTANT))


class ReceiptRow(SQLModel, table=True):
    """An event id a source has used, with the digest of its content (``attendance_receipt``)."""

    __tablename__ = "attendance_receipt"

    source_id: UUID = Field(primary_key=True)
    source_event_id: str = Field(primary_key=True)
    content_digest: bytes
    received_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))


class EventRow(SQLModel, table=True):
    """One accepted event (``attendance_event``): evidence, never changed."""

    __tablename__ = "attendance_event"

    person_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    opening_id: UUID
    session_id: UUID
    source_id: UUID
    source_event_id: str
    kind: str
    occurred_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    received_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    minutes: int | None = Field(default=None, sa_column=Column(SmallInteger))
    score_hundredths: int | None
    marks: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class PresenceRow(SQLModel, table=True):
    """A confirmed presence (``confirmed_presence``); written by the doors of 0009 only."""

    __tablename__ = "confirmed_presence"
    model_config = {"arbitrary_types_allowed": True}

    person_id: UUID = Field(primary_key=True)
    during: Range[datetime] = Field(sa_column=Column(TSTZRANGE, primary_key=True))
    session_id: UUID
    opening_id: UUID
    credited_minutes: int = Field(sa_column=Column(SmallInteger, nullable=False))
    confirmed_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    correction_id: UUID | None
    correction_decision: str | None = Field(
        default=None,
        sa_column=Column(
            Text, Computed("CASE WHEN correction_id IS NOT NULL THEN 'accepted' END", persisted=True)
        ),
    )


class RefusedPresenceRow(SQLModel, table=True):
    """Evidence of double presence (``refused_presence``)."""

    __tablename__ = "refused_presence"
    model_config = {"arbitrary_types_allowed": True}

    person_id: UUID = Field(primary_key=True)
    refusal_id: UUID = Field(primary_key=True)
    session_id: UUID
    opening_id: UUID
    during: Range[datetime] = Field(sa_column=Column(TSTZRANGE, nullable=False))
    refused_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))


class CorrectionRow(SQLModel, table=True):
    """考勤更正 (``presence_correction``): ``during`` is the span that is to stand, None strikes the presence."""

    __tablename__ = "presence_correction"
    model_config = {"arbitrary_types_allowed": True}

    person_id: UUID = Field(primary_key=True)
    correction_id: UUID = Field(primary_key=True)
    opening_id: UUID
    session_id: UUID
    during: Range[datetime] | None = Field(default=None, sa_column=Column(TSTZRANGE))
    reason: str
    proposed_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    proposed_by: UUID
    decision: str | None = None
    decision_reason: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(_INSTANT))
    decided_by: UUID | None = None


class CheckInFailureRow(SQLModel, table=True):
    """A wrong rotating code (``check_in_failure``)."""

    __tablename__ = "check_in_failure"

    person_id: UUID = Field(primary_key=True)
    failure_id: UUID = Field(primary_key=True)
    failed_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
