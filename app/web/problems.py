"""Problem answers (RFC 9457): every refusal leaves here, with a stable code, a Chinese title and all reasons."""

import re
from collections.abc import Mapping
from typing import Any, cast

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path

from app.access.page_routes import PAGE_PATHS
from app.access.routes import ROUTES
from app.kernel.errors import (
    UNSOURCED,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Reason,
    Refused,
    RegistryError,
    TooLarge,
    TooMany,
    Unauthenticated,
    UpstreamUnavailable,
)
from app.web.admission import who_may
from app.web.constraints import REASON_OF_CONSTRAINT
from app.web.validation import reasons_of_validation

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)

STATUS_OF: Mapping[type[RegistryError], int] = {
    InvalidInput: 422,
    Refused: 409,
    Conflict: 409,
    PreconditionFailed: 412,
    NotFound: 404,
    Unauthenticated: 401,
    Forbidden: 403,
    TooMany: 429,
    TooLarge: 413,
    UpstreamUnavailable: 503,
    RegistryError: 409,
}
_TITLE_OF_STATUS = {
    400: ("malformed_request", "请求格式有误"),
    404: ("not_found", "没有找到"),
    405: ("method_not_allowed", "该地址不支持这种操作"),
    413: ("too_large", "内容超出大小限制"),
    415: ("media_type_unsupported", "不支持的内容类型"),
}
_PATTERNS = {path: compile_path(path)[0] for _, path in ROUTES}
_BUSY_SQLSTATES = {"55P03", "57014", "40001", "40P01", "53300", "57P03", "08006", "08001", "57P01"}


class CitationOut(BaseModel):
    """文号与条款."""

    document: str = Field(examples=["人社部发〔2025〕10号"], description="没有文件规定的为 unsourced")
    clause: str
    note: str | None = Field(description="没有文件规定时的说明")


class ReasonOut(BaseModel):
    """一条原因：错在哪里、什么值（已遮盖）、怎么改、依据."""

    code: str
    message: str
    remedy: str
    field: str | None
    value: str | None
    sheet: str | None
    line: int | None
    citation: CitationOut | None


