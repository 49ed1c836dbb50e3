"""What really went over the wire, and the written contract to hold it against."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

_TRUST = httpx.create_ssl_context(trust_env=False)
"""Read once: the list of authorities takes 20 ms a time, and here nothing is encrypted anyway."""
UPSTREAM = Path(__file__).parents[2] / "openapi" / "upstream"


@dataclass
class Exchange:
    request: httpx.Request
    request_body: bytes
    status: int
    headers: httpx.Headers
    body: bytes = b""


class _Kept(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, exchange: Exchange) -> None:
        self._stream, self._exchange = stream, exchange

    async def __aiter__(self):
        async for part in self._stream:
            self._exchange.body += part
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


@dataclass
class RecordingTransport(httpx.AsyncBaseTransport):
    """The real transport, with a copy of every exchange kept."""

    inner: httpx.AsyncHTTPTransport = field(
        default_factory=lambda: httpx.AsyncHTTPTransport(verify=_TRUST, trust_env=False)
    )
    sent: list[httpx.Request] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        response = await self.inner.handle_async_request(request)
        exchange = Exchange(request, request.content, response.status_code, response.headers)
        self.exchanges.append(exchange)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=_Kept(response.stream, exchange)
        )

    async def aclose(self) -> None:
        await self.inner.aclose()


class Contract:
    """One file of openapi/upstream; every departure from it is listed."""

    def __init__(self, file_name: str) -> None:
        self.document: dict[str, Any] = yaml.safe_load((UPSTREAM / file_name).read_text(encoding="utf-8"))

    def defects_of_schema(self, schema: dict[str, Any], value: object) -> list[str]:
        validator = jsonschema_rs.Draft202012Validator(
            {**schema, "components": self.document["components"]}, validate_formats=True
        )
        return [str(error.message) for error in validator.iter_errors(value)]

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            node = found
        return node

    def path_of(self, asked: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The path item that ``asked`` falls under, and the values of its templates."""
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            if match := re.fullmatch(pattern, asked):
                return item, match.groupdict()
        raise KeyError(asked)

    def defects(self, exchange: Exchange) -> list[str]:
        path, in_path = self.path_of(exchange.request.url.path)
        operation = path[exchange.request.method.lower()]
        found = []
        for parameter in map(self.resolved, path.get("parameters", [])):
            found += self.defects_of_schema(parameter["schema"], in_path[parameter["name"]])
        for parameter in map(self.resolved, operation.get("parameters", [])):
            if parameter["in"] == "header":
                value = exchange.request.headers.get(parameter["name"])
                found += self.defects_of_schema(parameter["schema"], value)
        if "requestBody" in operation:
            found += self._body_defects(
                operation["requestBody"]["content"], exchange.request.headers, exchange.request_body
            )
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            return [*found, f"status {exchange.status} is not in the contract"]
        for name, header in answer.get("headers", {}).items():
            value = exchange.headers.get(name)
            if header["schema"].get("type") == "integer" and value is not None:
                value = int(value)
            found += self.defects_of_schema(header["schema"], value)
        return found + self._body_defects(answer["content"], exchange.headers, exchange.body)

    def _body_defects(self, content: dict[str, Any], headers: httpx.Headers, body: bytes) -> list[str]:
        media_type = headers["content-type"].partition(";")[0]
        if media_type not in content:
            return [f"media type {media_type} is not in the contract"]
        if media_type == "application/x-www-form-urlencoded":
            value: object = dict(httpx.QueryParams(body.decode()))
        elif media_type in {"text/html", "text/csv"}:
            value = body.decode()
        elif media_type == "application/x-ndjson":
            row_schema = content[media_type]["x-itemSchema"]
            rows = [json.loads(line) for line in body.decode().splitlines()]
            return [defect for row in rows for defect in self.defects_of_schema(row_schema, row)]
        else:
            value = json.loads(body)
        return self.defects_of_schema(content[media_type]["schema"], value)
