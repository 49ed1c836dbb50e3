"""Where the stored log is no longer what it was: leaves derived again from rows and salts, roots from leaves."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.access.unit import Unit
from app.archive.log.queries.events import rows_of
from app.archive.log.queries.nodes import stored_nodes
from app.archive.log.rules.growth import Growth, grown
from app.archive.log.rules.leaves import leaf_of
from app.archive.log.rules.notes import Checkpoint, NoteBroken, Verifier, read_checkpoint
from app.archive.log.rules.tree import TILE_WIDTH, Span, leaf_hash, right_edge

_BATCH = 5_000
_LEAVES = """
SELECT log.leaf_index, log.leaf, log.leaf_hash, salt.kind, salt.person_id, salt.subject_id, salt.salt, salt.erased_at,
  count(*) OVER (PARTITION BY log.leaf_index) AS told
FROM log_leaf AS log LEFT JOIN leaf_salt AS salt USING (leaf_index)
WHERE log.leaf_index >= $1 AND log.leaf_index < $2 ORDER BY log.leaf_index
"""
_END = "SELECT coalesce(max(leaf_index) + 1, 0) FROM log_leaf"
_HEADS = "SELECT size, root, note FROM log_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size"
_HEADS_BEYOND = "SELECT size FROM log_checkpoint WHERE size > $1"
_KEYS = "SELECT public_key FROM key_change WHERE purpose = 'log' AND change = 'added'"
_LOST_ENTRIES = """
SELECT entry.record_number FROM record_entry AS entry
WHERE NOT EXISTS (SELECT FROM leaf_salt AS salt WHERE salt.person_id = entry.person_id
    AND salt.subject_id = entry.entry_id AND salt.kind = 'entry')
  AND NOT EXISTS (SELECT FROM unsealed_event AS waiting WHERE waiting.kind = 'entry'
    AND waiting.person_id = entry.person_id AND waiting.subject_id = entry.entry_id)
ORDER BY entry.entry_id LIMIT 1000
"""
_WRONG_INCLUSIONS = """
SELECT inclusion.leaf_index FROM inclusion
LEFT JOIN leaf_salt AS salt ON salt.person_id = inclusion.person_id AND salt.subject_id = inclusion.entry_id
  AND salt.kind = 'entry' AND salt.leaf_index = inclusion.leaf_index
LEFT JOIN log_checkpoint AS head ON head.size = inclusion.checkpoint_size
WHERE salt.leaf_index IS NULL OR head.size IS NULL OR inclusion.leaf_index >= inclusion.checkpoint_size
ORDER BY inclusion.leaf_index LIMIT 1000
"""
_WRONG_DAYS = """
SELECT kept.day FROM access_digest AS kept CROSS JOIN LATERAL access_digest_of(kept.day) AS now
WHERE now.digest <> kept.digest OR now.accesses <> kept.accesses ORDER BY kept.day
"""


class LogDifference(StrEnum):
    """What can be wrong with the stored log."""

    LEAF_MISSING = "leaf_missing"
    LEAF_CHANGED = "leaf_changed"
    ROW_MISSING = "row_missing"
    ROW_CHANGED = "row_changed"
    SUBJECT_UNKNOWN = "subject_unknown"
    ROOT_DIFFERS = "root_differs"
    NODE_DIFFERS = "node_differs"
    NOTE_NOT_SIGNED = "note_not_signed"
    BEHIND_HEAD = "behind_head"
    ENTRY_NOT_LOGGED = "entry_not_logged"
    INCLUSION_WRONG = "inclusion_wrong"
    DAY_CHANGED = "day_changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding; ``message`` (Chinese) names index, number or day, and nobody."""

    kind: LogDifference
    message: str
    leaf_index: int | None = None


