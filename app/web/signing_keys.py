"""Keeps the token keys of this process current: read at the start, then every minute, so that a rotation by another
process is known long before the old key retires."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import text

from app.access.tokens import PublicKey, SigningKey
from app.access.unit import Unit, system_unit
from app.db.roles import DatabaseRole
from app.web.house import House

_REFRESH_S = 60
"""Half of what a new key is published ahead of its first use (``rotate_signing_key.PUBLISHED_AHEAD``)."""

_READ = text("""
    SELECT kid, private_key_sealed, signs_from FROM signing_key
    WHERE retired_at IS NULL OR retired_at > clock_timestamp()
""")
_RETIRED = text("""
    SELECT public_jwk, retired_at FROM signing_key
    WHERE retired_at <= clock_timestamp() AND NOT is_compromised ORDER BY retired_at
""")
_FIRST = text("""
    INSERT INTO signing_key (kid, private_key_sealed, public_jwk, signs_from)
    SELECT :kid, :sealed, CAST(:jwk AS jsonb), clock_timestamp() WHERE NOT EXISTS (SELECT FROM signing_key)
""")
_LOCK = text("SELECT pg_advisory_xact_lock(20260308)")
log = structlog.get_logger(__name__)


@asynccontextmanager
async def keep_signing_keys(parts: House) -> AsyncIterator[None]:
    """Load the keys, make the first one of a new registry, and refresh in the background until the block ends."""
    async with system_unit(parts.engines, DatabaseRole.APP_ACCESS) as unit:
        await _make_first(unit, parts)
    await refresh_signing_keys(parts)
    refreshing = asyncio.create_task(_refresh_for_ever(parts))
    try:
        yield
    finally:
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing


async def refresh_signing_keys(parts: House) -> None:
    """Read the live keys once, and the retired ones that statements still name."""
    async with system_unit(parts.engines, DatabaseRole.APP_ACCESS) as unit:
        rows = (await unit.session.execute(_READ)).all()
        retired = (await unit.session.execute(_RETIRED)).all()
    parts.tokens.replace_keys(
        [
            SigningKey(
                row.kid,
                parts.keys.open_bytes(row.private_key_sealed, aad=b"signing_key" + row.kid.encode()),
                row.signs_from,
            )
            for row in rows
        ],
        [PublicKey(row.public_jwk, row.retired_at) for row in retired],
    )


async def _make_first(unit: Unit, parts: House) -> None:
    await unit.session.execute(_LOCK)
    key = SigningKey.generate()
    await unit.session.execute(
        _FIRST,
        {
            "kid": key.kid,
            "sealed": parts.keys.seal_bytes(key.private_pem, aad=b"signing_key" + key.kid.encode()),
            "jwk": json.dumps(key.public_jwk()),
        },
    )


async def _refresh_for_ever(parts: House) -> None:
    while True:
        await asyncio.sleep(_REFRESH_S)
        try:
            await refresh_signing_keys(parts)
        except Exception as failure:  # the keys at hand stay good; the next minute tries again
            log.warning("signing keys not refreshed", error=type(failure).__name__)
