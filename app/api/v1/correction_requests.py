"""更正申请: a person asks for the correction of an entry; officers answer with reasons by a day that is told."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field, model_validator
from starlette.responses import Response

from app.api.v1.public_notices import Limit, NextCursor
from app.api.v1.record_shapes import EntryOut
from app.api.v1.share_shapes import RecordNumber
from app.archive.correction_requests.actions.answer_request import answer_request
from app.archive.correction_requests.actions.file_request import file_request
from app.archive.correction_requests.queries import (
    OwnRequest,
    RequestRead,
    list_requests,
    own_requests,
    read_request,
)
from app.archive.correction_requests.states import ANSWER_LABELS, RequestAnswer
from app.archive.records.states import ENTRY_KIND_LABELS, EntryKind
from app.audit.events import record_event
from app.kernel.paging import check_page_limit
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import CaseNumber, Input, LongText, Output, Why

router = APIRouter(tags=["更正申请"])

RequestId = Annotated[UUID, Path(description="更正申请标识")]


class RequestIn(Input):
    """哪条档案、哪里不对."""

    record_number: RecordNumber
    grounds: LongText = Field(examples=["结束日期应为2026年3月20日，当天我还在上课"])


class RequestFiledOut(Output):
    """已收到；最迟何时答复."""

    request_id: UUID
    due_on: date = Field(description="答复期限（工作日计）", examples=["2026-04-10"])


class OwnRequestOut(Output):
    """本人的一项更正申请."""

    request_id: UUID
    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    kind: EntryKind
    kind_label: str = Field(examples=["培训结业"])
    grounds: str
    filed_at: datetime
    due_on: date
    escalated_at: datetime | None = Field(description="逾期未答复、已转上级机构督办的时间")
    answer: RequestAnswer | None
    answer_label: str = Field(examples=["正在核实"])
    answer_reason: str | None
    answered_at: datetime | None
    correction_decision: str | None = Field(description="受理的更正由第二人复核的结果", examples=["accepted"])

    @classmethod
    def of(cls, own: OwnRequest) -> Self:
        """As the person sees it."""
        row = own.row
        answer = None if row.answer is None else RequestAnswer(row.answer)
        told = {name: value for name, value in row._mapping.items() if name in cls.model_fields}
        return cls(
            **told,
            grounds=own.grounds,
            kind_label=ENTRY_KIND_LABELS[EntryKind(row.kind)],
            answer_label=ANSWER_LABELS[answer],
        )


class OwnRequestsOut(Output):
    """本人的更正申请，最近的在前."""

    items: list[OwnRequestOut]


class RequestRowOut(Output):
    """待办中的一项更正申请；不含个人信息."""

    request_id: UUID
    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    kind: EntryKind
    division_code: str = Field(examples=["110105"])
    filed_at: datetime
    due_on: date
    escalated_at: datetime | None
    answer: RequestAnswer | None
    answer_label: str = Field(examples=["正在核实"])
    answered_at: datetime | None


class RequestsOut(Output):
    """更正申请，最早的在前."""

    items: list[RequestRowOut]
    next_cursor: str | None


class RequestReadIn(Input):
    """为哪个案件查看；向本人公开."""

    case_number: CaseNumber


class RequestOut(Output):
    """一项更正申请的全部内容."""

    request_id: UUID
    person_id: UUID
    name: str | None = Field(examples=["测试学员"])
    entry: EntryOut
    grounds: str
    filed_at: datetime
    due_on: date
    escalated_at: datetime | None
    answer: RequestAnswer | None
    answer_reason: str | None
    answered_at: datetime | None
    correction_id: UUID | None

    @classmethod
    def of(cls, read: RequestRead) -> Self:
        """As it leaves."""
        row = read.row
        told = {
            name: value
            for name, value in row._mapping.items()
            if name in cls.model_fields and name != "entry"
        }
        superseded = [row.entry["entry_id"]] if row.is_superseded else []
        return cls(**told, name=read.name, grounds=read.grounds, entry=EntryOut.of(row.entry, superseded))


class AnswerRequestIn(Input):
    """答复；理由会告知本人."""

    answer: RequestAnswer
    reason: Why = Field(examples=["经核对签到记录，结束日期应为3月20日"])
    correction_id: UUID | None = Field(default=None, description="同意更正的，填写已对这条档案提出的更正")

    @model_validator(mode="after")
    def _accepted_by_act(self) -> Self:
        if (self.answer is RequestAnswer.ACCEPTED) != (self.correction_id is not None):
            raise ValueError("同意更正须先提出更正并填写其标识；不予更正的不填")
        return self


class RequestAnsweredOut(Output):
    """已答复."""

    request_id: UUID
    answer: RequestAnswer


@router.get(
    "/v1/me/correction-requests", summary="我的更正申请", response_model=OwnRequestsOut, responses=answers()
)
async def my_requests(unit: ReadUnit, parts: Parts) -> OwnRequestsOut:
    """最近的在前；逾期未答复的自动转上级机构督办。"""
    return OwnRequestsOut(items=[OwnRequestOut.of(each) for each in await own_requests(unit, parts.keys)])


@router.post(
    "/v1/me/correction-requests",
    summary="申请更正我的档案",
    status_code=201,
    response_model=RequestFiledOut,
    responses=answers(404, 409),
)
async def file(body: RequestIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """同一条档案一次只能有一项申请在核实；答复必写理由。"""
    filed = await file_request(unit, parts.keys, record_number=body.record_number, grounds=body.grounds)
    return await once.answer(RequestFiledOut(request_id=filed.request_id, due_on=filed.due_on))


@router.get(
    "/v1/correction-requests", summary="更正申请待办", response_model=RequestsOut, responses=answers()
)
async def list_all(
    unit: ReadUnit,
    is_open: Annotated[bool, Query(description="只看未答复的；否则只看已答复的")] = True,
    only_overdue: Annotated[bool, Query(description="只看超过答复期限的")] = False,
    limit: Limit = None,
    cursor: NextCursor = None,
) -> RequestsOut:
    """本辖区（含下级）档案的更正申请；不含个人信息。"""
    page = await list_requests(
        unit, is_open=is_open, only_overdue=only_overdue, limit=check_page_limit(limit), cursor=cursor
    )
    items = [
        RequestRowOut(
            **row._mapping,
            answer_label=ANSWER_LABELS[None if row.answer is None else RequestAnswer(row.answer)],
        )
        for row in page.items
    ]
    return RequestsOut(items=items, next_cursor=page.next_cursor)


@router.post(
    "/v1/correction-requests/{request_id}:read",
    summary="查看一项更正申请",
    response_model=RequestOut,
    responses=answers(404),
)
async def read(request_id: RequestId, body: RequestReadIn, unit: WriteUnit, parts: Parts) -> RequestOut:
    """须写明案件编号；查看记录先于答复保存，并在本人的“谁查过我”中显示。"""
    found = await read_request(unit, parts.keys, request_id, case_number=body.case_number)
    await record_event(
        unit, "correction_request:read", subject_kind="correction_request", subject_id=request_id
    )
    return RequestOut.of(found)


@router.post(
    "/v1/correction-requests/{request_id}:answer",
    summary="答复更正申请",
    response_model=RequestAnsweredOut,
    responses=answers(404, 409),
)
async def answer(request_id: RequestId, body: AnswerRequestIn, unit: WriteUnit) -> RequestAnsweredOut:
    """同意的，先对这条档案提出更正，再凭其标识答复；更正仍须第二人复核。"""
    await answer_request(
        unit,
        request_id=request_id,
        answer=body.answer,
        reason=body.reason,
        correction_id=body.correction_id,
    )
    return RequestAnsweredOut(request_id=request_id, answer=body.answer)
