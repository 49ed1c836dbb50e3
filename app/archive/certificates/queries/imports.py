"""Imports of issuers' lists, as officers and the worker see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.directory.evaluation_bodies.queries import require_body_in_scope
from app.kernel.errors import Citation, NotFound, Reason
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

_NEXT = """
SELECT job.import_id, job.state, job.rows_done, job.rows_total, job.body_id, body.body_code, body.name AS body_name,
  job.received_by
FROM certificate_import AS job JOIN evaluation_body AS body ON body.body_id = job.body_id
WHERE job.state IN ('received', 'running') ORDER BY job.received_at, job.import_id LIMIT 1
"""
_FIND = """
SELECT import_id, body_id, state, rows_total, rows_done, rows_refused, received_at, finished_at
FROM certificate_import WHERE import_id = $1
"""
_LIST = """
SELECT job.import_id, job.body_id, job.state, job.rows_total, job.rows_done, job.rows_refused, job.received_at,
  job.finished_at, body.name AS body_name
FROM certificate_import AS job JOIN evaluation_body AS body ON body.body_id = job.body_id
WHERE starts_with(body.division_code, $1) ORDER BY job.received_at DESC, job.import_id DESC LIMIT $2
"""
_DEFECTS = """
SELECT line, reasons::text AS reasons FROM certificate_import_defect
WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """An import as it was read; ``state`` and ``rows_done`` tell whether somebody else has moved it."""

    import_id: UUID
    state: str
    rows_done: int
    rows_total: int
    body_id: UUID
    body_code: str
    body_name: str
    received_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import is."""

    import_id: UUID
    body_id: UUID
    state: str
    rows_total: int
    rows_done: int
    rows_refused: int
    received_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Defect:
    """A line that was refused, and why."""

    line: int
    reasons: tuple[Reason, ...]


async def next_import(unit: Unit) -> ImportJob | None:
    """The oldest import that is not finished."""
    driver = await unit.driver()
    row = await driver.fetchrow(_NEXT)
    return None if row is None else ImportJob(**row)


async def find_import(unit: Unit, import_id: UUID) -> ImportProgress:
    """Raises NotFound outside the caller's area."""
    driver = await unit.driver()
    row = await driver.fetchrow(_FIND, import_id)
    if row is None:
        raise _absent()
    try:
        await require_body_in_scope(unit, row["body_id"])
    except NotFound:
        raise _absent() from None
    return ImportProgress(**row)


async def list_imports(unit: Unit, *, limit: int) -> list[tuple[str, ImportProgress]]:
    """The last imports of the caller's area, newest first, each with the name of its body."""
    driver = await unit.driver()
    rows = await driver.fetch(_LIST, prefix_of(unit.actor.division_code or ""), limit)
    found = [dict(row) for row in rows]
    return [(each.pop("body_name"), ImportProgress(**each)) for each in found]


async def list_defects(unit: Unit, import_id: UUID, *, cursor: str | None, limit: int) -> Page[Defect]:
    """The refused lines in the order of the file. Raises NotFound as ``find_import`` does, InvalidInput."""
    await find_import(unit, import_id)
    (after,) = decode_cursor(cursor, _line) if cursor else (0,)
    driver = await unit.driver()
    rows = await driver.fetch(_DEFECTS, import_id, after, limit + 1)
    items = tuple(
        Defect(row["line"], tuple(map(_reason, orjson.loads(row["reasons"])))) for row in rows[:limit]
    )
    return Page(items, encode_cursor(items[-1].line) if len(rows) > limit else None)


def _reason(stored: dict[str, Any]) -> Reason:
    cited = stored.pop("citation")
    return Reason(**stored, citation=None if cited is None else Citation(**cited))


def _line(text: str) -> int:
    line = int(text)
    if not 0 <= line < 2**31:
        raise ValueError("no line")
    return line


def _absent() -> NotFound:
    return NotFound(
        [
            Reason(
                code="certificate_import_unknown",
                message="没有找到这次导入",
                remedy="请使用上传时返回的地址查询",
            )
        ]
    )
