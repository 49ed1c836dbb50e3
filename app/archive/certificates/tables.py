"""Rows of certificates. Constraints and guards stand in migration 0011."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class CertificateNumber(SQLModel, table=True):
    """A number that stands on certificates, whoever claims it."""

    __tablename__ = "certificate_number"

    number_id: UUID = Field(primary_key=True)


class CertificateNumberKey(SQLModel, table=True):
    """What a number is looked up by: one digest for each live key."""

    __tablename__ = "certificate_number_key"

    digest: bytes = Field(primary_key=True)
    key_id: str
    number_id: UUID


class Certificate(SQLModel, table=True):
    """A certificate somebody says a person holds; ``state`` is what the network has said of it."""

    __tablename__ = "certificate"

    person_id: UUID = Field(primary_key=True)
    certificate_id: UUID = Field(primary_key=True)
    kind: str
    number_sealed: bytes
    number_id: UUID
    occupation_edition: int | None
    occupation_code: str | None
    trade_name: str | None
    skill_level: str
    body_id: UUID | None
    body_name: str
    issued_on: date
    valid_until: date | None
    review_due_on: date | None
    source: str
    state: str
    submitted_at: datetime = Field(sa_type=_INSTANT)
    submitted_by: UUID
    last_confirmed_at: datetime | None = Field(sa_type=_INSTANT)
    check_due_at: datetime | None = Field(sa_type=_INSTANT)
    check_attempts: int
    opening_id: UUID | None


class CertificateHolder(SQLModel, table=True):
    """One number, one person."""

    __tablename__ = "certificate_holder"

    number_id: UUID = Field(primary_key=True)
    person_id: UUID
    certificate_id: UUID
    held_since: datetime = Field(sa_type=_INSTANT)
    taken_by: UUID | None
    taken_reason: str | None


class CertificateRelease(SQLModel, table=True):
    """A number given up, and why."""

    __tablename__ = "certificate_release"

    person_id: UUID = Field(primary_key=True)
    certificate_id: UUID = Field(primary_key=True)
    release_id: UUID = Field(primary_key=True)
    held_since: datetime = Field(sa_type=_INSTANT)
    taken_by: UUID | None
    taken_reason: str | None
    reason: str
    released_at: datetime = Field(sa_type=_INSTANT)
    released_by: UUID


class CertificateAnswer(SQLModel, table=True):
    """One answer of the network, with its time and evidence."""

    __tablename__ = "certificate_answer"

    person_id: UUID = Field(primary_key=True)
    certificate_id: UUID = Field(primary_key=True)
    answer_id: UUID = Field(primary_key=True)
    outcome: str
    channel: str
    evidence_id: str
    answered_at: datetime = Field(sa_type=_INSTANT)
    complete_through: date | None
    recorded_at: datetime = Field(sa_type=_INSTANT)


class CertificateStateChange(SQLModel, table=True):
    """One change of state and its reason."""

    __tablename__ = "certificate_state_change"

    person_id: UUID = Field(primary_key=True)
    certificate_id: UUID = Field(primary_key=True)
    change_id: UUID = Field(primary_key=True)
    from_state: str
    to_state: str
    reason_code: str
    changed_at: datetime = Field(sa_type=_INSTANT)
    changed_by: UUID


class CertificateTolling(SQLModel, table=True):
    """A stop of the 12-month clock."""

    __tablename__ = "certificate_tolling"

    person_id: UUID = Field(primary_key=True)
    certificate_id: UUID = Field(primary_key=True)
    tolling_id: UUID = Field(primary_key=True)
    starts_on: date
    ended_on: date | None
    reason: str
    recorded_at: datetime = Field(sa_type=_INSTANT)


class CertificateLink(SQLModel, table=True):
    """Which entry a certificate proves, and why."""

    __tablename__ = "certificate_link"

    person_id: UUID = Field(primary_key=True)
    link_id: UUID = Field(primary_key=True)
    certificate_id: UUID
    entry_person_id: UUID
    entry_id: UUID
    own_entry_id: UUID | None
    is_automatic: bool
    reasons: list[str] = Field(sa_type=JSONB)
    linked_at: datetime = Field(sa_type=_INSTANT)
    linked_by: UUID
    unlinked_at: datetime | None = Field(sa_type=_INSTANT)
    unlinked_by: UUID | None
    unlink_reason: str | None


class LinkingRequest(SQLModel, table=True):
    """Whose certificates are to be held against the entries again."""

    __tablename__ = "linking_request"

    person_id: UUID = Field(primary_key=True)
    request_id: UUID = Field(primary_key=True)
    requested_at: datetime = Field(sa_type=_INSTANT)


class CompletionCertificateRow(SQLModel, table=True):
    """What a 培训合格证书 of ours says, by the rows it was issued on (migration 0013)."""

    __tablename__ = "completion_certificate"

    person_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    certificate_id: UUID
    name_id: UUID
    identifier_id: UUID
