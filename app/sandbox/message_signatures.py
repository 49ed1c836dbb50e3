"""The national platforms' side of their signature profile (RFC 9421, hmac-sha256).

Written apart from the client's code on purpose: two readings of one contract that must agree.
"""

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request

_SKEW_SECONDS = 300
_REQUEST = re.compile(
    r'registry=(\("@method" "@authority" "@path" "content-type" "content-digest"\)'
    r';created=(\d{1,12});nonce="([A-Za-z0-9_-]{16,64})";keyid="([A-Za-z0-9._-]{1,64})";alg="hmac-sha256")'
)


@dataclass(slots=True)
class Verifier:
    """Knows the callers' secrets and the nonces of the last minutes."""

    secrets_by_key: dict[str, bytes] = field(repr=False)
    _seen: dict[str, float] = field(default_factory=dict, repr=False)

    def defect(self, request: Request, body: bytes) -> tuple[str, str] | None:
        """Code and Chinese title of what is wrong with the request's signature, or None."""
        found = _REQUEST.fullmatch(request.headers.get("signature-input", ""))
        offered = request.headers.get("signature", "")
        if found is None or not offered.startswith("registry=:"):
            return "signature_missing", "缺少请求签名或签名格式不符"
        params, created, nonce, key_id = found.groups()
        secret = self.secrets_by_key.get(key_id)
        digest = _digest(body)
        if secret is None or request.headers.get("content-digest") != digest:
            return "signature_invalid", "请求签名验证失败"
        covered = {
            "@method": request.method,
            "@authority": request.headers["host"].lower(),
            "@path": request.url.path,
            "content-type": request.headers.get("content-type", ""),
            "content-digest": digest,
        }
        base = "".join(f'"{name}": {value}\n' for name, value in covered.items())
        signed = _mac(secret, f'{base}"@signature-params": {params}')
        expected = f"registry=:{signed}:"
        if not hmac.compare_digest(offered.encode(), expected.encode()):
            return "signature_invalid", "请求签名验证失败"
        now = time.time()
        if abs(now - int(created)) > _SKEW_SECONDS:
            return "signature_outdated", "请求时间戳超出允许范围"
        self._forget_before(now - 2 * _SKEW_SECONDS)
        if nonce in self._seen:
            return "nonce_replayed", "请求随机数重复，疑似重放"
        self._seen[nonce] = now
        return None

    def answer_headers(self, request: Request, status: int, body: bytes, *, forged: bool) -> dict[str, str]:
        """Headers that sign ``body`` as the answer to ``request``; ``forged``: with a key nobody shares."""
        found = _REQUEST.fullmatch(request.headers["signature-input"])
        assert found is not None
        key_id = found.group(4)
        secret = b"\x00" * 32 if forged else self.secrets_by_key[key_id]
        digest = _digest(body)
        asked = request.headers["signature"].removeprefix("registry=")
        params = (
            f'("@status" "content-digest" "signature";req;key="registry")'
            f';created={int(time.time())};keyid="{key_id}";alg="hmac-sha256"'
        )
        base = (
            f'"@status": {status}\n"content-digest": {digest}\n"signature";req;key="registry": {asked}\n'
            f'"@signature-params": {params}'
        )
        return {
            "Content-Digest": digest,
            "Signature-Input": f"upstream={params}",
            "Signature": f"upstream=:{_mac(secret, base)}:",
        }

    def _forget_before(self, moment: float) -> None:
        for nonce in [nonce for nonce, seen in self._seen.items() if seen < moment]:
            del self._seen[nonce]


def push_headers(
    url: str,
    body: bytes,
    *,
    key_id: str,
    secret: bytes,
    created: int,
    nonce: str,
    tag: str = "certificate-change",
) -> dict[str, str]:
    """Headers that sign ``body`` as a notice posted to ``url``; ``tag`` says what kind of notice."""
    parts = urlsplit(url)
    params = (
        f'("@method" "@authority" "@path" "content-type" "content-digest");created={created};nonce="{nonce}"'
        f';keyid="{key_id}";alg="hmac-sha256";tag="{tag}"'
    )
    digest = _digest(body)
    base = (
        f'"@method": POST\n"@authority": {parts.netloc.lower()}\n"@path": {parts.path or "/"}\n'
        f'"content-type": application/json\n"content-digest": {digest}\n"@signature-params": {params}'
    )
    return {
        "Content-Type": "application/json",
        "Content-Digest": digest,
        "Signature-Input": f"upstream={params}",
        "Signature": f"upstream=:{_mac(secret, base)}:",
    }


def _digest(body: bytes) -> str:
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"


def _mac(secret: bytes, base: str) -> str:
    return base64.b64encode(hmac.digest(secret, base.encode(), "sha256")).decode()
