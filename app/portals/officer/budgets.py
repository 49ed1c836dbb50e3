"""预算与账: budgets by division, year and source, what was allotted and what became of it, to the fen."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.v1.budget_shapes import BudgetIn, MovementOut, TrancheIn
from app.kernel.errors import RegistryError
from app.portals.officer.amounts import read_with_amount
from app.reference.divisions import area_name
from app.subsidies.disbursements.actions.allot_tranche import allot_tranche
from app.subsidies.disbursements.actions.open_budget import open_budget
from app.subsidies.disbursements.queries.budgets import (
    list_budgets,
    list_ledger,
    list_ledger_differences,
    list_tranches,
    read_budget,
)
from app.subsidies.disbursements.states import FUNDING_SOURCE_LABELS
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_PAGE = 50
_FIRST_YEAR = 2017
_LABELS = {
    "division_code": "地区",
    "year": "年度",
    "funding_source": "资金来源",
    "amount_fen": "金额",
    "document_number": "文号",
}


@router.get("/office/money/budgets")
async def list_budgets_page(
    page: PageOf, year: Annotated[str, Query(max_length=4)] = "", cursor: str | None = None
) -> Response:
    """Budgets of the area and what is left of each; those of all years unless one is asked for."""
    wanted = int(year) if year.isascii() and year.isdecimal() and int(year) >= _FIRST_YEAR else None
    async with page.reading() as unit:
        found = await list_budgets(unit, year=wanted, cursor=cursor, limit=_PAGE)
        today = unit.today
    return page.show(
        "officer/budgets.html",
        found=found,
        year=wanted,
        years=[(each, f"{each}年") for each in range(today.year, _FIRST_YEAR - 1, -1)],
        is_first=cursor is None,
    )


@router.get("/office/money/budgets/new")
async def ask_budget_page(page: PageOf) -> Response:
    """A division, a year, a source of money."""
    return await _form(page)


async def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        prepared = {"division_code": unit.actor.division_code, "year": unit.today.year}
    return page.show(
        "officer/budget_form.html",
        refusal=refusal,
        typed=None if page.typed else Typed.from_values(prepared),
        labels=_LABELS,
        sources=[(source.value, name) for source, name in FUNDING_SOURCE_LABELS.items()],
    )


@router.post("/office/money/budgets")
async def open_budget_page(page: PageOf) -> Response:
    """Without money until a tranche is allotted."""
    try:
        content = page.typed.read(BudgetIn)
        async with page.act() as act:
            budget_id = await open_budget(
                act.unit,
                division_code=content.division_code,
                year=content.year,
                funding_source=content.funding_source,
            )
            act.go(f"/office/money/budgets/{budget_id}", said="已建立预算，下达指标后才有可用资金")
    except RegistryError as refusal:
        return await _form(page, refusal)
    return page.go(act)


@router.get("/office/money/budgets/{budget_id}")
async def show_budget_page(page: PageOf, budget_id: UUID) -> Response:
    """What was allotted, tranche by tranche, and where it is now."""
    return await _show(page, budget_id)


async def _show(page: Page, budget_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        budget = await read_budget(unit, budget_id)
        tranches = await list_tranches(unit, budget_id)
        where = area_name(budget.division_code)
    return page.show(
        "officer/budget.html", refusal=refusal, labels=_LABELS, budget=budget, tranches=tranches, where=where
    )


@router.post("/office/money/budgets/{budget_id}/tranches")
async def allot_tranche_page(page: PageOf, budget_id: UUID) -> Response:
    """One more tranche; nothing allotted is ever rewritten."""
    try:
        content = read_with_amount(page, TrancheIn)
        async with page.act() as act:
            number = await allot_tranche(
                act.unit,
                budget_id=budget_id,
                amount_fen=content.amount_fen,
                document_number=content.document_number,
            )
            act.go(f"/office/money/budgets/{budget_id}", said=f"已下达第{number}笔指标")
    except RegistryError as refusal:
        return await _show(page, budget_id, refusal)
    return page.go(act)


@router.get("/office/money/budgets/{budget_id}/ledger")
async def show_ledger_page(page: PageOf, budget_id: UUID, cursor: str | None = None) -> Response:
    """Every movement from one account to another, newest first."""
    async with page.reading() as unit:
        budget = await read_budget(unit, budget_id)
        found = await list_ledger(unit, budget_id, cursor=cursor, limit=_PAGE)
        where = area_name(budget.division_code)
    return page.show(
        "officer/ledger.html",
        budget=budget,
        where=where,
        moves=[MovementOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


@router.get("/office/money/ledger-differences")
async def show_ledger_differences_page(page: PageOf) -> Response:
    """Ledger against the rows it tells of, fen by fen: nothing, ever."""
    async with page.reading() as unit:
        rows = await list_ledger_differences(unit)
        now = unit.now
    return page.show("officer/ledger_differences.html", rows=rows, now=now)
