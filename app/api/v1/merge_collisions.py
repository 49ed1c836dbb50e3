"""重复享受 (collisions): found when two identities become one; payment stops until an officer has decided."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.kernel.paging import DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT
from app.subsidies.collisions.actions.decide_collision import decide_collision
from app.subsidies.collisions.queries import Collision, list_collisions
from app.subsidies.collisions.states import CollisionDecision
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.problems import answers
from app.web.wire import Cursor, Input, Output, Why

router = APIRouter(tags=["重复享受"])


class CollidingBenefitOut(Output):
    """相互重复的两项补贴之一."""

    kind: str | None = Field(examples=["skill_upgrade"])
    is_earlier: bool = Field(description="登记系统启用前已发放、由导入登记")
    on: date | None = Field(description="发放日（已发放的）或申领日")
    claim_number: str | None = Field(examples=["S110105-2026-00000001"])
    state: str | None = Field(description="申领的状态", examples=["submitted"])
    division_code: str | None = Field(examples=["110105"])


class BenefitCollisionOut(Output):
    """一项重复享受：同一人以两个身份就同一职业同一等级（或同一期间）享受或申领."""

    collision_id: UUID
    alias_id: UUID = Field(description="身份合并编号")
    found_at: datetime
    key_group: str
    benefit_line: str
    skill_level: str
    period: str
    one: CollidingBenefitOut
    other: CollidingBenefitOut
    decision: CollisionDecision | None
    decision_reason: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, found: Collision) -> Self:
        """No person: ids, days and areas."""
        return cls.model_validate(found, from_attributes=True)


class BenefitCollisionPage(Output):
    """一页重复享受."""

    items: list[BenefitCollisionOut]
    next_cursor: str | None


class CollisionDecisionIn(Input):
    """处理结果与理由."""

    decision: CollisionDecision
    reason: Why = Field(examples=["两笔分属不同证书编号，经核对不构成重复享受"])


class DecidedCollisionOut(Output):
    """处理结果."""

    collision_id: UUID
    decision: CollisionDecision


@router.get(
    "/v1/merge-collisions",
    summary="查询身份合并引起的重复享受",
    response_model=BenefitCollisionPage,
    responses=answers(),
)
async def list_merge_collisions(
    unit: ReadUnit,
    is_open: Annotated[bool | None, Query(description="true 只看待处理的")] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_LIMIT)] = DEFAULT_PAGE_LIMIT,
) -> BenefitCollisionPage:
    """待处理期间，所涉人员的申领一律暂停审批和发放。"""
    page = await list_collisions(unit, is_open=is_open, cursor=cursor, limit=limit)
    return BenefitCollisionPage(
        items=[BenefitCollisionOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/merge-collisions/{collision_id}:decide",
    summary="处理一项重复享受",
    response_model=DecidedCollisionOut,
    responses=answers(404, 409),
)
async def decide_merge_collision(
    collision_id: Annotated[UUID, Path(description="重复享受编号")],
    body: CollisionDecisionIn,
    unit: WriteUnit,
) -> DecidedCollisionOut:
    """recovered：重复发放的部分已追回；no_double_benefit：经核对不构成重复享受。处理后恢复审批和发放。"""
    await decide_collision(unit, collision_id, decision=body.decision, reason=body.reason)
    return DecidedCollisionOut(collision_id=collision_id, decision=body.decision)
