"""Wire shapes of payment orders: numbers, amounts and states, nothing of persons."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import Row

from app.gateways.bank_facts import REJECT_TITLES, RejectCode
from app.subsidies.claims.states import STATE_LABELS, ClaimState
from app.subsidies.disbursements.actions.order_payments import Ordered, OrderedLine
from app.subsidies.disbursements.states import WAIT_LABELS, InstructionState, OrderOutcome, WaitReason
from app.subsidies.disbursements.tables import PaymentOrder
from app.subsidies.entitlements.states import BenefitKind
from app.web.problems import ReasonOut, reason_out
from app.web.wire import DivisionCodeText, Input, Output, Why

ORDER_LINES_MAX = 1_000


class AllPayableIn(Input):
    """某一行政区划内全部待拨付的申领，等候最久的在前，一次至多1000件."""

    division_code: DivisionCodeText
    kinds: Annotated[list[BenefitKind], Field(min_length=1, max_length=6)]


class PaymentOrderIn(Input):
    """列出申领，或者写明范围；两者只能有一个."""

    budget_id: UUID
    claim_ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=ORDER_LINES_MAX)] = None
    all_payable: AllPayableIn | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.claim_ids is None) is (self.all_payable is None):
            raise ValueError("claim_ids 与 all_payable 须填写其中一项")
        if self.claim_ids is not None and len(set(self.claim_ids)) != len(self.claim_ids):
            raise ValueError("claim_ids 中有重复的申领")
        return self


class OrderedLineOut(Output):
    """一件申领列入与否；未列入的写明原因."""

    line: int
    claim_id: UUID
    outcome: OrderOutcome
    reason: ReasonOut | None

    @classmethod
    def of(cls, line: OrderedLine) -> Self:
        """One line."""
        reason = line.reason
        shown = None if reason is None else ReasonOut.model_validate(reason_out(reason))
        return cls(line=line.line, claim_id=line.claim_id, outcome=line.outcome, reason=shown)


class OrderedOut(Output):
    """开出的拨付单及逐件结果."""

    order_id: UUID
    order_number: str
    ordered: int
    lines: list[OrderedLineOut]

    @classmethod
    def of(cls, made: Ordered) -> Self:
        """What was ordered."""
        lines = [OrderedLineOut.of(line) for line in made.lines]
        ordered = sum(line.outcome is OrderOutcome.ORDERED for line in lines)
        return cls(order_id=made.order_id, order_number=made.order_number, ordered=ordered, lines=lines)


class PaymentOrderOut(Output):
    """拨付单."""

    order_id: UUID
    order_number: str
    division_code: str
    budget_id: UUID
    ordered_at: datetime

    @classmethod
    def of(cls, order: PaymentOrder) -> Self:
        """One order."""
        return cls.model_validate(order, from_attributes=True)


class PaymentOrderPage(Output):
    """一页拨付单."""

    items: list[PaymentOrderOut]
    next_cursor: str | None


class OrderLineOut(Output):
    """拨付单中一件的进展；waits_for 为尚未发出的原因，contradictions 为银行前后矛盾的答复数."""

    claim_id: UUID
    claim_number: str
    kind: BenefitKind
    division_code: str
    amount_fen: int
    offset_fen: int
    payee_kind: str
    state: ClaimState
    state_name: str
    state_since: datetime
    waits_for: WaitReason | None
    waits_for_text: str | None
    next_try_at: datetime | None
    attempts: int
    instruction_state: InstructionState | None
    sends: int
    bank_reference: str | None
    reject_code: RejectCode | None
    reject_text: str | None
    contradictions: int

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One line as it stands."""
        state = ClaimState(row.state)
        waits_for = None if row.waits_for is None else WaitReason(row.waits_for)
        reject = None if row.reject_code is None else RejectCode(row.reject_code)
        fields = {name: value for name, value in row._mapping.items() if name in cls.model_fields}
        return cls.model_validate(
            {
                **fields,
                "state_name": STATE_LABELS[state],
                "waits_for_text": None if waits_for is None else WAIT_LABELS[waits_for],
                "reject_text": None if reject is None else REJECT_TITLES[reject],
            }
        )


class OrderLinePage(Output):
    """一页拨付单明细."""

    items: list[OrderLineOut]
    next_cursor: str | None


class RetryPaymentIn(Input):
    """重新拨付：不写账户时用本人最近一个经银行核对的账户."""

    account_id: UUID | None = None
    reason: Annotated[Why, Field(examples=["原账户已销户，本人已更正"])]


class CancelPaymentIn(Input):
    """取消拨付的理由."""

    reason: Annotated[Why, Field(examples=["本人书面放弃"])]


class PaymentActOut(Output):
    """办理后的申领状态."""

    claim_id: UUID
    state: ClaimState
    state_name: str

    @classmethod
    def of(cls, claim_id: UUID, state: ClaimState) -> Self:
        """After the act."""
        return cls(claim_id=claim_id, state=state, state_name=STATE_LABELS[state])
