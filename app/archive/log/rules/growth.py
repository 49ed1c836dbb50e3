"""What an append adds to the tree. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.archive.log.rules.tiles import Tile, bundle, tiles_between
from app.archive.log.rules.tree import TILE_WIDTH, Range, fold, hash_of


@dataclass(frozen=True, slots=True)
class Growth:
    """The tree from ``old`` to ``new`` leaves; ``nodes`` holds its right edge and everything that came."""

    old: int
    new: int
    nodes: Mapping[tuple[int, int], bytes]
    stored: Sequence[tuple[int, int, bytes]]
    """The nodes above the leaves that are new: level, index, hash."""

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` leaves, ``old <= size <= new``."""
        return hash_of(Range(0, size), self.nodes)

    def files(self, bundled: Sequence[bytes]) -> dict[str, bytes]:
        """The tiles that are new; ``bundled`` are the leaves from the last full bundle of ``old`` on."""
        first = self.old - self.old % TILE_WIDTH
        files = {}
        for tile in tiles_between(self.old, self.new):
            start = tile.index * TILE_WIDTH
            if tile.level is None:
                files[tile.path] = bundle(bundled[start - first : start - first + tile.width])
            else:
                hashes = [self.nodes[tile.level, index] for index in range(start, start + tile.width)]
                files[tile.path] = b"".join(hashes)
        return files

    @property
    def outgrown(self) -> list[Tile]:
        """Tiles of the older tree that were partial and are full now: their partial forms may go."""
        outgrown = []
        level, before, width = 0, self.old, self.new
        while before:
            if before % TILE_WIDTH and width // TILE_WIDTH > before // TILE_WIDTH:
                outgrown.append(Tile(level, before // TILE_WIDTH))
                outgrown.extend([Tile(None, before // TILE_WIDTH)] if level == 0 else [])
            before, width, level = before // TILE_WIDTH, width // TILE_WIDTH, level + 1
        return outgrown


def grown(old: int, edge: Mapping[tuple[int, int], bytes], leaf_hashes: Sequence[bytes]) -> Growth:
    """Append: ``edge`` are the nodes of ``tree.right_edge(old)``."""
    nodes = dict(edge)
    stored: list[tuple[int, int, bytes]] = []
    level, before, arrived = 0, old, list(leaf_hashes)
    while arrived:
        nodes.update(((level, before + place), hash_) for place, hash_ in enumerate(arrived))
        first = before - before % TILE_WIDTH
        row = [nodes[level, index] for index in range(first, before)] + arrived
        above = [fold(row[at : at + TILE_WIDTH]) for at in range(0, len(row) - TILE_WIDTH + 1, TILE_WIDTH)]
        level, before, arrived = level + 1, first // TILE_WIDTH, above
        stored.extend((level, before + place, hash_) for place, hash_ in enumerate(above))
    return Growth(old, old + len(leaf_hashes), nodes, stored)
