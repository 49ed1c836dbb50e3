"""恢复备份之后 (restorations): payments closed because the database may be behind, and two officers who reopen them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Row

from app.subsidies.disbursements.actions.reopen_payments import confirm_reopening, propose_reopening
from app.subsidies.disbursements.queries.restorations import list_restorations, read_restoration
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.problems import answers
from app.web.wire import Input, Output, Why

router = APIRouter(tags=["银行对接"])


class ReopeningIn(Input):
    """核对银行流水的结果."""

    finding: Annotated[Why, Field(examples=["已逐笔核对恢复点之后的银行流水，遗失的3笔已按登记前已享受补录"])]


class RestorationOut(Output):
    """数据库可能由较早备份恢复的一个迹象.

    noticed_by：database 数据库换了地方；log 落后于已公布的日志；peer 外省登记机构手中有本地不记得的答复。
    """

    restoration_id: UUID
    noticed_by: str
    evidence: dict[str, Any]
    noticed_at: datetime
    is_open: bool
    finding: str | None
    proposed_by: UUID | None
    proposed_at: datetime | None
    confirmed_by: UUID | None
    confirmed_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One sign."""
        return cls.model_validate(dict(row._mapping))


class RestorationsOut(Output):
    """各次迹象，最近的在前；is_open 的关闭付款通道."""

    items: list[RestorationOut]


@router.get("/v1/restorations", summary="付款通道因疑似恢复备份而关闭的情形", responses=answers())
async def list_noticed_restorations(unit: ReadUnit) -> RestorationsOut:
    """有一项未确认，就不拨付、不作未申领证明。"""
    return RestorationsOut(items=[RestorationOut.of(row) for row in await list_restorations(unit)])


@router.post(
    "/v1/restorations/{restoration_id}:propose-reopening",
    summary="提出恢复付款",
    responses=answers(404, 409),
)
async def propose_payment_reopening(
    restoration_id: UUID, body: ReopeningIn, unit: WriteUnit
) -> RestorationOut:
    """先核对恢复点之后的银行流水，把遗失的付款补录为已享受；说明核对结果，由另一人确认后生效。"""
    await propose_reopening(unit, restoration_id=restoration_id, finding=body.finding)
    return RestorationOut.of(await read_restoration(unit, restoration_id))


@router.post("/v1/restorations/{restoration_id}:reopen", summary="确认恢复付款", responses=answers(404, 409))
async def confirm_payment_reopening(restoration_id: UUID, unit: WriteUnit) -> RestorationOut:
    """由另一人确认；此后早先的外省确认须重新取得，才据以付款。"""
    await confirm_reopening(unit, restoration_id=restoration_id)
    return RestorationOut.of(await read_restoration(unit, restoration_id))
