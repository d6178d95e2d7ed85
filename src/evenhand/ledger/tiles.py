"""A log as static files after C2SP tlog-tiles: where each tile lies, what is in it, and what changes when the log grows. No I/O.

A tile holds 256 hashes in a row, 8,192 bytes. Those of level 0 are leaf hashes; each hash of a higher level is the root of one
full tile below. At the right edge of each level lies a partial tile of 1 to 255 hashes. The entries themselves lie in bundles, one
beside each tile of level 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evenhand.ledger.lines import Unreadable, read_decimal
from evenhand.ledger.tree import EMPTY_ROOT, HASH_BYTES, SIZE_MAX, Frontier, Node, folded, paired

TILE_WIDTH = 256
TILE_BYTES = TILE_WIDTH * HASH_BYTES
ENTRY_BYTES_MAX = 0xFFFF
LEVEL_MAX = 63
# A tile stands for a subtree of this height.
_HEIGHT = 8
_ENTRIES = "entries"
_PATH = re.compile(
    r"tile/(?P<level>[0-9]{1,2}|entries)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Where a tile lies: its level, its place in the level, and how many hashes it holds."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """`tile/0/x001/234`, with `.p/7` behind it when it holds only 7 hashes."""
        return _path(str(self.level), self.index, self.width)

    @property
    def entries_path(self) -> str:
        """Where the entries of a tile of level 0 lie: `tile/entries/x001/234`."""
        assert self.level == 0
        return _path(_ENTRIES, self.index, self.width)

    @property
    def start(self) -> int:
        """The index of its first hash within the level; in level 0 that of its first entry."""
        return self.index * TILE_WIDTH

    @property
    def is_full(self) -> bool:
        """Whether it will never change again."""
        return self.width == TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Bundle:
    """The path of entries as opposed to hashes; the tile of level 0 that they belong to."""

    tile: Tile


def _path(level: str, index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/" + "".join(f"x{each}/" for each in groups[:-1]) + groups[-1] + partial


def read_path(path: str) -> Tile | Bundle:
    """The tile, or the bundle of entries, that a path names. Raises Unreadable for any other spelling of it."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise Unreadable("path of a tile", f"'{path[:80]}' is not written like one")
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = read_decimal(found["width"], "width of a tile") if found["width"] else TILE_WIDTH
    is_entries = found["level"] == _ENTRIES
    level = 0 if is_entries else read_decimal(found["level"], "level of a tile")
    tile = Tile(level, index, width)
    is_in_range = 0 < width <= TILE_WIDTH and level <= LEVEL_MAX and index <= SIZE_MAX
    if not is_in_range or (tile.entries_path if is_entries else tile.path) != path:
        raise Unreadable("path of a tile", f"'{path[:80]}' is not how this tile's path is written")
    return Bundle(tile) if is_entries else tile


# ------------------------------------------------------------------------------------------------- which tiles there are --
def widths(size: int) -> list[int]:
    """How many hashes each level of a tree of this size has, from level 0 on; no level is empty."""
    found = []
    while size:
        found.append(size)
        size //= TILE_WIDTH
    return found


