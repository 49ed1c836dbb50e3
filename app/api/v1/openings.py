"""开班备案 (openings): drafting, filing and review."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import JSONResponse, Response

from app.access.unit import Unit
from app.api.v1.opening_shapes import (
    DefectsOut,
    DocumentOut,
    FilingIn,
    OpeningChangesIn,
    OpeningDetailOut,
    OpeningIn,
    OpeningOut,
    OpeningPage,
    PartIn,
    SessionOut,
    SessionsIn,
    TeacherOut,
    TeachersIn,
)
from app.kernel.errors import InvalidInput, Reason, Refused
from app.training.openings.actions.cancel_opening import cancel_opening
from app.training.openings.actions.create_opening import create_opening
from app.training.openings.actions.file_opening import file_opening
from app.training.openings.actions.put_on_record import put_on_record
from app.training.openings.actions.return_opening import Defect, return_opening
from app.training.openings.actions.revise_draft import revise_draft
from app.training.openings.actions.save_part import save_part
from app.training.openings.actions.save_sessions import save_sessions
from app.training.openings.actions.save_teachers import save_teachers
from app.training.openings.queries import contents, lists
from app.training.openings.queries.documents import FILE_NAME_FIELD
from app.training.openings.queries.filing import read_filing_case
from app.training.openings.queries.scope import not_editable, opening_in_sight
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.states import EDITABLE, OpeningState, PartKind
from app.web.dependencies import ExpectedVersion, Parts, ReadUnit, WriteUnit, etag
from app.web.house import House
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import Cursor, Input, Line, Why

router = APIRouter(tags=["开班备案"])

OpeningId = Annotated[UUID, Path(description="班次编号")]


class DefectIn(Input):
    """退回时指出的一项问题."""

    part: Literal[
        "teaching_plan",
        "teachers",
        "teaching_materials",
        "assessment_plan",
        "roster",
        "sessions",
        "commitment",
        "documents",
        "other",
    ]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,59}$", examples=["found_on_review"])] = (
        "found_on_review"
    )
    message: Why = Field(examples=["考核方案没有写明实操评分标准"])


class ReturnIn(Input):
    """退回：一次列全问题."""

    reasons: Annotated[list[DefectIn], Field(min_length=1, max_length=100)]


class CancelIn(Input):
    """取消开班."""

    reason: Why = Field(examples=["报名人数不足"])


@router.get("/v1/openings", summary="查询班次", responses=answers())
async def list_openings(
    unit: ReadUnit,
    state: Annotated[OpeningState | None, Query(description="状态；filed 为经办机构的待办")] = None,
    text: Annotated[Line | None, Query(description="班次或机构名称中含有的文字", max_length=60)] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OpeningPage:
    """机构看到自己的班次；经办机构看到辖区内申报过的班次，待办按申报先后排列."""
    page = await lists.list_openings(unit, state=state, text=text, cursor=cursor, limit=limit)
    return OpeningPage(
        items=[OpeningOut.of(summary) for summary in page.items],
        next_cursor=page.next_cursor,
        counts=await lists.counts_by_state(unit),
    )


@router.get(
    "/v1/openings/{opening_id}",
    summary="查询一个班次",
    response_model=OpeningDetailOut,
    responses=answers(404),
)
async def read_opening(unit: ReadUnit, parts: Parts, opening_id: OpeningId) -> Response:
    """草稿的 ETag 用于修改时的 If-Match."""
    return await _shown(unit, parts, opening_id)


@router.post(
    "/v1/openings",
    summary="新建开班草稿",
    status_code=201,
    response_model=OpeningDetailOut,
    responses=answers(409),
)
async def create(unit: WriteUnit, parts: Parts, once: OnceOnly, body: OpeningIn) -> Response:
    """项目须在目录中；申报时再核对定点范围和有效期."""
    opening_id = await create_opening(
        unit,
        program_id=body.program_id,
        program_version=body.program_version,
        division_code=body.division_code,
        name=body.name,
        planned_size=body.planned_size,
        venue=body.venue,
    )
    detail = await _detail(unit, parts, opening_id)
    return await once.answer(detail, 201, {"Location": f"/v1/openings/{opening_id}", **etag(detail.version)})


@router.patch(
    "/v1/openings/{opening_id}",
    summary="修改草稿",
    response_model=OpeningDetailOut,
    responses=answers(404, 409, 412),
)
async def revise(
    unit: WriteUnit, parts: Parts, version: ExpectedVersion, opening_id: OpeningId, body: OpeningChangesIn
) -> Response:
    """只在草稿或退回时可以修改."""
    await revise_draft(unit, opening_id=opening_id, version=version, changes=body.stated())
    return await _shown(unit, parts, opening_id)


@router.put(
    "/v1/openings/{opening_id}/parts/{part}",
    summary="保存书面材料",
    response_model=OpeningDetailOut,
    responses=answers(404, 409, 412),
)
async def put_part(
    unit: WriteUnit,
    parts: Parts,
    version: ExpectedVersion,
    opening_id: OpeningId,
    part: PartKind,
    body: PartIn,
) -> Response:
    """教学计划、教材教学资源清单、考核方案；整份替换."""
    if body.part is not part:
        raise InvalidInput(
            [
                Reason(
                    code="part_mismatch",
                    message=f"网址写的是{part}，内容写的是{body.part}",
                    remedy="请使两处一致",
                    field="part",
                    value=body.part,
                )
            ]
        )
    content = body.model_dump(mode="json", exclude={"part"})
    await save_part(unit, opening_id=opening_id, version=version, part=part, content=content)
    return await _shown(unit, parts, opening_id)


@router.put(
    "/v1/openings/{opening_id}/teachers",
    summary="保存授课师资",
    response_model=OpeningDetailOut,
    responses=answers(404, 409, 412),
)
async def put_teachers(
    unit: WriteUnit, parts: Parts, version: ExpectedVersion, opening_id: OpeningId, body: TeachersIn
) -> Response:
    """整份名单替换；留任的教师编号不变."""
    teachers = [teacher.stated() for teacher in body.teachers]
    await save_teachers(unit, opening_id=opening_id, version=version, teachers=teachers)
    return await _shown(unit, parts, opening_id)


@router.put(
    "/v1/openings/{opening_id}/sessions",
    summary="保存课次安排",
    response_model=OpeningDetailOut,
    responses=answers(404, 409, 412),
)
async def put_sessions(
    unit: WriteUnit, parts: Parts, version: ExpectedVersion, opening_id: OpeningId, body: SessionsIn
) -> Response:
    """整份计划替换；未变的课次编号不变."""
    sessions = [session.stated() for session in body.sessions]
    await save_sessions(unit, opening_id=opening_id, version=version, sessions=sessions)
    return await _shown(unit, parts, opening_id)


@router.get(
    "/v1/openings/{opening_id}/defects", summary="申报前检查（一次告知全部缺项）", responses=answers(404, 409)
)
async def read_defects(unit: ReadUnit, opening_id: OpeningId) -> DefectsOut:
    """与申报时同一套规则；同时给出须接受的承诺书."""
    opening = await opening_in_sight(unit, opening_id)
    state, filed_at = OpeningState(opening.state), None
    if state not in EDITABLE | {OpeningState.FILED}:
        raise Refused([not_editable(state)])
    if state is OpeningState.FILED:
        filed_at = (await lists.last_filing(unit.session, opening)).filed_at
    case = await read_filing_case(unit, opening, filed_at=filed_at)
    reasons = [ReasonOut(**reason_out(reason)) for reason in reasons_against_filing(case.facts)]
    return DefectsOut.of(case, reasons, [ReasonOut(**reason_out(flag)) for flag in case.flags])


@router.post(
    "/v1/openings/{opening_id}:file",
    summary="申报开班备案",
    response_model=OpeningDetailOut,
    responses=answers(404, 409),
)
async def file(
    unit: WriteUnit, parts: Parts, once: OnceOnly, opening_id: OpeningId, body: FilingIn
) -> Response:
    """以系统时间为准，须早于首次课；缺项一次告知."""
    commitment = body.commitment.stated() if body.commitment else None
    await file_opening(unit, opening_id=opening_id, commitment=commitment)
    return await _answered(unit, parts, once, opening_id)


@router.post(
    "/v1/openings/{opening_id}:cancel",
    summary="取消开班",
    response_model=OpeningDetailOut,
    responses=answers(404, 409),
)
async def cancel(
    unit: WriteUnit, parts: Parts, once: OnceOnly, opening_id: OpeningId, body: CancelIn
) -> Response:
    """第一次签到之前可以取消."""
    await cancel_opening(unit, opening_id=opening_id, reason=body.reason)
    return await _answered(unit, parts, once, opening_id)


@router.post(
    "/v1/openings/{opening_id}:return",
    summary="退回补正",
    response_model=OpeningDetailOut,
    responses=answers(404, 409),
)
async def return_(
    unit: WriteUnit, parts: Parts, once: OnceOnly, opening_id: OpeningId, body: ReturnIn
) -> Response:
    """一次性告知：系统查出的缺项自动并入."""
    defects = [Defect(defect.part, defect.code, defect.message) for defect in body.reasons]
    await return_opening(unit, opening_id=opening_id, defects=defects)
    return await _answered(unit, parts, once, opening_id)


@router.post(
    "/v1/openings/{opening_id}:put-on-record",
    summary="备案",
    response_model=OpeningDetailOut,
    responses=answers(404, 409),
)
async def record(unit: WriteUnit, parts: Parts, once: OnceOnly, opening_id: OpeningId) -> Response:
    """办理时再核对一遍；备案后方可上课."""
    await put_on_record(unit, opening_id=opening_id)
    return await _answered(unit, parts, once, opening_id)


async def _answered(unit: Unit, parts: House, once: Any, opening_id: UUID) -> Response:
    detail = await _detail(unit, parts, opening_id)
    answered: Response = await once.answer(detail, 200, etag(detail.version))
    return answered


async def _shown(unit: Unit, parts: House, opening_id: UUID) -> Response:
    detail = await _detail(unit, parts, opening_id)
    return JSONResponse(detail.model_dump(mode="json"), headers=etag(detail.version))


async def _detail(unit: Unit, house: House, opening_id: UUID) -> OpeningDetailOut:
    await opening_in_sight(unit, opening_id)
    summary = await lists.summary_of(unit.session, opening_id)
    saved = await contents.parts_of(unit.session, opening_id)
    return OpeningDetailOut(
        **OpeningOut.of(summary).model_dump(),
        parts={part: row.content for part, row in saved.items()},
        teachers=[TeacherOut.of(known) for known in await contents.teachers_of(unit.session, opening_id)],
        sessions=[SessionOut.of(known) for known in await contents.sessions_of(unit.session, opening_id)],
        documents=[
            DocumentOut.of(
                row, house.keys.open(row.file_name_sealed, name=FILE_NAME_FIELD, owner=row.document_id)
            )
            for row in await contents.documents_of(unit.session, opening_id)
        ],
    )
