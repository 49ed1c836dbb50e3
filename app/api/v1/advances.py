"""预拨 (advances): proposed, approved and ordered by three officers, worked off by the benefits of the class."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from app.api.v1.budget_shapes import Fen
from app.subsidies.disbursements.actions.move_advance import AdvanceStep, move_advance
from app.subsidies.disbursements.actions.propose_advance import propose_advance
from app.subsidies.disbursements.actions.record_advance_return import record_advance_return
from app.subsidies.disbursements.queries.advances import list_advances, read_advance, state_of
from app.subsidies.disbursements.states import ADVANCE_LABELS, AdvanceState
from app.subsidies.disbursements.tables import Advance
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Day, Input, Output, Why

router = APIRouter(tags=["预拨"])


class AdvanceIn(Input):
    """为一个班次提出预拨；不写金额即按允许的最高比例."""

    opening_id: UUID
    budget_id: UUID
    amount_fen: Fen | None = None


class AdvanceReturnIn(Input):
    """退回的余款."""

    amount_fen: Fen
    evidence: Annotated[Why, Field(examples=["退款回单2026-03-02第12号"])]
    happened_on: Day


class AdvanceOut(Output):
    """一笔预拨；remaining_fen 为尚未冲抵、也未退回的余款."""

    advance_id: UUID
    opening_id: UUID
    institution_id: UUID
    division_code: str
    budget_id: UUID
    state: AdvanceState
    state_name: str
    base_fen: int
    share_bp: int
    amount_fen: int
    offset_fen: int
    returned_fen: int
    remaining_fen: int
    proposed_at: datetime
    approved_at: datetime | None
    ordered_at: datetime | None
    settled_at: datetime | None
    canceled_at: datetime | None

    @classmethod
    def of(cls, row: Advance) -> Self:
        """As it stands."""
        state = state_of(row)
        return cls.model_validate(
            {
                **{name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)},
                "state": state,
                "state_name": ADVANCE_LABELS[state],
                "remaining_fen": row.amount_fen - row.offset_fen - row.returned_fen,
            }
        )


class AdvancePage(Output):
    """一页预拨."""

    items: list[AdvanceOut]
    next_cursor: str | None


@router.post(
    "/v1/advances",
    summary="提出预拨",
    status_code=201,
    response_model=AdvanceOut,
    responses=answers(404, 409),
)
async def create_advance(body: AdvanceIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """仅限项目制培训和企业开展的培训；上限为预计补贴乘以当地比例（国办发〔2019〕24号四(十二)）。"""
    advance_id = await propose_advance(
        unit, opening_id=body.opening_id, budget_id=body.budget_id, amount_fen=body.amount_fen
    )
    shown = AdvanceOut.of(await read_advance(unit, advance_id))
    return await once.answer(shown, 201, {"Location": f"/v1/advances/{advance_id}"})


@router.get("/v1/advances", summary="预拨列表", responses=answers())
async def list_advances_in_sight(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> AdvancePage:
    """本辖区（机构为本机构）的预拨，最近提出的在前。"""
    page = await list_advances(unit, cursor=cursor, limit=limit)
    return AdvancePage(items=[AdvanceOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/v1/advances/{advance_id}", summary="查看一笔预拨", responses=answers(404))
async def read_one_advance(advance_id: UUID, unit: ReadUnit) -> AdvanceOut:
    """金额、已冲抵、已退回与余款。"""
    return AdvanceOut.of(await read_advance(unit, advance_id))


@router.post("/v1/advances/{advance_id}:approve", summary="审批预拨", responses=answers(404, 409))
async def approve(advance_id: UUID, unit: WriteUnit) -> AdvanceOut:
    """提出人不能审批。"""
    await move_advance(unit, advance_id=advance_id, step=AdvanceStep.APPROVED)
    return AdvanceOut.of(await read_advance(unit, advance_id))


@router.post("/v1/advances/{advance_id}:order", summary="拨付预拨款", responses=answers(404, 409))
async def order(advance_id: UUID, unit: WriteUnit) -> AdvanceOut:
    """提出人、审批人不能拨付；款项由拨付程序付至机构经确认的对公账户。"""
    await move_advance(unit, advance_id=advance_id, step=AdvanceStep.ORDERED)
    return AdvanceOut.of(await read_advance(unit, advance_id))


@router.post("/v1/advances/{advance_id}:cancel", summary="取消预拨", responses=answers(404, 409))
async def cancel(advance_id: UUID, unit: WriteUnit) -> AdvanceOut:
    """尚未发往银行或被银行最终退回的可以取消，资金退回预算。"""
    await move_advance(unit, advance_id=advance_id, step=AdvanceStep.CANCELED)
    return AdvanceOut.of(await read_advance(unit, advance_id))


@router.post(
    "/v1/advances/{advance_id}/returns",
    summary="登记退回的预拨余款",
    status_code=201,
    response_model=AdvanceOut,
    responses=answers(404, 409),
)
async def create_return(advance_id: UUID, body: AdvanceReturnIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """结算时没有冲抵完的部分由机构退回，退回即回到预算。"""
    await record_advance_return(
        unit,
        advance_id=advance_id,
        amount_fen=body.amount_fen,
        evidence=body.evidence,
        happened_on=body.happened_on,
    )
    shown = AdvanceOut.of(await read_advance(unit, advance_id))
    return await once.answer(shown, 201, {"Location": f"/v1/advances/{advance_id}"})
