"""评价工作网推送 (pushes of the assessment network): signed by the network, taken once, acknowledged every time."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.unit import system_unit
from app.archive.certificates.actions.take_notice import take_notice
from app.db.roles import DatabaseRole
from app.gateways.assessment_pushes import PUSH_BYTES_MAX
from app.gateways.message_signatures import PushMalformed, SignatureInvalid
from app.kernel.errors import InvalidInput, Reason, TooLarge, Unauthenticated
from app.settings import NETWORK_NOTICES_PATH
from app.web.dependencies import Admitted, Parts
from app.web.problems import answers

router = APIRouter(tags=["评价工作网推送"])

_CONTRACT = "技能人才评价工作网接口约定（openapi/upstream/assessment-network.yaml，certificateChanged）"


@router.post(
    NETWORK_NOTICES_PATH,
    summary="接收评价工作网推送的证书变更",
    status_code=204,
    response_class=Response,
    responses=answers(413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"变更通知，见{_CONTRACT}；签名按 RFC 9421",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
async def receive_network_notice(request: Request, caller: Admitted, parts: Parts) -> Response:
    """同一 event_id 只处理一次，再次收到照样答 204；不凭推送推进拉取游标。"""
    body = await request.body()
    if len(body) > PUSH_BYTES_MAX:
        raise TooLarge([_reason("notice_too_large", "推送超过1 MiB", "请分成几次推送")])
    try:
        notice = parts.assessment_network.read_push(request.headers, body)
    except SignatureInvalid:
        raise Unauthenticated(
            [_reason("notice_signature_invalid", "签名缺失、不符或超过300秒", "请按接口约定重新签名后推送")],
            title="推送的签名不成立",
        ) from None
    except PushMalformed:
        raise InvalidInput(
            [_reason("notice_malformed", "内容不符合接口约定，或前后矛盾", f"请对照{_CONTRACT}检查")]
        ) from None
    # The network is no principal: what it says is taken in by the registry itself, as the sync does.
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await take_notice(unit, parts.keys, notice, body)
    return Response(status_code=204)


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, message=message, remedy=remedy)
