"""The tree against RFC 6962's own recursion and against pymerkle, which shares no line with ours."""

import hashlib

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.archive.log.rules.growth import Growth, grown
from app.archive.log.rules.tiles import Tile, index_path, tile_of, tiles_between
from app.archive.log.rules.tree import (
    EMPTY_ROOT,
    Range,
    consistency_ranges,
    hash_of,
    inclusion_ranges,
    leaf_hash,
    right_edge,
    spans_of,
)

LEAVES = [f"leaf {number}".encode() for number in range(70_000)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
SIZES = st.integers(0, 1_500) | st.sampled_from([255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000])


def tree_of(size: int) -> Growth:
    return grown(0, {}, HASHES[:size])


def mth(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word by word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(hashes[:split]) + mth(hashes[split:])).digest()


@pytest.fixture(scope="module")
def oracle() -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in LEAVES[:1_500]:
        tree.append_entry(leaf)
    return tree


@given(size=SIZES)
@settings(max_examples=60, deadline=None)
def test_the_root_is_that_of_rfc_6962(size: int) -> None:
    assert tree_of(size).root(size) == mth(HASHES[:size])


@given(size=st.integers(1, 1_500), data=st.data())
@settings(max_examples=60, deadline=None)
def test_proofs_are_those_of_pymerkle(size: int, data: st.DataObject, oracle: pymerkle.InmemoryTree) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(size)
    assert tree.root(size) == oracle.get_root(size)
    ours = [hash_of(subtree, tree.nodes) for subtree in inclusion_ranges(index, size)]
    theirs = oracle.prove_inclusion(index + 1, size)
    assert ours == theirs.path[1:]
    pymerkle.verify_inclusion(HASHES[index], tree.root(size), theirs)
    old = data.draw(st.integers(1, size))
    consistent = [hash_of(subtree, tree.nodes) for subtree in consistency_ranges(old, size)]
    assert recomputed(old, size, tree.root(old), consistent) == (tree.root(old), tree.root(size))


def recomputed(old: int, new: int, old_root: bytes, proof: list[bytes]) -> tuple[bytes, bytes]:
    """Both roots from a consistency proof, as RFC 9162 section 2.1.4.2 says."""
    if old == new:
        return old_root, old_root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    low, high = old - 1, new - 1
    while low & 1:
        low, high = low >> 1, high >> 1
    first = second = path[0]
    for step in path[1:]:
        if low & 1 or low == high:
            first = hashlib.sha256(b"\x01" + step + first).digest()
            second = hashlib.sha256(b"\x01" + step + second).digest()
            while not low & 1 and low:
                low, high = low >> 1, high >> 1
        else:
            second = hashlib.sha256(b"\x01" + second + step).digest()
        low, high = low >> 1, high >> 1
    return first, second


@given(sizes=st.lists(SIZES, min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_an_append_needs_the_right_edge_alone_and_leads_to_the_same_tree(sizes: list[int]) -> None:
    old, stored = 0, {}
    for new in sorted({*sizes}):
        stored.update(((0, index), HASHES[index]) for index in range(old, new))
        edge = {
            (span.level, index): stored[span.level, index]
            for span in right_edge(old)
            for index in range(span.first, span.stop)
        }
        growth = grown(old, edge, HASHES[old:new])
        stored.update(((level, index), hash_) for level, index, hash_ in growth.stored)
        assert growth.root(new) == tree_of(new).root(new)
        assert growth.root(old) == tree_of(old).root(old)
        old = new
    for span in spans_of([Range(0, old)]):
        assert all((span.level, index) in stored for index in range(span.first, span.stop))


@given(old=SIZES, new=SIZES)
@settings(max_examples=40, deadline=None)
def test_files_of_an_append_are_those_that_the_larger_tree_has_more(old: int, new: int) -> None:
    old, new = min(old, new), max(old, new)
    whole = {tile.path for tile in tiles_between(0, new)}
    assert {tile.path for tile in tiles_between(0, old)} | {
        tile.path for tile in tiles_between(old, new)
    } >= whole
    assert not {tile.path for tile in tiles_between(old, new)} & {tile.path for tile in tiles_between(0, old)}


def test_the_example_of_the_specification() -> None:
    """C2SP tlog-tiles: a tree of 70,000 is 273 full tiles and one of 112, one full and one of 17, one of 1."""
    paths = [tile.path for tile in tiles_between(0, 70_000)]
    assert sum(path.startswith("tile/0/") and ".p/" not in path for path in paths) == 273
    assert {path for path in paths if ".p/" in path} == {
        "tile/entries/273.p/112",
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    }
    assert index_path(1_234_067) == "x001/x234/067"
    growth = tree_of(70_000)
    files = growth.files(LEAVES)
    assert set(files) == set(paths)
    assert len(files["tile/0/000"]) == 8_192
    assert files["tile/entries/000"].startswith(b"\x00\x06leaf 0\x00\x06leaf 1")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/x000/001",
        "tile/entries/000/",
        "tile/0/../000",
        "tile/0/000.p/01",
    ],
)
def test_only_the_one_spelling_of_a_tile_is_known(path: str) -> None:
    assert tile_of(path) is None


@given(index=st.integers(0, 10**12), width=st.integers(1, 256), level=st.none() | st.integers(0, 63))
def test_a_path_names_its_tile(index: int, width: int, level: int | None) -> None:
    tile = Tile(level, index, width)
    assert tile_of(tile.path) == tile


def test_the_empty_tree() -> None:
    assert hash_of(Range(0, 0), {}) == EMPTY_ROOT
    assert inclusion_ranges(0, 1) == []
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_ranges(1, 1)
    with pytest.raises(ValueError, match="smaller"):
        consistency_ranges(2, 1)
