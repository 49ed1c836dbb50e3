"""拨付: what may be paid, orders by a third person, and how far each order is; nothing of persons."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.v1.claim_shapes import ListedClaimOut
from app.api.v1.payment_shapes import ORDER_LINES_MAX, OrderedLineOut, OrderLineOut, PaymentOrderIn
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.kernel.money import with_sign
from app.oversight.waiting.queries import claims_waiting
from app.reference.divisions import area_name
from app.subsidies.claims.queries.lists import ListedClaim, work_list
from app.subsidies.claims.states import ClaimState
from app.subsidies.disbursements.actions.order_payments import Ordered, order_payments
from app.subsidies.disbursements.queries.budgets import BudgetPicture, list_budgets, read_budget
from app.subsidies.disbursements.queries.orders import (
    list_order_lines,
    list_orders,
    order_totals,
    payable_claims,
    read_order,
)
from app.subsidies.disbursements.states import OrderOutcome
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.words import word

router = pages()

_PAGE = 50
_ORDERS = 20
_BUDGETS = 200
PAYING = (ClaimState.PAYABLE, ClaimState.ORDERED, ClaimState.INSTRUCTED, ClaimState.FAILED)
"""The steps of a claim that are the payer's."""
_LABELS = {"budget_id": "预算", "claim_ids": "申领", "": "申领"}
_NONE_PICKED = Reason(
    code="nothing_picked",
    field="claim_ids",
    message="没有勾选任何一件",
    remedy="请先勾选要拨付的申领，或者按“全部待拨付的开单”",
)


@router.get("/office/money/orders")
async def list_orders_page(page: PageOf, cursor: str | None = None) -> Response:
    """What waits to be ordered, and the orders of the area, newest first."""
    async with page.reading() as unit:
        waiting = await claims_waiting(unit, PAYING)
        found = await list_orders(unit, cursor=cursor, limit=_ORDERS)
        totals = await order_totals(unit, [order.order_id for order in found.items])
    return page.show(
        "officer/orders.html",
        waiting=waiting,
        found=found,
        totals=totals,
        is_first=cursor is None,
    )


@router.get("/office/money/orders/new")
async def ask_order_page(
    page: PageOf, kind: Annotated[str, Query(max_length=40)] = "", cursor: str | None = None
) -> Response:
    """What may be paid now, those that wait longest first, and the budgets of this year."""
    return await _form(page, kind, cursor)


async def _form(
    page: Page, kind: str, cursor: str | None = None, refusal: RegistryError | None = None
) -> Response:
    wanted = BenefitKind(kind) if kind in set(BenefitKind) else None
    async with page.reading() as unit:
        found = await work_list(
            unit, states=[ClaimState.PAYABLE], kinds=_kinds(wanted), cursor=cursor, limit=_PAGE
        )
        waiting = (await claims_waiting(unit, [ClaimState.PAYABLE]))[ClaimState.PAYABLE]
        budgets = await list_budgets(unit, year=unit.today.year, cursor=None, limit=_BUDGETS)
        today = unit.today
    return page.show(
        "officer/order_form.html",
        refusal=refusal,
        labels=_LABELS,
        kind=wanted,
        kinds=[(each.value, label) for each, label in KIND_LABELS.items()],
        claims=[ListedClaimOut.of(claim, today) for claim in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        waiting=waiting,
        budgets=[(budget.budget_id, budget_words(budget)) for budget in budgets.items],
        most=ORDER_LINES_MAX,
    )


@router.post("/office/money/orders")
async def create_order_page(page: PageOf) -> Response:
    """Straight to the order when all were taken in; otherwise every claim with its answer first."""
    kind = page.typed["_kind"]
    try:
        content = _asked(page)
        async with page.act() as act:
            listed = await work_list(
                act.unit,
                states=[ClaimState.PAYABLE],
                kinds=list(BenefitKind),
                cursor=None,
                limit=ORDER_LINES_MAX,
            )
            claims = content.claim_ids
            if content.all_payable is not None:
                claims = await payable_claims(
                    act.unit,
                    division_code=content.all_payable.division_code,
                    kinds=content.all_payable.kinds,
                    limit=ORDER_LINES_MAX,
                )
            made = await order_payments(act.unit, budget_id=content.budget_id, claims=claims or [])
            taken = sum(line.outcome is OrderOutcome.ORDERED for line in made.lines)
            left = len(made.lines) - taken
            act.go(
                f"/office/money/orders/{made.order_id}",
                said=f"已开出拨付单{made.order_number}，列入{taken}件"
                + (f"，{left}件未列入" if left else ""),
            )
    except RegistryError as refusal:
        return await _form(page, kind, None, refusal)
    return _answered(page, made, listed.items, kind) if left else page.go(act)


def _answered(page: Page, made: Ordered, listed: Sequence[ListedClaim], kind: str) -> Response:
    numbers = {claim.claim_id: claim.claim_number for claim in listed}
    lines = [(OrderedLineOut.of(line), numbers.get(line.claim_id)) for line in made.lines]
    taken = sum(line.outcome is OrderOutcome.ORDERED for line, _ in lines)
    return page.show("officer/order_answers.html", made=made, lines=lines, taken=taken, kind=kind)


def _asked(page: Page) -> PaymentOrderIn:
    if page.typed["_scope"] == "all":
        kind = page.typed["_kind"]
        wanted = BenefitKind(kind) if kind in set(BenefitKind) else None
        scope = {"division_code": page.me.division_code, "kinds": _kinds(wanted)}
        return page.typed.read(PaymentOrderIn, claim_ids=None, all_payable=scope)
    if page.typed.all("claim_ids"):
        return page.typed.read(PaymentOrderIn, lists=("claim_ids",))
    missing = [] if page.typed["budget_id"] else [_NO_BUDGET]
    raise InvalidInput([*missing, _NONE_PICKED])


_NO_BUDGET = Reason(code="missing", field="budget_id", message="缺少必填项", remedy="请选择由哪项预算支付")


def _kinds(wanted: BenefitKind | None) -> list[BenefitKind]:
    return [wanted] if wanted else list(BenefitKind)


def budget_words(budget: BudgetPicture) -> str:
    """A budget in a list to choose from: where, when, of what money, and how much is left."""
    source = word("funding_source", budget.funding_source)
    return (
        f"{area_name(budget.division_code)} {budget.year}年 {source}，可用{with_sign(budget.available_fen)}"
    )


@router.get("/office/money/orders/{order_id}")
async def show_order_page(page: PageOf, order_id: UUID, cursor: str | None = None) -> Response:
    """How far each claim of the order is, and why it waits."""
    async with page.reading() as unit:
        order = await read_order(unit, order_id)
        total = (await order_totals(unit, [order_id]))[order_id]
        lines = await list_order_lines(unit, order_id, cursor=cursor, limit=_PAGE)
        budget = await read_budget(unit, order.budget_id)
    return page.show(
        "officer/order.html",
        order=order,
        total=total,
        lines=[OrderLineOut.of(row) for row in lines.items],
        next_cursor=lines.next_cursor,
        is_first=cursor is None,
        budget=budget_words(budget),
        where=area_name(order.division_code),
    )
