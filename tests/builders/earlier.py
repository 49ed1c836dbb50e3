"""Benefits paid before the registry, laid as the import would: key and yearly place."""

from datetime import date
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.actor import SYSTEM_PRINCIPAL
from tests.registry_server import Registry

LINE = "2015:6-18-02-04"


async def lay_earlier(
    registry: Registry,
    person_id: UUID,
    *,
    line: str = LINE,
    level: str = "level_4",
    year: int = 2018,
    place: int | None = 1,
    cap: int = 3,
) -> UUID:
    """A 技能提升补贴 of that year; returns its key."""
    owner, import_id, earlier_id, key_id = await registry.owner(), uuid7(), uuid7(), uuid7()
    await owner.execute(
        "INSERT INTO earlier_import (import_id, division_code, file_sha256, rows_total, received_by)"
        " VALUES ($1, '110000', $2, 1, $3)",
        import_id,
        import_id.bytes,
        SYSTEM_PRINCIPAL,
    )
    await owner.execute(
        "INSERT INTO earlier_benefit (person_id, earlier_id, kind, division_code, paid_on, amount_fen,"
        " document_number, import_id, line) VALUES ($1, $2, 'skill_upgrade', '110105', $3, 150000, '试发', $4, 2)",
        person_id,
        earlier_id,
        date(year, 6, 1),
        import_id,
    )
    await owner.execute(
        "INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin, earlier_id)"
        " VALUES ($1, $2, 'training_or_upgrade', $3, $4, 'life', 'earlier', $5)",
        person_id,
        key_id,
        line,
        level,
        earlier_id,
    )
    if place is not None:
        await owner.execute(
            "INSERT INTO benefit_slot (person_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,"
            " rule_division) VALUES ($1, $2, 'skill_upgrade', $3, $4, $5, 0, false, '000000')",
            person_id,
            key_id,
            str(year),
            place,
            cap,
        )
    return key_id
