"""银行推送 (notices of the bank): signed, kept once, acknowledged every time; the paying worker takes them up."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.bank import NOTICE_BYTES_MAX
from app.gateways.message_signatures import PushMalformed, SignatureInvalid
from app.kernel.errors import InvalidInput, Reason, TooLarge, Unauthenticated
from app.settings import BANK_NOTICES_PATH
from app.subsidies.disbursements.actions.receive_notice import receive_notice
from app.web.dependencies import Admitted, Parts
from app.web.problems import answers

router = APIRouter(tags=["银行对接"])

_CONTRACT = "代发银行接口约定（openapi/upstream/bank.yaml）"


@router.post(
    BANK_NOTICES_PATH,
    summary="接收银行推送的付款结果",
    status_code=204,
    response_class=Response,
    responses=answers(413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"付款结果通知，见{_CONTRACT}；签名按 RFC 9421",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
async def receive_bank_notice(request: Request, caller: Admitted, parts: Parts) -> Response:
    """验签后保存一次，再次收到照样答 204；由拨付程序据以入账，本接口不动资金。"""
    body = await request.body()
    if len(body) > NOTICE_BYTES_MAX:
        raise TooLarge([_reason("notice_too_large", "推送超过256 KiB", "请分成几次推送")])
    try:
        notice = parts.bank.read_notice(request.headers, body)
    except SignatureInvalid:
        raise Unauthenticated(
            [_reason("notice_signature_invalid", "签名缺失、不符或超过300秒", "请按接口约定重新签名后推送")],
            title="推送的签名不成立",
        ) from None
    except PushMalformed:
        raise InvalidInput(
            [_reason("notice_malformed", "内容不符合接口约定，或前后矛盾", f"请对照{_CONTRACT}检查")]
        ) from None
    # The bank is no principal, and this process has no right to pay: it only keeps what was said.
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await receive_notice(unit, notice)
    return Response(status_code=204)


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, message=message, remedy=remedy)
