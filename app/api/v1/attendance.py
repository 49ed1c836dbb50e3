"""过程监督: events of devices and platforms, attendance as derived from them, and corrections by two people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.api.v1.attendance_shapes import (
    AttendanceOut,
    CorrectionReadIn,
    CorrectionsOut,
    DecidedOut,
    EventsIn,
    EventsOut,
    OfficerCorrectionOut,
    OfficerCorrectionsOut,
    PresenceCorrectionIn,
    PresenceCorrectionOut,
    PresenceDecisionIn,
    ProposedCorrectionOut,
    SourceSessionOut,
    SourceSessionsOut,
)
from app.kernel.paging import check_page_limit
from app.training.attendance.actions.decide_correction import decide_correction
from app.training.attendance.actions.propose_correction import propose_correction
from app.training.attendance.actions.receive_events import receive_events
from app.training.attendance.queries.presence import attendance_of, own_corrections, read_corrections
from app.training.attendance.queries.sessions import sessions_of_day
from app.training.attendance.queries.sources import require_source
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Day

router = APIRouter(tags=["过程监督"])

OpeningId = Annotated[UUID, Path(description="开班编号")]
CursorQuery = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]
LimitQuery = Annotated[int | None, Query(description="每页条数，1至200，默认50", examples=[50])]


@router.get(
    "/v1/source/sessions",
    summary="设备、平台查看当天课次",
    response_model=SourceSessionsOut,
    responses=answers(409),
)
async def list_source_sessions(
    unit: ReadUnit,
    parts: Parts,
    on: Annotated[
        Day | None, Query(description="哪一天（北京时间），不填为今天", examples=["2026-03-01"])
    ] = None,
) -> SourceSessionsOut:
    """所属机构已备案班级的课次，学员只给编号和遮盖后的姓名。"""
    source = await require_source(unit)
    sessions = await sessions_of_day(unit, source, parts.keys, on or unit.today)
    return SourceSessionsOut(items=[SourceSessionOut.of(each) for each in sessions])


@router.post(
    "/v1/attendance-events",
    summary="设备、平台上传考勤事件",
    response_model=EventsOut,
    responses=answers(409),
)
async def create_events(body: EventsIn, unit: WriteUnit) -> EventsOut:
    """逐条答复，格式有误的一条也只退回这一条。同一来源的事件编号只代表一条内容，整批重发不会重复记录，因此不用幂等键。机构账号不能上传。"""
    return EventsOut.of(await receive_events(unit, events=body.stated()))


@router.get(
    "/v1/openings/{opening_id}/attendance",
    summary="本班出勤情况",
    response_model=AttendanceOut,
    responses=answers(404),
)
async def read_attendance(
    opening_id: OpeningId,
    unit: ReadUnit,
    parts: Parts,
    cursor: CursorQuery = None,
    limit: LimitQuery = None,
) -> AttendanceOut:
    """每名学员的确认时长、出勤率和各课次到课，由上传的事件推导；还缺的记录一并列出。"""
    seen = await attendance_of(unit, parts.keys, opening_id, cursor=cursor, limit=check_page_limit(limit))
    return AttendanceOut.of(opening_id, seen)


@router.get(
    "/v1/openings/{opening_id}/presence-corrections",
    summary="本班的考勤更正",
    response_model=CorrectionsOut,
    responses=answers(404),
)
async def list_corrections(
    opening_id: OpeningId,
    unit: ReadUnit,
    parts: Parts,
    cursor: CursorQuery = None,
    limit: LimitQuery = None,
) -> CorrectionsOut:
    """本机构提出的更正及其处理结果，最早的在前。"""
    page = await own_corrections(unit, parts.keys, opening_id, cursor=cursor, limit=check_page_limit(limit))
    return CorrectionsOut(
        items=[PresenceCorrectionOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/openings/{opening_id}/presence-corrections",
    summary="提出考勤更正",
    status_code=201,
    response_model=ProposedCorrectionOut,
    responses=answers(404, 409),
)
async def create_correction(
    opening_id: OpeningId, body: PresenceCorrectionIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """机构只能提出并写明理由；由备案人员核实后才生效。"""
    correction = await propose_correction(unit, opening_id=opening_id, **body.model_dump())
    return await once.answer(
        ProposedCorrectionOut(
            correction_id=correction.correction_id,
            opening_id=opening_id,
            proposed_at=correction.proposed_at,
        )
    )


@router.post(
    "/v1/openings/{opening_id}/presence-corrections:read",
    summary="备案人员查看考勤更正",
    response_model=OfficerCorrectionsOut,
    responses=answers(404),
)
async def read_opening_corrections(
    opening_id: OpeningId, body: CorrectionReadIn, unit: WriteUnit, parts: Parts
) -> OfficerCorrectionsOut:
    """须写明事由与案件编号；查看记录先于答复保存，并向本人公开。"""
    seen = await read_corrections(
        unit, parts.keys, opening_id, purpose=body.purpose, case_number=body.case_number
    )
    return OfficerCorrectionsOut(items=[OfficerCorrectionOut.of(each) for each in seen])


@router.post(
    "/v1/openings/{opening_id}/presence-corrections/{correction_id}:decide",
    summary="核实考勤更正",
    response_model=DecidedOut,
    responses=answers(404, 409),
)
async def decide(
    opening_id: OpeningId,
    correction_id: Annotated[UUID, Path(description="更正编号")],
    body: PresenceDecisionIn,
    unit: WriteUnit,
) -> DecidedOut:
    """同意的更正立即替换或撤销到课；与另一处到课重叠的不能同意。"""
    await decide_correction(
        unit,
        opening_id=opening_id,
        correction_id=correction_id,
        verdict=body.decision,
        reason=body.reason,
    )
    return DecidedOut(correction_id=correction_id, decision=body.decision)
