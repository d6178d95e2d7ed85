"""Small logs with real keys, for tests: entries, their tree, their tiles, their checkpoints."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenhand.ledger.checkpoint import Checkpoint, log_key, sign_checkpoint
from evenhand.ledger.note import Note, VerifierKey
from evenhand.ledger.tiles import Edge, Tile, read_tile, tiles_of, write_bundle
from evenhand.ledger.tree import Node, ReadHash, leaf_hash, node_hash, root_of
from evenhand.vault.signing import Ed25519Signer


def signer(name: str) -> Ed25519Signer:
    """A key that is the same in every run."""
    return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()))


def hashes_of(leaves: list[bytes]) -> ReadHash:
    """Stored hashes as RFC 6962, 2.1, defines them, computed in the plainest way."""

    def read(node: Node) -> bytes:
        return slow_root(leaves[node.index << node.level : (node.index + 1) << node.level])

    return read


def slow_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word, over leaf hashes."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(slow_root(leaves[:split]), slow_root(leaves[split:]))


class WrittenLog:
    """A log in memory, written with our own code. files: what is published, by path."""

    def __init__(self, origin: str = "evenhand.example/log/7f3a") -> None:
        self.origin = origin
        self.signer = signer(origin)
        self.entries: list[bytes] = []
        self.edge = Edge()
        self.files: dict[str, bytes] = {}

    @property
    def key(self) -> VerifierKey:
        return log_key(self.origin, self.signer)

    @property
    def leaves(self) -> list[bytes]:
        return [leaf_hash(each) for each in self.entries]

    @property
    def checkpoint(self) -> Checkpoint:
        return self.checkpoint_at(len(self.entries))

    def checkpoint_at(self, size: int) -> Checkpoint:
        return Checkpoint(self.origin, size, root_of(self.leaves[:size]))

    def note_at(self, size: int) -> Note:
        return sign_checkpoint(self.checkpoint_at(size), self.signer)

    def append(self, *entries: bytes) -> WrittenLog:
        """Take entries and publish the tiles, bundles and checkpoint of the new size."""
        before = len(self.entries)
        self.entries += entries
        tiles = {**self.edge.extend([leaf_hash(each) for each in entries]), **self.edge.partial}
        for tile in tiles_of(len(self.entries), before):
            self.files[tile.path] = tiles[tile]
            if tile.level == 0:
                self.files[tile.entries_path] = write_bundle(self.entries[tile.start : tile.start + tile.width])
        self.files["checkpoint"] = sign_checkpoint(self.checkpoint, self.signer).write()
        return self

    def tile(self, tile: Tile) -> bytes:
        return self.files[tile.path]

    def leaf_in_tile(self, tile: Tile, index: int) -> bytes:
        return read_tile(self.tile(tile), tile.width)[index - tile.start]


def log_of(count: int, origin: str = "evenhand.example/log/7f3a", word: str = "entry") -> WrittenLog:
    """A log of so many entries."""
    return WrittenLog(origin).append(*(f'{{"{word}":{number}}}'.encode() for number in range(count)))
