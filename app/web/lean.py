"""A route for the measured hot paths: declared and documented like every other, served without the machinery.

FastAPI's solving of dependencies, its exit stacks and its response model cost more than a coalesced look-up does. A
lean route does the same steps by hand, in the same order: who calls (by the same table), what the body says (the same
model, the same reasons), then the declared function with the checked body.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.dependencies import Caller, admit
from app.web.house import House, house
from app.web.query import refuse_unknown_parameters

Refusing = Callable[[Request, Exception], Awaitable[Response]]
LeanEndpoint = Callable[[Any, Caller, House], Awaitable[bytes]]
"""``(body, caller, parts) -> JSON``; the parameter ``body`` carries the model, the others are dependencies in form."""


class LeanRoutes:
    """Finds a lean route by its address alone, before the list of all routes is gone through."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], owner: FastAPI) -> None:
        self.app = app
        self._owner = owner
        self._routes = {
            (method, route.path): route
            for route in routes
            if isinstance(route, LeanRoute)
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope.get("method", ""), scope.get("path", "")))
        if route is None:
            await self.app(scope, receive, send)
            return
        try:
            await route.handle(scope, receive, send)
        except Exception as refusal:
            handlers = self._owner.exception_handlers
            handler = next(handlers[kind] for kind in type(refusal).__mro__ if kind in handlers)
            answer = await cast(Refusing, handler)(Request(scope, receive), refusal)
            await answer(scope, receive, send)


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Serve those of ``routes`` that are lean without going through the list. Before any other middleware."""
    app.add_middleware(LeanRoutes, routes=routes, owner=app)


class LeanRoute(APIRoute):
    """A POST with a JSON body and an answer that is ready as bytes."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever is raised is made a problem answer by the application, as everywhere."""
        if scope["method"] not in (self.methods or ()):
            raise HTTPException(405)
        request = Request(scope, receive)
        scope["route"] = self
        parts = await house(request)
        caller = await admit(request, parts)
        if scope["query_string"]:
            await refuse_unknown_parameters(request)
        body = self._checked(request, await _read(receive))
        answer = await cast(LeanEndpoint, self.endpoint)(body, caller, parts)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(answer)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})

    def _checked(self, request: Request, raw: bytes) -> BaseModel:
        model = cast(type[BaseModel], self.dependant.body_params[0].field_info.annotation)
        if not _is_json(request.headers.get("content-type", "")):
            raise RequestValidationError([{"type": "model_attributes_type", "loc": ("body",), "input": None}])
        try:
            return model.model_validate_json(raw)
        except ValidationError as invalid:
            raise RequestValidationError(_as_fastapi_tells(raw, invalid)) from None


async def _read(receive: Receive) -> bytes:
    message: Message = await receive()
    if not message.get("more_body", False):
        return cast(bytes, message.get("body", b""))
    parts = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def _is_json(content_type: str) -> bool:
    main, _, sub = content_type.partition(";")[0].strip().lower().partition("/")
    return main == "application" and (sub == "json" or sub.endswith("+json"))


def _as_fastapi_tells(raw: bytes, invalid: ValidationError) -> list[dict[str, Any]]:
    """The same defects in the form in which every other route finds them."""
    defects = cast(list[dict[str, Any]], invalid.errors(include_url=False, include_input=False))
    for defect in defects:
        place: tuple[Any, ...] = ("body", *defect["loc"])
        if defect["type"] == "json_invalid":
            place = ("body", _position(raw))
        defect["loc"], defect["input"] = place, None
    if not raw:
        return [{"type": "missing", "loc": ("body",), "input": None}]
    return defects


def _position(raw: bytes) -> int:
    """Offset of the first character that fits no JSON."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError as defect:
        return defect.pos
    return 0
