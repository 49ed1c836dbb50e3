"""Reads of the tree: stored nodes, tree heads, and what follows from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.access.unit import Unit
from app.archive.log.rules.tiles import Tile, bundle
from app.archive.log.rules.tree import TILE_WIDTH, Nodes, Range, Span, consistency_ranges, hash_of, spans_of

_LEAF_HASHES = """
SELECT leaf_index, leaf_hash FROM log_leaf WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index
"""
_NODES = """
SELECT node_index, node_hash FROM log_node WHERE level = $1 AND node_index >= $2 AND node_index < $3 ORDER BY node_index
"""
_LEAVES = """
SELECT leaf, leaf_hash FROM log_leaf WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index
"""
_HEAD = "SELECT size, root, note, published_at FROM log_checkpoint ORDER BY size DESC LIMIT 1"
_HEAD_AT = "SELECT size, root, note, published_at FROM log_checkpoint WHERE size = $1"


@dataclass(frozen=True, slots=True)
class Head:
    """A published tree head, with its note as signed by the log."""

    size: int
    root: bytes
    note: str
    published_at: datetime


async def latest_head(unit: Unit) -> Head | None:
    """The newest published tree head; None while nothing was published."""
    row = await (await unit.driver()).fetchrow(_HEAD)
    return None if row is None else Head(*row)


async def head_of_size(unit: Unit, size: int) -> Head | None:
    """The published tree head of exactly this size."""
    row = await (await unit.driver()).fetchrow(_HEAD_AT, size)
    return None if row is None else Head(*row)


async def stored_leaves(unit: Unit, leaves: Range) -> Sequence[Any]:
    """``leaf`` and ``leaf_hash`` of each, in order; fewer than asked for where the log ends."""
    rows: Sequence[Any] = await (await unit.driver()).fetch(_LEAVES, leaves.start, leaves.stop)
    return rows


async def stored_nodes(unit: Unit, spans: Iterable[Span]) -> dict[tuple[int, int], bytes]:
    """The stored nodes of these spans by (level, index); those that are not stored are missing."""
    driver = await unit.driver()
    nodes: dict[tuple[int, int], bytes] = {}
    for span in spans:
        if span.level == 0:
            rows = await driver.fetch(_LEAF_HASHES, span.first, span.stop)
        else:
            rows = await driver.fetch(_NODES, span.level, span.first, span.stop)
        nodes.update(((span.level, index), hash_) for index, hash_ in rows)
    return nodes


async def root_at(unit: Unit, size: int) -> bytes:
    """The root over the first ``size`` leaves. Raises KeyError when they are not all stored and published."""
    whole = Range(0, size)
    return hash_of(whole, await stored_nodes(unit, spans_of([whole])))


async def consistency_proof(unit: Unit, old: int, new: int) -> list[bytes]:
    """Proof that the tree of ``old`` leaves is the beginning of that of ``new`` (RFC 6962 section 2.1.2).

    Raises ValueError when ``old`` is beyond ``new``, KeyError when so many leaves are not published.
    """
    ranges = consistency_ranges(old, new)
    return hashes_of(ranges, await stored_nodes(unit, spans_of(ranges)))


async def tile_content(unit: Unit, tile: Tile) -> bytes:
    """What the file of a tile says. Raises KeyError when so much is not published."""
    first, stop = tile.index * TILE_WIDTH, tile.index * TILE_WIDTH + tile.width
    if tile.level is None:
        return bundle([row["leaf"] for row in await stored_leaves(unit, Range(first, stop))])
    nodes = await stored_nodes(unit, [Span(tile.level, first, stop)])
    return b"".join(nodes[tile.level, index] for index in range(first, stop))


def hashes_of(ranges: Iterable[Range], nodes: Nodes) -> list[bytes]:
    """The hash of each subtree."""
    return [hash_of(subtree, nodes) for subtree in ranges]
