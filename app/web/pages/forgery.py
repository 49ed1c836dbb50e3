"""Forms must come from our own pages: where the browser says it comes from, and a token of the session (CSRF).

The token is made of the session's (or the visitor's) cookie and a nonce of its own, so it needs no storing and every
page shows another one: a compressed page that repeats what was typed gives nothing away (BREACH).
"""

import hmac
from urllib.parse import urlsplit

from fastapi import Request

from app.access.passwords import new_secret
from app.kernel.errors import Forbidden, Reason
from app.web.house import House

FIELD = "_token"
_NONCE_LENGTH = 16
_PURPOSE = "page_form"


def token_for(parts: House, cookie: str) -> str:
    """A token that holds as long as the cookie is shown with it."""
    nonce = new_secret()[:_NONCE_LENGTH]
    return nonce + parts.keys.digest(f"{nonce} {cookie}", purpose=_PURPOSE).hex()


def holds(parts: House, token: str, cookie: str) -> bool:
    """Whether a token was made for this cookie."""
    nonce, shown = token[:_NONCE_LENGTH], token[_NONCE_LENGTH:]
    return any(
        hmac.compare_digest(digest.hex().encode(), shown.encode("utf-8", "replace"))
        for _, digest in parts.keys.digests(f"{nonce} {cookie}", purpose=_PURPOSE)
    )


def refuse_foreign(request: Request) -> None:
    """Raise Forbidden unless the browser says that one of our own pages sent this (Fetch Metadata, RFC 6454)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_ours = site == "same-origin" if site else urlsplit(origin or "").netloc == request.headers.get("host")
    if not is_ours or not (site or origin):
        raise Forbidden(
            [
                Reason(
                    code="foreign_form",
                    message="这次提交不是从本系统的页面发出的，没有办理",
                    remedy="请从本系统的页面重新填写并提交；仍不行的，请换用较新的浏览器",
                )
            ]
        )
