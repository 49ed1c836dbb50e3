"""A monitor's work: is the log still the one seen before, and does it hold what its tree head says?

The last tree head is remembered as the note itself, so that others can check it too.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.verifier.bundles import hashes
from app.verifier.notes import Head, VerifierKey, verified_head
from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.tree import HASH_BYTES, Frontier, check_consistency, hash_of_leaf

TILE_WIDTH = 256
_LENGTH_BYTES = 2

Fetch = Callable[[str], bytes | None]
"""The content at a path below the registry's address, None when there is none."""


class Forked(DoesNotHold):
    """Two tree heads of the log do not belong to one history."""


class RolledBack(DoesNotHold):
    """The log is shorter than it was, or gone."""


class ContentsDiffer(DoesNotHold):
    """Tiles or entries do not lead to the tree head."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is out now, and what was remembered before it."""

    note: str
    head: Head
    before: Head | None


def watch(fetch: Fetch, keys: Sequence[VerifierKey], remembered: str | None) -> Watched:
    """Compare what is out with what was seen last. Raises Forked, RolledBack, DoesNotHold or Unreadable."""
    raw = fetch("log/checkpoint")
    if raw is None and remembered is not None:
        raise RolledBack("日志的检查点不见了，而此前已经公布过：日志可能已被删除")
    if raw is None:
        raise Unreadable("日志还没有公布检查点")
    try:
        note = raw.decode()
    except UnicodeDecodeError:
        raise Unreadable("检查点不是 UTF-8 文本") from None
    head = verified_head(note, keys)
    if remembered is None:
        return Watched(note, head, None)
    before = verified_head(remembered, keys)
    if before.origin != head.origin:
        raise Forked(f"日志名称由“{before.origin}”变为“{head.origin}”")
    if head.size < before.size:
        raise RolledBack(f"日志由 {before.size} 条退回到 {head.size} 条")
    if head.size == before.size and head.root != before.root:
        raise Forked(f"同为 {head.size} 条，根却不同：日志已分叉")
    if head.size > before.size:
        path = _consistency(fetch, before.size, head.size)
        try:
            check_consistency(before.size, before.root, head.size, head.root, path)
        except DoesNotHold as refusal:
            raise Forked(str(refusal)) from None
    return Watched(note, head, before)


def audit(fetch: Fetch, head: Head) -> int:
    """Read every entry and tile of hashes, of all levels, and derive the root anew; how many. Raises ContentsDiffer."""
    frontier, upper = Frontier(), _UpperTiles(fetch)
    for index in range(-(-head.size // TILE_WIDTH)):
        width = min(head.size - index * TILE_WIDTH, TILE_WIDTH)
        leaves = list(_entries(_tile(fetch, "entries", index, width)))
        leaf_hashes = [hash_of_leaf(leaf) for leaf in leaves]
        if len(leaves) < width or b"".join(leaf_hashes[:width]) != _hashes(fetch, 0, index, width):
            first = index * TILE_WIDTH
            raise ContentsDiffer(f"第 {first} 至 {first + width - 1} 条的原文与瓦片不一致")
        for leaf_hash in leaf_hashes[:width]:
            frontier.append(leaf_hash)
        if width == TILE_WIDTH:
            upper.append(_root_of(leaf_hashes[:width]))
    upper.finish()
    if frontier.root != head.root:
        raise ContentsDiffer("由全部条目推得的根与检查点不一致")
    return frontier.size


def tile_path(level: str, index: int, width: int) -> str:
    """Where a tile is (C2SP tlog-tiles)."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"log/tile/{level}/{'/'.join(reversed(parts))}{partial}"


def _tile(fetch: Fetch, level: str, index: int, width: int) -> bytes:
    # A partial tile may be gone once the full one is there.
    content = fetch(tile_path(level, index, width)) or fetch(tile_path(level, index, TILE_WIDTH))
    if content is None:
        raise ContentsDiffer(f"缺少文件 {tile_path(level, index, width)}")
    return content


def _hashes(fetch: Fetch, level: int, index: int, width: int) -> bytes:
    return _tile(fetch, str(level), index, width)[: width * HASH_BYTES]


def _root_of(nodes: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for node in nodes:
        frontier.append(node)
    return frontier.root


class _UpperTiles:
    """Tiles of level 1 and up, derived from the full tiles below and compared as they fill: 256 hashes a level."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._filling: list[list[bytes]] = []
        self._full: list[int] = []

    def append(self, node: bytes, level: int = 1) -> None:
        """The root of one more full tile of the level below. Raises ContentsDiffer."""
        if level > len(self._filling):
            self._filling.append([])
            self._full.append(0)
        nodes = self._filling[level - 1]
        nodes.append(node)
        if len(nodes) == TILE_WIDTH:
            self._compare(level)
            self._filling[level - 1] = []
            self._full[level - 1] += 1
            self.append(_root_of(nodes), level + 1)

    def finish(self) -> None:
        """What is not full yet stands in partial tiles. Raises ContentsDiffer."""
        for level, nodes in enumerate(self._filling, start=1):
            if nodes:
                self._compare(level)

    def _compare(self, level: int) -> None:
        nodes, index = self._filling[level - 1], self._full[level - 1]
        if b"".join(nodes) != _hashes(self._fetch, level, index, len(nodes)):
            path = tile_path(str(level), index, len(nodes))
            raise ContentsDiffer(f"瓦片 {path} 与由全部条目推得的不一致")


def _entries(bundle: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(bundle):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(bundle[at:start], "big")
        if at > len(bundle):
            raise ContentsDiffer("条目文件不完整")
        yield bundle[start:at]


def _consistency(fetch: Fetch, old: int, new: int) -> list[bytes]:
    if old == 0:
        return []
    raw = fetch(f"v1/log/consistency?from={old}&to={new}")
    try:
        path = json.loads(raw or b"")["path"]
        return hashes(path)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Forked(f"日志不能证明前 {old} 条没有改动") from None
