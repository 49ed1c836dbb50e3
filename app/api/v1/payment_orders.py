"""拨付 (payment orders): ordered by a third person, followed line by line, paid again or canceled after a rejection."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.v1.payment_shapes import (
    ORDER_LINES_MAX,
    CancelPaymentIn,
    OrderedOut,
    OrderLineOut,
    OrderLinePage,
    PaymentActOut,
    PaymentOrderIn,
    PaymentOrderOut,
    PaymentOrderPage,
    RetryPaymentIn,
)
from app.kernel.errors import NotFound
from app.reference.divisions import covers
from app.subsidies.claims.states import ClaimState
from app.subsidies.disbursements.actions.cancel_payment import cancel_payment
from app.subsidies.disbursements.actions.order_payments import order_payments
from app.subsidies.disbursements.actions.retry_payment import retry_payment
from app.subsidies.disbursements.queries.orders import (
    list_order_lines,
    list_orders,
    payable_claims,
    read_order,
)
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor

router = APIRouter(tags=["拨付"])

Limit = Annotated[int, Query(ge=1, le=200)]


@router.post(
    "/v1/payment-orders",
    summary="开出拨付单",
    status_code=201,
    response_model=OrderedOut,
    responses=answers(404, 409),
)
async def create_payment_order(body: PaymentOrderIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """审核人、审批人不能拨付自己经办的申领；逐件答复，一件都不能列入时不开单。款项由拨付程序发往银行。"""
    claims = body.claim_ids
    if body.all_payable is not None:
        wanted = body.all_payable
        if not covers(unit.actor.division_code or "", wanted.division_code, unit.today):
            raise NotFound
        claims = await payable_claims(
            unit, division_code=wanted.division_code, kinds=wanted.kinds, limit=ORDER_LINES_MAX
        )
    made = await order_payments(unit, budget_id=body.budget_id, claims=claims or [])
    return await once.answer(OrderedOut.of(made), 201, {"Location": f"/v1/payment-orders/{made.order_id}"})


@router.get("/v1/payment-orders", summary="拨付单列表", responses=answers())
async def list_payment_orders(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> PaymentOrderPage:
    """本辖区的拨付单，最近的在前。"""
    page = await list_orders(unit, cursor=cursor, limit=limit)
    return PaymentOrderPage(
        items=[PaymentOrderOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.get("/v1/payment-orders/{order_id}", summary="查看拨付单", responses=answers(404))
async def read_payment_order(order_id: UUID, unit: ReadUnit) -> PaymentOrderOut:
    """明细另页查看。"""
    return PaymentOrderOut.of(await read_order(unit, order_id))


@router.get("/v1/payment-orders/{order_id}/lines", summary="查看拨付单明细", responses=answers(404))
async def list_payment_order_lines(
    order_id: UUID, unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> OrderLinePage:
    """每件到了哪一步、为什么还没有发出、银行怎么说；不含个人信息。"""
    await read_order(unit, order_id)
    page = await list_order_lines(unit, order_id, cursor=cursor, limit=limit)
    return OrderLinePage(items=[OrderLineOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/claims/{claim_id}:retry-payment",
    summary="重新拨付",
    response_model=PaymentActOut,
    responses=answers(404, 409),
)
async def retry(claim_id: UUID, body: RetryPaymentIn, unit: WriteUnit) -> PaymentActOut:
    """银行最终退回或等候账户的申领，改付到本人经银行核对的账户；仍是同一笔补贴，不会付两次。"""
    await retry_payment(unit, claim_id=claim_id, account_id=body.account_id, reason=body.reason)
    return PaymentActOut.of(claim_id, ClaimState.ORDERED)


@router.post(
    "/v1/claims/{claim_id}:cancel-payment",
    summary="取消拨付",
    response_model=PaymentActOut,
    responses=answers(404, 409),
)
async def cancel(claim_id: UUID, body: CancelPaymentIn, unit: WriteUnit) -> PaymentActOut:
    """银行最终退回或尚未发出的，资金退回预算，享受资格归还本人。"""
    await cancel_payment(unit, claim_id=claim_id, reason=body.reason)
    return PaymentActOut.of(claim_id, ClaimState.WITHDRAWN)
