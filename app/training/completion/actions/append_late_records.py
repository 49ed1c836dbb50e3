"""Append the entries of trainees whose real-name match came only after their class had closed."""

from uuid import UUID

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.training.completion.actions.close_opening import archive_earned, facts_at_closing
from app.training.completion.queries import class_at_closing, openings_with_late_matches


async def append_late_records(unit: Unit, keys: KeyRing) -> dict[UUID, int]:
    """How many entries each closed class gained. Repeating it appends nothing twice."""
    gained: dict[UUID, int] = {}
    for opening_id in await openings_with_late_matches(unit):
        found = await class_at_closing(unit, opening_id, None)
        if found is not None:
            facts = await facts_at_closing(unit, keys, opening_id, found)
            closed = await archive_earned(unit, keys, found, facts)
            gained[opening_id] = len(closed.record_numbers)
    return gained
