"""The static files of the log: C2SP tlog-tiles. Pure.

A tile holds up to 256 hashes of one level, an entry bundle up to 256 leaves, each after its length as two bytes
(big-endian). A partial one is a file of its own and is never changed either; it may go once the full one is there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.archive.log.rules.tree import TILE_WIDTH

CHECKPOINT = "checkpoint"
ENTRIES = "entries"
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9]|[1-5]\d|6[0-3])/(?P<index>(?:x\d{3}/){0,6}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?"
)
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: ``level`` None means the leaves themselves; ``width`` 256 is a full tile."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the prefix of the log."""
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{ENTRIES if self.level is None else self.level}/{index_path(self.index)}{partial}"

    @property
    def partials(self) -> str:
        """The folder of the partial forms of this tile."""
        return f"tile/{ENTRIES if self.level is None else self.level}/{index_path(self.index)}.p"


def index_path(index: int) -> str:
    """``1234067`` as ``x001/x234/067``."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def tile_of(path: str) -> Tile | None:
    """The tile at ``path``, or None when no tile can be there: only the one spelling of each is known."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    tile = Tile(
        level=None if found["level"] == ENTRIES else int(found["level"]),
        index=int("".join(re.findall(r"\d{3}", found["index"]))),
        width=int(found["width"] or TILE_WIDTH),
    )
    return tile if tile.path == path else None


def tiles_between(old: int, new: int) -> list[Tile]:
    """Every tile that the tree of ``new`` leaves has and that of ``old`` had not, leaves first."""
    tiles: list[Tile] = []
    level, before, width = 0, old, new
    while width:
        first = before // TILE_WIDTH
        for index in range(first, -(-width // TILE_WIDTH)):
            part = min(width - index * TILE_WIDTH, TILE_WIDTH)
            if before - index * TILE_WIDTH < part:
                tiles.extend([Tile(None, index, part)] if level == 0 else [])
                tiles.append(Tile(level, index, part))
        before, width, level = before // TILE_WIDTH, width // TILE_WIDTH, level + 1
    return tiles


def bundle(leaves: Sequence[bytes]) -> bytes:
    """An entry bundle."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
