"""Verify what an outside system signed: JWS compact serialization (RFC 7515) with ES256 (RFC 7518 §3.4) only.

Our own tokens live in ``app.access.tokens``; this is for tokens of others. The algorithm is fixed here and
never read from the token to choose (RFC 8725 §3.1); a header may name nothing but ``alg``, ``kid`` and
``typ``.
"""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.gateways.http import strict_json

_TOKEN_CHARACTERS_MAX = 8_192
_COORDINATE_BYTES = 32

Keys = Mapping[str, ec.EllipticCurvePublicKey]


class TokenInvalid(Exception):
    """A token or key set is of another form than allowed, or its signature does not hold."""


class UnknownKey(TokenInvalid):
    """The token names a key that is not in the set: the set may be outdated."""


def verify_es256(token: str, keys: Keys) -> bytes:
    """The payload of ``token``, after its signature has been checked with the key it names.

    Raises:
        UnknownKey: no key of that name.
        TokenInvalid: anything else is not exactly right.
    """
    if len(token) > _TOKEN_CHARACTERS_MAX or not token.isascii():
        raise TokenInvalid("too long or not ASCII")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenInvalid("not a compact JWS")
    header_part, payload_part, signature_part = parts
    key_id = _key_id(_unpadded(header_part))
    signature = _unpadded(signature_part)
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise TokenInvalid("not an ES256 signature")
    key = keys.get(key_id)
    if key is None:
        raise UnknownKey("unknown key")
    der = encode_dss_signature(
        int.from_bytes(signature[:_COORDINATE_BYTES]), int.from_bytes(signature[_COORDINATE_BYTES:])
    )
    try:
        key.verify(der, f"{header_part}.{payload_part}".encode("ascii"), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise TokenInvalid("signature does not hold") from None
    return _unpadded(payload_part)


def keys_of_jwks(document: bytes) -> dict[str, ec.EllipticCurvePublicKey]:
    """The P-256 signing keys of a JWK set (RFC 7517), by ``kid``; keys of other kinds are passed over.

    Raises:
        TokenInvalid: not a JWK set, a P-256 key is malformed or private, a ``kid`` stands twice, or no key
            is left.
    """
    try:
        parsed = strict_json(document)
    except ValueError:
        raise TokenInvalid("not JSON") from None
    entries = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list) or len(entries) > 16:
        raise TokenInvalid("not a key set")
    keys: dict[str, ec.EllipticCurvePublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise TokenInvalid("not a key")
        is_for_us = entry.get("kty") == "EC" and entry.get("crv") == "P-256"
        if not is_for_us or entry.get("use", "sig") != "sig" or entry.get("alg", "ES256") != "ES256":
            continue
        key_id = entry.get("kid")
        if not isinstance(key_id, str) or not key_id or key_id in keys or "d" in entry:
            raise TokenInvalid("key without a name of its own, or private")
        keys[key_id] = _public_key(entry)
    if not keys:
        raise TokenInvalid("no usable key")
    return keys


def _key_id(header: bytes) -> str:
    try:
        parsed = strict_json(header)
    except ValueError:
        raise TokenInvalid("header is not JSON") from None
    if not isinstance(parsed, dict) or not {"alg", "kid"} <= parsed.keys() <= {"alg", "kid", "typ"}:
        raise TokenInvalid("header has other fields than alg, kid, typ")
    key_id = parsed["kid"]
    if parsed["alg"] != "ES256" or parsed.get("typ", "JWT") != "JWT" or not isinstance(key_id, str):
        raise TokenInvalid("another algorithm or type")
    return key_id


def _public_key(entry: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    x, y = entry.get("x"), entry.get("y")
    if not isinstance(x, str) or not isinstance(y, str):
        raise TokenInvalid("key without coordinates")
    octets_x, octets_y = _unpadded(x), _unpadded(y)
    if len(octets_x) != _COORDINATE_BYTES or len(octets_y) != _COORDINATE_BYTES:
        raise TokenInvalid("coordinate of another length")
    try:
        return ec.EllipticCurvePublicNumbers(
            int.from_bytes(octets_x), int.from_bytes(octets_y), ec.SECP256R1()
        ).public_key()
    except ValueError:
        raise TokenInvalid("not a point of the curve") from None


def _unpadded(text: str) -> bytes:
    """base64url without padding (RFC 7515 §2), in its one canonical spelling."""
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenInvalid("not base64url") from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != text.encode("ascii", "replace"):
        raise TokenInvalid("not canonical base64url")
    return octets
