"""预拨: proposed, approved and ordered by three persons, worked off by the class's benefits, the rest returned."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.advances import AdvanceIn, AdvanceOut, AdvanceReturnIn
from app.kernel.errors import RegistryError
from app.portals.officer.amounts import read_with_amount
from app.portals.officer.payments import budget_words
from app.reference.divisions import area_name
from app.subsidies.disbursements.actions.move_advance import AdvanceStep, move_advance
from app.subsidies.disbursements.actions.propose_advance import propose_advance
from app.subsidies.disbursements.actions.record_advance_return import record_advance_return
from app.subsidies.disbursements.queries.advances import (
    classes_of,
    list_advances,
    prepayable_classes,
    read_advance,
)
from app.subsidies.disbursements.queries.budgets import list_budgets, read_budget
from app.subsidies.disbursements.states import AdvanceState
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_OFFERED = 200
_LABELS = {
    "opening_id": "班次",
    "budget_id": "预算",
    "amount_fen": "金额",
    "evidence": "凭据",
    "happened_on": "日期",
}
_STEPS = {
    AdvanceState.PROPOSED: (("approve", "审批同意"),),
    AdvanceState.APPROVED: (("order", "拨付"),),
    AdvanceState.ORDERED: (),
}
"""What comes next, by state; canceling stands open until money is under way."""
_SAID = {
    AdvanceStep.APPROVED: "已审批，待第三人拨付",
    AdvanceStep.ORDERED: "已列入拨付，由拨付程序付至机构经确认的对公账户",
    AdvanceStep.CANCELED: "已取消预拨",
}
_CANCELABLE = frozenset(
    {AdvanceState.PROPOSED, AdvanceState.APPROVED, AdvanceState.ORDERED, AdvanceState.INSTRUCTED}
)


@router.get("/office/money/advances")
async def list_advances_page(page: PageOf, cursor: str | None = None) -> Response:
    """Advances of the area, the newest first."""
    async with page.reading() as unit:
        found = await list_advances(unit, cursor=cursor, limit=_PAGE)
        classes = await classes_of(unit, found.items)
    return page.show(
        "officer/advances.html",
        rows=[(AdvanceOut.of(row), classes.get(row.opening_id)) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


@router.get("/office/money/advances/new")
async def ask_advance_page(page: PageOf) -> Response:
    """For a class of the kinds that the text foresees, from a budget of this year."""
    return await _form(page)


async def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        classes = await prepayable_classes(unit, limit=_OFFERED)
        budgets = await list_budgets(unit, year=unit.today.year, cursor=None, limit=_OFFERED)
    return page.show(
        "officer/advance_form.html",
        refusal=refusal,
        labels=_LABELS,
        classes=[(row.opening_id, f"{row.institution_name}：{row.name}") for row in classes],
        budgets=[(budget.budget_id, budget_words(budget)) for budget in budgets.items],
    )


@router.post("/office/money/advances")
async def propose_advance_page(page: PageOf) -> Response:
    """Without an amount, the most that is allowed."""
    try:
        content = read_with_amount(page, AdvanceIn)
        async with page.act() as act:
            advance_id = await propose_advance(
                act.unit,
                opening_id=content.opening_id,
                budget_id=content.budget_id,
                amount_fen=content.amount_fen,
            )
            act.go(f"/office/money/advances/{advance_id}", said="已提出预拨，待另一人审批")
    except RegistryError as refusal:
        return await _form(page, refusal)
    return page.go(act)


@router.get("/office/money/advances/{advance_id}")
async def show_advance_page(page: PageOf, advance_id: UUID) -> Response:
    """What it is reckoned from, how far it is, what is left of it."""
    return await _show(page, advance_id)


async def _show(page: Page, advance_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        row = await read_advance(unit, advance_id)
        taught = (await classes_of(unit, [row])).get(row.opening_id)
        budget = budget_words(await read_budget(unit, row.budget_id))
        today, where = unit.today, area_name(row.division_code)
    advance = AdvanceOut.of(row)
    base = "/office/money/advances/{advance_id}/"
    return page.show(
        "officer/advance.html",
        refusal=refusal,
        labels=_LABELS,
        advance=advance,
        taught=taught,
        budget=budget,
        where=where,
        today=today,
        steps=[(verb, name) for verb, name in _STEPS.get(advance.state, ()) if page.may("POST", base + verb)],
        may_cancel=advance.state in _CANCELABLE and page.may("POST", base + "cancel"),
        may_return=advance.state is AdvanceState.SETTLED and page.may("POST", base + "returns"),
    )


async def _step(page: Page, advance_id: UUID, step: AdvanceStep) -> Response:
    try:
        async with page.act() as act:
            await move_advance(act.unit, advance_id=advance_id, step=step)
            act.go(f"/office/money/advances/{advance_id}", said=_SAID[step])
    except RegistryError as refusal:
        return await _show(page, advance_id, refusal)
    return page.go(act)


@router.post("/office/money/advances/{advance_id}/approve")
async def approve_advance_page(page: PageOf, advance_id: UUID) -> Response:
    """By somebody else than who proposed it."""
    return await _step(page, advance_id, AdvanceStep.APPROVED)


@router.post("/office/money/advances/{advance_id}/order")
async def order_advance_page(page: PageOf, advance_id: UUID) -> Response:
    """By a third person."""
    return await _step(page, advance_id, AdvanceStep.ORDERED)


@router.post("/office/money/advances/{advance_id}/cancel")
async def cancel_advance_page(page: PageOf, advance_id: UUID) -> Response:
    """While nothing has left, or after the bank's final rejection."""
    return await _step(page, advance_id, AdvanceStep.CANCELED)


@router.post("/office/money/advances/{advance_id}/returns")
async def record_return_page(page: PageOf, advance_id: UUID) -> Response:
    """What the class did not use up comes back to the budget."""
    try:
        content = read_with_amount(page, AdvanceReturnIn)
        async with page.act() as act:
            await record_advance_return(
                act.unit,
                advance_id=advance_id,
                amount_fen=content.amount_fen,
                evidence=content.evidence,
                happened_on=content.happened_on,
            )
            act.go(f"/office/money/advances/{advance_id}", said="已登记退回，资金回到预算")
    except RegistryError as refusal:
        return await _show(page, advance_id, refusal)
    return page.go(act)
