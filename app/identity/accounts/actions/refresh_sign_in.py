"""Goes on with a sign-in (续期): each refresh token serves once, and using one twice ends the sign-in."""

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.access.actor import Actor
from app.access.passwords import digest_of_secret
from app.access.tokens import TokenRing
from app.access.unit import Unit, system_unit
from app.audit.events import record_event
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.identity.accounts import rules
from app.identity.accounts.actions.end_sessions import end_session
from app.identity.accounts.actions.open_session import IssuedTokens, continue_session
from app.identity.accounts.queries import find_actor
from app.kernel.errors import Unauthenticated

_USE = text("""
    UPDATE refresh_token SET used_at = :now
    WHERE token_digest = :digest AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :now
    RETURNING principal_id, family_id, family_expires_at
""")
_USED_BEFORE = text("""
    SELECT principal_id, family_id FROM refresh_token WHERE token_digest = :digest AND used_at IS NOT NULL
""")


class _Session(NamedTuple):
    principal_id: UUID
    family_id: UUID
    family_expires_at: datetime


async def refresh_sign_in(
    engines: Engines, tokens: TokenRing, *, registry: Actor, refresh_token: str
) -> IssuedTokens:
    """New tokens for an old refresh token, with the rights of now.

    A token used twice was stolen by one of the two who used it: the whole sign-in ends, and that is kept although the
    request is refused (RFC 9700 §4.14.2). Raises Unauthenticated (``invalid_grant``) for every cause.
    """
    digest = digest_of_secret(refresh_token)
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        used: Any = (await unit.session.execute(_USE, {"digest": digest, "now": unit.now})).one_or_none()
        if used is not None:
            issued = await _continue(unit, tokens, _Session(*used))
            if issued is not None:
                return issued
        else:
            await _end_if_used_before(unit, digest)
    raise Unauthenticated([rules.session_over()])


async def _continue(unit: Unit, tokens: TokenRing, session: _Session) -> IssuedTokens | None:
    actor = await find_actor(unit, session.principal_id)
    if actor is None:
        return None
    return await continue_session(
        replace(unit, actor=actor),
        tokens,
        actor,
        session_id=session.family_id,
        ends_at=session.family_expires_at,
    )


async def _end_if_used_before(unit: Unit, digest: bytes) -> None:
    row = (await unit.session.execute(_USED_BEFORE, {"digest": digest})).one_or_none()
    if row is None:
        return
    await end_session(unit, row.family_id)
    await record_event(
        unit,
        "refresh_token:reused",
        subject_kind="principal",
        subject_id=row.principal_id,
        details={"session": str(row.family_id)},
    )
