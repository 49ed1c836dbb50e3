"""异议处理: the work list, reading one for a case, deciding; and what became of it, for whoever holds the receipt."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Row

from app.access.unit import system_unit
from app.api.v1.public_notices import Limit, NextCursor, NoticeLineOut
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.db.roles import DatabaseRole
from app.kernel.clock import law_date
from app.kernel.paging import check_page_limit
from app.policy.values import PolicyUndefined
from app.reference.calendar import DueDay
from app.subsidies.claims.states import STATE_LABELS, ClaimState
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.subsidies.notices.actions.decide_objection import decide_objection
from app.subsidies.notices.queries import (
    Objection,
    lapsed_claims,
    list_objections,
    read_objection,
    track_objection,
)
from app.subsidies.notices.rules import answer_due_on
from app.subsidies.notices.states import OUTCOME_LABELS, Decided, ObjectionOutcome
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.problems import answers
from app.web.wire import PROVISIONAL, CaseNumber, Input, Output, Why

router = APIRouter(tags=["公示与异议"])

ObjectionId = Annotated[UUID, Path(description="异议标识")]


class ObjectionRowOut(Output):
    """待办中的一条异议；不含个人信息和异议内容."""

    objection_id: UUID
    notice_id: UUID
    line_no: int = Field(examples=[1])
    claim_id: UUID
    claim_number: str = Field(examples=["S110105-2026-00000001"])
    kind: BenefitKind
    kind_label: str = Field(examples=["技能提升补贴"])
    division_code: str = Field(examples=["110105"])
    claim_state: ClaimState
    claim_state_label: str = Field(examples=["公示中"])
    filed_at: datetime
    answer_due_on: date | None = Field(description="处理期限；当地没有规定时为空")
    answer_due_is_provisional: bool = Field(description=PROVISIONAL)
    outcome: ObjectionOutcome | None
    decided_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> "ObjectionRowOut":
        """As it leaves."""
        due = _due(row.filed_at, row.division_code)
        return cls(
            **row._mapping,
            kind_label=KIND_LABELS[BenefitKind(row.kind)],
            claim_state_label=STATE_LABELS[ClaimState(row.claim_state)],
            answer_due_on=None if due is None else due.on,
            answer_due_is_provisional=due is not None and due.is_provisional,
        )


class ObjectionsOut(Output):
    """异议，最早的在前."""

    items: list[ObjectionRowOut]
    next_cursor: str | None


class ObjectionReadIn(Input):
    """为什么查看：事由与案件编号，向公示的本人公开."""

    purpose: Purpose
    case_number: CaseNumber


class ObjectionOut(Output):
    """一条异议的全部内容."""

    objection_id: UUID
    notice_id: UUID
    line: NoticeLineOut
    claim_id: UUID
    claim_number: str = Field(examples=["S110105-2026-00000001"])
    claim_state: ClaimState
    filed_at: datetime
    grounds: str = Field(examples=["此人当时不在本地参加培训"])
    contact: str | None = Field(examples=["010-00000000"])
    outcome: ObjectionOutcome | None
    outcome_reason: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, objection: Objection) -> "ObjectionOut":
        """As it leaves."""
        row = objection.row
        told = {name: value for name, value in row._mapping.items() if name in cls.model_fields}
        return cls(
            **told,
            line=NoticeLineOut.of(row.line_no, row.shown),
            grounds=objection.grounds,
            contact=objection.contact,
        )


class ObjectionDecisionIn(Input):
    """处理结果与理由；理由会告知持回执的异议人，请勿写入个人信息."""

    outcome: ObjectionOutcome
    reason: Annotated[Why, Field(examples=["经调取签到记录核实，异议不成立"])]


class ObjectionDecidedOut(Output):
    """已处理."""

    objection_id: UUID
    outcome: ObjectionOutcome
    is_sent_back: bool = Field(description="申领是否因此退回重新审核")


class TrackIn(Input):
    """提出异议时取得的回执号."""

    receipt_code: Annotated[
        str, Field(pattern=r"^Y[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$", examples=["YABCD-EFGH-2345-67AB"])
    ]


class TrackOut(Output):
    """异议处理情况."""

    filed_at: datetime
    outcome: ObjectionOutcome | None
    outcome_label: str = Field(examples=["正在核查"])
    outcome_reason: str | None
    decided_at: datetime | None


class LapseOut(Output):
    """一件超期的申领."""

    claim_id: UUID
    claim_number: str = Field(examples=["S110105-2026-00000001"])
    kind: BenefitKind
    division_code: str = Field(examples=["110105"])
    state: ClaimState
    state_label: str = Field(examples=["待受理"])
    round: int = Field(examples=[1])
    due_on: date
    noted_at: datetime

    @classmethod
    def of(cls, row: Row[Any]) -> "LapseOut":
        """As it leaves."""
        return cls(**row._mapping, state_label=STATE_LABELS[ClaimState(row.state)])


class LapsesOut(Output):
    """超期的申领，最久的在前."""

    items: list[LapseOut]
    next_cursor: str | None


@router.get("/v1/objections", summary="异议待办", response_model=ObjectionsOut, responses=answers())
async def list_all_objections(
    unit: ReadUnit,
    is_open: Annotated[bool, Query(description="只看未处理的；否则只看已处理的")] = True,
    limit: Limit = None,
    cursor: NextCursor = None,
) -> ObjectionsOut:
    """本辖区申领的异议；不含个人信息。"""
    page = await list_objections(unit, is_open=is_open, limit=check_page_limit(limit), cursor=cursor)
    return ObjectionsOut(items=[ObjectionRowOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/objections/{objection_id}:read",
    summary="查看一条异议",
    response_model=ObjectionOut,
    responses=answers(404),
)
async def read(
    objection_id: ObjectionId, body: ObjectionReadIn, unit: WriteUnit, parts: Parts
) -> ObjectionOut:
    """须写明事由与案件编号；查看记录先于答复保存，并在本人的“谁查过我”中显示。"""
    objection = await read_objection(
        unit, parts.keys, objection_id, purpose=body.purpose, case_number=body.case_number
    )
    await record_event(
        unit,
        "objection:read",
        subject_kind="objection",
        subject_id=objection_id,
        details={"purpose": body.purpose},
    )
    return ObjectionOut.of(objection)


@router.post(
    "/v1/objections/{objection_id}:decide",
    summary="处理异议",
    response_model=ObjectionDecidedOut,
    responses=answers(404, 409),
)
async def decide(
    objection_id: ObjectionId, body: ObjectionDecisionIn, unit: WriteUnit
) -> ObjectionDecidedOut:
    """成立的，申领退回重新审核；不成立的，公示期满可以拨付。审核、审批过该件的人不能处理。"""
    decided = await decide_objection(
        unit, objection_id=objection_id, outcome=body.outcome, reason=body.reason
    )
    return ObjectionDecidedOut(
        objection_id=objection_id, outcome=body.outcome, is_sent_back=decided is Decided.SENT_BACK
    )


@router.post(
    "/v1/objections:track", summary="凭回执号查询异议", response_model=TrackOut, responses=answers(404)
)
async def track(body: TrackIn, caller: Admitted, parts: Parts) -> TrackOut:
    """不必登录；回执号只有提出异议的人知道。"""
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        row = await track_objection(unit, parts.keys, body.receipt_code)
    outcome = None if row.outcome is None else ObjectionOutcome(row.outcome)
    return TrackOut(**row._mapping, outcome_label=OUTCOME_LABELS[outcome])


@router.get("/v1/claim-deadline-lapses", summary="超期的申领", response_model=LapsesOut, responses=answers())
async def list_lapses(unit: ReadUnit, limit: Limit = None, cursor: NextCursor = None) -> LapsesOut:
    """期限已过、仍停在原环节的申领；逾期未补正的也在其中，由经办人决定，系统不自动拒绝。"""
    page = await lapsed_claims(unit, limit=check_page_limit(limit), cursor=cursor)
    return LapsesOut(items=[LapseOut.of(row) for row in page.items], next_cursor=page.next_cursor)


def _due(filed_at: datetime, division: str) -> DueDay | None:
    try:
        return answer_due_on(law_date(filed_at), division)
    except PolicyUndefined:
        return None
