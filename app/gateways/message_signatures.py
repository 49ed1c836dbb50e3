"""HTTP message signatures as the national platforms ask for: one fixed profile of RFC 9421 with hmac-sha256.

Request, label ``registry``: covers method, authority, path, content-type and content-digest (RFC 9530), with
``created``, a ``nonce`` used once, ``keyid`` and ``alg``. Answer, label ``upstream``: covers status,
content-digest and the signature of the request, so an answer cannot be moved to another question. Push, label
``upstream``: what a request covers, and a ``tag`` that keeps it apart from our own requests. The profile is
fixed, so what is covered is compared as text; nothing in a header is negotiated.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

_REQUEST_COMPONENTS = '("@method" "@authority" "@path" "content-type" "content-digest")'
_ANSWER_COMPONENTS = '("@status" "content-digest" "signature";req;key="registry")'
_ANSWER_INPUT = re.compile(
    r"upstream=(?P<params>"
    + re.escape(_ANSWER_COMPONENTS)
    + r';created=(?P<created>[0-9]{1,12});keyid="(?P<key_id>[A-Za-z0-9._-]{1,64})";alg="hmac-sha256")'
)
_PUSH_INPUT = re.compile(
    r"upstream=(?P<params>"
    + re.escape(_REQUEST_COMPONENTS)
    + r';created=(?P<created>[0-9]{1,12});nonce="[A-Za-z0-9_-]{16,64}";keyid="(?P<key_id>[A-Za-z0-9._-]{1,64})"'
    r';alg="hmac-sha256";tag="(?P<tag>[a-z-]{1,64})")'
)
_SIGNATURE = re.compile(r"[a-z]{1,16}=(?P<item>:(?P<octets>[A-Za-z0-9+/]{43}=):)")

SKEW_SECONDS = 300
"""How far the two clocks may stand apart (contract, 时间戳允许误差)."""


class SignatureInvalid(Exception):
    """A signature is absent, of another form than the contract's, outdated, or does not hold."""


class PushMalformed(Exception):
    """A rightly signed push is not what its contract says. Holds nothing of its content."""


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A secret shared with one outside system and the name both sides know it by."""

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("an hmac-sha256 secret has at least 32 bytes")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.key_id):
            raise ValueError("a key id has 1 to 64 of A-Z a-z 0-9 . _ -")


def content_digest(body: bytes) -> str:
    """The Content-Digest header of ``body`` (RFC 9530 §2)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def sign_request(request: httpx.Request, key: SharedKey, *, created: int, nonce: str) -> None:
    """Add Content-Digest, Signature-Input and Signature to ``request``; ``created`` in Unix seconds."""
    digest = content_digest(request.content)
    params = f'{_REQUEST_COMPONENTS};created={created};nonce="{nonce}";keyid="{key.key_id}";alg="hmac-sha256"'
    base = "\n".join(
        (
            f'"@method": {request.method}',
            f'"@authority": {request.headers["host"].lower()}',
            f'"@path": {request.url.raw_path.decode("ascii").partition("?")[0]}',
            f'"content-type": {request.headers["content-type"]}',
            f'"content-digest": {digest}',
            f'"@signature-params": {params}',
        )
    )
    request.headers["Content-Digest"] = digest
    request.headers["Signature-Input"] = f"registry={params}"
    request.headers["Signature"] = f"registry={_hmac_item(key, base)}"


def verify_answer(
    *, request: httpx.Request, status: int, headers: httpx.Headers, body: bytes, key: SharedKey, now: float
) -> int:
    """Check that the answer is signed for this very request; returns ``created`` in Unix seconds.

    Raises:
        SignatureInvalid: it is not.
    """
    signature_input = _ANSWER_INPUT.fullmatch(headers.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(headers.get("signature", ""))
    asked = _SIGNATURE.fullmatch(request.headers.get("signature", ""))
    if signature_input is None or signature is None or asked is None:
        raise SignatureInvalid("absent or of another form")
    if signature_input["key_id"] != key.key_id:
        raise SignatureInvalid("another key")
    digest = content_digest(body)
    if not hmac.compare_digest(headers.get("content-digest", "").encode("utf-8"), digest.encode("ascii")):
        raise SignatureInvalid("body and digest differ")
    base = "\n".join(
        (
            f'"@status": {status}',
            f'"content-digest": {digest}',
            f'"signature";req;key="registry": {asked["item"]}',
            f'"@signature-params": {signature_input["params"]}',
        )
    )
    try:
        offered = base64.b64decode(signature["octets"], validate=True)
    except binascii.Error:
        raise SignatureInvalid("not base64") from None
    if not hmac.compare_digest(offered, _hmac_octets(key, base)):
        raise SignatureInvalid("does not hold")
    return _fresh(int(signature_input["created"]), now)


def verify_push(
    *, target: httpx.URL, headers: Mapping[str, str], body: bytes, key: SharedKey, tag: str, now: float
) -> int:
    """Check that ``body`` was signed for a POST to ``target``; returns ``created`` in Unix seconds.

    ``target`` is the address registered with the sender: what a proxy made of the request does not count.

    Raises:
        SignatureInvalid: it was not.
    """
    given = httpx.Headers(dict(headers))
    signature_input = _PUSH_INPUT.fullmatch(given.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(given.get("signature", ""))
    if signature_input is None or signature is None or not given.get("signature", "").startswith("upstream="):
        raise SignatureInvalid("absent or of another form")
    if signature_input["key_id"] != key.key_id or signature_input["tag"] != tag:
        raise SignatureInvalid("another key or purpose")
    digest = content_digest(body)
    if not hmac.compare_digest(given.get("content-digest", "").encode("utf-8"), digest.encode("ascii")):
        raise SignatureInvalid("body and digest differ")
    base = "\n".join(
        (
            '"@method": POST',
            f'"@authority": {target.netloc.decode("ascii").lower()}',
            f'"@path": {target.raw_path.decode("ascii").partition("?")[0]}',
            f'"content-type": {given.get("content-type", "")}',
            f'"content-digest": {digest}',
            f'"@signature-params": {signature_input["params"]}',
        )
    )
    try:
        offered = base64.b64decode(signature["octets"], validate=True)
    except binascii.Error:
        raise SignatureInvalid("not base64") from None
    if not hmac.compare_digest(offered, _hmac_octets(key, base)):
        raise SignatureInvalid("does not hold")
    return _fresh(int(signature_input["created"]), now)


def _fresh(created: int, now: float) -> int:
    if abs(now - created) > SKEW_SECONDS:
        raise SignatureInvalid("outdated")
    return created


def _hmac_octets(key: SharedKey, base: str) -> bytes:
    return hmac.new(key.secret, base.encode("utf-8"), hashlib.sha256).digest()


def _hmac_item(key: SharedKey, base: str) -> str:
    return f":{base64.b64encode(_hmac_octets(key, base)).decode('ascii')}:"
