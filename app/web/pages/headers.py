"""Headers of every page: nothing from elsewhere, nothing inline, no frame, nothing kept by caches."""

from app.web.house import House
from app.web.pages.cookies import is_https

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'"
)
_YEAR_S = 31_536_000


def headers_of_page(parts: House, form_action: str = "") -> dict[str, str]:
    """``form_action`` is an outside origin a form leads to: the identity provider's. Images by ``data:`` are the
    arrows in Bootstrap's style sheet.

    Referrers stay inside: without one, browsers send ``Origin: null`` with a form, and it could not be told from a
    foreign one (Fetch §3.2, "append a request Origin header").
    """
    headers = {
        "Content-Security-Policy": _POLICY.format(forms=f" {form_action}" if form_action else ""),
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cache-Control": "no-store",
    }
    if is_https(parts):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
    return headers
