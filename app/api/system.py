"""Routes about the process itself: liveness, readiness, metrics, and the interactive documentation (no CDN)."""

from typing import Literal

import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import HTMLResponse, Response

from app.access.unit import system_unit
from app.archive.log.queries import forget_status, log_status
from app.db.roles import DatabaseRole
from app.web.dependencies import Parts, admit
from app.web.house import House
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["系统"], dependencies=[Depends(admit)])

_STATIC = "/docs/static"


class HealthOut(Output):
    """进程在运行."""

    status: Literal["ok"]


class ReadinessOut(Output):
    """可以受理请求；外部系统不可用时业务仍可受理，相关事项稍后自动重试."""

    status: Literal["ok"]
    cardholder_base: str = Field(
        examples=["closed"], description="持卡人员基础信息库连接：closed 正常，open 暂停"
    )
    assessment_network: str = Field(examples=["closed"], description="技能人才评价工作网连接")
    citizen_identity: str = Field(examples=["closed"], description="劳动者登录服务连接")
    unemployment_insurance: str = Field(examples=["closed"], description="失业保险信息查询连接")
    bank: str = Field(examples=["closed"], description="付款银行连接")
    message_gateway: str = Field(examples=["closed"], description="消息平台连接")


@router.get("/healthz", summary="进程是否在运行", response_model=HealthOut)
async def healthz() -> HealthOut:
    """只说明进程在运行，不检查数据库。"""
    return HealthOut(status="ok")


@router.get("/readyz", summary="是否可以受理请求", response_model=ReadinessOut, responses=answers())
async def readyz(parts: Parts) -> ReadinessOut:
    """数据库可用时为 200，否则 503。"""
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        await unit.session.execute(text("SELECT 1"))
    return ReadinessOut(
        status="ok",
        cardholder_base=parts.cardholder_base.circuit.state,
        assessment_network=parts.assessment_network.circuit.state,
        citizen_identity=parts.citizen_identity.circuit.state,
        unemployment_insurance=parts.unemployment_insurance.circuit.state,
        bank=parts.bank.circuit.state,
        message_gateway=parts.message_gateway.circuit.state,
    )


@router.get("/metrics", summary="运行指标（Prometheus）", response_class=Response, include_in_schema=False)
async def metrics(parts: Parts) -> Response:
    """各接口的次数与耗时、待封存档案的数量与等待时间；不含任何个人信息。"""
    await _observe_sealing(parts)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _observe_sealing(parts: House) -> None:
    """A scrape is answered while the database is away: what cannot be known then is not a number."""
    try:
        async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
            await log_status(unit)
    except (SQLAlchemyError, OSError):
        forget_status()


def serve_docs(app: FastAPI) -> None:
    """Interactive documentation at ``/docs``, its assets served from the installed package."""
    assets = fastapi_offline.__path__[0]
    app.mount(_STATIC, StaticFiles(directory=f"{assets}/static"), name="docs-static")

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=f"{app.title} · 接口文档",
            swagger_js_url=f"{_STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{_STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{_STATIC}/favicon.png",
        )
