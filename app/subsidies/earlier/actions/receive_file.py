"""Take a list of earlier benefits in: parted, sealed, kept until the worker has stored it; one file is one import."""

from collections.abc import Sequence
from uuid import UUID, uuid5

import anyio.to_thread
import orjson

from app.access.unit import Unit
from app.audit.events import record_event
from app.files.lists import Row
from app.files.store import DocumentStore, Owner

PART_ROWS = 500

_RECEIVE = """
INSERT INTO earlier_import (division_code, file_sha256, rows_total, received_by) VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT earlier_import_file_key DO NOTHING RETURNING import_id
"""
_RECEIVED = "SELECT import_id FROM earlier_import WHERE division_code = $1 AND file_sha256 = $2"


async def receive_file(unit: Unit, documents: DocumentStore, *, sha256: bytes, rows: Sequence[Row]) -> UUID:
    """The import of the file for the officer's area; the same file again is the same import."""
    division = unit.actor.division_code
    assert division is not None
    driver = await unit.driver()
    import_id: UUID | None = await driver.fetchval(
        _RECEIVE, division, sha256, len(rows), unit.actor.principal_id
    )
    if import_id is None:
        known: UUID = await driver.fetchval(_RECEIVED, division, sha256)
        return known
    # Before the commit: a worker that sees the import finds every part. A rollback leaves sealed parts nobody names.
    for start in range(0, len(rows), PART_ROWS):
        part = await anyio.to_thread.run_sync(orjson.dumps, rows[start : start + PART_ROWS])
        await documents.keep(owner_of(import_id), part_id(import_id, start), part)
    await record_event(
        unit,
        "earlier_import:received",
        subject_kind="earlier_import",
        subject_id=import_id,
        details={"division_code": division, "rows": len(rows)},
    )
    return import_id


def unpacked(part: bytes) -> list[Row]:
    """The rows of a part."""
    return [(line, cells) for line, cells in orjson.loads(part)]


def owner_of(import_id: UUID) -> Owner:
    """Whose objects the parts of an import are."""
    return Owner("earlier_import", import_id)


def part_id(import_id: UUID, start: int) -> UUID:
    """The id of the part that begins after ``start`` rows."""
    return uuid5(import_id, str(start))
