"""评价工作网推送 (pushes of the assessment network): signed by the network, taken once, acknowledged every time."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.unit import system_unit
from app.archive.certificates.actions.take_notice import take_notice
from app.db.roles import DatabaseRole
from app.gateways.assessment_pushes import PUSH_BYTES_MAX
from app.settings import NETWORK_NOTICES_PATH
from app.web.dependencies import Admitted, Parts
from app.web.problems import answers
from app.web.pushes import described, read_push

router = APIRouter(tags=["评价工作网推送"])

_CONTRACT = "技能人才评价工作网接口约定（openapi/upstream/assessment-network.yaml，certificateChanged）"


@router.post(
    NETWORK_NOTICES_PATH,
    summary="接收评价工作网推送的证书变更",
    status_code=204,
    response_class=Response,
    responses=answers(413),
    openapi_extra=described("变更通知", _CONTRACT),
)
async def receive_network_notice(request: Request, caller: Admitted, parts: Parts) -> Response:
    """同一 event_id 只处理一次，再次收到照样答 204；不凭推送推进拉取游标。"""
    notice, body = await read_push(
        request, parts.assessment_network.read_push, bytes_max=PUSH_BYTES_MAX, contract=_CONTRACT
    )
    # The network is no principal: what it says is taken in by the registry itself, as the sync does.
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await take_notice(unit, parts.keys, notice, body)
    return Response(status_code=204)
