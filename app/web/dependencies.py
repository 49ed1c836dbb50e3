"""Dependencies of every route: the caller, one transaction, and nothing that could answer before the commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy import text

from app.access.actor import SYSTEM_ACTOR, Actor
from app.access.roles import Role, database_role_of, roles_of
from app.access.routes import ROUTES
from app.access.unit import Credential, Unit, caller_unit, system_unit
from app.db.roles import DatabaseRole
from app.kernel.clock import utc_now
from app.kernel.errors import Forbidden, PreconditionFailed, Reason, Unauthenticated
from app.web.house import House, house

Look = Callable[[], AbstractAsyncContextManager[Unit]]
"""Opens a transaction of its own, which commits when its block ends."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An admitted caller: by the route table, deny by default. ``credential`` is None for the public."""

    actor: Actor | None
    credential: Credential | None


async def admit(request: Request, parts: Annotated[House, Depends(house)]) -> Caller:
    """Check the bearer token and the route table. Raises Unauthenticated or Forbidden."""
    admitted = ROUTES.get((request.method, request.scope["route"].path), frozenset())
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        if Role.PUBLIC in admitted:
            return Caller(None, None)
        raise Unauthenticated
    actor, credential = parts.tokens.verify(token.strip(), now=utc_now(), request_id=request.state.request_id)
    request.state.principal_kind = actor.kind
    if not admitted & roles_of(actor):
        raise Forbidden
    return Caller(actor, credential)


Admitted = Annotated[Caller, Depends(admit)]


async def write_unit(caller: Admitted, parts: Annotated[House, Depends(house)]) -> AsyncIterator[Unit]:
    """One transaction that commits before the answer leaves. Only ever with ``scope="function"``."""
    if caller.actor is None or caller.credential is None:
        raise Unauthenticated
    async with caller_unit(parts.engines, caller.actor, caller.credential) as unit:
        yield unit


async def read_unit(caller: Admitted, parts: Annotated[House, Depends(house)]) -> AsyncIterator[Unit]:
    """A read-only transaction with one consistent picture; also for the public."""
    if caller.actor is None or caller.credential is None:
        async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC, SYSTEM_ACTOR) as unit:
            yield unit
    else:
        role = database_role_of(caller.actor)
        async with caller_unit(parts.engines, caller.actor, caller.credential, role=role) as unit:
            await unit.session.execute(text("SET TRANSACTION READ ONLY"))
            yield unit


async def access_unit(caller: Admitted, parts: Annotated[House, Depends(house)]) -> AsyncIterator[Unit]:
    """The transaction of sign-in and token routes, which run before anybody is known."""
    if caller.actor is not None and caller.credential is not None:
        async with caller_unit(
            parts.engines, caller.actor, caller.credential, role=DatabaseRole.APP_ACCESS
        ) as unit:
            yield unit
    else:
        async with system_unit(parts.engines, DatabaseRole.APP_ACCESS) as unit:
            yield unit


async def look(caller: Admitted, parts: Annotated[House, Depends(house)]) -> Look:
    """How a route looks at a person before it acts: the access rows stay even when the act is then refused."""
    if caller.actor is None or caller.credential is None:
        raise Unauthenticated
    return partial(caller_unit, parts.engines, caller.actor, caller.credential)


Parts = Annotated[House, Depends(house)]
LookFirst = Annotated[Look, Depends(look)]
WriteUnit = Annotated[Unit, Depends(write_unit, scope="function")]
ReadUnit = Annotated[Unit, Depends(read_unit, scope="function")]
AccessUnit = Annotated[Unit, Depends(access_unit, scope="function")]


async def expected_version(if_match: Annotated[str, Header(alias="If-Match", examples=['"3"'])]) -> int:
    """The version a change was made on, from ``If-Match``. Raises PreconditionFailed when it is not one of ours."""
    bare = if_match.strip().removeprefix("W/").strip('"')
    if not (bare.isascii() and bare.isdecimal() and len(bare) < 10):
        raise PreconditionFailed(
            [
                Reason(
                    code="version_malformed",
                    field="If-Match",
                    message="If-Match 不是本系统给出的版本号",
                    remedy="请原样使用最近一次读取时返回的 ETag",
                )
            ]
        )
    return int(bare)


ExpectedVersion = Annotated[int, Depends(expected_version)]


def etag(version: int) -> dict[str, str]:
    """The header that names the version just shown."""
    return {"ETag": f'"{version}"'}
