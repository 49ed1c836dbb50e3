"""``Idempotency-Key``: the same key and body get the same answer; the same key with another body is a conflict.

The answer is stored in the transaction of its effect, so a crash leaves either both or neither.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Header, Request
from pydantic import BaseModel
from sqlalchemy import text
from starlette.responses import Response

from app.access.unit import Unit
from app.kernel.errors import Conflict, Reason
from app.web.dependencies import WriteUnit

_RESERVE = text("""
    INSERT INTO idempotency_key (principal_id, key, request_digest) VALUES (:principal_id, :key, :digest)
    ON CONFLICT (principal_id, key) DO NOTHING
""")
_STORED = text("""
    SELECT request_digest, status, headers, body FROM idempotency_key WHERE principal_id = :principal_id AND key = :key
""")
_ANSWER = text("""
    UPDATE idempotency_key SET status = :status, headers = CAST(:headers AS jsonb), body = :body
    WHERE principal_id = :principal_id AND key = :key
""")
_KEPT_HEADERS = ("location", "etag")
_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


class Replayed(Exception):
    """Carries the stored answer of an earlier, identical request out of the dependency."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an earlier request with the same key was answered."""

    request_digest: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes


async def take_key(unit: Unit, key: str, *, digest: bytes) -> StoredAnswer | None:
    """Take a key of the caller's, or give the answer stored under it.

    A second request with the key waits here until the first has committed or rolled back.
    """
    whose = {"principal_id": unit.actor.principal_id, "key": key}
    reserved = await unit.session.execute(_RESERVE, {**whose, "digest": digest})
    if reserved.rowcount == 1:  # type: ignore[attr-defined]
        return None
    stored = (await unit.session.execute(_STORED, whose)).one()
    return StoredAnswer(stored.request_digest, stored.status, stored.headers or {}, stored.body)


async def store_answer(unit: Unit, key: str, *, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Store the answer of the request that took the key, in the transaction of its effect."""
    stored: dict[str, Any] = {
        "principal_id": unit.actor.principal_id,
        "key": key,
        "status": status,
        "headers": orjson.dumps(dict(headers)).decode(),
        "body": body,
    }
    await unit.session.execute(_ANSWER, stored)


class Once:
    """One creating request. Routes answer through ``answer``, which stores what is sent."""

    def __init__(self, unit: Unit, key: str) -> None:
        self._unit = unit
        self._key = key

    async def reserve(self, digest: bytes) -> None:
        """Take the key, or raise Replayed with the stored answer, or Conflict for another content.

        A second request with the key waits here until the first has committed or rolled back.
        """
        stored = await take_key(self._unit, self._key, digest=digest)
        if stored is None:
            return
        if stored.request_digest != digest:
            raise Conflict(
                [
                    Reason(
                        code="idempotency_key_reused",
                        field="Idempotency-Key",
                        message="这个幂等键已用于另一份内容",
                        remedy="新的内容请换一个新的幂等键",
                    )
                ]
            )
        headers = {**stored.headers, "Idempotency-Replayed": "true"}
        raise Replayed(Response(stored.body, stored.status, headers, media_type="application/json"))

    async def answer(
        self,
        content: BaseModel,
        status: int = 201,
        headers: dict[str, str] | None = None,
        *,
        shown_once: frozenset[str] = frozenset(),
        kept: BaseModel | None = None,
    ) -> Response:
        """Store and return the answer; both commit together.

        Members in ``shown_once`` hold secrets: they are stored, and so repeated, as null. ``kept`` is stored in place
        of a ``content`` that names persons.
        """
        response = Response(content.model_dump_json(), status, headers, media_type="application/json")
        if kept is not None:
            stored_body = kept.model_dump_json().encode()
        elif shown_once:
            unsaid = content.model_copy(update=dict.fromkeys(shown_once))
            stored_body = unsaid.model_dump_json(warnings=False).encode()
        else:
            stored_body = bytes(response.body)
        kept_headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        await store_answer(self._unit, self._key, status=status, headers=kept_headers, body=stored_body)
        return response


async def once(
    request: Request,
    unit: WriteUnit,
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            examples=["0198c0de-7f00-7000-8000-00000000abcd"],
            description="幂等键：重发同一请求时保持不变",
        ),
    ],
) -> Once:
    """Dependency of every POST that creates."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(request.headers.get("content-type", "").partition(";")[0].encode())
    digest.update(await _content(request))
    creating = Once(unit, key)
    await creating.reserve(digest.digest())
    return creating


async def _content(request: Request) -> bytes:
    """The body as sent; of a form its fields and files, because the boundary between them differs at each sending."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORMS:
        return await request.body()
    digest = hashlib.sha256()
    for name, value in sorted((await request.form()).multi_items(), key=lambda field: field[0]):
        digest.update(name.encode() + b"\0")
        if isinstance(value, str):
            digest.update(value.encode())
        else:
            await value.seek(0)
            digest.update((value.filename or "").encode() + b"\0" + await value.read())
            await value.seek(0)
    return digest.digest()


OnceOnly = Annotated[Once, Depends(once, scope="function")]


async def _replay(request: Request, replayed: Exception) -> Response:
    assert isinstance(replayed, Replayed)
    return replayed.response


def install(app: FastAPI) -> None:
    """Let a repeated request get its first answer; the transaction it waited in is rolled back."""
    app.add_exception_handler(Replayed, _replay)
