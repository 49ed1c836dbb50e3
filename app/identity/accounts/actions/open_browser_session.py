"""Opens a session of a browser (浏览器会话): a random cookie, of which only the keyed digest stays here."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.actor import Actor
from app.access.passwords import new_secret
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.identity.accounts.actions.open_session import Opens
from app.identity.accounts.queries import COOKIE_PURPOSE, BrowserSession
from app.identity.accounts.rules import SESSION_MAX

_INSERT = text("""
    INSERT INTO browser_session (session_id, cookie_digest, principal_id, expires_at)
    VALUES (:session_id, :digest, :principal_id, clock_timestamp() + :lifetime)
""")
_SEEN = text("""
    UPDATE browser_session SET last_seen_at = clock_timestamp() WHERE session_id = :session_id AND ended_at IS NULL
""")
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenedBrowser:
    """A fresh session: the secret for the browser to show, and whose it is."""

    cookie: str = field(repr=False)
    actor: Actor


def with_cookie(keys: KeyRing) -> Opens[OpenedBrowser]:
    """Opens a browser session: idle at most 30 minutes, 12 hours in all (``rules``)."""

    async def opens(unit: Unit, actor: Actor) -> OpenedBrowser:
        cookie = new_secret()
        await unit.session.execute(
            _INSERT,
            {
                "session_id": uuid7(),
                "digest": keys.digest(cookie, purpose=COOKIE_PURPOSE),
                "principal_id": actor.principal_id,
                "lifetime": SESSION_MAX,
            },
        )
        return OpenedBrowser(cookie, actor)

    return opens


def is_to_be_seen(found: BrowserSession) -> bool:
    """Whether a sign of life is to be written: once a minute at most."""
    return found.at - found.last_seen_at > _SEEN_EVERY


async def see_browser_session(unit: Unit, found: BrowserSession) -> None:
    """Count a request as a sign of life."""
    await unit.session.execute(_SEEN, {"session_id": found.session_id})
