"""Comparisons of an agency, and the one statement that compares a part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import anyio.to_thread
import asyncpg
import orjson

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.comparisons.rules import Found, Line
from app.exchange.comparisons.states import ComparisonState
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor

_SHOWN = """comparison_id, purpose, case_number, state, form, lines_total, lines_done, parts_done, persons_found,
  outcomes, failure, created_at, started_at, finished_at, cleared_at"""
_FIND = f"SELECT {_SHOWN} FROM comparison WHERE comparison_id = $1 AND agency_id = $2"  # noqa: S608 - a constant
_LIST = f"""
SELECT {_SHOWN} FROM comparison WHERE agency_id = $1 AND ($2::uuid IS NULL OR comparison_id < $2)
ORDER BY comparison_id DESC LIMIT $3
"""  # noqa: S608 - a constant
_NEXT = f"""
SELECT {_SHOWN}, principal_id, encoding, pieces, upload_id, file_sha256 FROM comparison
WHERE state IN ('queued', 'running') ORDER BY comparison_id LIMIT 1
"""  # noqa: S608 - a constant
_COMPARE = """
SELECT line, person_id, is_first, name_sealed, record_state, certificate_state FROM compare_lines($1)
"""


Staged = tuple[UUID, int, bytes | None, bytes | None, str | None, bytes | None, bytes | None]
"""Comparison, line, digests of the number, record number, digests of the certificate's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison as its agency sees it."""

    comparison_id: UUID
    purpose: str
    case_number: str
    state: ComparisonState
    form: str | None
    lines_total: int | None
    lines_done: int
    parts_done: int
    persons_found: int
    outcomes: dict[str, int]
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """A comparison in the worker's hands."""

    shown: Comparison
    encoding: str
    pieces: int
    upload_id: UUID
    file_sha256: bytes


async def find_comparison(unit: Unit, comparison_id: UUID) -> Comparison:
    """One of the caller's agency. Raises NotFound."""
    row = await (await unit.driver()).fetchrow(_FIND, comparison_id, unit.actor.agency())
    if row is None:
        raise NotFound
    return _comparison(row)


async def list_comparisons(unit: Unit, *, limit: int, cursor: str | None) -> Page[Comparison]:
    """Those of the caller's agency, newest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor is not None else None
    rows = await (await unit.driver()).fetch(_LIST, unit.actor.agency(), before, limit + 1)
    more = encode_cursor(rows[limit - 1]["comparison_id"]) if len(rows) > limit else None
    return Page(tuple(_comparison(row) for row in rows[:limit]), more)


async def next_comparison(unit: Unit) -> Job | None:
    """The oldest that waits or runs."""
    row = await (await unit.driver()).fetchrow(_NEXT)
    if row is None:
        return None
    return Job(_comparison(row), row["encoding"], row["pieces"], row["upload_id"], row["file_sha256"])


async def compare(
    connection: asyncpg.Connection, keys: KeyRing, comparison_id: UUID, staged: Sequence[Staged]
) -> tuple[dict[int, Found], int]:
    """What the archive says of each line that finds somebody, and how many persons were found for the first time.

    The access rows are stored by the statement. Lines stand in the table for this transaction only.
    """
    await connection.copy_records_to_table("comparison_line", schema_name="registry", records=staged)
    rows = await connection.fetch(_COMPARE, comparison_id)
    await connection.execute("DELETE FROM comparison_line WHERE comparison_id = $1", comparison_id)
    return await anyio.to_thread.run_sync(_found, keys, rows)


def _found(keys: KeyRing, rows: Sequence[asyncpg.Record]) -> tuple[dict[int, Found], int]:
    named = [row for row in rows if row[3] is not None]
    names = keys.open_all(
        [row[3] for row in named], name="person_name.name", owners=[row[1] for row in named]
    )
    name_of = {row[1]: name for row, name in zip(named, names, strict=True)}
    found: dict[int, Found] = {}
    persons = set()
    for line, person_id, is_first, _, record_state, certificate_state in rows:
        if is_first:
            persons.add(person_id)
        name = name_of.get(person_id)
        one = Found(
            () if name is None else (name,),
            () if record_state is None else (record_state,),
            () if certificate_state is None else (certificate_state,),
        )
        found[line] = found[line] + one if line in found else one
    return found, len(persons)


def staged(keys: KeyRing, comparison_id: UUID, lines: Sequence[Line]) -> list[Staged]:
    """The lines as they stand in the table of the worker's transaction: digests in place of numbers."""
    numbers = [each.number for each in lines]
    certificates = [each.certificate_number or "" for each in lines]
    columns: list[Sequence[bytes | None]] = []
    for texts, purpose in ((numbers, "identity_number"), (certificates, "certificate_number")):
        for at in range(2):
            if at < len(keys.digest_key_ids) and any(texts):
                digests = keys.digest_all(texts, purpose=purpose, key_id=keys.digest_key_ids[at])
                columns.append(
                    [digest if text else None for digest, text in zip(digests, texts, strict=True)]
                )
            else:
                columns.append([None] * len(lines))
    return [
        (comparison_id, each.line, digest, other, each.record_number, certificate, other_certificate)
        for each, digest, other, certificate, other_certificate in zip(lines, *columns, strict=True)
    ]


def _comparison(row: asyncpg.Record) -> Comparison:
    told = {name: row[name] for name in Comparison.__slots__}
    outcomes = told["outcomes"]
    told["outcomes"] = orjson.loads(outcomes) if isinstance(outcomes, str) else outcomes
    told["state"] = ComparisonState(told["state"])
    return Comparison(**told)
