"""A stored document as an answer: to be saved, never opened within a page."""

from urllib.parse import quote

from starlette.responses import Response


def attachment(data: bytes, *, name: str, media_type: str) -> Response:
    """The bytes under their own name (RFC 6266, RFC 8187); what they claim to be is told apart from what is served."""
    return Response(
        data,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename=\"document\"; filename*=UTF-8''{quote(name, safe='')}",
            "X-Document-Media-Type": media_type,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        },
    )
