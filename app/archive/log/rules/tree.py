"""The Merkle tree of the log (RFC 6962 section 2.1, SHA-256), of nodes that are stored once and never again. Pure.

Stored are the hashes of leaves (level 0) and of every 256 nodes of the level below (the hashes that C2SP tiles hold).
Whatever a root or a proof needs beyond them is folded from at most 255 stored nodes a level. A question is asked in
two steps: which stored nodes it needs (``spans_of``), and, once they are at hand, its answer (``hash_of``).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Range(NamedTuple):
    """The leaves ``start <= i < stop``; a subtree of RFC 6962 when the start is one of its left ends."""

    start: int
    stop: int


class Span(NamedTuple):
    """Stored nodes ``first <= i < stop`` of a level."""

    level: int
    first: int
    stop: int


Nodes = Mapping[tuple[int, int], bytes]
"""Hash by (level, index)."""


@dataclass(frozen=True, slots=True)
class _Perfect:
    """The perfect subtree of 2**height leaves at ``index`` (counted in subtrees of that height)."""

    height: int
    index: int

    @property
    def span(self) -> Span:
        level, rest = divmod(self.height, TILE_BITS)
        return Span(level, self.index << rest, (self.index + 1) << rest)


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf: SHA-256 over a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 over a one byte and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root of a perfect subtree over the hashes of its lower nodes, whose number is a power of two."""
    row = list(hashes)
    sha256 = hashlib.sha256
    while len(row) > 1:
        row = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The subtrees whose hashes prove leaf ``index`` in the tree of ``size``, from the leaf up (section 2.1.1).

    Raises ValueError when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf in this tree")
    path: list[Range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(Range(middle, stop))
            stop = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The subtrees whose hashes prove that the tree of ``old`` leaves is the beginning of ``new`` (section 2.1.2).

    Empty when both are the same or the older is empty. Raises ValueError when ``old`` is beyond ``new``.
    """
    if not 0 <= old <= new:
        raise ValueError("the older tree is not the smaller one")
    if old in (0, new):
        return []
    path: list[Range] = []
    start, stop, is_whole = 0, new, True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(Range(middle, stop))
            stop = middle
        else:
            path.append(Range(start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(Range(start, stop))
    return path[::-1]


def spans_of(ranges: Iterable[Range]) -> list[Span]:
    """The stored nodes from which the hashes of these subtrees follow."""
    return sorted({perfect.span for subtree in ranges for perfect in _perfect_parts(subtree)})


def hash_of(subtree: Range, nodes: Nodes) -> bytes:
    """The hash of a subtree (section 2.1). Raises KeyError when a node of its spans is not at hand."""
    if subtree.start == subtree.stop:
        return EMPTY_ROOT
    above = b""
    for perfect in reversed(_perfect_parts(subtree)):
        level, first, stop = perfect.span
        part = fold([nodes[level, index] for index in range(first, stop)])
        above = node_hash(part, above) if above else part
    return above


def right_edge(size: int) -> list[Span]:
    """The stored nodes that are not yet under a node of the level above: what an append goes on from."""
    edge = []
    level, width = 0, size
    while width:
        edge.append(Span(level, width - width % TILE_WIDTH, width))
        width //= TILE_WIDTH
        level += 1
    return edge


def _split(width: int) -> int:
    """The largest power of two below ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def _perfect_parts(subtree: Range) -> list[_Perfect]:
    parts = []
    start = subtree.start
    for height in reversed(range((subtree.stop - subtree.start).bit_length())):
        if (subtree.stop - subtree.start) >> height & 1:
            parts.append(_Perfect(height, start >> height))
            start += 1 << height
    return parts
