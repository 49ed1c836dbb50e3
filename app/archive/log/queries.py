"""Reads of the log: what waits to be sealed, and how far it has come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from prometheus_client import Gauge
from sqlalchemy import text

from app.access.unit import Unit
from app.archive.log.rules import SEALED_FIELDS

_WAITING = f"""
SELECT {", ".join(f"entry.{name}" for name in SEALED_FIELDS)}
FROM (SELECT person_id, entry_id FROM unsealed_entry ORDER BY entry_id LIMIT $1) AS waiting
JOIN record_entry AS entry USING (person_id, entry_id)
ORDER BY entry.entry_id
"""  # noqa: S608 - names of columns from a tuple of ours
_STATUS = text("SELECT size, newest_sealed_at, waiting, oldest_waiting_s FROM sealing_status()")
WAITING = Gauge("registry_unsealed_entries", "Archive entries that wait for their index in the log")
OLDEST_WAITING_S = Gauge(
    "registry_unsealed_oldest_seconds", "Age of the archive entry that has waited longest"
)


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How far the log has come; ``oldest_waiting_s`` is 0 when nothing waits."""

    size: int
    newest_sealed_at: datetime | None
    waiting: int
    oldest_waiting_s: int


async def entries_to_seal(unit: Unit, most: int) -> Sequence[asyncpg.Record]:
    """The next unsealed entries in the order of their ids, with every sealed field."""
    driver = await unit.driver()
    rows: Sequence[asyncpg.Record] = await driver.fetch(_WAITING, most)
    return rows


async def log_status(unit: Unit) -> LogStatus:
    """Also sets the two metrics, so that whoever scrapes a server sees the sequencer's queue."""
    row = (await unit.session.execute(_STATUS)).one()
    status = LogStatus(
        size=row.size,
        newest_sealed_at=row.newest_sealed_at,
        waiting=row.waiting,
        oldest_waiting_s=max(int(row.oldest_waiting_s), 0),
    )
    WAITING.set(status.waiting)
    OLDEST_WAITING_S.set(status.oldest_waiting_s)
    return status


def forget_status() -> None:
    """The queue cannot be seen: an old figure would look like a good one."""
    WAITING.set(math.nan)
    OLDEST_WAITING_S.set(math.nan)
