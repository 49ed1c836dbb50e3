"""Reads of the rows that leaves are made of, by kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.archive.log.rules.leaves import SEALED_FIELDS

Event = tuple[str, UUID, UUID]
"""Kind, person (nil: of nobody), subject."""

_ROWS: Mapping[str, str] = {
    "entry": f"""
        SELECT asked.event, {", ".join(f"entry.{name}" for name in SEALED_FIELDS)}
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (person_id, subject_id, event)
        JOIN record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.subject_id
    """,  # noqa: S608 - names of columns from a tuple of ours
}


async def rows_of(unit: Unit, events: Sequence[Event]) -> list[Any]:
    """The row of each event, at its place; None where there is none (any more)."""
    driver = await unit.driver()
    rows: list[Any] = [None] * len(events)
    places: dict[str, list[int]] = defaultdict(list)
    for place, (kind, _, _) in enumerate(events):
        places[kind].append(place)
    for kind, at in places.items():
        found = await driver.fetch(
            _ROWS[kind], [events[place][1] for place in at], [events[place][2] for place in at]
        )
        for row in found:
            rows[at[row["event"] - 1]] = row
    return rows
