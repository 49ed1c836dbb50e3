"""Forgets what no longer matters: expired denials, sign-ins and drafts, and old failures of sign-in."""

from datetime import timedelta

from sqlalchemy import text

from app.access.unit import Unit

_KEPT = timedelta(days=1)
_DENIALS = text("DELETE FROM denied_token WHERE denied_until < clock_timestamp()")
_SESSIONS = text("DELETE FROM refresh_token WHERE family_expires_at < :before")
_FAILURES = text("DELETE FROM sign_in_guard WHERE last_failure_at < :before")
_BROWSERS = text("DELETE FROM browser_session WHERE expires_at < clock_timestamp() - CAST(:kept AS interval)")
_DRAFTS = text("DELETE FROM form_draft WHERE expires_at < clock_timestamp()")


async def forget_expired(unit: Unit) -> int:
    """Delete them; returns the number of rows. For a job, as database role ``worker``."""
    before = {"before": unit.now - _KEPT}
    results = [
        await unit.session.execute(_DENIALS),
        await unit.session.execute(_SESSIONS, before),
        await unit.session.execute(_FAILURES, before),
        await unit.session.execute(_BROWSERS, {"kept": _KEPT}),
        await unit.session.execute(_DRAFTS),
    ]
    return sum(result.rowcount for result in results)  # type: ignore[attr-defined]
