"""Tokens of systems (系统接入): client credentials (RFC 6749 §4.4)."""

import hmac
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from app.access.actor import Actor
from app.access.passwords import digest_of_secret
from app.access.tokens import LIFETIME_MAX, TokenRing
from app.access.unit import Unit, system_unit
from app.audit.events import record_event
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.identity.accounts import rules
from app.identity.accounts.actions.open_session import IssuedTokens
from app.identity.accounts.queries import find_actor, wall_clock
from app.kernel.errors import Unauthenticated

_FIND = text("""
    SELECT principal_id, secret_digest FROM client_credential WHERE client_id = :client_id AND revoked_at IS NULL
""")
_NOBODY = bytes(32)


async def issue_client_token(
    engines: Engines, tokens: TokenRing, *, registry: Actor, client_id: str, client_secret: str
) -> IssuedTokens:
    """An access token for a system that shows its secret; no refresh token, the secret serves again.

    Not locked after failures: the secret has 256 random bits, and a lock would let anybody stop an institution's
    system. Raises Unauthenticated (``invalid_client``); the refusal is recorded.
    """
    async with system_unit(engines, DatabaseRole.APP_ACCESS, registry) as unit:
        principal_id = await _shown(unit, client_id, client_secret)
        actor = await find_actor(unit, principal_id) if principal_id else None
        if actor is not None and actor.kind in rules.CLIENT_KINDS:
            await record_event(
                replace(unit, actor=actor),
                "client_token:issued",
                subject_kind="principal",
                subject_id=actor.principal_id,
            )
            token = tokens.issue(actor, now=await wall_clock(unit))
            return IssuedTokens(token, int(LIFETIME_MAX.total_seconds()), None)
        await record_event(
            unit, "client_token:refused", subject_kind="principal", subject_id=principal_id or "unknown"
        )
    raise Unauthenticated([rules.client_wrong()])


async def _shown(unit: Unit, client_id: str, client_secret: str) -> UUID | None:
    row = (await unit.session.execute(_FIND, {"client_id": client_id})).one_or_none()
    stored = row.secret_digest if row else _NOBODY
    is_shown = hmac.compare_digest(stored, digest_of_secret(client_secret))
    return row.principal_id if row is not None and is_shown else None
