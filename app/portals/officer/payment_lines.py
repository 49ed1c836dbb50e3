"""One payment (一笔拨付): how far it is, what the bank said; paid again or canceled when it failed."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.payment_shapes import CancelPaymentIn, OrderLineOut, RetryPaymentIn
from app.kernel.errors import RegistryError
from app.reference.divisions import area_name
from app.subsidies.claims.queries.lists import work_list
from app.subsidies.claims.states import ClaimState
from app.subsidies.disbursements.actions.cancel_payment import cancel_payment
from app.subsidies.disbursements.actions.retry_payment import retry_payment
from app.subsidies.disbursements.queries.orders import read_order_line
from app.subsidies.entitlements.states import BenefitKind
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_UNFINISHED = frozenset({ClaimState.FAILED, ClaimState.ORDERED})
"""Where paying again or canceling may be asked for; the doors look at what the bank said."""


@router.get("/office/money/failed")
async def list_failed_page(page: PageOf, cursor: str | None = None) -> Response:
    """What the bank sent back, longest first."""
    async with page.reading() as unit:
        found = await work_list(
            unit, states=[ClaimState.FAILED], kinds=list(BenefitKind), cursor=cursor, limit=_PAGE
        )
    return page.show("officer/payments_failed.html", found=found, is_first=cursor is None)


@router.get("/office/money/payments/{claim_id}")
async def show_payment_page(page: PageOf, claim_id: UUID) -> Response:
    """Numbers, amounts, the bank's words; nothing of the person."""
    return await _show(page, claim_id)


async def _show(page: Page, claim_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        order, row = await read_order_line(unit, claim_id)
        where = area_name(row.division_code)
    line = OrderLineOut.of(row)
    return page.show(
        "officer/payment.html",
        refusal=refusal,
        labels={"reason": "理由", "account_id": "收款账户"},
        order=order,
        line=line,
        where=where,
        is_open=line.state in _UNFINISHED,
    )


@router.post("/office/money/payments/{claim_id}/retry")
async def retry_payment_page(page: PageOf, claim_id: UUID) -> Response:
    """The same benefit, to the account that was checked last."""
    try:
        content = page.typed.read(RetryPaymentIn)
        async with page.act() as act:
            await retry_payment(
                act.unit, claim_id=claim_id, account_id=content.account_id, reason=content.reason
            )
            act.go(f"/office/money/payments/{claim_id}", said="已列入重新拨付，由拨付程序发往银行")
    except RegistryError as refusal:
        return await _show(page, claim_id, refusal)
    return page.go(act)


@router.post("/office/money/payments/{claim_id}/cancel")
async def cancel_payment_page(page: PageOf, claim_id: UUID) -> Response:
    """The money goes back to its budget, the right to the person."""
    try:
        content = page.typed.read(CancelPaymentIn)
        async with page.act() as act:
            await cancel_payment(act.unit, claim_id=claim_id, reason=content.reason)
            act.go(f"/office/money/payments/{claim_id}", said="已取消拨付，资金退回预算，享受资格归还本人")
    except RegistryError as refusal:
        return await _show(page, claim_id, refusal)
    return page.go(act)
