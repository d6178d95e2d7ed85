"""The Merkle tree of a log after RFC 6962 section 2.1: hashes, the growing right edge, proofs and their verification. No I/O.

Hashes are raw SHA-256 values of 32 bytes. Verification follows RFC 9162 sections 2.1.3.2 and 2.1.4.2 with two rules beyond them:
a proof that touches an empty tree proves nothing, and whatever is not 32 bytes long is not hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, TypeAlias

from evenhand.core.errors import PlatformError

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1
EMPTY_ROOT = sha256().digest()


@dataclass(frozen=True, slots=True)
class Node:
    """The root of a perfect subtree: the hash over the leaves from index * 2**level to before (index + 1) * 2**level."""

    level: int
    index: int


ReadHash: TypeAlias = Callable[[Node], bytes]
"""Where a stored hash comes from: rows, tiles, a list in memory."""


@dataclass(eq=False)
class ProofRefused(PlatformError):
    """This proof does not prove what it says."""

    reason: str
    code: ClassVar[str] = "proof-refused"
    hint: ClassVar[str] = (
        "Fetch the proof and the checkpoint again. If it stays refused, keep both: they are evidence against the log."
    )

    def __str__(self) -> str:
        return f"The proof is refused: {self.reason}."


# ------------------------------------------------------------------------------------------------------------- hashes --
def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry as it stands in the tree."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def paired(hashes: Sequence[bytes]) -> list[bytes]:
    """One level up: the hashes of the nodes over an even number of neighbors."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)]


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over all leaves from the first on."""
    frontier = Frontier()
    frontier.extend(leaf_hashes)
    return frontier.root()


def folded(subtrees: Sequence[bytes]) -> bytes:
    """The hash over neighboring subtrees, the largest first, as a tree of any size hangs together. At least one."""
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


class Frontier:
    """All that a log must know to grow: its size, and the roots of the perfect subtrees it consists of, the largest first."""

    __slots__ = ("_by_level", "_size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Raises ProofRefused when there are more or fewer hashes than a tree of that size has subtrees."""
        _require_hashes(hashes)
        if not 0 <= size <= SIZE_MAX or len(hashes) != size.bit_count():
            raise ProofRefused(f"{len(hashes)} subtrees do not make a tree of {size} entries")
        rising = reversed(hashes)
        # One place a level, None where the size has a zero bit: what has no neighbor yet waits here.
        self._by_level = [next(rising) if size >> level & 1 else None for level in range(size.bit_length())]
        self._size = size

    @property
    def size(self) -> int:
        """The number of entries."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the subtrees, the largest first: what to store beside the size."""
        return tuple(each for each in reversed(self._by_level) if each is not None)

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        self.extend((leaf,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Take more leaf hashes, in order. Level by level, because this is what a busy log spends its time on."""
        rising = list(leaf_hashes)
        self._size += len(rising)
        level = 0
        while rising:
            if level == len(self._by_level):
                self._by_level.append(None)
            waiting = self._by_level[level]
            if waiting is not None:
                rising.insert(0, waiting)
            self._by_level[level] = rising.pop() if len(rising) % 2 else None
            rising = paired(rising)
            level += 1

    def root(self) -> bytes:
        """The root hash at this size."""
        return folded(self.hashes) if self._size else EMPTY_ROOT


# ------------------------------------------------------------------------------------------------------------- proofs --
def subtrees(start: int, end: int) -> list[Node]:
    """The perfect subtrees that the leaves from start to before end consist of, the largest first.

    The range is one that a split of the tree gives: it begins where a subtree of at least its size begins.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(Node(level, start >> level))
        start += 1 << level
    return found


def inclusion_nodes(index: int, size: int) -> list[list[Node]]:
    """What an inclusion proof is folded from (RFC 6962, 2.1.1), one list of subtrees for each of its hashes, the lowest first.

    Raises ProofRefused when the tree of that size has no such entry.
    """
    if not 0 <= index < size:
        raise ProofRefused(f"a tree of {size} entries has none of index {index}")
    beside = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            beside.append(subtrees(middle, end))
            end = middle
        else:
            beside.append(subtrees(start, middle))
            start = middle
    return beside[::-1]


def consistency_nodes(old_size: int, size: int) -> list[list[Node]]:
    """The same for a consistency proof (RFC 6962, 2.1.2). Raises ProofRefused unless 0 < old_size <= size."""
    if not 0 < old_size <= size:
        raise ProofRefused(f"there is no way from a tree of {old_size} entries to one of {size}")
    beside = []
    start, end = 0, size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            beside.append(subtrees(middle, end))
            end = middle
        else:
            beside.append(subtrees(start, middle))
            start = middle
    if start:
        beside.append(subtrees(start, end))
    return beside[::-1]


def inclusion_proof(index: int, size: int, read: ReadHash) -> list[bytes]:
    """The hashes that lead from one leaf to the root. Raises ProofRefused when there is no such leaf."""
    return [folded([read(node) for node in nodes]) for nodes in inclusion_nodes(index, size)]


def consistency_proof(old_size: int, size: int, read: ReadHash) -> list[bytes]:
    """The hashes that show the smaller tree to be the beginning of the larger one; none from an empty tree or to the same size."""
    if old_size == 0 <= size:
        return []
    return [folded([read(node) for node in nodes]) for nodes in consistency_nodes(old_size, size)]


def _split(count: int) -> int:
    """The largest power of two below count: so many leaves lie on the left."""
    return 1 << (count - 1).bit_length() - 1


# ------------------------------------------------------------------------------------------------------- verification --
def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofRefused unless the tree of this size and root has this leaf hash at this index (RFC 9162, 2.1.3.2)."""
    _require_hashes((leaf, root, *proof))
    if not 0 <= index < size <= SIZE_MAX:
        raise ProofRefused(f"a tree of {size} entries has none of index {index}")
    here, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            raise ProofRefused("it goes on above the root")
        if here & 1 or here == last:
            found = node_hash(each, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, each)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ProofRefused("it ends below the root")
    if found != root:
        raise ProofRefused("it leads to another root")


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofRefused unless the older tree is the beginning of the newer one (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= size <= SIZE_MAX:
        raise ProofRefused(f"there is no way from a tree of {old_size} entries to one of {size}")
    if old_size == size:
        if proof:
            raise ProofRefused("between trees of one size there is nothing to prove")
        if old_root != root:
            raise ProofRefused("two trees of one size have different roots")
        return
    _require_hashes((old_root, root, *proof))
    # Of a perfect tree the old root itself is where the proof begins.
    path = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    if not path:
        raise ProofRefused("it is empty")
    _require_same_beginning(old_size, old_root, size, root, path)


def _require_same_beginning(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    here, last = old_size - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old_found = found = path[0]
    for each in path[1:]:
        if last == 0:
            raise ProofRefused("it goes on above the root")
        if here & 1 or here == last:
            old_found, found = node_hash(each, old_found), node_hash(each, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, each)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise ProofRefused("it ends below the root")
    if old_found != old_root:
        raise ProofRefused("it does not begin at the older root")
    if found != root:
        raise ProofRefused("it leads to another root")


def _require_hashes(values: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in values):
        raise ProofRefused("a hash is not 32 bytes long")