def tiles_of(size: int, from_size: int = 0) -> Iterator[Tile]:
    """The tiles of a tree of this size that a smaller tree (from_size) did not have yet, or had narrower; level by level."""
    before = widths(from_size)
    for level, width in enumerate(widths(size)):
        done = before[level] if level < len(before) else 0
        if width == done:
            continue
        for index in range(done // TILE_WIDTH, -(-width // TILE_WIDTH)):
            yield Tile(level, index, min(TILE_WIDTH, width - index * TILE_WIDTH))


def tile_of(node: Node, size: int) -> Tile:
    """The tile of a tree of this size in which the hash of a node stands, or from whose hashes it is computed."""
    level = node.level // _HEIGHT
    index = (node.index << node.level % _HEIGHT) // TILE_WIDTH
    width = min(TILE_WIDTH, (size >> level * _HEIGHT) - index * TILE_WIDTH)
    assert width > 0, "The node lies outside the tree."
    return Tile(level, index, width)


# --------------------------------------------------------------------------------------------------------- their content --
def read_tile(content: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. Raises Unreadable when it is longer or shorter than its width says."""
    if not 0 < width <= TILE_WIDTH or len(content) != width * HASH_BYTES:
        raise Unreadable("tile", f"{width} hashes are {width * HASH_BYTES} bytes, and this holds {len(content)}")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """The hash that a full tile becomes in the level above."""
    assert len(hashes) == TILE_WIDTH, "Only a full tile goes up."
    level = hashes
    while len(level) > 1:
        level = paired(level)
    return level[0]


ReadTile: TypeAlias = Callable[[Tile], bytes]
"""Where the content of a tile comes from."""


def hash_in(tiles: ReadTile, size: int) -> Callable[[Node], bytes]:
    """The stored hashes of a tree of this size, read from its tiles: what the proofs of `tree` ask for.

    Whatever stands in the tiles is taken as it is: a proof made of it shows at its verification whether that was right.
    The reader raises Unreadable for a tile of another length than its width says.
    """

    def read(node: Node) -> bytes:
        tile = tile_of(node, size)
        hashes = read_tile(tiles(tile), tile.width)
        height = node.level % _HEIGHT
        first = (node.index << height) - tile.start
        level = hashes[first : first + (1 << height)]
        while len(level) > 1:
            level = paired(level)
        return level[0]

    return read


def tiles_for(nodes: Iterable[Iterable[Node]], size: int) -> set[Tile]:
    """The tiles to fetch before a proof over these nodes (`inclusion_nodes`, `consistency_nodes`) can be made."""
    return {tile_of(node, size) for each in nodes for node in each}


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries in a row, the length of each in two bytes before it. Raises Unreadable for one of 64 KiB or more."""
    packed = bytearray()
    for entry in entries:
        if len(entry) > ENTRY_BYTES_MAX:
            raise Unreadable("entry", f"it has {len(entry)} bytes, and at most {ENTRY_BYTES_MAX} fit into a bundle")
        packed += len(entry).to_bytes(2, "big") + entry
    return bytes(packed)


def read_bundle(content: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. Raises Unreadable when they are not exactly as many as its width says."""
    entries, at = [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 2], "big")
        entry = content[at + 2 : at + 2 + length]
        if at + 2 + length > len(content):
            raise Unreadable("bundle of entries", "its last entry is cut off")
        entries.append(entry)
        at += 2 + length
    if len(entries) != width:
        raise Unreadable("bundle of entries", f"it holds {len(entries)} entries, and its path says {width}")
    return entries


# ---------------------------------------------------------------------------------------------------------- the edge --
class Edge:
    """The right edge of a growing log: the unfinished tile of each level. From it alone come all new tiles and every new root."""

    __slots__ = ("_levels", "_size")

    def __init__(self, size: int = 0, partial: Mapping[Tile, bytes] | None = None) -> None:
        """partial: the partial tiles of a log of this size. Raises Unreadable when they are not exactly those that it has."""
        given = dict(partial or {})
        self._size = size
        self._levels: list[list[bytes]] = []
        for level, width in enumerate(widths(size)):
            tile = Tile(level, width // TILE_WIDTH, width % TILE_WIDTH)
            self._levels.append(read_tile(given.pop(tile, b""), tile.width) if tile.width else [])
        if given:
            raise Unreadable("edge of a log", f"{next(iter(given)).path} is no partial tile of a log of {size} entries")

    @property
    def size(self) -> int:
        """The number of entries."""
        return self._size

    @property
    def partial(self) -> dict[Tile, bytes]:
        """The partial tiles: what must be published beside the full ones, and what to store to go on from here."""
        return {
            Tile(level, width // TILE_WIDTH, width % TILE_WIDTH): b"".join(self._levels[level])
            for level, width in enumerate(widths(self._size))
            if width % TILE_WIDTH
        }

    def extend(self, leaf_hashes: Iterable[bytes]) -> dict[Tile, bytes]:
        """Take more leaf hashes, in order, and give the tiles that they filled."""
        filled: dict[Tile, bytes] = {}
        rising = list(leaf_hashes)
        before = self._size
        self._size += len(rising)
        level = 0
        while rising:
            if level == len(self._levels):
                self._levels.append([])
            hashes = self._levels[level] + rising
            index, whole = before // TILE_WIDTH, len(hashes) // TILE_WIDTH * TILE_WIDTH
            for at in range(0, whole, TILE_WIDTH):
                filled[Tile(level, index + at // TILE_WIDTH)] = b"".join(hashes[at : at + TILE_WIDTH])
            self._levels[level] = hashes[whole:]
            # All tiles of a level at once: eight times up, since 256 is 2**8.
            rising = hashes[:whole]
            for _ in range(_HEIGHT):
                rising = paired(rising)
            before //= TILE_WIDTH
            level += 1
        return filled

    def frontier(self) -> Frontier:
        """The same edge as a frontier."""
        hashes: list[bytes] = []
        for level in reversed(self._levels):
            hashes += _perfect(level)
        return Frontier(self._size, hashes)

    def root(self) -> bytes:
        """The root hash at this size."""
        return folded(self.frontier().hashes) if self._size else EMPTY_ROOT


def _perfect(hashes: Sequence[bytes]) -> list[bytes]:
    """The roots of the perfect subtrees over the hashes of a partial tile, the largest first."""
    frontier = Frontier()
    frontier.extend(hashes)
    return list(frontier.hashes)
