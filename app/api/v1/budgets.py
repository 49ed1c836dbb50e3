"""预算与账 (budgets): opened and allotted by officers of payment, counted by the ledger."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.budget_shapes import (
    BudgetDetailOut,
    BudgetIn,
    BudgetOut,
    BudgetPage,
    LedgerDifferenceOut,
    LedgerDifferencesOut,
    LedgerPage,
    MovementOut,
    TrancheIn,
    TrancheOut,
)
from app.subsidies.disbursements.actions.allot_tranche import allot_tranche
from app.subsidies.disbursements.actions.open_budget import open_budget
from app.subsidies.disbursements.queries.budgets import (
    list_budgets,
    list_ledger,
    list_ledger_differences,
    list_tranches,
    read_budget,
)
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor

router = APIRouter(tags=["预算与账"])

Limit = Annotated[int, Query(ge=1, le=200)]


@router.post(
    "/v1/budgets",
    summary="建立预算",
    status_code=201,
    response_model=BudgetDetailOut,
    responses=answers(404, 409),
)
async def create_budget(body: BudgetIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """同一行政区划、年度、资金来源只建一项；建立后下达指标才有可用资金。"""
    budget_id = await open_budget(
        unit, division_code=body.division_code, year=body.year, funding_source=body.funding_source
    )
    return await once.answer(await _detail(unit, budget_id), 201, {"Location": f"/v1/budgets/{budget_id}"})


@router.get("/v1/budgets", summary="预算列表", responses=answers())
async def list_budgets_of_area(
    unit: ReadUnit,
    year: Annotated[int | None, Query(ge=2017, le=2099)] = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> BudgetPage:
    """本辖区各项预算，最近建立的在前。"""
    page = await list_budgets(unit, year=year, cursor=cursor, limit=limit)
    return BudgetPage(items=[BudgetOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get("/v1/budgets/{budget_id}", summary="查看一项预算", responses=answers(404))
async def read_one_budget(budget_id: UUID, unit: ReadUnit) -> BudgetDetailOut:
    """可用、在途、预拨、已付都由账算出。"""
    return await _detail(unit, budget_id)


@router.post(
    "/v1/budgets/{budget_id}/tranches",
    summary="下达一笔指标",
    status_code=201,
    response_model=BudgetDetailOut,
    responses=answers(404, 409),
)
async def create_tranche(budget_id: UUID, body: TrancheIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """指标只增加、不改写；已占用的不会超过下达的，由数据库保证。"""
    await allot_tranche(
        unit, budget_id=budget_id, amount_fen=body.amount_fen, document_number=body.document_number
    )
    return await once.answer(await _detail(unit, budget_id), 201, {"Location": f"/v1/budgets/{budget_id}"})


@router.get("/v1/budgets/{budget_id}/ledger", summary="查看预算的账", responses=answers(404))
async def list_budget_ledger(
    budget_id: UUID, unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> LedgerPage:
    """每一笔都有两边，合计为零；不含个人信息。"""
    await read_budget(unit, budget_id)
    page = await list_ledger(unit, budget_id, cursor=cursor, limit=limit)
    return LedgerPage(items=[MovementOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/v1/ledger-differences", summary="账实不符之处", responses=answers())
async def list_differences_of_ledger(unit: ReadUnit) -> LedgerDifferencesOut:
    """账与它所记的事实逐分比对；任何时候都应为空，不空请立即停止拨付并核查。"""
    rows = await list_ledger_differences(unit)
    return LedgerDifferencesOut(
        items=[
            LedgerDifferenceOut(
                budget_id=row.budget_id,
                account=row.account,
                ledger_fen=row.ledger_fen,
                rows_fen=row.rows_fen,
            )
            for row in rows
        ]
    )


async def _detail(unit: Unit, budget_id: UUID) -> BudgetDetailOut:
    shown = BudgetOut.of(await read_budget(unit, budget_id))
    tranches = [
        TrancheOut.model_validate(row, from_attributes=True) for row in await list_tranches(unit, budget_id)
    ]
    return BudgetDetailOut(**shown.model_dump(), tranches=tranches)
