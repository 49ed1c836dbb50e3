"""What the sandbox's OpenID provider remembers between page, code and token, and how it signs."""

import base64
import hashlib
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.sandbox.behavior import Wrong
from app.sandbox.population import Cardholder, CardholderState

T = TypeVar("T")

_CODE_SECONDS = 120.0
_TRANSACTION_SECONDS = 900.0
_REMEMBERED_MAX = 10_000
_TOKEN_SECONDS = 300
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Assurance(StrEnum):
    """``acr`` of the contract."""

    BASIC = "basic"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The one registered client."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]

    def may_return_to(self, uri: str) -> bool:
        """Exact match; on a loopback address any port will do (RFC 8252 §7.3)."""
        return uri in self.redirect_uris or _without_loopback_port(uri) in {
            _without_loopback_port(registered) for registered in self.redirect_uris
        }


class AuthorizationDefect(Exception):
    """The browser came with a wrong request; ``title`` is Chinese, for the page."""

    def __init__(self, title: str) -> None:
        self.title = title
        super().__init__("wrong authorization request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A right authorization request."""

    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str

    @classmethod
    def of(cls, parameters: dict[str, str], client: Client) -> "Authorization":
        """Read and check the query of ``/authorize``.

        Raises:
            AuthorizationDefect: it is not what the contract asks for.
        """
        redirect_uri = parameters.get("redirect_uri", "")
        if parameters.get("client_id") != client.client_id or not client.may_return_to(redirect_uri):
            raise AuthorizationDefect("接入应用或回调地址未登记")
        fixed = {"response_type": "code", "code_challenge_method": "S256"}
        if any(parameters.get(name) != value for name, value in fixed.items()):
            raise AuthorizationDefect("只支持授权码方式和 S256 校验")
        if "openid" not in parameters.get("scope", "").split():
            raise AuthorizationDefect("缺少 openid 授权范围")
        state, nonce = parameters.get("state", ""), parameters.get("nonce", "")
        challenge = parameters.get("code_challenge", "")
        if len(state) < 16 or len(nonce) < 16 or len(challenge) != 43:
            raise AuthorizationDefect("缺少 state、nonce 或 code_challenge")
        return cls(redirect_uri=redirect_uri, state=state, nonce=nonce, code_challenge=challenge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code stands for."""

    asked: Authorization
    person: Cardholder
    assurance: Assurance
    authenticated_at: int


class Grants:
    """Open sign-in pages and unspent codes; each is taken once."""

    def __init__(self) -> None:
        self._transactions: dict[str, tuple[float, Authorization]] = {}
        self._codes: dict[str, tuple[float, Grant]] = {}

    def open_transaction(self, asked: Authorization) -> str:
        """Remember ``asked`` under an id for the page's form."""
        return _remember(self._transactions, asked)

    def take_transaction(self, transaction: str) -> Authorization | None:
        """What the page was opened for, once."""
        return _take(self._transactions, transaction, _TRANSACTION_SECONDS)

    def new_code(self, asked: Authorization, person: Cardholder, assurance: Assurance) -> str:
        """A code for ``person``, good for two minutes."""
        grant = Grant(asked=asked, person=person, assurance=assurance, authenticated_at=int(time.time()))
        return _remember(self._codes, grant)

    def take_code(self, code: str) -> Grant | None:
        """What ``code`` stands for, once."""
        return _take(self._codes, code, _CODE_SECONDS)


class Signer:
    """Signs ID tokens with a key made at start-up."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._key_id = secrets.token_hex(8)

    def jwks(self) -> dict[str, object]:
        """The public half (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "EC",
                    "crv": "P-256",
                    "use": "sig",
                    "alg": "ES256",
                    "kid": self._key_id,
                    "x": _base64url(numbers.x.to_bytes(32)),
                    "y": _base64url(numbers.y.to_bytes(32)),
                }
            ]
        }

    def token_answer(
        self, grant: Grant, issuer: str, client_id: str, wrong: Wrong | None
    ) -> dict[str, object]:
        """The token endpoint's answer for ``grant``, spoiled as ``wrong`` says."""
        now = int(time.time())
        issued_at = now - 2 * _TOKEN_SECONDS if wrong is Wrong.OUTDATED else now
        number = grant.person.social_security_number
        claims: dict[str, object] = {
            "iss": issuer,
            # Pairwise: another client would be given another one (OpenID Connect Core §8.1).
            "sub": uuid.uuid5(uuid.NAMESPACE_URL, f"{client_id} {number}").hex,
            "aud": "another-client" if wrong is Wrong.CONTRADICTING else client_id,
            "exp": issued_at + _TOKEN_SECONDS,
            "iat": issued_at,
            "auth_time": grant.authenticated_at,
            "nonce": secrets.token_hex(16) if wrong is Wrong.WRONG_REFERENCE else grant.asked.nonce,
            "acr": grant.assurance.value,
            "social_security_number": number,
            "name": grant.person.name,
            "card_state": {
                CardholderState.CARD_LOST: "lost",
                CardholderState.CARD_CANCELED: "canceled",
            }.get(grant.person.state, "normal"),
        }
        if wrong is Wrong.WRONG_COUNT:
            del claims["social_security_number"]
        return {
            "access_token": secrets.token_urlsafe(24),
            "token_type": "Bearer",
            "expires_in": _TOKEN_SECONDS,
            "id_token": self._signed(claims, wrong),
        }

    def _signed(self, claims: dict[str, object], wrong: Wrong | None) -> str:
        algorithm = "none" if wrong is Wrong.UNSIGNED else "ES256"
        header = _base64url(json.dumps({"alg": algorithm, "kid": self._key_id, "typ": "JWT"}).encode())
        signed = f"{header}.{_base64url(json.dumps(claims, ensure_ascii=False).encode())}"
        if wrong is Wrong.UNSIGNED:
            return f"{signed}."
        key = ec.generate_private_key(ec.SECP256R1()) if wrong is Wrong.BAD_SIGNATURE else self._key
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_base64url(r.to_bytes(32) + s.to_bytes(32))}"


def pkce_challenge(verifier: str) -> str:
    """S256 of RFC 7636 §4.2."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def _remember(table: dict[str, tuple[float, T]], what: T) -> str:
    if len(table) >= _REMEMBERED_MAX:
        del table[next(iter(table))]
    name = secrets.token_urlsafe(24)
    table[name] = (time.monotonic(), what)
    return name


def _take(table: dict[str, tuple[float, T]], name: str, seconds: float) -> T | None:
    since, what = table.pop(name, (float("-inf"), None))
    return what if time.monotonic() - since < seconds else None


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _without_loopback_port(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return urlunsplit(parts._replace(netloc=parts.hostname or ""))
    return uri
