"""Tiles and bundles: where they lie, what is in them, and that they alone give every proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.lines import Unreadable
from evenhand.ledger.tiles import (
    Bundle,
    Edge,
    Tile,
    hash_in,
    read_bundle,
    read_path,
    read_tile,
    tile_root,
    tiles_for,
    tiles_of,
    write_bundle,
)
from evenhand.ledger.tree import (
    EMPTY_ROOT,
    ProofRefused,
    consistency_nodes,
    consistency_proof,
    inclusion_nodes,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tries import tries
from written_log import log_of, slow_root

LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(70_000)]


def test_a_path_is_written_as_the_specification_writes_it():
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(2, 0, 1).path == "tile/2/000.p/1"
    assert Tile(0, 273, 112).entries_path == "tile/entries/273.p/112"


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts():
    tiles = list(tiles_of(70_000))

    assert sum(1 for each in tiles if each.level == 0 and each.is_full) == 273
    assert [each for each in tiles if not each.is_full] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert [each for each in tiles if each.level == 1 and each.is_full] == [Tile(1, 0)]


def test_a_tree_of_256_has_one_full_tile_and_one_above_it():
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(st.integers(0, 10**6), st.integers(1, 256), st.integers(0, 63), st.booleans())
def test_a_path_read_is_the_path_written(index, width, level, is_entries):
    tile = Tile(0 if is_entries else level, index, width)
    path = tile.entries_path if is_entries else tile.path

    assert read_path(path) == (Bundle(tile) if is_entries else tile)


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/00/000", "tile/64/000", "tile/-1/000"),
        *("tile/0/x000/000", "tile/0/001/000", "tile/0/x001/x234/67", "tile/0/000.p/0", "tile/0/000.p/256"),
        *("tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.P/1", "/tile/0/000", "tile/0/000/", "tile/entries/x000/000"),
        *("tile/0/../000", "tile/0/000\n", "tile/0/٠٠٠", "tile/Entries/000", "tile/0/" + "x999/" * 7 + "999"),
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path):
    with pytest.raises(Unreadable):
        read_path(path)


# ------------------------------------------------------------------------------------------------------------ the edge --
@given(st.integers(0, 66_000), st.lists(st.integers(0, 900), min_size=1, max_size=4))
@tries(15)
def test_the_edge_gives_the_tiles_of_the_whole_tree_however_the_log_grows(start, steps):
    edge, published = Edge(), {}
    before = 0
    for step in (start, *steps):
        edge = Edge(edge.size, edge.partial)
        filled = edge.extend(LEAVES[edge.size : edge.size + step])
        new = {**filled, **edge.partial}
        # What is said to be new is what changed, no more and no less.
        assert set(tiles_of(edge.size, before)) == {each for each in new if published.get(each) != new[each]}
        published.update(new)
        before = edge.size

    assert edge.root() == root_of(LEAVES[: edge.size]) == edge.frontier().root()
    for tile in tiles_of(edge.size):
        assert published[tile] == tile_of_leaves(tile)


def tile_of_leaves(tile):
    """The content of a tile straight from its definition in tlog-tiles."""
    span = 256**tile.level
    starts = range(tile.start * span, (tile.start + tile.width) * span, span)
    return b"".join(root_of(LEAVES[start : start + span]) for start in starts)


def test_a_full_tile_goes_up_as_the_root_over_its_hashes():
    assert tile_root(LEAVES[:256]) == slow_root(LEAVES[:256])


def test_an_edge_without_entries_is_the_root_of_nothing():
    assert Edge().root() == EMPTY_ROOT
    assert Edge().partial == {}


@pytest.mark.parametrize(
    ("size", "partial"),
    [
        (3, {}),
        (3, {Tile(0, 0, 3): b"short"}),
        (3, {Tile(0, 0, 2): b"".join(LEAVES[:2])}),
        (256, {Tile(0, 0, 256): b"".join(LEAVES[:256])}),
        (1, {Tile(0, 0, 1): LEAVES[0], Tile(1, 0, 1): LEAVES[1]}),
    ],
    ids=["none", "short", "of another size", "a full one", "one too many"],
)
def test_an_edge_that_is_none_of_this_log_is_refused(size, partial):
    with pytest.raises(Unreadable):
        Edge(size, partial)


# ----------------------------------------------------------------------------------------------- proofs out of tiles --
@pytest.fixture(scope="module")
def log():
    return log_of(66_000)


@given(st.data())
@tries(25)
def test_tiles_alone_give_every_proof(log, data):
    size = len(log.entries)
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    read = hash_in(log.tile, size)

    inclusion = inclusion_proof(index, size, read)
    consistency = consistency_proof(old_size, size, read)

    verify_inclusion(index, size, leaf_hash(log.entries[index]), inclusion, log.checkpoint.root)
    verify_consistency(old_size, log.checkpoint_at(old_size).root, size, log.checkpoint.root, consistency)


@given(st.data())
@tries(25)
def test_what_a_proof_needs_is_known_before_it_is_read(log, data):
    size = len(log.entries)
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    needed = tiles_for([*inclusion_nodes(index, size), *consistency_nodes(old_size, size)], size)
    fetched = {tile: log.tile(tile) for tile in needed}

    inclusion_proof(index, size, hash_in(fetched.__getitem__, size))
    consistency_proof(old_size, size, hash_in(fetched.__getitem__, size))


@pytest.mark.check(7)
@given(st.data())
@tries(60)
def test_a_flipped_bit_in_any_tile_of_a_proof_is_seen(log, data):
    size = len(log.entries)
    index = data.draw(st.integers(0, size - 1))
    nodes = inclusion_nodes(index, size)
    node = data.draw(st.sampled_from([each for group in nodes for each in group]))
    # The hash of a node is computed from 1 to 128 of the tile's hashes; every bit of each of them counts.
    tile = next(iter(tiles_for([[node]], size)))
    first = (node.index << node.level % 8) - tile.start
    at = data.draw(st.integers(first * 32, (first + (1 << node.level % 8)) * 32 - 1))
    forged = bytearray(log.tile(tile))
    forged[at] ^= 1 << data.draw(st.integers(0, 7))

    proof = inclusion_proof(
        index, size, hash_in(lambda asked: bytes(forged) if asked == tile else log.tile(asked), size)
    )

    with pytest.raises(ProofRefused):
        verify_inclusion(index, size, leaf_hash(log.entries[index]), proof, log.checkpoint.root)


@pytest.mark.parametrize("length", [0, 31, 33, 8191, 8193])
def test_a_tile_of_another_length_is_refused(length):
    with pytest.raises(Unreadable):
        read_tile(b"\x00" * length, 256)


# ------------------------------------------------------------------------------------------------------------ bundles --
@given(st.lists(st.binary(max_size=300), max_size=256))
def test_entries_come_out_of_a_bundle_as_they_went_in(entries):
    assert read_bundle(write_bundle(entries), len(entries)) == entries


def test_an_entry_of_64_kib_does_not_fit():
    assert read_bundle(write_bundle([b"x" * 65535]), 1) == [b"x" * 65535]
    with pytest.raises(Unreadable):
        write_bundle([b"x" * 65536])


@given(st.binary(max_size=100), st.integers(1, 256))
@tries(100)
def test_a_bundle_that_is_none_is_refused_or_holds_what_it_says(content, width):
    try:
        entries = read_bundle(content, width)
    except Unreadable:
        return
    assert len(entries) == width
    assert write_bundle(entries) == content


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + b"\x00", lambda c: c + b"\x00\x00", lambda c: b""])
def test_a_bundle_cut_off_or_with_more_behind_it_is_refused(change):
    with pytest.raises(Unreadable):
        read_bundle(change(write_bundle([b"one", b"two"])), 2)
