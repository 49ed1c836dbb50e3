"""Ends what was given before: one sign-in, or everything a principal holds."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from app.access.tokens import LIFETIME_MAX
from app.access.unit import Unit

_LOCK = text("SELECT FROM principal WHERE principal_id = :principal_id FOR UPDATE")
_EXPIRE = text(
    "UPDATE principal SET tokens_not_before = clock_timestamp() WHERE principal_id = :principal_id"
)
_END_ALL = text("""
    UPDATE refresh_token SET revoked_at = :now WHERE principal_id = :principal_id AND revoked_at IS NULL
""")
_END_FAMILY = text(
    "UPDATE refresh_token SET revoked_at = :now WHERE family_id = :family_id AND revoked_at IS NULL"
)
_DENY = text("""
    INSERT INTO denied_token (jti, denied_until, denied_by) VALUES (:id, clock_timestamp() + :lifetime, :denied_by)
    ON CONFLICT (jti) DO NOTHING
""")
_END_BROWSERS = text("""
    UPDATE browser_session SET ended_at = clock_timestamp() WHERE principal_id = :principal_id AND ended_at IS NULL
""")
_END_BROWSER = text("""
    UPDATE browser_session SET ended_at = clock_timestamp() WHERE session_id = :session_id AND ended_at IS NULL
""")
_REMEMBERED = LIFETIME_MAX + timedelta(minutes=1)


async def expire_access_tokens(unit: Unit, principal_id: UUID) -> None:
    """Every access token issued so far is dead once this commits; sessions go on and get tokens of the new rights.

    The row is locked before the clock is read, so that a token issued by a transaction we waited for is older.
    """
    await unit.session.execute(_LOCK, {"principal_id": principal_id})
    await unit.session.execute(_EXPIRE, {"principal_id": principal_id})


async def end_sessions(unit: Unit, principal_id: UUID) -> None:
    """Every access and refresh token and every browser session of a principal is dead once this commits."""
    await expire_access_tokens(unit, principal_id)
    await unit.session.execute(_END_BROWSERS, {"principal_id": principal_id})
    await unit.session.execute(_END_ALL, {"principal_id": principal_id, "now": unit.now})


async def end_session(unit: Unit, session_id: UUID) -> None:
    """One sign-in, of a browser or with all its tokens, is dead once this commits."""
    await unit.session.execute(_END_BROWSER, {"session_id": session_id})
    await unit.session.execute(_END_FAMILY, {"family_id": session_id, "now": unit.now})
    await deny_token(unit, session_id)


async def deny_token(unit: Unit, token_id: UUID) -> None:
    """Deny a token by ``jti`` (or all of a sign-in by ``sid``) until every such token has expired."""
    await unit.session.execute(
        _DENY, {"id": token_id, "lifetime": _REMEMBERED, "denied_by": unit.actor.principal_id}
    )
