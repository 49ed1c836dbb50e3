"""The API as any client sees it: requests, answers, callers with a token. Nothing here knows the server's code."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from uuid_utils.compat import uuid7

_TIMEOUT_S = 30.0
_WORKED_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.2

T = TypeVar("T")


class Unexpected(Exception):
    """An answer that is not what the scenario expects; the text shows request and answer, never a credential."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and to which request."""

    asked: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The JSON document."""
        return json.loads(self.content)

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def version_tag(self) -> str:
        """The ``ETag``, to be sent back as ``If-Match``."""
        return self.headers["etag"]

    def codes(self) -> set[str]:
        """The code of a problem answer and those of its reasons."""
        if not self.headers.get("content-type", "").startswith("application/problem+json"):
            return set()
        return {self.body["code"], *(reason["code"] for reason in self.body["reasons"])}

    def expect(self, *statuses: int) -> "Answer":
        """The answer itself. Raises Unexpected for another status."""
        if self.status not in (statuses or (200, 201, 204)):
            raise Unexpected(
                f"应答 {' 或 '.join(map(str, statuses or (200, 201, 204)))}，实为{self.in_words()}"
            )
        return self

    def in_words(self) -> str:
        """Request and answer in one paragraph."""
        return f" {self.status}：{self.asked}\n{self.content[:3000].decode('utf-8', 'replace')}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a form sends it."""

    name: str
    content: bytes
    media_type: str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Api:
    """One registry, by its address."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._client = httpx.Client(base_url=base_url, timeout=_TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: object | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """Send one request. Raises Unexpected when no answer comes at all."""
        try:
            answer = self._client.request(
                method,
                path,
                headers=dict(headers or {}),
                json=body,
                data=dict(form) if form is not None else None,
                params=dict(query) if query else None,
                files={"file": (upload.name, upload.content, upload.media_type)} if upload else None,
            )
        except httpx.HTTPError as error:
            raise Unexpected(f"{method} {path} 没有得到应答：{type(error).__name__} {error}") from error
        return Answer(f"{method} {path}", answer.status_code, answer.headers, answer.content)

    def get(self, path: str, **query: str) -> Answer:
        """Read without a credential."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object, *, key: str | None = None) -> Answer:
        """Post without a credential."""
        return self.send("POST", path, body=body, headers={"Idempotency-Key": key or str(uuid7())})


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in."""

    api: Api
    token: str

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> Answer:
        """Send with the token; a POST gets an idempotency key unless it brings one."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid7())
        return self.api.send(method, path, headers={**sent, **(headers or {})}, **content)

    def get(self, path: str, **query: str) -> Answer:
        """Read."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object | None = None, *, upload: Upload | None = None) -> Answer:
        """Create, or do an act."""
        return self.send("POST", path, body=body, upload=upload)

    def put(self, path: str, body: object, *, version_tag: str | None = None) -> Answer:
        """Replace; ``version_tag`` as ``If-Match``."""
        return self.send("PUT", path, body=body, headers={"If-Match": version_tag} if version_tag else None)

    def patch(self, path: str, body: object, *, version_tag: str) -> Answer:
        """Change, if nobody else has since."""
        return self.send("PATCH", path, body=body, headers={"If-Match": version_tag})


def until(look: Callable[[], T], is_so: Callable[[T], bool], what: str) -> T:
    """What ``look`` shows once the worker has done its part. Raises Unexpected when it takes too long."""
    deadline = time.monotonic() + _WORKED_WITHIN_S
    while not is_so(seen := look()):
        if time.monotonic() > deadline:
            raise Unexpected(f"{_WORKED_WITHIN_S:.0f} 秒内{what}，实为 {seen}")
        time.sleep(_LOOK_EVERY_S)
    return seen
