"""未参加: a citizen denies an enrollment in one tap; officers look into it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Row

from app.api.v1.objections import ObjectionReadIn
from app.api.v1.public_notices import Limit, NextCursor
from app.audit.events import record_event
from app.kernel.paging import check_page_limit
from app.subsidies.denials.actions.decide_denial import decide_denial
from app.subsidies.denials.actions.deny_enrollment import deny_enrollment
from app.subsidies.denials.queries import Denial, list_denials, read_denial
from app.subsidies.denials.states import OUTCOME_LABELS, DenialOutcome
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.problems import answers
from app.web.wire import Input, Output, Why

router = APIRouter(tags=["未参加反映"])

DenialId = Annotated[UUID, Path(description="反映标识")]


class DenialIn(Input):
    """为什么说没有参加."""

    reason: Annotated[Why, Field(examples=["没有报名，也没有上过课"])] = "没有参加过这个班"


class DeniedOut(Output):
    """已收到；经办机构将核查，反映人不会告知培训机构."""

    denial_id: UUID


class DenialRowOut(Output):
    """待核查的一条反映；不含个人信息."""

    denial_id: UUID
    opening_id: UUID
    opening_name: str = Field(examples=["养老护理员初级班"])
    institution_name: str = Field(examples=["示例职业培训学校"])
    division_code: str = Field(examples=["110105"])
    denied_at: datetime
    outcome: DenialOutcome | None
    outcome_label: str = Field(examples=["正在核查"])
    decided_at: datetime | None
    class_denials: int = Field(description="本班反映未参加的人数（核查不属实的除外）", examples=[1])
    class_trainees: int = Field(description="本班在册人数", examples=[30])
    class_claims_waiting: int = Field(description="本班尚未发往银行的申领件数", examples=[12])

    @classmethod
    def of(cls, row: Row[Any]) -> "DenialRowOut":
        """As it leaves."""
        outcome = None if row.outcome is None else DenialOutcome(row.outcome)
        return cls(**row._mapping, outcome_label=OUTCOME_LABELS[outcome])


class DenialsOut(Output):
    """反映，最早的在前."""

    items: list[DenialRowOut]
    next_cursor: str | None


class DenialOut(Output):
    """一条反映的全部内容."""

    denial_id: UUID
    opening_id: UUID
    person_id: UUID
    name: str | None = Field(examples=["测试学员"])
    reason: str = Field(examples=["没有报名，也没有上过课"])
    denied_at: datetime
    outcome: DenialOutcome | None
    outcome_reason: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, denial: Denial) -> "DenialOut":
        """As it leaves."""
        told = {name: value for name, value in denial.row._mapping.items() if name in cls.model_fields}
        return cls(**told, name=denial.name, reason=denial.reason)


class DenialDecisionIn(Input):
    """核查结论."""

    outcome: DenialOutcome
    reason: Annotated[Why, Field(examples=["签到人脸与本人不符，确未参加"])]


class DenialDecidedOut(Output):
    """已处理；班上申领的暂停由有审批权限的经办人逐件解除."""

    denial_id: UUID
    outcome: DenialOutcome


@router.post(
    "/v1/me/enrollments/{opening_id}:deny",
    summary="反映没有参加某个班",
    response_model=DeniedOut,
    responses=answers(404, 409),
)
async def deny(
    opening_id: Annotated[UUID, Path(description="班级（开班备案）标识")],
    body: DenialIn,
    unit: WriteUnit,
    parts: Parts,
) -> DeniedOut:
    """核查期间，本人这个班尚未发往银行的申领暂停；同班其他人的申领不受影响，班级转经办机构核查。反映人不告知培训机构和同班学员。"""
    denial_id = await deny_enrollment(unit, parts.keys, opening_id=opening_id, reason=body.reason)
    return DeniedOut(denial_id=denial_id)


@router.get(
    "/v1/enrollment-denials", summary="未参加反映待办", response_model=DenialsOut, responses=answers()
)
async def list_all_denials(
    unit: ReadUnit,
    is_open: Annotated[bool, Query(description="只看未处理的；否则只看已处理的")] = True,
    limit: Limit = None,
    cursor: NextCursor = None,
) -> DenialsOut:
    """本辖区班级的反映；不含个人信息。"""
    page = await list_denials(unit, is_open=is_open, limit=check_page_limit(limit), cursor=cursor)
    return DenialsOut(items=[DenialRowOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/enrollment-denials/{denial_id}:read",
    summary="查看一条未参加反映",
    response_model=DenialOut,
    responses=answers(404),
)
async def read(denial_id: DenialId, body: ObjectionReadIn, unit: WriteUnit, parts: Parts) -> DenialOut:
    """须写明事由与案件编号；查看记录先于答复保存，并在反映人的“谁查过我”中显示。"""
    denial = await read_denial(
        unit, parts.keys, denial_id, purpose=body.purpose, case_number=body.case_number
    )
    await record_event(
        unit,
        "enrollment_denial:read",
        subject_kind="enrollment_denial",
        subject_id=denial_id,
        details={"purpose": body.purpose},
    )
    return DenialOut.of(denial)


@router.post(
    "/v1/enrollment-denials/{denial_id}:decide",
    summary="处理未参加反映",
    response_model=DenialDecidedOut,
    responses=answers(404, 409),
)
async def decide(denial_id: DenialId, body: DenialDecisionIn, unit: WriteUnit) -> DenialDecidedOut:
    """结论只对反映人这一人；同班其他申领有疑点的，由经办人逐件暂停。"""
    await decide_denial(unit, denial_id=denial_id, outcome=body.outcome, reason=body.reason)
    return DenialDecidedOut(denial_id=denial_id, outcome=body.outcome)
