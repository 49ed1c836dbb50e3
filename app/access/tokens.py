"""Access tokens (访问令牌) and signed statements (签名答复), both ES256. The only module that knows python-jose.

Access tokens live at most ten minutes (RFC 9068). A statement is what the registry says to others over its signature;
its ``typ`` tells it from a token and from every other kind of statement, so none can pass for another (RFC 8725 §3.11).

python-jose 3.5 accepts much that RFC 7515 forbids (unknown ``crit``, any key of a set, missing claims, sloppy base64, a
nested header that exhausts the stack before any signature is checked), so the token is judged here first: size,
encoding, header, key by ``kid``; jose verifies one constructed key with one algorithm; then every claim is judged
again. ECDSA signatures stay malleable, so the token string never serves as an id; ``jti`` does. ``jti`` is a version 7
UUID of the instant of issue, because ``iat`` counts whole seconds and a change of rights must part the tokens before it
from those after it.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, Self
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jws, jwt
from uuid_utils.compat import uuid7

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.access.unit import Credential
from app.kernel.errors import Unauthenticated

ALGORITHM = "ES256"
LIFETIME_MAX = timedelta(minutes=10)
AUDIENCE = "registry"
_SIZE_MAX = 4096
STATEMENT_SIZE_MAX = 256 * 1024
"""Characters of a statement; a lifelong extract fits."""
_LEEWAY_S = 30
# Times are judged here, against the caller's clock: python-jose switches its own judgment back on where it requires.
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iss", "sub", "jti")}
_HEADER = {"alg", "typ", "kid"}
_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type
_STATEMENT_CLAIMED = {"iss", "iat", "exp"}
_P256_MEMBERS = {"kty": "EC", "crv": "P-256", "alg": ALGORITHM, "use": "sig"}
_ALWAYS_CLAIMED = {"iss", "aud", "sub", "jti", "iat", "nbf", "exp", "kind", "name"}
_SOMETIMES_CLAIMED = {
    "institution", "agency", "agency_name", "division", "person", "office", "permissions", "sid"
}  # fmt: skip
_REMEMBERED_MAX = 4096
_REMEMBERED_S = 60
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """One ES256 key pair, named by ``kid``. It verifies as soon as it is known and signs from ``signs_from``."""

    kid: str
    private_pem: bytes
    signs_from: datetime = field(default=_EVER)

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
            raise ValueError("an access token key is a P-256 key")  # noqa: TRY004 - size and curve alike
        numbers = key.public_key().public_numbers()
        x, y = (
            base64.urlsafe_b64encode(n.to_bytes(32)).rstrip(b"=").decode() for n in (numbers.x, numbers.y)
        )
        return {"kty": "EC", "crv": "P-256", "alg": ALGORITHM, "use": "sig", "kid": self.kid, "x": x, "y": y}


class StatementInvalid(Exception):
    """A statement is of another form, kind, issuer or time than asked for, or its signature does not hold."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a statement is verified with. ``retired_at``: what it is said to have signed later is not believed."""

    jwk: Mapping[str, str]
    retired_at: datetime | None = None


class StatementKeys:
    """The public keys of one issuer, ours or a peer's, by ``kid``.

    Raises ValueError or KeyError when one is not a named public P-256 key, or a name stands twice.
    """

    def __init__(self, issuer: str, keys: Iterable[PublicKey]) -> None:
        self.issuer = issuer
        self._keys: dict[str, tuple[Any, datetime | None]] = {}
        for key in keys:
            members = dict(key.jwk)
            name = members["kid"]
            if name in self._keys or "d" in members or {**members, **_P256_MEMBERS} != members:
                raise ValueError("not a public P-256 key with a name of its own")
            self._keys[name] = jwk.construct(members, ALGORITHM), key.retired_at

    def read(self, statement: str, *, typ: str, now: datetime) -> dict[str, Any]:
        """The claims of a statement of kind ``typ``. ``now`` is a wall-clock instant.

        Raises StatementInvalid for every defect, without saying which.
        """
        try:
            return self._claims(statement, typ, now.timestamp())
        except Exception as defect:  # whatever a hostile statement provokes is a statement that does not hold
            raise StatementInvalid("the statement does not hold") from defect

    def _claims(self, statement: str, typ: str, now: float) -> dict[str, Any]:
        if len(statement) > STATEMENT_SIZE_MAX:
            raise ValueError("too long for a statement")
        header, payload, _signature = (_decoded(segment) for segment in statement.split("."))
        key, retired_at = self._keys[_judge_header(header, typ)]
        jws.verify(statement, key, [ALGORITHM])
        claims = _members(payload)
        _judge_statement(claims, self.issuer, now)
        if retired_at is not None and claims["iat"] > retired_at.timestamp():
            raise ValueError("signed after the key was retired")
        return claims


