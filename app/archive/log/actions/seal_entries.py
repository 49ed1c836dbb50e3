"""Seal the next archive entries: a leaf, a salt and an index each, in the order of their ids."""

import secrets

from app.access.unit import Unit
from app.archive.log.queries import entries_to_seal
from app.archive.log.rules import SALT_BYTES, leaf_of_entry

_SEAL = "SELECT seal_entries($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])"


async def seal_entries(unit: Unit, most: int) -> int:
    """How many of at most ``most`` were taken up; fewer than that means that nothing waits any more.

    Two sequencers at once take turns at the door (0015), which leaves out what the other has sealed meanwhile.
    """
    entries = await entries_to_seal(unit, most)
    if entries:
        salts = [secrets.token_bytes(SALT_BYTES) for _ in entries]
        driver = await unit.driver()
        await driver.execute(
            _SEAL,
            [entry["person_id"] for entry in entries],
            [entry["entry_id"] for entry in entries],
            salts,
            [leaf_of_entry(entry, salt) for entry, salt in zip(entries, salts, strict=True)],
        )
    return len(entries)
