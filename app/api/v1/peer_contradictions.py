"""两地重复: benefits paid here and, as another registry says, there too; found out by officers, with a reason."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response

from app.exchange.peers.actions.decide_contradiction import decide_contradiction
from app.exchange.peers.queries import peer_contradictions
from app.exchange.peers.states import ContradictionFinding
from app.kernel.paging import check_page_limit
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.problems import answers
from app.web.wire import Cursor, Input, Output, Why

router = APIRouter(tags=["外省登记机构"])


class PeerContradictionOut(Output):
    """一件两地都已发放的补贴；不含本人信息."""

    hold_id: UUID
    peer_name: str = Field(examples=["乙省职业技能培训登记中心"])
    attestation_id: UUID
    key_group: str
    benefit_line: str
    skill_level: str
    period: str
    held_at: datetime
    settled_at: datetime | None = Field(description="对方告知发放的时间")
    claim_id: UUID | None = Field(description="本地的申领；系统建成前发放的为空")
    claim_number: str | None
    division_code: str | None
    finding: ContradictionFinding | None
    finding_reason: str | None
    found_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> "PeerContradictionOut":
        """As stored."""
        return cls(**row._mapping)


class PeerContradictionsOut(Output):
    """一页，新的在前."""

    items: list[PeerContradictionOut]
    next_cursor: str | None


class FindingIn(Input):
    """结论与理由."""

    finding: ContradictionFinding
    reason: Annotated[Why, Field(examples=["经与乙省核对，由乙省追回"])]


@router.get(
    "/v1/peer-contradictions",
    summary="两地都已发放的补贴",
    response_model=PeerContradictionsOut,
    responses=answers(),
)
async def list_contradictions(
    unit: ReadUnit,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Cursor | None = None,
) -> PeerContradictionsOut:
    """对方从备份恢复后告知、而本地已发放的；由审批人查明。"""
    page = await peer_contradictions(unit, limit=check_page_limit(limit), cursor=cursor)
    return PeerContradictionsOut(
        items=[PeerContradictionOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/peer-contradictions/{hold_id}:decide",
    summary="认定两地重复",
    status_code=204,
    responses=answers(404, 409),
)
async def decide(
    hold_id: Annotated[UUID, Path(description="保留标识")], body: FindingIn, unit: WriteUnit
) -> Response:
    """只认定一次；追回另行决定。"""
    await decide_contradiction(unit, hold_id=hold_id, finding=body.finding, reason=body.reason)
    return Response(status_code=204)
