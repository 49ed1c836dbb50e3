"""What the bank is told and asked, and what it says, as facts.

Contract: ``openapi/upstream/bank.yaml``; wording and bounds of the fields are its. Amounts are whole fen. Account
numbers and holders are never shown by ``repr``.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.gateways.http import FailureKind

ACCOUNT_NUMBER = r"^[0-9A-Z]{8,32}$"
HOLDER_NUMBER = r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15}|[0-9A-HJ-NPQRTUWXY]{18})$"
"""Identity number of a person, or 统一社会信用代码 of an institution."""
AMOUNT_FEN_MAX = 100_000_000_000
PURPOSE_LENGTH_MAX = 60


class BankOutcome(StrEnum):
    """Where an instruction stands at the bank.

    ``ACCEPTED``: taken, not yet paid. ``SETTLED`` and ``REJECTED`` are ends. ``NOT_KNOWN``: the bank has no such id.
    ``DIFFERS``: the bank holds another amount or payee under this id; nothing was changed there, a person must look.
    ``UNAVAILABLE`` is ours: nothing trustworthy was said now, and the payment may or may not have been made.
    """

    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    NOT_KNOWN = "not_known"
    DIFFERS = "differs"
    UNAVAILABLE = "unavailable"


class RejectCode(StrEnum):
    """Why the bank did not pay."""

    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_FROZEN = "account_frozen"
    HOLDER_DIFFERS = "holder_differs"
    LIMIT_EXCEEDED = "limit_exceeded"
    OTHER = "other"


REJECT_TITLES = {
    RejectCode.ACCOUNT_CLOSED: "账户已销户",
    RejectCode.ACCOUNT_UNKNOWN: "账号不存在",
    RejectCode.ACCOUNT_FROZEN: "账户被冻结",
    RejectCode.HOLDER_DIFFERS: "户名与账号不符",
    RejectCode.LIMIT_EXCEEDED: "超出账户收款限额",
    RejectCode.OTHER: "银行未予支付，详询开户银行",
}
"""What the payee is told, in Chinese."""


class AccountOutcome(StrEnum):
    """Whose account it is; ``UNAVAILABLE`` is ours. Of an account held by another, the bank says nothing more."""

    MATCHED = "matched"
    HOLDER_DIFFERS = "holder_differs"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One payment order; its id makes it count once at the bank, however often it is sent.

    ``purpose`` stands on the payee's statement: no name, no number of anybody (any run of eight or more digits).

    Raises:
        ValueError: one has not the form of the contract; names the field only.
    """

    instruction_id: UUID
    amount_fen: int
    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    purpose: str

    def __post_init__(self) -> None:
        if not 1 <= self.amount_fen <= AMOUNT_FEN_MAX:
            raise ValueError("amount_fen has not the form of the contract")
        _require_form("account_number", ACCOUNT_NUMBER, self.account_number)
        _require_name("holder_name", self.holder_name, 200)
        _require_name("purpose", self.purpose, PURPOSE_LENGTH_MAX)
        if re.search("[0-9]{8}", self.purpose) or self.holder_name in self.purpose:
            raise ValueError("purpose names somebody")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionAnswer:
    """What the bank says of one instruction.

    ``evidence_id`` and ``answered_at`` are the bank's, and None exactly for unavailable and differs; then ``failure``
    says why, for operators. ``bank_reference``: the bank's own number, once it has taken the instruction.
    ``settled_at``: when the payee was credited. One state of one instruction has one evidence id, however often and on
    whatever way it is told.
    """

    instruction_id: UUID
    outcome: BankOutcome
    evidence_id: str | None = None
    answered_at: datetime | None = None
    amount_fen: int | None = None
    bank_reference: str | None = None
    settled_at: datetime | None = None
    reject_code: RejectCode | None = None
    failure: FailureKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery:
    """Whether ``account_number`` belongs to the holder. Raises ``ValueError`` as ``Instruction`` does."""

    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    holder_number: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_form("account_number", ACCOUNT_NUMBER, self.account_number)
        _require_name("holder_name", self.holder_name, 200)
        _require_form("holder_number", HOLDER_NUMBER, self.holder_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAnswer:
    """The answer to an account query; evidence and time are None, and ``failure`` is given, for unavailable."""

    outcome: AccountOutcome
    evidence_id: str | None = None
    answered_at: datetime | None = None
    failure: FailureKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of the bank's daily file: an instruction that ended on that day.

    ``line`` counts from 1 below the header. ``instruction_id`` is None when ``instruction_text`` has not our form.
    """

    line: int
    instruction_text: str
    instruction_id: UUID | None
    amount_fen: int
    outcome: BankOutcome
    reject_code: RejectCode | None
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The bank's file of one day (Asia/Shanghai), as it came and as it reads; ``sha256`` is that of ``body``."""

    day: date
    body: bytes = field(repr=False)
    sha256: bytes
    lines: tuple[StatementLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankNotice:
    """A verified push. ``event_id`` is what stops replays: handle each one once, acknowledge it every time."""

    event_id: str
    sent_at: datetime
    items: tuple[InstructionAnswer, ...]


def _require_form(field_name: str, pattern: str, value: str) -> None:
    # The patterns end in "$", which in Python also stands before a closing newline: hence fullmatch.
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{field_name} has not the form of the contract")


def _require_name(field_name: str, value: str, length_max: int) -> None:
    if not 1 <= len(value) <= length_max or value.isspace() or not value.isprintable():
        raise ValueError(f"{field_name} has not the form of the contract")
