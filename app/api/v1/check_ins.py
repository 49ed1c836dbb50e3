"""扫码签到: a device shows a code that rotates every 30 seconds, the citizen's own session signs it."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response

from app.training.attendance.actions.check_in import check_in
from app.training.attendance.queries.codes import current_code
from app.training.attendance.rules.codes import DIGITS
from app.training.attendance.states import EventKind, EventResult
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.problems import answers, problem
from app.web.wire import Input, Output

router = APIRouter(tags=["过程监督"])


class CodeOut(Output):
    """设备当前应显示的签到码."""

    session_id: UUID
    code: str = Field(examples=["40718263"])
    seconds_left: int = Field(examples=[17], description="再过多少秒更换")


class CheckInIn(Input):
    """本人签到或签退."""

    session_id: UUID | None = Field(
        default=None, description="课次编号；不填则按签到码在本人现在的课次中查找"
    )
    code: str = Field(pattern=rf"^[0-9]{{{DIGITS}}}$", examples=["40718263"])
    kind: Literal[EventKind.SIGN_IN, EventKind.SIGN_OUT] = Field(examples=["sign_in"])


class CheckInOut(Output):
    """签到结果：accepted 已记录，repeated 此前已记录."""

    session_id: UUID
    kind: EventKind
    result: EventResult


@router.get(
    "/v1/source/sessions/{session_id}/code",
    summary="设备取当前签到码",
    response_model=CodeOut,
    responses=answers(404, 409),
)
async def read_code(
    session_id: Annotated[UUID, Path(description="课次编号")], unit: ReadUnit, parts: Parts
) -> CodeOut:
    """每30秒更换一次；只供现场显示。"""
    code, seconds = await current_code(unit, parts.keys, session_id)
    return CodeOut(session_id=session_id, code=code, seconds_left=seconds)


@router.post(
    "/v1/me/check-ins",
    summary="本人扫码签到、签退",
    response_model=CheckInOut,
    responses=answers(409, 429),
)
async def create_check_in(
    body: CheckInIn, request: Request, unit: WriteUnit, parts: Parts
) -> CheckInOut | Response:
    """同一签到码重复提交不会重复记录，因此不用幂等键；连续输错会暂停受理。"""
    done = await check_in(unit, parts.keys, session_id=body.session_id, code=body.code, kind=body.kind)
    if done.reasons:
        # Answered, not raised: the counted wrong code, or the evidence of double presence, must be committed.
        return problem(request, 409, done.reasons[0].code, "未能签到", done.reasons)
    return CheckInOut(session_id=done.session_id, kind=body.kind, result=done.result)
