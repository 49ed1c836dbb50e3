"""Signing out (退出登录): the presented token, and everything of the same sign-in."""

from app.access.unit import Credential, Unit
from app.audit.events import record_event
from app.identity.accounts.actions.end_sessions import deny_token, end_session


async def revoke_token(unit: Unit, credential: Credential) -> None:
    """Deny the presented token by its ``jti``, and its sign-in with all refresh tokens (RFC 7009)."""
    await deny_token(unit, credential.jti)
    if credential.session_id is not None:
        await end_session(unit, credential.session_id)
    await record_event(unit, "token:revoked", subject_kind="principal", subject_id=unit.actor.principal_id)
