"""Confirm or return a listing: an officer's act, through the door (0022) that appends the entries."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.records.rules import record_number
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.subsidies.listings.queries import get_listing
from app.subsidies.listings.rules import DECISION_REASONS
from app.subsidies.listings.states import ListingState

_SERIALS = "SELECT nextval('record_serial') FROM generate_series(1, $1::integer)"
_DECIDE = text("SELECT decide_listing(:actor, :listing_id, :verdict, :reason, :entries, :numbers)")


async def confirm_listing(unit: Unit, listing_id: UUID) -> int:
    """How many entries the listing led to. Raises NotFound, Refused."""
    found = await get_listing(unit, listing_id)
    matched = found.counts.matched if found.state is ListingState.FILED else 0
    driver = await unit.driver()
    serials = [row[0] for row in await driver.fetch(_SERIALS, matched)]
    numbers = [record_number(found.listing.division_code, unit.today.year, serial) for serial in serials]
    await _decide(unit, listing_id, ListingState.CONFIRMED, None, numbers)
    return len(numbers)


async def return_listing(unit: Unit, listing_id: UUID, *, reason: str) -> None:
    """Give it back with everything that is wrong at once; the employer files anew. Raises NotFound, Refused."""
    await get_listing(unit, listing_id)
    await _decide(unit, listing_id, ListingState.RETURNED, reason, [])


async def _decide(
    unit: Unit, listing_id: UUID, verdict: ListingState, reason: str | None, numbers: list[str]
) -> None:
    outcome = await unit.session.scalar(
        _DECIDE,
        {
            "actor": unit.actor.principal_id,
            "listing_id": listing_id,
            "verdict": verdict.value,
            "reason": reason,
            "entries": [uuid7() for _ in numbers],
            "numbers": numbers,
        },
    )
    if outcome == "absent":
        raise NotFound
    if outcome != verdict.value:
        raise Refused([DECISION_REASONS[outcome]])
    details = {"records": len(numbers)}
    await record_event(
        unit,
        f"listing:{verdict.value}",
        subject_kind="employer_listing",
        subject_id=listing_id,
        details=details,
    )
    await announce(unit, f"listing.{verdict.value}", {"listing_id": str(listing_id), **details})
