"""How far the log has come, and what waits to be sealed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from prometheus_client import Gauge
from sqlalchemy import text

from app.access.unit import Unit

_WAITING = """
SELECT event_id, kind, person_id, subject_id FROM unsealed_event ORDER BY event_id LIMIT $1
"""
_STATUS = text(
    "SELECT size, newest_sealed_at, published_size, published_at, waiting, oldest_waiting_s,"
    " payments_closed() IS NOT NULL AS is_disturbed FROM sealing_status()"
)
_KEYS = """
SELECT added.public_key AS verifier, added.changed_at AS since, gone.changed_at AS retired_at
FROM key_change AS added
LEFT JOIN key_change AS gone ON gone.purpose = 'log' AND gone.key_id = added.key_id AND gone.change = 'retired'
WHERE added.purpose = 'log' AND added.change = 'added' ORDER BY added.change_id
"""
WAITING = Gauge(
    "registry_unsealed_entries", "Legal events that wait for a published tree head that covers them"
)
OLDEST_WAITING_S = Gauge("registry_unsealed_oldest_seconds", "Age of the event that has waited longest")
PUBLISHED_SIZE = Gauge("registry_log_published_size", "Leaves under the newest published tree head")


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How far the log has come; ``oldest_waiting_s`` is 0 when nothing waits for a published tree head.

    ``is_disturbed``: the database may be an older backup, or has not been compared with the log since it was started.
    """

    size: int
    newest_sealed_at: datetime | None
    published_size: int
    published_at: datetime | None
    waiting: int
    oldest_waiting_s: int
    is_disturbed: bool


async def events_to_seal(unit: Unit, most: int) -> Sequence[asyncpg.Record]:
    """The next events of the queue, in its order."""
    driver = await unit.driver()
    rows: Sequence[asyncpg.Record] = await driver.fetch(_WAITING, most)
    return rows


async def log_status(unit: Unit) -> LogStatus:
    """Also sets the metrics, so that whoever scrapes a server sees the sequencer's queue."""
    row = (await unit.session.execute(_STATUS)).one()
    status = LogStatus(
        size=row.size,
        newest_sealed_at=row.newest_sealed_at,
        published_size=row.published_size,
        published_at=row.published_at,
        waiting=row.waiting,
        oldest_waiting_s=int(row.oldest_waiting_s),
        is_disturbed=row.is_disturbed,
    )
    WAITING.set(status.waiting)
    OLDEST_WAITING_S.set(status.oldest_waiting_s)
    PUBLISHED_SIZE.set(status.published_size)
    return status


async def log_keys(unit: Unit) -> Sequence[asyncpg.Record]:
    """The keys that sign or have signed tree heads: ``verifier`` (C2SP), ``since`` and ``retired_at``, oldest first."""
    rows: Sequence[asyncpg.Record] = await (await unit.driver()).fetch(_KEYS)
    return rows


def forget_status() -> None:
    """What cannot be seen: an old figure would look like a good one."""
    for gauge in (WAITING, OLDEST_WAITING_S, PUBLISHED_SIZE):
        gauge.set(math.nan)
