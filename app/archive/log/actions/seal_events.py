"""Seal the next legal events: a leaf, a salt and an index each, in the order of the queue."""

import os

from app.access.unit import Unit
from app.archive.log.queries.events import rows_of
from app.archive.log.queries.status import events_to_seal
from app.archive.log.rules.leaves import SALT_BYTES, leaf_of

_SEAL = "SELECT seal_events($1::uuid[], $2::bytea[], $3::bytea[])"


async def seal_events(unit: Unit, most: int) -> int:
    """How many of at most ``most`` were taken up; fewer than that means that nothing waits any more.

    Two sequencers at once take turns at the door (0015), which leaves out what the other has sealed meanwhile.
    """
    events = await events_to_seal(unit, most)
    if not events:
        return 0
    rows = await rows_of(unit, [(event["kind"], event["person_id"], event["subject_id"]) for event in events])
    random = os.urandom(SALT_BYTES * len(events))
    salts = [random[at : at + SALT_BYTES] for at in range(0, len(random), SALT_BYTES)]
    leaves = [leaf_of(event["kind"], row, salt) for event, row, salt in zip(events, rows, salts, strict=True)]
    await (await unit.driver()).execute(_SEAL, [event["event_id"] for event in events], salts, leaves)
    return len(events)
