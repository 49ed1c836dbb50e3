"""Opens a session: the access token of somebody whose credentials held, and a refresh token for people."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.actor import Actor
from app.access.passwords import digest_of_secret, new_secret
from app.access.tokens import LIFETIME_MAX, TokenRing
from app.access.unit import Unit
from app.identity.accounts.queries import wall_clock
from app.identity.accounts.rules import SESSION_IDLE, SESSION_MAX

_INSERT = text("""
    INSERT INTO refresh_token (token_digest, family_id, principal_id, expires_at, family_expires_at)
    VALUES (:digest, :family_id, :principal_id, :expires_at, :family_expires_at)
""")
OpenedT = TypeVar("OpenedT")
Opens = Callable[[Unit, Actor], Awaitable[OpenedT]]
"""What a channel opens for somebody whose credentials held, in the transaction that judged them."""


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What the caller gets; the registry keeps no access token and only the digest of the refresh token."""

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str | None = field(repr=False)


def with_tokens(tokens: TokenRing) -> Opens[IssuedTokens]:
    """Opens a sign-in of a system of somebody's: idle at most 30 minutes, 12 hours in all."""

    async def opens(unit: Unit, actor: Actor) -> IssuedTokens:
        return await continue_session(unit, tokens, actor, session_id=uuid7(), ends_at=unit.now + SESSION_MAX)

    return opens


async def continue_session(
    unit: Unit, tokens: TokenRing, actor: Actor, *, session_id: UUID, ends_at: datetime
) -> IssuedTokens:
    """The next tokens of a sign-in that ends at ``ends_at`` whatever happens."""
    refresh_token = new_secret()
    await unit.session.execute(
        _INSERT,
        {
            "digest": digest_of_secret(refresh_token),
            "family_id": session_id,
            "principal_id": actor.principal_id,
            "expires_at": min(unit.now + SESSION_IDLE, ends_at),
            "family_expires_at": ends_at,
        },
    )
    access_token = tokens.issue(actor, now=await wall_clock(unit), session_id=session_id)
    return IssuedTokens(access_token, int(LIFETIME_MAX.total_seconds()), refresh_token)
