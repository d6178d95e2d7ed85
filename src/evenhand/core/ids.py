"""Identifiers: UUID version 7 (RFC 9562 section 5.7), made outside the database so that PostgreSQL 15 suffices.

The clock and the randomness arrive as arguments; `store.identity` is where both are drawn.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

from evenhand.core.errors import Malformed, Problem

OrganizationId = NewType("OrganizationId", UUID)
PersonId = NewType("PersonId", UUID)
ProjectId = NewType("ProjectId", UUID)
BatchId = NewType("BatchId", UUID)
TaskId = NewType("TaskId", UUID)
AnnotationId = NewType("AnnotationId", UUID)
GrantId = NewType("GrantId", UUID)
ReleaseId = NewType("ReleaseId", UUID)

_TAIL_BITS, _STEP_BITS, _LOW_BITS = 74, 48, 62


def uuid7(milliseconds: int, random_bytes: bytes, before: UUID) -> UUID:
    """One UUIDv7; of the millisecond of `before`, the id that was made last, it comes after that by a random step.

    So lists that are ordered by time, and then by id, are in the order in which things were made (RFC 9562 section 6.2, method 2).
    The first of a millisecond leaves room above it for 2^25 steps. milliseconds: Unix time in ms, 48 bits. random_bytes: at least
    10 bytes of cryptographic randomness.
    """
    drawn = int.from_bytes(random_bytes[:10], "big")
    if before.int >> 80 == milliseconds:
        tail = (before.int >> 64 & 0xFFF) << _LOW_BITS | before.int & (1 << _LOW_BITS) - 1
        tail += 1 + (drawn & (1 << _STEP_BITS) - 1)
    else:
        tail = drawn & (1 << _TAIL_BITS - 1) - 1
    high, low = tail >> _LOW_BITS, tail & (1 << _LOW_BITS) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0x2 << _LOW_BITS | low)


def uuid7s(milliseconds: int, random_bytes: bytes, count: int) -> list[bytes]:
    """`count` UUIDv7 as 16 raw bytes each, in increasing order: for arrays of a whole chunk.

    random_bytes: at least 10 bytes each. The 12 bits after the version count up, so that one millisecond's ids stay in
    the order given (RFC 9562 section 6.2, method 1); beyond 4,096 the millisecond is borrowed from the future.
    """
    ids = []
    for index in range(count):
        at = milliseconds + (index >> 12)
        head = at.to_bytes(6, "big") + (0x7000 | (index & 0xFFF)).to_bytes(2, "big")
        tail = random_bytes[index * 10 : index * 10 + 8]
        ids.append(head + bytes([(tail[0] & 0x3F) | 0x80]) + tail[1:])
    return ids


def scattered_uuid7s(milliseconds: int, random_bytes: bytes, count: int) -> list[bytes]:
    """`count` UUIDv7 as 16 raw bytes each, all of one millisecond and otherwise random: none says when it was made, or after which.

    random_bytes: at least 10 bytes each. A time that is not the real one is what RFC 9562 section 6.1 allows for privacy.
    """
    head = milliseconds.to_bytes(6, "big")
    ids = []
    for at in range(0, 10 * count, 10):
        tail = random_bytes[at : at + 10]
        ids.append(head + bytes([0x70 | tail[0] & 0x0F, tail[1], 0x80 | tail[2] & 0x3F]) + tail[3:])
    return ids


def parse_id(text: str, pointer: str) -> UUID:
    """The UUID in `text`. Raises Malformed, naming `pointer`, when it is none."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        problem = Problem(pointer, "bad_id", "This is not an id.", "Use the id exactly as the API returned it, a UUID.")
        raise Malformed([problem]) from None
