"""Rows of claims. Constraints, and the triggers by which steps move a claim, stand in migrations 0017 and 0018."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

_INSTANT: Any = DateTime(timezone=True)


class PayeeAccount(SQLModel, table=True):
    """An own account (本人账户); the number is sealed, its last four characters are shown."""

    __tablename__ = "payee_account"

    person_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    kind: str
    bank_name: str
    number_sealed: bytes
    number_tail: str
    recorded_at: datetime = Field(sa_type=_INSTANT)
    recorded_by: UUID
    check_outcome: str | None
    check_evidence_id: str | None
    checked_at: datetime | None = Field(sa_type=_INSTANT)
    check_due_at: datetime | None = Field(sa_type=_INSTANT)
    ended_at: datetime | None = Field(sa_type=_INSTANT)


class InstitutionAccount(SQLModel, table=True):
    """An institution's account (对公账户), filed by it and confirmed by an officer of the directory."""

    __tablename__ = "institution_account"

    institution_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    bank_name: str
    number_sealed: bytes
    number_tail: str
    recorded_at: datetime = Field(sa_type=_INSTANT)
    recorded_by: UUID
    confirmed_by: UUID | None
    confirmed_at: datetime | None = Field(sa_type=_INSTANT)
    ended_at: datetime | None = Field(sa_type=_INSTANT)


class InsuranceFactRow(SQLModel, table=True):
    """What the insurance platform said of a person as of a day."""

    __tablename__ = "insurance_fact"

    person_id: UUID = Field(primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    as_of: date
    outcome: str
    facts: dict[str, Any] = Field(sa_type=JSONB)
    evidence_id: str
    answered_at: datetime = Field(sa_type=_INSTANT)
    recorded_at: datetime = Field(sa_type=_INSTANT)


class Claim(SQLModel, table=True):
    """A claim (申领); ``division_code`` is the payer's area."""

    __tablename__ = "claim"

    person_id: UUID = Field(primary_key=True)
    claim_id: UUID = Field(primary_key=True)
    claim_number: str
    kind: str
    entry_kind: str
    entry_id: UUID
    key_group: str
    key_id: UUID
    benefit_line: str
    skill_level: str
    period: str
    slot_group: str
    slot_id: UUID | None
    division_code: str
    payee_kind: str
    account_id: UUID | None
    payee_institution_id: UUID | None
    voucher_id: UUID | None
    batch_id: UUID | None
    submitted_at: datetime = Field(sa_type=_INSTANT)
    submitted_by: UUID
    state: str
    round: int
    version: int
    state_since: datetime = Field(sa_type=_INSTANT)


class ClaimSupplement(SQLModel, table=True):
    """补正: everything that is missing, asked for once, and the answer."""

    __tablename__ = "claim_supplement"

    person_id: UUID = Field(primary_key=True)
    claim_id: UUID = Field(primary_key=True)
    requests: list[Any] = Field(sa_type=JSONB)
    due_on: date
    requested_at: datetime = Field(sa_type=_INSTANT)
    requested_by: UUID
    decider_kind: str
    answered_at: datetime | None = Field(sa_type=_INSTANT)
    answered_by: UUID | None
    answer: dict[str, Any] | None = Field(sa_type=JSONB)


class ClaimPaper(SQLModel, table=True):
    """补正材料: a paper that comes with the answer; the object lies below its claim in the store."""

    __tablename__ = "claim_paper"

    person_id: UUID = Field(primary_key=True)
    paper_id: UUID = Field(primary_key=True)
    claim_id: UUID
    file_name_sealed: bytes
    media_type: str
    size_bytes: int
    sha256: bytes
    uploaded_at: datetime = Field(sa_type=_INSTANT)
    uploaded_by: UUID
    removed_at: datetime | None = Field(sa_type=_INSTANT)
    removed_by: UUID | None


class ClaimMove(SQLModel, table=True):
    """One step of a claim's way (办理进度)."""

    __tablename__ = "claim_move"

    person_id: UUID = Field(primary_key=True)
    claim_id: UUID = Field(primary_key=True)
    move_id: UUID = Field(primary_key=True)
    from_state: str
    to_state: str
    round: int
    step: str
    moved_at: datetime = Field(sa_type=_INSTANT)
    moved_by: UUID


class ClaimApproval(SQLModel, table=True):
    """审批 by a second person."""

    __tablename__ = "claim_approval"

    person_id: UUID = Field(primary_key=True)
    claim_id: UUID = Field(primary_key=True)
    round: int = Field(primary_key=True)
    reviewed_verdict: str
    amount_fen: int
    reviewed_by: UUID
    decision: str
    reason: str | None
    approved_at: datetime = Field(sa_type=_INSTANT)
    approved_by: UUID
    decider_kind: str


class DecisionNotice(SQLModel, table=True):
    """A numbered notice with reasons, clauses and the ways to 复议 and 诉讼."""

    __tablename__ = "decision_notice"

    person_id: UUID = Field(primary_key=True)
    notice_id: UUID = Field(primary_key=True)
    claim_id: UUID
    notice_number: str
    kind: str
    reasons: list[Any] = Field(sa_type=JSONB)
    remedies: list[Any] = Field(sa_type=JSONB)
    issued_at: datetime = Field(sa_type=_INSTANT)
    issued_by: UUID


PAPER_NAME_FIELD = "claim_paper.file_name"
"""Name under which a paper's file name is sealed; the owner is the paper."""
ACCOUNT_NUMBER_FIELD = "payee_account.number"
"""Name under which an own account's number is sealed; the owner is the person."""
INSTITUTION_ACCOUNT_FIELD = "institution_account.number"
"""Name under which an institution's account number is sealed; the owner is the institution."""