class Problem(BaseModel):
    """问题应答（RFC 9457）。code 稳定不变，reasons 一次列全."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:registry:problem:not_found",
                "title": "没有找到",
                "status": 404,
                "code": "not_found",
                "request_id": "0198c0de-0000-7000-8000-000000000000",
                "reasons": [],
            }
        }
    )

    type: str
    title: str
    status: int
    code: str
    request_id: str | None
    reasons: list[ReasonOut] = Field(description="全部原因，一次告知")


def reason_out(reason: Reason) -> dict[str, Any]:
    """A reason as it leaves in JSON."""
    cited = reason.citation
    return {
        "code": reason.code,
        "message": reason.message,
        "remedy": reason.remedy,
        "field": reason.field,
        "value": reason.value,
        "sheet": reason.sheet,
        "line": reason.line,
        "citation": None
        if cited is None
        else {
            "document": cited.document,
            "clause": cited.clause,
            "note": "登记系统的办理口径，没有文件规定" if cited == UNSOURCED else None,
        },
    }


def problem(
    request: Request,
    status: int,
    code: str,
    title: str,
    reasons: tuple[Reason, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem document; on a page, a page that says the same."""
    request.state.problem_code = code
    if asks_for_page(request):
        as_page = request.app.state.problem_page
        return cast(Response, as_page(request, status, code, title, reasons, dict(headers or {})))
    return JSONResponse(
        {
            "type": f"urn:registry:problem:{code}",
            "title": title,
            "status": status,
            "code": code,
            "request_id": getattr(request.state, "request_id", None),
            "reasons": [reason_out(reason) for reason in reasons],
        },
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def asks_for_page(request: Request) -> bool:
    """Whether a person reads the answer: at a page, or where nothing is and a browser asks."""
    route = request.scope.get("route")
    if route is not None:
        return getattr(route, "path", "") in PAGE_PATHS
    is_of_api = request.url.path.startswith(("/v1/", "/.well-known/"))
    return not is_of_api and "text/html" in request.headers.get("accept", "")


def status_of(error: RegistryError) -> int:
    """The HTTP status of a refusal; the nearest class in ``STATUS_OF`` decides."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, RegistryError)
    headers = {}
    reasons = error.reasons
    if isinstance(error, Forbidden) and not reasons:
        route = request.scope.get("route")
        reasons = (who_may(ROUTES.get((request.method, getattr(route, "path", "")), frozenset())),)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany | UpstreamUnavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return problem(request, status_of(error), error.code, error.title, reasons, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if asks_for_page(request) and any(defect["loc"][0] == "path" for defect in error.errors()):
        # Nobody typed an id into a form: an address that nothing can have leads nowhere.
        return problem(request, 404, *_TITLE_OF_STATUS[404])
    return problem(request, 422, "invalid_input", InvalidInput.title, reasons_of_validation(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, title = _TITLE_OF_STATUS.get(error.status_code, ("http_error", "请求未能完成"))
    reasons = (_unreadable(),) if error.status_code == 400 else ()
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return problem(request, error.status_code, code, title, reasons, headers)


def _unreadable() -> Reason:
    """FastAPI and the form parser say 400 of a body they cannot take apart at all."""
    return Reason(
        code="body_unreadable",
        message="请求正文无法读取：格式有误、编码不是 UTF-8，或者嵌套过深",
        remedy="请按接口文档的格式发送；JSON 用 UTF-8，表单的分隔符须与 Content-Type 一致",
    )


def _allowed(request: Request) -> str:
    """``Allow`` (RFC 9110 §10.2.1) of the whole address: the framework names the methods of one route only."""
    # "{opening_id}" also matches "…:file"; the address is the one with most of its letters fixed.
    matching = [path for path, pattern in _PATTERNS.items() if pattern.match(request.url.path)]
    address = max(matching, key=lambda path: len(re.sub(r"{\w+}", "", path)), default=None)
    methods = {method for method, path in ROUTES if path == address}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


async def _database(request: Request, error: Exception) -> Response:
    """The database decided, the answer explains: by the name of the constraint, never by the driver's own text."""
    original = error.orig if isinstance(error, DBAPIError) else error
    sqlstate = getattr(original, "sqlstate", None) or ""
    name = _constraint_of(original)
    if name is not None and name in REASON_OF_CONSTRAINT:
        reason = REASON_OF_CONSTRAINT[name]
        return problem(request, 409, reason.code, Refused.title, (reason,))
    if sqlstate in _BUSY_SQLSTATES or getattr(error, "connection_invalidated", False):
        return _busy(request)
    log.error("database refused", constraint=name, sqlstate=sqlstate)
    if sqlstate.startswith("23"):
        return problem(request, 409, "conflict", Conflict.title)
    return problem(request, 500, "internal_error", "系统出现故障，您的内容没有保存，请稍后再试")


def reason_of_database(error: Exception) -> Reason | None:
    """What the database's refusal means, for answers line by line and pages; None when it is not one of ours."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return REASON_OF_CONSTRAINT.get(_constraint_of(original) or "")


def _constraint_of(original: Any) -> str | None:
    for candidate in (original, getattr(original, "__cause__", None)):
        name = getattr(candidate, "constraint_name", None)
        if name:
            return str(name)
    found = re.search(r'constraint "([a-z0-9_]+)"', str(original))
    return found.group(1) if found else None


def _busy(request: Request) -> Response:
    return problem(
        request, 503, "busy", "系统正忙，您的内容没有保存，请稍后再试", headers={"Retry-After": "5"}
    )


async def _pool(request: Request, error: Exception) -> Response:
    return _busy(request)


async def _defect(request: Request, error: Exception) -> Response:
    """A defect of ours: the log knows where, the answer says only that nothing was stored."""
    log.error("defect", error=type(error).__name__, exc_info=error)
    return problem(request, 500, "internal_error", "系统出现故障，您的内容没有保存，请稍后再试")


def install(app: FastAPI) -> None:
    """Make every refusal of the application a problem answer."""
    app.add_exception_handler(RegistryError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(asyncpg.PostgresError, _database)  # of set-wise statements on the driver itself
    app.add_exception_handler(PoolTimeout, _pool)
    app.add_exception_handler(OSError, _pool)
    app.add_exception_handler(Exception, _defect)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses=`` of a route: the problem statuses it documents besides those every route can give."""
    return {
        status: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": MEANING_OF[status]}
        for status in sorted({*statuses, *_ALWAYS})
    }


_ALWAYS = (401, 403, 422, 503)
MEANING_OF: Mapping[int, str] = {
    400: "请求格式有误",
    401: "未登录或登录已失效",
    403: "没有权限",
    404: "没有找到（或不属于您）",
    409: "不符合办理条件，或内容已被他人更改",
    412: "版本已过期",
    413: "超出大小限制",
    415: "不支持的内容类型",
    422: "填写内容有误",
    428: "缺少必需的请求头",
    429: "过于频繁",
    503: "系统或外部系统暂时不可用",
}
