"""银行前后矛盾 (contradictions): what the bank said twice differently, and two officers who say that it did pay."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response

from app.subsidies.disbursements.actions.decide_payment_confirmation import decide_payment_confirmation
from app.subsidies.disbursements.actions.propose_payment_confirmation import propose_payment_confirmation
from app.subsidies.disbursements.queries.confirmations import (
    list_confirmations,
    list_contradictions,
    read_confirmation,
)
from app.subsidies.disbursements.states import CONFIRMATION_LABELS, ConfirmationDecision, InstructionState
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import CaseNumber, Cursor, Input, Output, Why

router = APIRouter(tags=["银行对接"])

Limit = Annotated[int, Query(ge=1, le=200)]


class ContradictionOut(Output):
    """银行说了两个不同的结果：先说的有效，后说的留存待查；is_open 表示银行尚未更正、也未经两人确认."""

    instruction_id: UUID
    claim_number: str | None
    advance_id: UUID | None
    division_code: str
    amount_fen: int
    state: InstructionState
    outcome: str
    channel: str
    evidence_id: str
    answered_at: datetime
    is_open: bool
    confirmation_id: UUID | None


class ContradictionsOut(Output):
    """一页银行自相矛盾的答复，最近的在前."""

    items: list[ContradictionOut]
    next_cursor: str | None


class PaymentConfirmationIn(Input):
    """银行退回后又称已入账的指令，经查实确已入账；凭据为银行书面证明的文号，或系统取回的对账文件中的一行."""

    instruction_id: UUID
    document_number: CaseNumber | None = None
    statement_id: UUID | None = None
    statement_line: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    reason: Annotated[Why, Field(examples=["银行书面证明该笔款项已于当日入账，退回系误报"])]


class PaymentConfirmationDecisionIn(Input):
    """对确认建议的决定."""

    decision: ConfirmationDecision
    reason: Annotated[Why, Field(examples=["已与银行柜面核对，入账属实"])]


class PaymentConfirmationOut(Output):
    """一项“确已入账”的建议及其决定."""

    confirmation_id: UUID
    instruction_id: UUID
    claim_id: UUID | None
    claim_number: str | None
    advance_id: UUID | None
    division_code: str
    amount_fen: int
    document_number: str | None
    statement_id: UUID | None
    statement_line: int | None
    reason: str
    proposed_at: datetime
    proposed_by: UUID
    decision: ConfirmationDecision | None
    decision_name: str
    decision_reason: str | None
    decided_at: datetime | None
    decided_by: UUID | None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One proposal."""
        name = "待决定" if row.decision is None else CONFIRMATION_LABELS[ConfirmationDecision(row.decision)]
        return cls.model_validate({**row._mapping, "decision_name": name})


class PaymentConfirmationPage(Output):
    """一页确认建议，最近的在前."""

    items: list[PaymentConfirmationOut]
    next_cursor: str | None


@router.get("/v1/bank-contradictions", summary="银行自相矛盾的答复", responses=answers())
async def list_bank_contradictions(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> ContradictionsOut:
    """先到的结果有效；后到而相反的留存在此，请与银行核对。"""
    page = await list_contradictions(unit, cursor=cursor, limit=limit)
    fields = ContradictionOut.model_fields
    items = [
        ContradictionOut.model_validate({name: row._mapping[name] for name in fields}) for row in page.items
    ]
    return ContradictionsOut(items=items, next_cursor=page.next_cursor)


@router.post(
    "/v1/payment-confirmations",
    summary="提出确认已入账",
    status_code=201,
    response_model=PaymentConfirmationOut,
    responses=answers(404, 409),
)
async def create_payment_confirmation(
    body: PaymentConfirmationIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """银行先退回、后称已入账而迟迟不更正时办理；须由另一人确认后生效，审核人、审批人不能办理。"""
    confirmation_id = await propose_payment_confirmation(
        unit,
        instruction_id=body.instruction_id,
        document_number=body.document_number,
        statement_id=body.statement_id,
        statement_line=body.statement_line,
        reason=body.reason,
    )
    shown = PaymentConfirmationOut.of(await read_confirmation(unit, confirmation_id))
    return await once.answer(shown, 201, {"Location": f"/v1/payment-confirmations/{confirmation_id}"})


@router.get("/v1/payment-confirmations", summary="确认已入账的建议", responses=answers())
async def list_payment_confirmations(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> PaymentConfirmationPage:
    """本辖区的建议及其决定；不含个人信息。"""
    page = await list_confirmations(unit, cursor=cursor, limit=limit)
    return PaymentConfirmationPage(
        items=[PaymentConfirmationOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/v1/payment-confirmations/{confirmation_id}", summary="查看确认已入账的建议", responses=answers(404)
)
async def read_payment_confirmation(confirmation_id: UUID, unit: ReadUnit) -> PaymentConfirmationOut:
    """凭据、理由和决定。"""
    return PaymentConfirmationOut.of(await read_confirmation(unit, confirmation_id))


@router.post(
    "/v1/payment-confirmations/{confirmation_id}:decide",
    summary="决定是否确认已入账",
    responses=answers(404, 409),
)
async def decide_confirmation(
    confirmation_id: UUID, body: PaymentConfirmationDecisionIn, unit: WriteUnit
) -> PaymentConfirmationOut:
    """确认后申领记为已发放，账目随之入账；不予确认的，仍按银行退回处理，等待银行更正。"""
    await decide_payment_confirmation(
        unit, confirmation_id=confirmation_id, decision=body.decision, reason=body.reason
    )
    return PaymentConfirmationOut.of(await read_confirmation(unit, confirmation_id))
