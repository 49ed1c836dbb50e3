"""Forgets what no longer matters: expired denials and refresh tokens, and old failures of sign-in."""

from sqlalchemy import text

from app.access.unit import Unit

_DELETIONS = (
    text("DELETE FROM denied_token WHERE denied_until < clock_timestamp()"),
    text("DELETE FROM refresh_token WHERE family_expires_at < :now - interval '1 day'"),
    text("DELETE FROM sign_in_guard WHERE last_failure_at < :now - interval '1 day'"),
)


async def forget_expired(unit: Unit) -> int:
    """Delete them; returns the number of rows. For a job, as database role ``worker``."""
    forgotten = 0
    for deletion in _DELETIONS:
        parameters = {"now": unit.now} if ":now" in deletion.text else {}
        result = await unit.session.execute(deletion, parameters)
        forgotten += result.rowcount  # type: ignore[attr-defined]
    return forgotten
