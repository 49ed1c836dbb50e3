"""Append one completion entry per trainee who earned it: set-wise, and a repeat appends nothing twice."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.records.rules import record_number
from app.audit.events import announce, record_event

_SERIALS = "SELECT nextval('record_serial') FROM generate_series(1, $1::integer)"
_APPEND = (
    "SELECT person_id, record_number FROM append_completions($1, $2, $3::uuid[], $4::uuid[], $5::text[])"
)


async def append_completions(
    unit: Unit, *, opening_id: UUID, division_code: str, persons: Sequence[UUID]
) -> dict[UUID, str]:
    """Record number by person of the entries appended now; a person who has the entry already is left out.

    What an entry says is copied by the door (0010) from the closed class, its program and institution, the real-name
    match, the confirmed pass and the confirmed presence; nothing of it is told by the caller.
    """
    if not persons:
        return {}
    driver = await unit.driver()
    serials = [row[0] for row in await driver.fetch(_SERIALS, len(persons))]
    rows = await driver.fetch(
        _APPEND,
        unit.actor.principal_id,
        opening_id,
        list(persons),
        [uuid7() for _ in persons],
        [record_number(division_code, unit.today.year, serial) for serial in serials],
    )
    appended = {row["person_id"]: str(row["record_number"]) for row in rows}
    if appended:
        await record_event(
            unit,
            "record:appended",
            subject_kind="opening",
            subject_id=opening_id,
            details={"record_numbers": sorted(appended.values())},
        )
        await announce(
            unit,
            "record.appended",
            {
                "opening_id": str(opening_id),
                "record_numbers": sorted(appended.values()),
            },
        )
    return appended
