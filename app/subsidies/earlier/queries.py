"""Imports of benefits paid before, as officers and the worker see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.errors import Citation, NotFound, Reason
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of

_NEXT = """
SELECT import_id, division_code, state, rows_done, rows_total FROM earlier_import
WHERE state IN ('received', 'running') ORDER BY received_at, import_id LIMIT 1
"""
_FIND = """
SELECT import_id, division_code, state, rows_total, rows_done, rows_refused, rows_unchanged, received_at, finished_at
FROM earlier_import WHERE import_id = $1 AND starts_with(division_code, $2)
"""
_LIST = """
SELECT import_id, division_code, state, rows_total, rows_done, rows_refused, rows_unchanged, received_at, finished_at
FROM earlier_import WHERE starts_with(division_code, $1) ORDER BY received_at DESC, import_id DESC LIMIT $2
"""
_DEFECTS = """
SELECT line, reasons::text AS reasons FROM earlier_import_defect
WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3
"""
# Of all who are read as one with the person: any name that was proved of any of them may stand in an old list.
_PROVED_NAMES = """
SELECT asked.person_id, proved.person_id AS owner, proved.name_sealed
FROM (SELECT DISTINCT unnest($1::uuid[]) AS person_id) AS asked
CROSS JOIN LATERAL person_group(asked.person_id) AS member (person_id)
JOIN person_name AS proved ON proved.person_id = member.person_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierJob:
    """An import as it was read; ``state`` and ``rows_done`` tell whether somebody else has moved it."""

    import_id: UUID
    division_code: str
    state: str
    rows_done: int
    rows_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierProgress:
    """How far an import is; ``rows_unchanged`` were taken in before."""

    import_id: UUID
    division_code: str
    state: str
    rows_total: int
    rows_done: int
    rows_refused: int
    rows_unchanged: int
    received_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Defect:
    """A line that was refused, and why."""

    line: int
    reasons: tuple[Reason, ...]


async def next_import(unit: Unit) -> EarlierJob | None:
    """The oldest import that is not finished."""
    row = await (await unit.driver()).fetchrow(_NEXT)
    return None if row is None else EarlierJob(**row)


async def find_import(unit: Unit, import_id: UUID) -> EarlierProgress:
    """Raises NotFound outside the caller's area."""
    scope = unit.actor.division_code
    row = None
    if scope is not None:
        row = await (await unit.driver()).fetchrow(_FIND, import_id, prefix_of(scope))
    if row is None:
        raise NotFound
    return EarlierProgress(**row)


async def list_imports(unit: Unit, *, limit: int) -> list[EarlierProgress]:
    """The last imports of the caller's area, newest first."""
    prefix = prefix_of(unit.actor.division_code or "")
    return [EarlierProgress(**row) for row in await (await unit.driver()).fetch(_LIST, prefix, limit)]


async def list_defects(unit: Unit, import_id: UUID, *, cursor: str | None, limit: int) -> Page[Defect]:
    """The refused lines in the order of the file. Raises NotFound as ``find_import`` does, InvalidInput."""
    await find_import(unit, import_id)
    (after,) = decode_cursor(cursor, _line) if cursor else (0,)
    rows = await (await unit.driver()).fetch(_DEFECTS, import_id, after, limit + 1)
    items = tuple(
        Defect(row["line"], tuple(map(_reason, orjson.loads(row["reasons"])))) for row in rows[:limit]
    )
    return Page(items, encode_cursor(items[-1].line) if len(rows) > limit else None)


async def proved_names(unit: Unit, keys: KeyRing, persons: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Names that the card-holder base has matched, by person; who was never matched is not in it."""
    found: dict[UUID, set[str]] = {}
    for row in await (await unit.driver()).fetch(_PROVED_NAMES, list(persons)):
        name = keys.open(row["name_sealed"], name="person_name.name", owner=row["owner"])
        found.setdefault(row["person_id"], set()).add(name)
    return found


def _reason(stored: dict[str, Any]) -> Reason:
    cited = stored.pop("citation")
    return Reason(**stored, citation=None if cited is None else Citation(**cited))


def _line(text: str) -> int:
    line = int(text)
    if not 0 <= line < 2**31:
        raise ValueError("no line")
    return line
