"""Tokens: the OAuth 2.0 token endpoint, signing out, and the public keys that tokens are verified with."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from app.access.actor import SYSTEM_ACTOR, Actor
from app.identity.accounts import rules
from app.identity.accounts.actions.issue_client_token import issue_client_token
from app.identity.accounts.actions.open_session import IssuedTokens, with_tokens
from app.identity.accounts.actions.refresh_sign_in import refresh_sign_in
from app.identity.accounts.actions.revoke_token import revoke_token
from app.identity.accounts.actions.sign_in_officer import sign_in_officer
from app.kernel.errors import InvalidInput, Reason, Unauthenticated
from app.web.dependencies import AccessUnit, Admitted, Parts
from app.web.house import House
from app.web.problems import answers
from app.web.wire import Input, Output

router = APIRouter(tags=["登录与令牌"])

_GRANT_TYPES = ("client_credentials", "password", "refresh_token")
_Secret = Annotated[str, Field(max_length=200)]


class TokenForm(Input):
    """令牌请求（RFC 6749，application/x-www-form-urlencoded）."""

    grant_type: Annotated[
        str, Field(max_length=60, description="授权方式", json_schema_extra={"enum": list(_GRANT_TYPES)})
    ]
    client_id: Annotated[str, Field(max_length=100, description="系统接入：客户端编号")] | None = None
    client_secret: Annotated[_Secret, Field(description="系统接入：客户端密钥")] | None = None
    username: Annotated[str, Field(max_length=64, description="登录名")] | None = None
    password: Annotated[_Secret, Field(description="口令")] | None = None
    totp: Annotated[str, Field(max_length=12, description="动态口令，六位数字")] | None = None
    refresh_token: Annotated[_Secret, Field(description="续期令牌，只能使用一次")] | None = None
    scope: Annotated[str, Field(max_length=200, description="不使用：权限由登记的授权决定")] | None = None


class TokensOut(Output):
    """访问令牌与续期令牌."""

    access_token: Annotated[str, Field(examples=["eyJhbGciOiJFUzI1NiIs…"])]
    token_type: Annotated[str, Field(examples=["Bearer"])]
    expires_in: Annotated[int, Field(description="访问令牌有效秒数", examples=[600])]
    refresh_token: Annotated[str | None, Field(description="续期令牌；系统接入没有")]

    @classmethod
    def of(cls, issued: IssuedTokens) -> "TokensOut":
        """As it leaves."""
        return cls(
            access_token=issued.access_token,
            token_type="Bearer",  # noqa: S106 - the type, not a secret
            expires_in=issued.expires_in,
            refresh_token=issued.refresh_token,
        )


def registry_actor(request: Request) -> Actor:
    """The registry itself, acting for somebody who is not known yet."""
    return replace(SYSTEM_ACTOR, request_id=request.state.request_id)


@router.post(
    "/v1/oauth/token",
    summary="取得访问令牌",
    description=(
        "系统接入用 client_credentials（密钥放在表单或 Basic 头中）；经办人、机构操作员和管理员用 password，"
        "须同时给出口令与动态口令 totp；续期用 refresh_token，每个只能用一次，重复使用会使本次登录全部失效。\n\n"
        "错误以 application/problem+json 返回，`code` 采用 RFC 6749 第5.2节的错误码："
        "invalid_request、unsupported_grant_type（422），invalid_grant、invalid_client（401）；"
        "连续失败时为 429，按 Retry-After 等待。"
    ),
    response_model=TokensOut,
    responses=answers(400, 401, 422, 429),
)
async def issue_token(
    request: Request, caller: Admitted, parts: Parts, form: Annotated[TokenForm, Form()]
) -> TokensOut:
    """One of three grants; anything else is refused."""
    grant = _GRANTS.get(form.grant_type)
    if grant is None:
        raise InvalidInput([_unsupported()])
    return TokensOut.of(await grant(request, parts, form))


async def _by_client(request: Request, parts: House, form: TokenForm) -> IssuedTokens:
    basic = _basic_credentials(request)
    shown = basic or _given(form, "client_id", "client_secret")
    return await issue_client_token(
        parts.engines,
        parts.tokens,
        registry=registry_actor(request),
        client_id=shown["client_id"],
        client_secret=shown["client_secret"],
    )


async def _by_password(request: Request, parts: House, form: TokenForm) -> IssuedTokens:
    shown = _given(form, "username", "password", "totp")
    return await sign_in_officer(
        parts.engines,
        parts.keys,
        with_tokens(parts.tokens),
        registry=registry_actor(request),
        login_name=shown["username"],
        password=shown["password"],
        totp=shown["totp"],
    )


async def _by_refresh_token(request: Request, parts: House, form: TokenForm) -> IssuedTokens:
    shown = _given(form, "refresh_token")
    return await refresh_sign_in(
        parts.engines,
        parts.tokens,
        registry=registry_actor(request),
        refresh_token=shown["refresh_token"],
    )


_GRANTS: Mapping[str, Callable[[Request, House, TokenForm], Awaitable[IssuedTokens]]] = dict(
    zip(_GRANT_TYPES, (_by_client, _by_password, _by_refresh_token), strict=True)
)


def _given(form: TokenForm, *names: str) -> dict[str, str]:
    """The members a grant needs. Raises InvalidInput that names every missing one."""
    shown: dict[str, str] = {name: getattr(form, name) or "" for name in names}
    missing = [name for name, value in shown.items() if not value]
    if missing:
        raise InvalidInput(
            [
                Reason(code="invalid_request", field=name, message=f"缺少 {name}", remedy=f"请补充 {name}")
                for name in missing
            ],
            code="invalid_request",
        )
    # PostgreSQL takes no NUL, and nothing of ours has one.
    return {name: value.replace("\0", "\ufffd") for name, value in shown.items()}


def _basic_credentials(request: Request) -> dict[str, str] | None:
    """``client_secret_basic``: both parts form-encoded before base64 (RFC 6749 §2.3.1)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthenticated([rules.client_wrong()]) from None
    client_id, _, client_secret = pair.partition(":")
    return {
        "client_id": unquote_plus(client_id).replace("\0", "\ufffd"),
        "client_secret": unquote_plus(client_secret),
    }


def _unsupported() -> Reason:
    return Reason(
        code="unsupported_grant_type",
        field="grant_type",
        message="不支持这种授权方式",
        remedy=f"可选：{'、'.join(_GRANT_TYPES)}",
    )


@router.post(
    "/v1/oauth/revoke",
    summary="退出登录",
    description="使所出示的访问令牌及同一次登录的全部令牌（含续期令牌）立即失效，不需要请求正文。",
    status_code=204,
    responses=answers(),
)
async def revoke(caller: Admitted, unit: AccessUnit) -> Response:
    """The presented token, and everything of the same sign-in."""
    assert caller.credential is not None
    await revoke_token(unit, caller.credential)
    return Response(status_code=204)


@router.get(
    "/.well-known/jwks.json",
    summary="验证访问令牌的公钥（JWKS）",
    response_model=dict[str, list[dict[str, str]]],
    responses=answers(),
)
async def read_jwks(caller: Admitted, parts: Parts) -> Any:
    """Public halves of the live keys; a new key stands here before the first token names it."""
    return JSONResponse(parts.tokens.public_jwks(), headers={"Cache-Control": "public, max-age=60"})