class TokenRing:
    """Issues with the newest key whose time has come, verifies with every live one.

    Statements outlive the keys that signed them, so retired keys stay published and go on verifying statements (never
    access tokens) unless they were compromised.
    """

    def __init__(self, issuer: str, keys: Sequence[SigningKey], retired: Sequence[PublicKey] = ()) -> None:
        self.issuer = issuer
        self._remembered: dict[bytes, tuple[Actor, Credential, float, float]] = {}
        self.replace_keys(keys, retired)

    def replace_keys(self, keys: Sequence[SigningKey], retired: Sequence[PublicKey] = ()) -> None:
        """Take another set of live keys; a token of a retired ``kid`` is refused from now on."""
        self._signing = sorted(keys, key=lambda key: (key.signs_from, key.kid))
        live = [key.public_jwk() for key in self._signing]
        self._jwks = [*live, *(dict(each.jwk) for each in retired)]
        # Constructed once: parsing a key costs as much as the verification itself.
        self._keys: dict[str, Any] = {each["kid"]: jwk.construct(each, ALGORITHM) for each in live}
        self._private: dict[str, Any] = {
            each.kid: jwk.construct(each.private_pem.decode(), ALGORITHM) for each in self._signing
        }
        # Nothing that another set of keys has verified counts any longer.
        self._remembered = {}
        self._statements = StatementKeys(self.issuer, [*(PublicKey(each) for each in live), *retired])

    def public_jwks(self) -> dict[str, list[dict[str, str]]]:
        """The key set as published; public halves only, the live ones and those retired ones statements name."""
        return {"keys": self._jwks}

    def _signs(self, now: datetime) -> str:
        # The very first key may lie in this process's future by the difference of two clocks.
        signing = [key for key in self._signing if key.signs_from <= now] or self._signing[:1]
        return signing[-1].kid

    def sign_statement(
        self, claims: Mapping[str, Any], *, typ: str, now: datetime, expires: datetime | None
    ) -> str:
        """A compact JWS (RFC 7515) of ``claims`` with ``typ`` and ``kid`` in its header and ``iss``, ``iat``, ``exp``.

        Times are wall-clock instants: whoever verifies has no other clock. ``expires=None`` is for what holds for good
        (a credential). Claims hold no fractions, which no two parsers read alike; amounts are fen.
        """
        assert typ != _TOKEN_TYPE
        assert not _STATEMENT_CLAIMED & claims.keys()
        said = {**claims, "iss": self.issuer, "iat": int(now.timestamp())}
        if expires is not None:
            said["exp"] = int(expires.timestamp())
        kid = self._signs(now)
        payload = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        return str(
            jws.sign(payload, self._private[kid], headers={"kid": kid, "typ": typ}, algorithm=ALGORITHM)
        )

    def signing_key_id(self, now: datetime) -> str:
        """The name of the key that signs now. ``now`` is a wall-clock instant."""
        return self._signs(now)

    def sign_octets(self, octets: bytes, *, now: datetime) -> tuple[str, bytes]:
        """Key id and ECDSA P-256 signature, r and s in 64 octets (RFC 9421 §3.3.4), of an HTTP message's base."""
        kid = self._signs(now)
        signature: bytes = self._private[kid].sign(octets)
        return kid, signature

    def read_statement(self, statement: str, *, typ: str, now: datetime) -> dict[str, Any]:
        """The claims of a statement of our own. Raises StatementInvalid. For a peer's use its ``StatementKeys``."""
        return self._statements.read(statement, typ=typ, now=now)

    def issue(
        self,
        actor: Actor,
        *,
        now: datetime,
        session_id: UUID | None = None,
        lifetime: timedelta = LIFETIME_MAX,
    ) -> str:
        """A token of ``actor``. Times are wall-clock instants, never the shifted clock of an evaluation."""
        assert timedelta(0) < lifetime <= LIFETIME_MAX
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": str(actor.principal_id),
            "jti": str(_token_id(now)),
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
            "sid": session_id,
        }
        claims |= {name: str(value) for name, value in optional.items() if value is not None}
        if actor.permissions:
            claims["permissions"] = sorted(actor.permissions)
        kid = self._signs(now)
        header = {"kid": kid, "typ": _TOKEN_TYPE}
        return str(jwt.encode(claims, self._private[kid], algorithm=ALGORITHM, headers=header))

    def verify(self, token: str, *, now: datetime, request_id: str | None = None) -> tuple[Actor, Credential]:
        """The caller a token names. Raises Unauthenticated for every defect, without saying which."""
        actor, credential = self.recognize(token, now=now)
        return (actor if request_id is None else replace(actor, request_id=request_id)), credential

    def recognize(self, token: str, *, now: datetime) -> tuple[Actor, Credential]:
        """As ``verify``; a token that held a moment ago is not verified again.

        Only the signature and the times are remembered, at most a minute and never beyond ``exp``. Whether the token
        still counts (denied, suspended, rights changed) is asked of the database in each transaction, as ever.
        """
        digest, at = hashlib.sha256(token.encode("utf-8", "replace")).digest(), now.timestamp()
        known = self._remembered.get(digest)
        if known is not None and known[2] <= at < known[3]:
            return known[0], known[1]
        try:
            claims = self._claims(token, now)
            actor, credential = _actor(claims), _credential(claims)
        except Exception as defect:  # whatever a hostile token provokes is a token that does not hold
            raise Unauthenticated(code="token_invalid", title="登录凭证无效或已过期，请重新登录") from defect
        while len(self._remembered) >= _REMEMBERED_MAX:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[digest] = actor, credential, at, min(claims["exp"], at + _REMEMBERED_S)
        return actor, credential

    def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        if len(token) > _SIZE_MAX:
            raise ValueError("too long for a token of ours")
        header, payload, _signature = (_decoded(segment) for segment in token.split("."))
        kid = _judge_header(header, _TOKEN_TYPE)
        jwt.decode(
            token,
            self._keys[kid],
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=self.issuer,
            options={**_REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        claims = _members(payload)
        _judge_claims(claims, self.issuer)
        _judge_times(claims, now.timestamp())
        return claims


def _decoded(segment: str) -> bytes:
    """The octets of a segment in the one way RFC 7515 §2 writes them: no padding, no stray bits."""
    if not _SEGMENT.fullmatch(segment):
        raise ValueError("not base64url")
    octets = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != segment.encode():
        raise ValueError("another spelling of the same octets")
    return octets


def _judge_header(raw: bytes, typ: str) -> str:
    # Checked before any parser sees it: depth comes from brackets, and ours has none inside.
    if raw.count(b"{") != 1 or b"[" in raw:
        raise ValueError("nested header")
    header = _members(raw)
    if set(header) != _HEADER or header["alg"] != ALGORITHM or header["typ"] != typ:
        raise ValueError("header is not one of ours")
    if not isinstance(header["kid"], str):
        raise TypeError("kid is text")
    return header["kid"]


def _members(raw: bytes) -> dict[str, Any]:
    """The members of a JSON object that names each once and holds no fractions, NaN or infinities."""

    def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError("repeated member")
        return members

    def refuse(number: str) -> NoReturn:
        raise ValueError("a number that is not whole")

    members = json.loads(raw.decode(), object_pairs_hook=once_each, parse_float=refuse, parse_constant=refuse)
    if not isinstance(members, dict):
        raise TypeError("not an object")
    return members


def _judge_claims(claims: dict[str, Any], issuer: str) -> None:
    if not set(claims) >= _ALWAYS_CLAIMED or set(claims) - _ALWAYS_CLAIMED - _SOMETIMES_CLAIMED:
        raise ValueError("claims are not ours")
    times, lists = {"iat", "nbf", "exp"}, {"permissions"}
    if not all(isinstance(value, str) for name, value in claims.items() if name not in times | lists):
        raise TypeError("a claim that is not text")
    if claims["iss"] != issuer or claims["aud"] != AUDIENCE:
        raise ValueError("from or for somebody else")


def _judge_times(claims: dict[str, Any], now: float) -> None:
    issued, not_before, expires = claims["iat"], claims["nbf"], claims["exp"]
    if not all(type(instant) is int for instant in (issued, not_before, expires)):
        raise TypeError("times are whole seconds")
    if issued > now + _LEEWAY_S or not_before > now + _LEEWAY_S or expires <= now:
        raise ValueError("not in its time")
    if not 0 < expires - issued <= LIFETIME_MAX.total_seconds():
        raise ValueError("lives too long")


def _judge_statement(claims: dict[str, Any], issuer: str, now: float) -> None:
    issued, expires = claims["iat"], claims.get("exp")
    if claims["iss"] != issuer or type(issued) is not int or issued > now + _LEEWAY_S:
        raise ValueError("from somebody else, or not in its time")
    if "exp" in claims and (type(expires) is not int or expires <= now or expires <= issued):
        raise ValueError("no longer holds")


def _token_id(now: datetime) -> UUID:
    """A version 7 UUID (RFC 9562) of this very instant: its milliseconds, and 74 random bits."""
    milliseconds = int(now.timestamp() * 1000)
    bits = milliseconds << 80 | secrets.randbits(80)
    return UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def _uuid(text: str) -> UUID:
    named = UUID(text)
    if str(named) != text:
        raise ValueError("another spelling of a UUID")
    return named


def _credential(claims: dict[str, Any]) -> Credential:
    jti = _uuid(claims["jti"])
    milliseconds = jti.int >> 80
    if jti.version != 7 or milliseconds // 1000 != claims["iat"]:
        raise ValueError("jti and iat tell two times")
    issued_at = datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(
        milliseconds=milliseconds % 1000
    )
    return Credential(jti, issued_at, _uuid(claims["sid"]) if "sid" in claims else None)


def _actor(claims: dict[str, Any]) -> Actor:
    def identity(name: str) -> UUID | None:
        return _uuid(claims[name]) if name in claims else None

    permissions = claims.get("permissions", [])
    if not isinstance(permissions, list):
        raise TypeError("permissions are a list")
    return Actor(
        principal_id=_uuid(claims["sub"]),
        kind=PrincipalKind(claims["kind"]),
        display_name=claims["name"],
        institution_id=identity("institution"),
        agency_id=identity("agency"),
        agency_name=claims.get("agency_name", ""),
        division_code=claims.get("division"),
        person_id=identity("person"),
        permissions=frozenset(Permission(each) for each in permissions),
        administrator=AdministratorKind(claims["office"]) if "office" in claims else None,
    )
