"""The bank's answers as they come over the wire; an answer at odds with itself is malformed."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.gateways.bank_facts import AMOUNT_FEN_MAX, AccountOutcome, BankOutcome, InstructionAnswer, RejectCode

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
EvidenceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
_InstructionId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]


class _WireOutcome(StrEnum):
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    NOT_KNOWN = "not_known"


class WireInstruction(BaseModel):
    """The state of one instruction."""

    model_config = _STRICT

    instruction_id: _InstructionId
    outcome: _WireOutcome
    evidence_id: EvidenceId
    answered_at: AwareDatetime
    amount_fen: Annotated[int, Field(ge=1, le=AMOUNT_FEN_MAX)] | None = None
    bank_reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{4,64}$")] | None = None
    settled_at: AwareDatetime | None = None
    reject_code: RejectCode | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "WireInstruction":
        is_known = self.outcome is not _WireOutcome.NOT_KNOWN
        if (self.amount_fen is not None) is not is_known or (self.bank_reference is not None) is not is_known:
            raise ValueError("amount and reference stand exactly with a known instruction")
        if (self.settled_at is not None) is not (self.outcome is _WireOutcome.SETTLED):
            raise ValueError("settled_at stands exactly with settled")
        if (self.reject_code is not None) is not (self.outcome is _WireOutcome.REJECTED):
            raise ValueError("reject_code stands exactly with rejected")
        return self

    def answer(self) -> InstructionAnswer:
        """The same as facts."""
        return InstructionAnswer(
            instruction_id=UUID(self.instruction_id),
            outcome=BankOutcome(self.outcome.value),
            evidence_id=self.evidence_id,
            answered_at=self.answered_at,
            amount_fen=self.amount_fen,
            bank_reference=self.bank_reference,
            settled_at=self.settled_at,
            reject_code=self.reject_code,
        )


class _WireAccountOutcome(StrEnum):
    MATCHED = AccountOutcome.MATCHED.value
    HOLDER_DIFFERS = AccountOutcome.HOLDER_DIFFERS.value
    CLOSED = AccountOutcome.CLOSED.value
    UNKNOWN = AccountOutcome.UNKNOWN.value


class WireAccount(BaseModel):
    """Whose account it is."""

    model_config = _STRICT

    request_id: Annotated[str, Field(max_length=64)]
    outcome: _WireAccountOutcome
    evidence_id: EvidenceId
    answered_at: AwareDatetime


class WireNotice(BaseModel):
    """A push of instructions that have ended."""

    model_config = _STRICT

    event_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{16,64}$")]
    sent_at: AwareDatetime
    items: Annotated[list[WireInstruction], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _tells_ends_once(self) -> "WireNotice":
        if len({item.instruction_id for item in self.items}) != len(self.items):
            raise ValueError("an instruction is told once")
        if any(item.outcome not in {_WireOutcome.SETTLED, _WireOutcome.REJECTED} for item in self.items):
            raise ValueError("only ends are told")
        return self
