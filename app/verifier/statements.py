"""Signed statements and credentials: compact JWS (RFC 7515), ES256 and nothing else (RFC 7518, RFC 8725)."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.verifier.refusals import DoesNotHold, Unreadable

_COORDINATE_BYTES = 32
_MOST_CHARS = 1_000_000


def check_statement(statement: str, jwks: Any, *, now: datetime) -> dict[str, Any]:
    """The claims. Raises Unreadable, or DoesNotHold when the signature or its time does not hold."""
    parts = statement.strip().split(".")
    if len(statement) > _MOST_CHARS or len(parts) != 3:
        raise Unreadable("不是签名文件（应为以点分隔的三段）")
    header, claims = _json(parts[0], "头部"), _json(parts[1], "内容")
    if header.get("alg") != "ES256":
        raise DoesNotHold("签名算法不是 ES256")
    if "crit" in header:
        raise DoesNotHold("签名头部要求不认识的扩展")
    key = _key(jwks, header.get("kid"))
    signature = _bytes(parts[2], "签名")
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise DoesNotHold("签名长度不对")
    first, second = signature[:_COORDINATE_BYTES], signature[_COORDINATE_BYTES:]
    signed = encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))
    try:
        key.verify(signed, f"{parts[0]}.{parts[1]}".encode(), ECDSA(SHA256()))
    except InvalidSignature:
        raise DoesNotHold("签名无效：内容被改动，或不是所给公钥签署") from None
    _check_times(claims, now)
    return claims


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    for name, is_over in (("exp", True), ("nbf", False)):
        at = claims.get(name)
        if at is None:
            continue
        if not isinstance(at, int | float) or isinstance(at, bool):
            raise Unreadable(f"{name} 不是时间")
        if (now.timestamp() >= at) is is_over:
            told = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
            raise DoesNotHold(f"已于 {told} 失效" if is_over else f"{told} 起才生效")


def _key(jwks: Any, kid: Any) -> Any:
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        raise Unreadable("公钥文件不是 JWKS")
    for key in keys:
        if isinstance(key, dict) and key.get("kid") == kid and kid is not None:
            if key.get("kty") != "EC" or key.get("crv") != "P-256":
                raise Unreadable("公钥不是 P-256")
            x, y = (
                int.from_bytes(_bytes(str(key.get(name, "")), f"公钥 {name}"), "big") for name in ("x", "y")
            )
            try:
                return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
            except ValueError:
                raise Unreadable("公钥不在曲线上") from None
    raise DoesNotHold("签名所用的密钥不在所给公钥之中")


def _json(part: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part, what))
    except (ValueError, RecursionError):
        raise Unreadable(f"{what}不是 JSON") from None
    if not isinstance(value, dict):
        raise Unreadable(f"{what}不是 JSON 对象")
    return value


def _bytes(part: str, what: str) -> bytes:
    try:
        return base64.b64decode(part.translate({45: "+", 95: "/"}) + "=" * (-len(part) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise Unreadable(f"{what}不是 base64url") from None
