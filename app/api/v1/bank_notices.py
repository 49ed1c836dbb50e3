"""银行推送 (notices of the bank): signed, kept once, acknowledged every time; the paying worker takes them up."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.bank import NOTICE_BYTES_MAX
from app.settings import BANK_NOTICES_PATH
from app.subsidies.disbursements.actions.receive_notice import receive_notice
from app.web.dependencies import Admitted, Parts
from app.web.problems import answers
from app.web.pushes import described, read_push

router = APIRouter(tags=["银行对接"])

_CONTRACT = "代发银行接口约定（openapi/upstream/bank.yaml）"


@router.post(
    BANK_NOTICES_PATH,
    summary="接收银行推送的付款结果",
    status_code=204,
    response_class=Response,
    responses=answers(413),
    openapi_extra=described("付款结果通知", _CONTRACT),
)
async def receive_bank_notice(request: Request, caller: Admitted, parts: Parts) -> Response:
    """验签后保存一次，再次收到照样答 204；由拨付程序据以入账，本接口不动资金。"""
    notice, _ = await read_push(
        request, parts.bank.read_notice, bytes_max=NOTICE_BYTES_MAX, contract=_CONTRACT
    )
    # The bank is no principal, and this process has no right to pay: it only keeps what was said.
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await receive_notice(unit, notice)
    return Response(status_code=204)
