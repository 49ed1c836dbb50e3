"""Try a code at its door: each try is counted, whatever it finds."""

from typing import Any

from sqlalchemy import Row, TextClause, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.codes.rules import MISSES_PER_HOUR, TRIES_PER_HOUR, digest_of, region_of


def door_of_codes(name: str) -> TextClause:
    """The call of a database function that opens something by the digest of its code and counts who tries."""
    return text(f"SELECT * FROM {name}(:digest, :source, :region, :hourly_max, :misses_max, :request)")  # noqa: S608


async def try_code(unit: Unit, keys: KeyRing, door: TextClause, *, code: str, source: str) -> Row[Any]:
    """The door's answer to whoever is at ``source``. Its transaction commits also when nothing is found."""
    asked = {
        "digest": digest_of(code),
        "source": keys.digest(source, purpose="look_source"),
        "region": region_of(source),
        "hourly_max": TRIES_PER_HOUR,
        "misses_max": MISSES_PER_HOUR,
        "request": unit.actor.request_id,
    }
    return (await unit.session.execute(door, asked)).one()
