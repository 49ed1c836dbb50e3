"""The cookies of the portals: the session, the visitor who has none yet, and the sentence shown after a redirect.

All are HttpOnly, SameSite=Lax (a link in a message opens signed in) and end with the browser. Over HTTPS their names
carry ``__Host-`` (RFC 6265bis §4.1.3.2): no other host of the domain can set them.
"""

import base64
import binascii
import hmac

from fastapi import Request
from starlette.responses import Response

from app.access.passwords import new_secret
from app.web.house import House

SESSION, VISITOR, SAID = "session", "visitor", "said"
_SAID_S = 60
_SAID_MAX = 400


def is_https(parts: House) -> bool:
    """Whether browsers reach this deployment over HTTPS, as its public address says."""
    return parts.settings.issuer.startswith("https://")


def read(request: Request, parts: House, name: str) -> str | None:
    """A cookie of ours as the browser shows it; None when absent or absurdly long."""
    value = request.cookies.get(_full(parts, name))
    return value if value and len(value) <= 2000 else None


def give(response: Response, parts: House, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie of ours."""
    response.set_cookie(
        _full(parts, name), value, max_age=max_age, secure=is_https(parts), httponly=True, samesite="lax"
    )


def take_back(response: Response, parts: House, name: str) -> None:
    """Delete a cookie of ours."""
    response.delete_cookie(_full(parts, name), secure=is_https(parts), httponly=True, samesite="lax")


def new_visitor() -> str:
    """What tells one visitor's forms from another's, before anybody has signed in."""
    return new_secret()


def say(response: Response, parts: House, sentence: str) -> None:
    """Have the next page say what has just been done; never with a person's name in it."""
    text = sentence[:_SAID_MAX].encode()
    sealed = base64.urlsafe_b64encode(_mark(parts, text) + text).decode().rstrip("=")
    give(response, parts, SAID, sealed, max_age=_SAID_S)


def said(request: Request, parts: House) -> str | None:
    """The sentence to show, if it is one of ours."""
    value = read(request, parts, SAID)
    if value is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        mark, text = raw[:32], raw[32:]
        return text.decode() if hmac.compare_digest(mark, _mark(parts, text)) else None
    except (binascii.Error, ValueError):
        return None


def _mark(parts: House, text: bytes) -> bytes:
    # Whoever can set a cookie from a neighboring host could otherwise put words into our mouth.
    return parts.keys.digest(text.decode(), purpose="said_sentence")


def _full(parts: House, name: str) -> str:
    return f"__Host-{name}" if is_https(parts) else name
