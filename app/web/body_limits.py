"""How large a request body may be: counted while it comes in, refused before anything takes it apart.

``Content-Length`` alone proves nothing: a chunked body has none. The limit stands inside the application, so that it
holds behind any proxy; the operating values are this registry's own, no text states them.
"""

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.exchange.comparisons.actions.receive_list import BYTES_MAX
from app.files.limits import MIB
from app.files.store import MAX_DOCUMENT_BYTES
from app.kernel.errors import UNSOURCED, Reason, TooLarge
from app.web.problems import problem

MAX_BYTES = 2 * MIB
"""JSON and plain forms; a roster of 2,000 lines is well below one mebibyte."""

MAX_UPLOAD_BYTES = MAX_DOCUMENT_BYTES + MIB
"""multipart/form-data: the largest document with the form around it."""


MAX_LIST_BYTES = BYTES_MAX
"""A list to compare, which is sealed piece by piece while it comes in and never held whole."""


class BodyTooLarge(HTTPException):
    """As an ``HTTPException`` it passes FastAPI's parsing, which makes any other exception a 400."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


class BodyLimit:
    """Lets a route read no more of a body than the limit of its content type; raises BodyTooLarge where it reads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = _limit_of(scope["path"], headers)
        length, received = headers.get("content-length", ""), 0
        declared = int(length) if length.isascii() and length.isdecimal() else 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if declared > limit:
                raise BodyTooLarge(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit)
            return message

        await self.app(scope, receive_within_limit, send)


def _limit_of(path: str, headers: Headers) -> int:
    if path.startswith("/v1/comparisons/") and path.endswith(":upload"):
        return MAX_LIST_BYTES
    is_upload = headers.get("content-type", "").lower().startswith("multipart/form-data")
    return MAX_UPLOAD_BYTES if is_upload else MAX_BYTES


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLarge)
    reason = Reason(
        code="body_too_large",
        message=f"请求内容超过上限{error.limit // MIB} MiB",
        remedy="请分批提交，或压缩文件后再上传",
        citation=UNSOURCED,
    )
    return problem(request, 413, "body_too_large", TooLarge.title, (reason,))


def install(app: FastAPI) -> None:
    """Limit every body of the application."""
    app.add_middleware(BodyLimit)
    app.add_exception_handler(BodyTooLarge, _refuse)
