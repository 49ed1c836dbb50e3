"""Signed statements and credentials: compact JWS (RFC 7515), ES256 and nothing else (RFC 7518, RFC 8725)."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.verifier.refusals import DoesNotHold, Unreadable

_COORDINATE_BYTES = 32
_MOST_CHARS = 1_000_000


_SEGMENT = re.compile(r"[A-Za-z0-9_-]*")
_MOST_LIST_BYTES = 16 * 1024 * 1024
CREDENTIAL_KIND, STATUS_LIST_KIND = "JWT", "vc+jwt"
KINDS: Mapping[str, str] = {
    "verification+jwt": "核验答复",
    "registry-answer+jws": "登记系统之间的答复",
    "registry-report+jws": "季度报表",
    "registry-export+jws": "审计导出的签名",
    CREDENTIAL_KIND: "电子凭证",
    STATUS_LIST_KIND: "电子凭证状态列表",
}
"""What the registry states over its signature, by ``typ``. An access token (``at+jwt``) is a key to its interfaces and
states nothing to anybody (RFC 8725 section 3.11)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement whose signature and times hold."""

    kind: str
    claims: dict[str, Any]


def check_statement(
    statement: str, jwks: Any, *, now: datetime, kinds: Collection[str] = tuple(KINDS)
) -> Signed:
    """A statement of one of ``kinds``. Raises Unreadable, or DoesNotHold when it is another, changed or out of time."""
    parts = statement.strip().split(".")
    if len(statement) > _MOST_CHARS or len(parts) != 3:
        raise Unreadable("不是签名文件（应为以点分隔的三段）")
    header, claims = _json(parts[0], "头部"), _json(parts[1], "内容")
    if header.get("alg") != "ES256":
        raise DoesNotHold("签名算法不是 ES256")
    if "crit" in header:
        raise DoesNotHold("签名头部要求不认识的扩展")
    kind = header.get("typ")
    if not isinstance(kind, str) or kind not in kinds:
        told = "，访问令牌不是证明" if kind == "at+jwt" else ""
        raise DoesNotHold(f"签名的种类（typ）是 {kind}，应为 {'、'.join(kinds)}{told}")
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
    return Signed(kind, claims)


def check_standing(credential: Signed, listed: Signed, *, now: datetime) -> None:
    """That the status list does not take the credential back (W3C Bitstring Status List 1.0 section 3.2).

    Raises Unreadable, or DoesNotHold when it is taken back, or the list is another one or out of date.
    """
    status, told = credential.claims.get("credentialStatus"), listed.claims.get("credentialSubject")
    if not isinstance(status, dict) or not isinstance(told, dict):
        raise Unreadable("凭证没有 credentialStatus，或状态列表没有 credentialSubject")
    if status.get("statusListCredential") != listed.claims.get("id"):
        raise DoesNotHold(f"凭证的状态在另一份列表 {status.get('statusListCredential')} 中")
    if told.get("statusPurpose") != status.get("statusPurpose"):
        raise DoesNotHold("状态列表不是为这种用途签发的")
    try:
        until = datetime.fromisoformat(listed.claims["validUntil"])
        index, encoded = int(status["statusListIndex"]), told["encodedList"]
        if now >= until:
            raise DoesNotHold(f"状态列表已于 {until:%Y-%m-%d %H:%M:%S} UTC 过期，请重新下载")
        bits = _bits(encoded)
        is_revoked = bool(bits[index // 8] & 0x80 >> index % 8) if index >= 0 else True
    except (KeyError, TypeError, ValueError, IndexError):
        raise Unreadable("状态列表或凭证中的位置不合规定") from None
    if is_revoked:
        raise DoesNotHold("凭证已被收回或失效")


def _bits(encoded: str) -> bytes:
    if not encoded.startswith("u"):
        raise Unreadable("状态列表不是 multibase base64url")
    try:
        bits = zlib.decompressobj(wbits=31).decompress(_bytes(encoded[1:], "状态列表"), _MOST_LIST_BYTES)
    except zlib.error:
        raise Unreadable("状态列表无法解压") from None
    return bits


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
    """As RFC 7515 section 2 writes octets, in that one way: no padding, no other letters, no stray bits."""
    if not _SEGMENT.fullmatch(part):
        raise Unreadable(f"{what}不是 base64url（不带填充）")
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        raise Unreadable(f"{what}不是 base64url（不带填充）") from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode() != part:
        raise Unreadable(f"{what}的 base64url 写法不是唯一的那一种")
    return octets