async def differences_of_log(unit: Unit, *, out: Checkpoint | None = None) -> AsyncIterator[Difference]:
    """Every way in which rows, salts, leaves, nodes and tree heads no longer agree.

    ``out`` is the tree head of the published file. For a role that reads all of it (the auditor's). Memory stays
    bounded; the time is that of reading the whole log.
    """
    driver = await unit.driver()
    verifiers = [Verifier.parse(row["public_key"]) for row in await driver.fetch(_KEYS)]
    end: int = await driver.fetchval(_END)
    growth = grown(0, {}, [])
    for first in range(0, end, _BATCH):
        rows = _once_each(await driver.fetch(_LEAVES, first, min(first + _BATCH, end)))
        for found in _gaps(rows, first, min(first + _BATCH, end)):
            yield found
        if len(rows) < min(first + _BATCH, end) - first:
            return  # what follows a hole has no tree to be compared with
        for found in await _changed(unit, rows):
            yield found
        growth = grown(first, _edge(growth), [leaf_hash(row["leaf"]) for row in rows])
        async for found in _of_tree(unit, growth, verifiers):
            yield found
        if out is not None and first < out.size <= growth.new and growth.root(out.size) != out.root:
            yield Difference(
                LogDifference.ROOT_DIFFERS, f"前 {out.size} 条推得的根与已公布的检查点文件不一致"
            )
    if out is not None and out.size > end:
        yield Difference(LogDifference.BEHIND_HEAD, f"已公布的检查点有 {out.size} 条，数据库只有 {end} 条")
    for row in await driver.fetch(_HEADS_BEYOND, end):
        yield Difference(LogDifference.BEHIND_HEAD, f"检查点有 {row['size']} 条，数据库只有 {end} 条")
    for row in await driver.fetch(_LOST_ENTRIES):
        told = f"档案 {row['record_number']} 既未封存，也不在待封存之列"
        yield Difference(LogDifference.ENTRY_NOT_LOGGED, told)
    for row in await driver.fetch(_WRONG_INCLUSIONS):
        told = f"第 {row['leaf_index']} 条的入库标记与封存日志不一致"
        yield Difference(LogDifference.INCLUSION_WRONG, told, row["leaf_index"])
    for row in await driver.fetch(_WRONG_DAYS):
        yield Difference(LogDifference.DAY_CHANGED, f"{row['day']} 的查询记录与当日封存的摘要不一致")


def _once_each(rows: Sequence[Any]) -> list[Any]:
    """A leaf of two subjects is told once; the second subject is found by its own row."""
    seen: dict[int, Any] = {}
    for row in rows:
        seen.setdefault(row["leaf_index"], row)
    return list(seen.values())


def _gaps(rows: Sequence[Any], first: int, stop: int) -> list[Difference]:
    there = {row["leaf_index"] for row in rows}
    return [
        Difference(LogDifference.LEAF_MISSING, f"第 {index} 条不见了", index)
        for index in range(first, stop)
        if index not in there
    ]


async def _changed(unit: Unit, rows: Sequence[Any]) -> list[Difference]:
    found = []
    for row in rows:
        index = row["leaf_index"]
        if leaf_hash(row["leaf"]) != row["leaf_hash"]:
            found.append(Difference(LogDifference.LEAF_CHANGED, f"第 {index} 条与其散列不一致", index))
        if row["kind"] is None or row["told"] != 1:
            told = f"第 {index} 条没有对应的事项，或对应不止一项"
            found.append(Difference(LogDifference.SUBJECT_UNKNOWN, told, index))
    told_of = [row for row in rows if row["salt"] is not None]
    events = [(row["kind"], row["person_id"], row["subject_id"]) for row in told_of]
    for row, source in zip(told_of, await rows_of(unit, events), strict=True):
        index = row["leaf_index"]
        if source is None:
            found.append(Difference(LogDifference.ROW_MISSING, f"第 {index} 条所封存的记录不见了", index))
        elif leaf_of(row["kind"], source, row["salt"]) != row["leaf"]:
            told = f"第 {index} 条所封存的记录已被改动"
            found.append(Difference(LogDifference.ROW_CHANGED, told, index))
    return found


async def _of_tree(unit: Unit, growth: Growth, verifiers: Sequence[Verifier]) -> AsyncIterator[Difference]:
    driver = await unit.driver()
    for row in await driver.fetch(_HEADS, growth.old, growth.new):
        if growth.root(row["size"]) != row["root"]:
            told = f"前 {row['size']} 条推得的根与当时的检查点不一致"
            yield Difference(LogDifference.ROOT_DIFFERS, told)
        try:
            said = read_checkpoint(row["note"], verifiers)
        except NoteBroken:
            said = None
        if said is None or (said.size, said.root) != (row["size"], row["root"]):
            told = f"{row['size']} 条的检查点没有本日志的有效签名"
            yield Difference(LogDifference.NOTE_NOT_SIGNED, told)
    published: int = await driver.fetchval("SELECT coalesce(max(size), 0) FROM log_checkpoint")
    spans = [
        Span(level, index, index + 1)
        for level, index, _ in growth.stored
        if (index + 1) * TILE_WIDTH**level <= published
    ]
    kept = await stored_nodes(unit, spans)
    for level, index, hash_ in growth.stored:
        if (index + 1) * TILE_WIDTH**level <= published and kept.get((level, index)) != hash_:
            yield Difference(LogDifference.NODE_DIFFERS, f"第 {level} 层第 {index} 个结点与条目不一致")


def _edge(growth: Growth) -> dict[tuple[int, int], bytes]:
    """What the next append goes on from, and no more."""
    return {
        (span.level, index): growth.nodes[span.level, index]
        for span in right_edge(growth.new)
        for index in range(span.first, span.stop)
    }
