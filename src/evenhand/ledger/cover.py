"""A tree that commits to things of several customers in public: whoever is told of a leaf can show it, nobody else learns anything.

A leaf is the RFC 6962 hash over random bytes and the content. Leaves stand in no order, and random ones fill the tree up to a power
of two, so that it says little of how many customers there are.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.ledger.tree import Node, inclusion_proof, leaf_hash, paired

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Place:
    """Where a content stands, and what shows it: its salt, and the hashes from its leaf up to the root."""

    index: int
    salt: bytes
    proof: list[bytes]


@dataclass(frozen=True, slots=True)
class Cover:
    """root, size: what is public. places: of the contents, in their order; each is for its customer alone."""

    root: bytes
    size: int
    places: list[Place]


def cover(contents: Sequence[bytes]) -> Cover:
    """The tree over some contents, one at least, with fresh salts."""
    size = 1 << (len(contents) - 1).bit_length()
    # Whoever comes first by id is not first here.
    indexes = secrets.SystemRandom().sample(range(size), len(contents))
    hashes = [secrets.token_bytes(32) for _ in range(size)]
    salts = [secrets.token_bytes(SALT_BYTES) for _ in contents]
    for content, index, salt in zip(contents, indexes, salts, strict=True):
        hashes[index] = covered_leaf(salt, content)
    levels = [hashes]
    while len(levels[-1]) > 1:
        levels.append(paired(levels[-1]))

    def read(node: Node) -> bytes:
        return levels[node.level][node.index]

    places = [
        Place(index, salt, inclusion_proof(index, size, read)) for index, salt in zip(indexes, salts, strict=True)
    ]
    return Cover(levels[-1][0], size, places)


def covered_leaf(salt: bytes, content: bytes) -> bytes:
    """The leaf of a content under its salt."""
    return leaf_hash(salt + content)
