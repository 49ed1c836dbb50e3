"""The description of the API (OpenAPI 3.1) where FastAPI does not know what this house does on every route."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from app.access.roles import Role
from app.access.routes import ROUTES
from app.web.problems import MEANING_OF, MEDIA_TYPE, Problem

_SCHEME = "bearer"
_OF_ANY_BODY = (400, 413)
"""What a body can be answered before a route sees it: it cannot be read, or is too large."""


def install(app: FastAPI) -> None:
    """Describe problems under their own media type, who needs a token, and what any body can be answered."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = describe()
            document["components"]["securitySchemes"] = {
                _SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "`POST /v1/oauth/token` 取得的访问令牌，十分钟内有效",
                }
            }
            for method, path, operation in _operations(document):
                operation["security"] = _security(ROUTES.get((method, path), frozenset()))
                _complete_answers(operation)
                _say_in_chinese(operation)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def _security(admitted: frozenset[Role]) -> list[dict[str, list[str]]]:
    """``{}`` says that a route answers without a token too; whoever shows one must show one that holds."""
    return [{_SCHEME: []}, {}] if Role.PUBLIC in admitted else [{_SCHEME: []}]


def _complete_answers(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "requestBody" in operation:
        for status in _OF_ANY_BODY:
            answers.setdefault(str(status), _problem(status))
        operation["responses"] = answers = dict(sorted(answers.items()))
    for answer in answers.values():
        content = answer.get("content", {})
        if MEDIA_TYPE in content and "application/json" in content:
            # FastAPI puts every model under application/json.
            content[MEDIA_TYPE] = content.pop("application/json")


def _say_in_chinese(operation: dict[str, Any]) -> None:
    for answer in operation["responses"].values():
        if answer["description"] == "Successful Response":
            answer["description"] = "成功"


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {"description": MEANING_OF[status], "content": {MEDIA_TYPE: {"schema": schema}}}
