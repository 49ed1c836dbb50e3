"""Citizen sign-in through the gateway of the electronic social-security card (电子社会保障卡).

Contract: ``openapi/upstream/citizen-identity.yaml``. OpenID Connect Core 1.0 authorization-code flow with
PKCE S256 (RFC 7636), ``state``, ``nonce`` and the issuer in the callback (RFC 9207). Source of the need:
人社部发〔2021〕102号 (十九) (全国社会保障卡服务平台…实名认证). What is not provably said by the gateway
about this very sign-in is refused.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote, urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.gateways.circuit import CircuitBreaker
from app.gateways.http import (
    Answer,
    Call,
    FailureKind,
    Pace,
    ResilientClient,
    UpstreamFailed,
    read_model,
    strict_json,
)
from app.gateways.signatures import TokenInvalid, UnknownKey, keys_of_jwks, verify_es256
from app.kernel.errors import UNSOURCED, Reason, Unauthenticated, UpstreamUnavailable

SCOPE = "openid social_security"
_LEEWAY_SECONDS = 30
_TOKEN_SECONDS_MAX = 600
_SIGN_IN_SECONDS_MAX = 900
_KEYS_SECONDS = 3_600.0


class Assurance(StrEnum):
    """How sure the gateway is that the card holder sits there (``acr`` in the contract), lowest first."""

    BASIC = "basic"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


_RANK = {assurance: rank for rank, assurance in enumerate(Assurance)}


class _CardState(StrEnum):
    NORMAL = "normal"
    LOST = "lost"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """What the browser's session keeps between redirect and callback; secrets of that session."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> "SignInAttempt":
        """Fresh random values, 256 bits each."""
        return cls(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenIdentity:
    """Who signed in, as the gateway attests it. ``subject`` is opaque and stable for this registry."""

    social_security_number: str = field(repr=False)
    name: str = field(repr=False)
    is_card_verified: bool
    assurance: Assurance
    subject: str
    authenticated_at: datetime


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    access_token: Annotated[str, Field(max_length=4_096)]
    token_type: Annotated[str, Field(pattern="^Bearer$")]
    expires_in: Annotated[int, Field(ge=1, le=_TOKEN_SECONDS_MAX)]
    id_token: Annotated[str, Field(max_length=8_192)]


class _Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    iss: str
    sub: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,255}$")]
    aud: str
    exp: int
    iat: int
    auth_time: int
    nonce: str
    acr: Assurance
    social_security_number: Annotated[str, Field(pattern=r"^(?:[0-9A-Z]{15}|[0-9]{17}[0-9X])$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    card_state: _CardState


class CitizenIdentityGateway:
    """Starts and finishes a citizen's sign-in.

    ``issuer`` is pinned and is also where the browser is sent (``{issuer}/authorize``); ``base_url`` is the
    address for our own calls (``{base_url}/token``, ``{base_url}/jwks``) and usually the same. A token that names
    an unknown key makes us read the keys again, but not within ``keys_refresh_seconds_min``: forged tokens
    must not turn us into a flood.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        base_url: str | None = None,
        assurance_min: Assurance = Assurance.SUBSTANTIAL,
        pace: Pace | None = None,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
        keys_refresh_seconds_min: float = 30.0,
    ) -> None:
        self._keys_refresh_seconds_min = keys_refresh_seconds_min
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._authorization = _basic(client_id, client_secret)
        self._redirect_uri = redirect_uri
        self._assurance_min = assurance_min
        self._unix_time = unix_time
        self._keys: dict[str, ec.EllipticCurvePublicKey] = {}
        self._keys_read_at = float("-inf")
        self._client = ResilientClient(
            system="citizen_identity",
            base_url=(base_url or self._issuer).rstrip("/"),
            pace=pace or Pace(response_bytes_max=65_536),
            circuit=circuit,
            transport=transport,
        )

    @property
    def circuit(self) -> CircuitBreaker:
        """The breaker, for readiness and metrics."""
        return self._client.circuit

    @property
    def issuer(self) -> str:
        """The provider's address, which browsers are sent to."""
        return self._issuer

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    def authorization_url(self, attempt: SignInAttempt) -> str:
        """Where to send the browser; nothing in it tells who the citizen is."""
        digest = hashlib.sha256(attempt.verifier.encode("ascii")).digest()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
            "acr_values": self._assurance_min.value,
        }
        return f"{self._issuer}/authorize?{urlencode(parameters)}"

    async def exchange(
        self, attempt: SignInAttempt, *, code: str, state: str, issuer: str | None
    ) -> CitizenIdentity:
        """Finish the sign-in with the callback's ``code``, ``state`` and ``iss``. A code is never sent twice.

        Raises:
            Unauthenticated: the callback belongs to another sign-in, the code is spent or outdated, or the
                assurance is too low.
            UpstreamUnavailable: the gateway is down, slow or wrong; nothing was learned about the citizen.
        """
        if not hmac.compare_digest(state.encode("utf-8"), attempt.state.encode("utf-8")):
            raise _sign_in_outdated()
        if issuer != self._issuer:
            raise _sign_in_outdated()
        try:
            token = await self._client.send(
                self._token_call(code, attempt.verifier), lambda answer: read_model(answer, _TokenAnswer)
            )
            claims = await self._claims(token.id_token)
        except UpstreamFailed as failure:
            if failure.kind is FailureKind.CALLER_REJECTED and failure.code == "invalid_grant":
                raise _sign_in_outdated() from None
            raise _gateway_unavailable() from None
        if not hmac.compare_digest(claims.nonce.encode("utf-8"), attempt.nonce.encode("utf-8")):
            raise _sign_in_outdated()
        if _RANK[claims.acr] < _RANK[self._assurance_min]:
            raise _assurance_too_low()
        return CitizenIdentity(
            social_security_number=claims.social_security_number,
            name=claims.name,
            is_card_verified=claims.card_state is _CardState.NORMAL,
            assurance=claims.acr,
            subject=claims.sub,
            authenticated_at=datetime.fromtimestamp(claims.auth_time, tz=UTC),
        )

    def _token_call(self, code: str, verifier: str) -> Call:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        return Call(
            operation="exchange",
            method="POST",
            path="/token",
            is_idempotent=False,
            body=urlencode(form).encode("ascii"),
            headers={
                "Authorization": self._authorization,
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
        )

    async def _claims(self, id_token: str) -> _Claims:
        """The claims of an ID token that holds for us and now (OpenID Connect Core §3.1.3.7)."""
        try:
            payload = verify_es256(id_token, await self._current_keys())
        except UnknownKey:
            payload = await self._verified_with_new_keys(id_token)
        except TokenInvalid:
            raise UpstreamFailed(FailureKind.SIGNATURE) from None
        try:
            strict_json(payload)
            claims = _Claims.model_validate_json(payload)
        except (ValueError, ValidationError):
            raise UpstreamFailed(FailureKind.MALFORMED) from None
        now = self._unix_time()
        is_ours = claims.iss == self._issuer and claims.aud == self._client_id
        is_current = (
            claims.iat - _LEEWAY_SECONDS <= now < claims.exp + _LEEWAY_SECONDS
            and 0 < claims.exp - claims.iat <= _TOKEN_SECONDS_MAX
            and -_LEEWAY_SECONDS <= claims.iat - claims.auth_time <= _SIGN_IN_SECONDS_MAX
        )
        if not is_ours or not is_current:
            raise UpstreamFailed(FailureKind.MISMATCHED)
        return claims

    async def _verified_with_new_keys(self, id_token: str) -> bytes:
        try:
            return verify_es256(id_token, await self._current_keys(is_key_missing=True))
        except TokenInvalid:
            raise UpstreamFailed(FailureKind.SIGNATURE) from None

    async def _current_keys(self, *, is_key_missing: bool = False) -> dict[str, ec.EllipticCurvePublicKey]:
        age = time.monotonic() - self._keys_read_at
        if age > (self._keys_refresh_seconds_min if is_key_missing else _KEYS_SECONDS):
            call = Call(operation="read_keys", method="GET", path="/jwks", is_idempotent=True)
            self._keys = await self._client.send(call, _keys_of)
            self._keys_read_at = time.monotonic()
        return self._keys


def _keys_of(answer: Answer) -> dict[str, ec.EllipticCurvePublicKey]:
    try:
        return keys_of_jwks(answer.body)
    except TokenInvalid:
        raise UpstreamFailed(FailureKind.MALFORMED) from None


def _basic(client_id: str, client_secret: str) -> str:
    """client_secret_basic: both parts are form-encoded before base64 (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"


def _sign_in_outdated() -> Unauthenticated:
    return Unauthenticated(
        [
            Reason(
                code="citizen_sign_in_outdated",
                message="本次电子社保卡登录已失效，或不是由本浏览器发起",
                remedy="请回到登录页，重新使用电子社保卡登录。",
                citation=UNSOURCED,
            )
        ]
    )


def _assurance_too_low() -> Unauthenticated:
    return Unauthenticated(
        [
            Reason(
                code="citizen_assurance_too_low",
                message="本次登录的实名核验等级不足，不能查看个人档案",
                remedy="请在电子社保卡中使用社保卡密码或人脸识别重新登录。",
                citation=UNSOURCED,
            )
        ]
    )


def _gateway_unavailable() -> UpstreamUnavailable:
    return UpstreamUnavailable(
        [
            Reason(
                code="citizen_identity_unavailable",
                message="电子社保卡登录服务暂时无法完成身份核验",
                remedy="请稍后重新登录；如持续无法登录，可持社会保障卡到经办窗口办理。",
                citation=UNSOURCED,
            )
        ]
    )
