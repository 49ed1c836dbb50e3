"""Note what nobody files: which keys sign tree heads, and what the access log said of the days that are over."""

from collections.abc import Iterable

from app.access.unit import Unit
from app.archive.log.rules.notes import Verifier


async def note_events(unit: Unit, verifiers: Iterable[Verifier]) -> int:
    """How many were new; each is queued for sealing like any other event."""
    driver = await unit.driver()
    keys: int = await driver.fetchval("SELECT note_log_keys($1)", [str(verifier) for verifier in verifiers])
    days: int = await driver.fetchval("SELECT digest_accesses()")
    return keys + days
