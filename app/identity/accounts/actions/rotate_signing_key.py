"""Changes the key of access tokens (更换令牌签名密钥)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from app.access.tokens import LIFETIME_MAX, SigningKey
from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.identity.accounts.queries import wall_clock

PUBLISHED_AHEAD = timedelta(minutes=2)
"""A new key is known to every process (each reads the keys once a minute) before the first token names it."""

_LOCK = text("SELECT pg_advisory_xact_lock(20260308)")
_INSERT = text("""
    INSERT INTO signing_key (kid, private_key_sealed, public_jwk, signs_from)
    VALUES (:kid, :sealed, CAST(:jwk AS jsonb), :signs_from)
""")
_RETIRE = text("""
    UPDATE signing_key SET retired_at = :at, is_compromised = :is_compromised
    WHERE kid <> :kid AND (retired_at IS NULL OR retired_at > :at)
""")


@dataclass(frozen=True, slots=True)
class KeyChange:
    """From when the new key signs, and until when the old ones verify."""

    kid: str
    signs_from: datetime
    retired_at: datetime


async def rotate_signing_key(unit: Unit, keys: KeyRing, *, is_compromised: bool) -> KeyChange:
    """Publish a new key; it signs soon, and the old ones verify until their last token has expired.

    A compromised key ends at once: everybody signs in again, and a process that has not read the keys yet refuses
    new tokens for up to a minute, which is better than taking forged ones. Statements under a compromised key no longer
    verify either; those under a key that merely retired do.
    """
    await unit.session.execute(_LOCK)
    now = await wall_clock(unit)
    fresh = SigningKey.generate()
    signs_from = now if is_compromised else now + PUBLISHED_AHEAD
    retired_at = now if is_compromised else signs_from + LIFETIME_MAX
    await unit.session.execute(
        _INSERT,
        {
            "kid": fresh.kid,
            "sealed": keys.seal_bytes(fresh.private_pem, aad=b"signing_key" + fresh.kid.encode()),
            "jwk": json.dumps(fresh.public_jwk()),
            "signs_from": signs_from,
        },
    )
    await unit.session.execute(
        _RETIRE, {"at": retired_at, "kid": fresh.kid, "is_compromised": is_compromised}
    )
    await record_event(
        unit,
        "signing_key:rotated",
        subject_kind="signing_key",
        subject_id=fresh.kid,
        details={"is_compromised": is_compromised},
    )
    return KeyChange(fresh.kid, signs_from, retired_at)
