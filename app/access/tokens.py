"""Access tokens (访问令牌): ES256, at most ten minutes, RFC 9068. The only module that knows python-jose.

python-jose 3.5 accepts much that RFC 7515 forbids (unknown ``crit``, any key of a set, missing claims, a nested header
that exhausts the stack before any signature is checked), so the token is judged here first: size, header, key by
``kid``; jose verifies one constructed key with one algorithm; then every claim is judged again. The token string is
malleable and never serves as an id; ``jti`` does.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from uuid_utils.compat import uuid7

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.access.unit import Credential
from app.kernel.errors import Unauthenticated

ALGORITHM = "ES256"
LIFETIME_MAX = timedelta(minutes=10)
AUDIENCE = "registry"
_SIZE_MAX = 4096
_LEEWAY_S = 30
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub", "jti")}


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """One ES256 key pair, named by ``kid``."""

    kid: str
    private_pem: bytes

    @classmethod
    def generate(cls) -> Self:
        """A fresh P-256 key."""
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(str(uuid7()), pem)

    def public_jwk(self) -> dict[str, str]:
        """The public half as it stands in the key set (RFC 7517)."""
        key = serialization.load_pem_private_key(self.private_pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("an access token key is a P-256 key")
        numbers = key.public_key().public_numbers()
        x, y = (
            base64.urlsafe_b64encode(n.to_bytes(32)).rstrip(b"=").decode() for n in (numbers.x, numbers.y)
        )
        return {"kty": "EC", "crv": "P-256", "alg": ALGORITHM, "use": "sig", "kid": self.kid, "x": x, "y": y}


class TokenRing:
    """Issues with the newest key, verifies with every live one."""

    def __init__(self, issuer: str, keys: Sequence[SigningKey]) -> None:
        self.issuer = issuer
        self._keys: dict[str, Any] = {}
        self._current: SigningKey | None = None
        self.replace_keys(keys)

    def replace_keys(self, keys: Sequence[SigningKey]) -> None:
        """Take another set of live keys, newest last; a retired ``kid`` is refused from now on."""
        self._keys = {key.kid: jwk.construct(key.public_jwk(), ALGORITHM) for key in keys}
        self._jwks = [key.public_jwk() for key in keys]
        self._current = keys[-1] if keys else None

    def public_jwks(self) -> dict[str, list[dict[str, str]]]:
        """The key set as published; public halves only."""
        return {"keys": self._jwks}

    def issue(self, actor: Actor, *, now: datetime, lifetime: timedelta = LIFETIME_MAX) -> str:
        """A token of ``actor``. Times are wall-clock instants, never the shifted clock of an evaluation."""
        assert self._current is not None
        assert lifetime <= LIFETIME_MAX
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": str(actor.principal_id),
            "jti": str(uuid7()),
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(lifetime.total_seconds()),
            "kind": actor.kind,
            "name": actor.display_name,
        }
        optional = {
            "institution": actor.institution_id,
            "agency": actor.agency_id,
            "agency_name": actor.agency_name or None,
            "division": actor.division_code,
            "person": actor.person_id,
            "office": actor.administrator,
        }
        claims |= {name: str(value) for name, value in optional.items() if value is not None}
        if actor.permissions:
            claims["permissions"] = sorted(actor.permissions)
        header = {"kid": self._current.kid, "typ": "at+jwt"}
        return str(
            jwt.encode(claims, self._current.private_pem.decode(), algorithm=ALGORITHM, headers=header)
        )

    def verify(self, token: str, *, now: datetime, request_id: str | None = None) -> tuple[Actor, Credential]:
        """The caller a token names. Raises Unauthenticated for every defect, without saying which."""
        try:
            claims = self._claims(token, now)
            actor = _actor(claims, request_id)
            return actor, Credential(UUID(claims["jti"]), datetime.fromtimestamp(claims["iat"], UTC))
        except Exception as defect:  # whatever a hostile token provokes is a token that does not hold
            raise Unauthenticated(code="token_invalid", title="登录凭证无效或已过期，请重新登录") from defect

    def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        if len(token) > _SIZE_MAX or not token.isascii() or token.count(".") != 2:
            raise ValueError("not a compact token of ours")
        header = _header(token)
        if set(header) != {"alg", "typ", "kid"} or header["alg"] != ALGORITHM or header["typ"] != "at+jwt":
            raise ValueError("header is not one of ours")
        claims = jwt.decode(
            token,
            self._keys[header["kid"]],
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=self.issuer,
            options={**_REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        _judge_times(claims, now.timestamp())
        if not isinstance(claims["aud"], str):
            raise TypeError("one audience")
        return dict(claims)


def _header(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    # Checked before any parser sees it: depth comes from brackets, and ours has none inside.
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("header is not base64url") from error
    if raw.count(b"{") != 1 or b"[" in raw:
        raise ValueError("nested header")
    pairs = json.loads(raw, object_pairs_hook=list)
    header = dict(pairs)
    if len(header) != len(pairs) or not all(isinstance(value, str) for value in header.values()):
        raise ValueError("header with repeated or non-text members")
    return header


def _judge_times(claims: dict[str, Any], now: float) -> None:
    issued, not_before, expires = claims["iat"], claims["nbf"], claims["exp"]
    if not all(type(instant) is int for instant in (issued, not_before, expires)):
        raise TypeError("times are whole seconds")
    if issued > now + _LEEWAY_S or not_before > now + _LEEWAY_S or expires <= now:
        raise ValueError("not in its time")
    if not 0 < expires - issued <= LIFETIME_MAX.total_seconds():
        raise ValueError("lives too long")


def _actor(claims: dict[str, Any], request_id: str | None) -> Actor:
    def identity(name: str) -> UUID | None:
        return UUID(claims[name]) if name in claims else None

    office = claims.get("office")
    return Actor(
        principal_id=UUID(claims["sub"]),
        kind=PrincipalKind(claims["kind"]),
        display_name=claims["name"],
        institution_id=identity("institution"),
        agency_id=identity("agency"),
        agency_name=claims.get("agency_name", ""),
        division_code=claims.get("division"),
        person_id=identity("person"),
        permissions=frozenset(Permission(each) for each in claims.get("permissions", ())),
        administrator=AdministratorKind(office) if office else None,
        request_id=request_id,
    )
