"""Append one entry per trainee who attended: the days of a closed class somebody was confirmed present."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.records.rules import record_number
from app.audit.events import announce, record_event

_SERIALS = "SELECT nextval('record_serial') FROM generate_series(1, $1::integer)"
_APPEND = (
    "SELECT person_id, record_number FROM append_attended_periods($1, $2, $3::uuid[], $4::uuid[], $5::text[])"
)


async def append_attended_periods(
    unit: Unit, *, opening_id: UUID, division_code: str, persons: Sequence[UUID]
) -> dict[UUID, str]:
    """Record number by person of the entries appended now; a person who has the entry already is left out.

    The door (0022) counts the days itself, from confirmed presence: nothing of the entry is told by the caller. Whether
    the trainee passed does not matter: 生活费补贴 is paid for days attended (国办发〔2019〕24号 四(十一)).
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
        payload = {"opening_id": str(opening_id), "record_numbers": sorted(appended.values())}
        await record_event(
            unit, "record:appended", subject_kind="opening", subject_id=opening_id, details=payload
        )
        await announce(unit, "record.appended", payload)
    return appended
