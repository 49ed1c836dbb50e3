"""How far the network's feed of changes was read; the cursor moves in the transaction of what was read."""

from app.access.unit import Unit

FEED = "assessment_network"

_READ = "SELECT cursor FROM network_cursor WHERE feed = $1"
_BEGIN = "INSERT INTO network_cursor (feed, cursor) VALUES ($1, $2) ON CONFLICT (feed) DO NOTHING"
_MOVE = "UPDATE network_cursor SET cursor = $2, moved_at = registry_now() WHERE feed = $1 AND cursor = $3"


async def read_cursor(unit: Unit) -> str | None:
    """Where the feed goes on; None when it was never read."""
    driver = await unit.driver()
    found: str | None = await driver.fetchval(_READ, FEED)
    return found


async def move_cursor(unit: Unit, *, reached: str | None, to: str) -> bool:
    """Go on from ``reached`` to ``to``; False when another worker has moved it meanwhile (then take nothing in).

    A second worker waits here for the first one's transaction, so that one page is applied once.
    """
    driver = await unit.driver()
    if reached is None:
        status: str = await driver.execute(_BEGIN, FEED, to)
    else:
        status = await driver.execute(_MOVE, FEED, to, reached)
    return status.endswith(" 1")
