"""HTTP message signatures between registries: one fixed profile of RFC 9421 with ecdsa-p256-sha256 (§3.3.4).

A question, label ``peer``, covers method, authority, path, content-type and content-digest (RFC 9530), with
``created``, a ``nonce`` used once, ``keyid``, ``alg`` and a ``tag`` that keeps it apart from everything else signed
with the same key. The answer needs none of its own: it is a signed statement (JWS) that repeats the nonce. Keys are
those of the registry's statements. The profile is fixed and compared as text; nothing in a header is negotiated.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.gateways.message_signatures import SKEW_SECONDS, SignatureInvalid, content_digest
from app.gateways.signatures import TokenInvalid, keys_of_jwks

TAG = "training-record-registry"
Sign = Callable[[bytes], tuple[str, bytes]]
"""Signs octets: the name of the key, and 64 octets (r and s)."""

_COMPONENTS = '("@method" "@authority" "@path" "content-type" "content-digest")'
_INPUT = re.compile(
    r"peer=(?P<params>"
    + re.escape(_COMPONENTS)
    + r';created=(?P<created>[0-9]{1,12});nonce="(?P<nonce>[A-Za-z0-9_-]{16,64})"'
    r';keyid="(?P<key_id>[A-Za-z0-9._-]{1,64})";alg="ecdsa-p256-sha256";tag="' + TAG + '")'
)
_SIGNATURE = re.compile(r"peer=:(?P<octets>[A-Za-z0-9+/]{86}==):")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a question's signature says of itself; true only once it has been verified."""

    key_id: str
    nonce: str
    created: int
    params: str
    octets: bytes


def sign_question(request: httpx.Request, *, sign: Sign, key_id: str, created: int, nonce: str) -> None:
    """Add Content-Digest, Signature-Input and Signature to ``request``; ``created`` in Unix seconds.

    Raises ValueError when ``sign`` meanwhile uses another key than ``key_id``.
    """
    digest = content_digest(request.content)
    params = f'{_COMPONENTS};created={created};nonce="{nonce}";keyid="{key_id}";alg="ecdsa-p256-sha256";tag="{TAG}"'
    base = _base(request.method, request.url, request.headers["content-type"], digest, params)
    used, octets = sign(base)
    if used != key_id:
        raise ValueError("signed with another key")
    request.headers["Content-Digest"] = digest
    request.headers["Signature-Input"] = f"peer={params}"
    request.headers["Signature"] = f"peer=:{base64.b64encode(octets).decode('ascii')}:"


def read_signature(headers: Mapping[str, str]) -> Signed:
    """Which key and nonce the headers name. Raises SignatureInvalid when they are not of the profile."""
    given = httpx.Headers(dict(headers))
    found = _INPUT.fullmatch(given.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(given.get("signature", ""))
    if found is None or signature is None:
        raise SignatureInvalid("absent or of another form")
    try:
        octets = base64.b64decode(signature["octets"], validate=True)
    except binascii.Error:
        raise SignatureInvalid("not base64") from None
    return Signed(found["key_id"], found["nonce"], int(found["created"]), found["params"], octets)


def verify_question(
    signed: Signed,
    *,
    target: httpx.URL,
    headers: Mapping[str, str],
    body: bytes,
    jwk: Mapping[str, str],
    now: float,
) -> None:
    """Check that ``body`` was signed for a POST to ``target`` under ``jwk``; ``now`` in Unix seconds.

    ``target`` is our public address and the route's path: what a proxy made of the request does not count.
    Raises SignatureInvalid.
    """
    given = httpx.Headers(dict(headers))
    digest = content_digest(body)
    if not hmac.compare_digest(given.get("content-digest", "").encode("utf-8"), digest.encode("ascii")):
        raise SignatureInvalid("body and digest differ")
    base = _base("POST", target, given.get("content-type", ""), digest, signed.params)
    try:
        key = keys_of_jwks(json.dumps({"keys": [dict(jwk)]}).encode())[jwk["kid"]]
        key.verify(
            encode_dss_signature(int.from_bytes(signed.octets[:32]), int.from_bytes(signed.octets[32:])),
            base,
            ec.ECDSA(hashes.SHA256()),
        )
    except (InvalidSignature, TokenInvalid, KeyError):
        raise SignatureInvalid("does not hold") from None
    if abs(now - signed.created) > SKEW_SECONDS:
        raise SignatureInvalid("outdated")


def _base(method: str, target: httpx.URL, content_type: str, digest: str, params: str) -> bytes:
    return "\n".join(
        (
            f'"@method": {method}',
            f'"@authority": {target.netloc.decode("ascii").lower()}',
            f'"@path": {target.raw_path.decode("ascii").partition("?")[0]}',
            f'"content-type": {content_type}',
            f'"content-digest": {digest}',
            f'"@signature-params": {params}',
        )
    ).encode()
