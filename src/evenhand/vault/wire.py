"""What goes over the broker's socket: four bytes of length, then one message in MessagePack, answered by one message."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TypeAlias
from uuid import UUID

import msgspec

from evenhand.vault.keyring import WrappedChunk, WrappedMonth

FRAME_BYTES_MAX = 4 << 20


# An entry of the log, and the proof that it stands there (C2SP tlog-proof).
Evidence: TypeAlias = tuple[bytes, bytes]


class Month(msgspec.Struct, array_like=True):
    """A wrapped month's key."""

    organization_id: UUID
    id: UUID
    project_id: UUID | None
    month: date
    reference: str
    wrapped: bytes

    @classmethod
    def of(cls, key: WrappedMonth) -> Month:
        """As it is sent."""
        return cls(key.organization_id, key.id, key.project_id, key.month, key.reference, key.wrapped)

    def key(self) -> WrappedMonth:
        """As it was."""
        return WrappedMonth(self.organization_id, self.id, self.project_id, self.month, self.reference, self.wrapped)


class Chunk(msgspec.Struct, array_like=True):
    """A wrapped chunk key."""

    id: UUID
    month: Month
    reference: str | None
    wrapped: bytes

    @classmethod
    def of(cls, key: WrappedChunk) -> Chunk:
        """As it is sent."""
        return cls(key.id, Month.of(key.month), key.reference, key.wrapped)

    def key(self) -> WrappedChunk:
        """As it was."""
        return WrappedChunk(self.id, self.month.key(), self.reference, self.wrapped)


class Unwrap(msgspec.Struct, tag=True):
    """Chunk keys, for a grant that is on record. The broker reads the wrapped keys itself.

    evidence: what a customer's release agent wants to see, which the broker cannot read and does not have to believe.
    """

    organization_id: UUID
    grant_id: str
    purpose: str
    chunk_key_ids: list[UUID]
    evidence: Evidence | None = None


class NewMonth(msgspec.Struct, tag=True):
    """A new key for a month, wrapped as the organization's policy says."""

    organization_id: UUID
    id: UUID
    project_id: UUID | None
    month: date


class NewChunks(msgspec.Struct, tag=True):
    """New chunk keys of a month. Only these come back unwrapped: nothing is sealed under them yet."""

    month: Month
    ids: list[UUID]


class RewrapMonth(msgspec.Struct, tag=True):
    """The same key, wrapped as the policy says now."""

    month: Month
    ceremony: str | None = None
    evidence: Evidence | None = None


class RewrapChunk(msgspec.Struct, tag=True):
    """The same key, wrapped as the policy says now."""

    chunk: Chunk
    ceremony: str | None = None
    evidence: Evidence | None = None


class ListChoices(msgspec.Struct, tag=True):
    """What an organization may choose among."""

    organization_id: UUID


class Check(msgspec.Struct, tag=True):
    """Whether a key can be used now."""

    organization_id: UUID
    mode: str
    service: str | None


class Secrets(msgspec.Struct, tag=True):
    """Unwrapped keys, in order."""

    secrets: list[bytes]


class Wrapped(msgspec.Struct, tag=True):
    """Wrapped keys, and the secrets of those that were just made."""

    months: list[Month] = []
    chunks: list[Chunk] = []
    secrets: list[bytes] = []


class Choices(msgspec.Struct, tag=True):
    """Name, kind and reference of each."""

    choices: list[tuple[str, str, str]]


class Refused(msgspec.Struct, tag=True):
    """Why not. what: ungranted | does-not-open | key-service-unavailable | malformed."""

    what: str
    service: str = ""
    reason: str = ""


Request: TypeAlias = Unwrap | NewMonth | NewChunks | RewrapMonth | RewrapChunk | ListChoices | Check
Answer: TypeAlias = Secrets | Wrapped | Choices | Refused
encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """One message; None at the end. Raises ValueError for one that is too long."""
    try:
        length = int.from_bytes(await reader.readexactly(4), "big")
        if length > FRAME_BYTES_MAX:
            raise ValueError("too long a message")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def frame(content: bytes) -> bytes:
    """A message with its length before it."""
    return len(content).to_bytes(4, "big") + content
