"""Comparison of long lists (信息比对): opened with purpose and case, fed as a stream, followed, downloaded."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from app.access.actor import PrincipalKind
from app.exchange.comparisons.actions.create_comparison import create_comparison
from app.exchange.comparisons.actions.end_comparison import cancel_comparison
from app.exchange.comparisons.actions.receive_list import queue_comparison, receive_list, require_waiting
from app.exchange.comparisons.actions.show_answers import (
    EXCEL_LINES_MAX,
    answers_as_csv,
    answers_as_ndjson,
    answers_as_workbook,
    require_answers,
)
from app.exchange.comparisons.queries import Comparison, find_comparison, list_comparisons
from app.exchange.comparisons.rules import pace
from app.exchange.comparisons.states import OUTCOME_LABELS, ComparisonState, LineOutcome
from app.exchange.verification.states import VerificationPurpose
from app.files.store import DocumentStore
from app.kernel.paging import check_page_limit
from app.web.dependencies import LookFirst, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import CaseNumber, Cursor, Input, Output

router = APIRouter(tags=["信息比对"])

ComparisonId = Annotated[UUID, Path(description="比对编号")]
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
# What the file is, its content says; the media type of a request is not looked at.
_UPLOAD = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}


class ComparisonIn(Input):
    """新建一次比对：先写明事由与案件编号，再上传名单."""

    purpose: VerificationPurpose
    case_number: CaseNumber


class OutcomeCountOut(Output):
    """一种比对结果的行数."""

    outcome: LineOutcome
    label: str = Field(examples=["一致"])
    lines: int


class ComparisonOut(Output):
    """一次比对的进度与统计."""

    comparison_id: UUID
    purpose: VerificationPurpose
    case_number: str
    state: ComparisonState
    form: Literal["csv", "ndjson", "rows"] | None = Field(description="名单的写法；rows 为 Excel")
    lines_total: int | None
    lines_done: int
    lines_per_second: int | None
    seconds_left: int | None
    persons_found: int = Field(description="查到的人数，每人在“谁查过我”中有且只有一条本次比对的记录")
    outcomes: list[OutcomeCountOut]
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cleared_at: datetime | None = Field(description="名单与结果已全部删除的时间；结果只保留7天")

    @classmethod
    def of(cls, shown: Comparison, now: datetime) -> "ComparisonOut":
        """As the agency sees it."""
        rate, left = pace(shown.lines_total, shown.lines_done, shown.started_at, shown.finished_at or now)
        return cls(
            comparison_id=shown.comparison_id,
            purpose=VerificationPurpose(shown.purpose),
            case_number=shown.case_number,
            state=shown.state,
            form=shown.form,
            lines_total=shown.lines_total,
            lines_done=shown.lines_done,
            lines_per_second=rate,
            seconds_left=left if shown.finished_at is None else None,
            persons_found=shown.persons_found,
            outcomes=[
                OutcomeCountOut(outcome=each, label=label, lines=shown.outcomes[each.value])
                for each, label in OUTCOME_LABELS.items()
                if each.value in shown.outcomes
            ],
            failure=shown.failure,
            created_at=shown.created_at,
            started_at=shown.started_at,
            finished_at=shown.finished_at,
            cleared_at=shown.cleared_at,
        )


class ComparisonsOut(Output):
    """一页比对."""

    items: list[ComparisonOut]
    next_cursor: str | None


@router.post(
    "/v1/comparisons",
    summary="新建一次信息比对",
    status_code=201,
    response_model=ComparisonOut,
    responses=answers(409),
)
async def create(body: ComparisonIn, once: OnceOnly, unit: WriteUnit) -> Response:
    """随后以 `POST /v1/comparisons/{comparison_id}:upload` 发送名单。"""
    comparison_id = await create_comparison(unit, purpose=body.purpose, case_number=body.case_number)
    shown = ComparisonOut.of(await find_comparison(unit, comparison_id), unit.now)
    return await once.answer(shown, 201, {"Location": f"/v1/comparisons/{comparison_id}"})


@router.post(
    "/v1/comparisons/{comparison_id}:upload",
    summary="发送要比对的名单",
    status_code=202,
    response_model=ComparisonOut,
    responses=answers(404, 409, 413, 429),
    openapi_extra=_UPLOAD,
)
async def upload(
    comparison_id: ComparisonId, request: Request, look: LookFirst, parts: Parts
) -> ComparisonOut:
    """正文即文件本身：CSV（UTF-8、GB18030、UTF-16）、NDJSON 或 Excel，最多500万行；边收边加密保存，比对完即删除。

    第一行为表头：身份证件号码、姓名，可另有档案编号、证书编号；NDJSON 用字段名 identity_number、name 等。
    """
    async with look() as unit:
        await require_waiting(unit, comparison_id)
    async with receive_list(parts.documents, comparison_id, request.stream()) as received, look() as unit:
        settings = parts.settings
        await queue_comparison(
            unit,
            comparison_id,
            received,
            lines_per_day=settings.officer_compared_lines_per_day
            if unit.actor.kind is PrincipalKind.OFFICER
            else settings.system_compared_lines_per_day,
        )
        return ComparisonOut.of(await find_comparison(unit, comparison_id), unit.now)


@router.get(
    "/v1/comparisons", summary="查看本机构的信息比对", response_model=ComparisonsOut, responses=answers()
)
async def list_all(
    unit: ReadUnit,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Cursor | None = None,
) -> ComparisonsOut:
    """新的在前。"""
    page = await list_comparisons(unit, limit=check_page_limit(limit), cursor=cursor)
    return ComparisonsOut(
        items=[ComparisonOut.of(each, unit.now) for each in page.items], next_cursor=page.next_cursor
    )


@router.get(
    "/v1/comparisons/{comparison_id}",
    summary="查看一次信息比对的进度与统计",
    response_model=ComparisonOut,
    responses=answers(404),
)
async def show(comparison_id: ComparisonId, unit: ReadUnit) -> ComparisonOut:
    """行数、速度、剩余时间与各种结果的行数随比对进度更新。"""
    return ComparisonOut.of(await find_comparison(unit, comparison_id), unit.now)


@router.post(
    "/v1/comparisons/{comparison_id}:cancel",
    summary="取消信息比对",
    response_model=ComparisonOut,
    responses=answers(404, 409),
)
async def cancel(comparison_id: ComparisonId, unit: WriteUnit) -> ComparisonOut:
    """已比对的部分，查询记录照样保留；名单与结果随即删除。"""
    await cancel_comparison(unit, comparison_id)
    return ComparisonOut.of(await find_comparison(unit, comparison_id), unit.now)


@router.get(
    "/v1/comparisons/{comparison_id}/answers",
    summary="下载逐行结果",
    response_class=StreamingResponse,
    responses={
        **answers(404, 409),
        200: {
            "description": "行号（与名单一致）、结果、全部原因；不含姓名和号码",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/x-ndjson": {"schema": {"type": "string"}},
                _MEDIA["xlsx"]: _BINARY,
            },
        },
    },
)
async def download(
    comparison_id: ComparisonId,
    unit: ReadUnit,
    parts: Parts,
    form: Annotated[Literal["csv", "ndjson", "xlsx"], Query(alias="format", description="文件格式")] = "csv",
) -> Response:
    """完成后7天内可以下载；Excel 最多1048575行，更多的请用 CSV 或 NDJSON。"""
    shown = await find_comparison(unit, comparison_id)
    return await answer_file(parts.documents, shown, form)


async def answer_file(
    documents: DocumentStore, shown: Comparison, form: Literal["csv", "ndjson", "xlsx"]
) -> Response:
    """The answers as a download. Raises NotFound or Conflict where there are none, or too many for a sheet."""
    require_answers(shown, lines_max=EXCEL_LINES_MAX if form == "xlsx" else None)
    content: AsyncIterator[bytes]
    if form == "xlsx":
        content = await answers_as_workbook(documents, shown)
    elif form == "csv":
        content = answers_as_csv(documents, shown)
    else:
        content = answers_as_ndjson(documents, shown)
    name = f"comparison-{shown.comparison_id}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type=_MEDIA[form], headers=headers)
