"""The key tree: customer key -> project-month key -> chunk key. Each wrap is an AEAD whose associated data names its place.

An organization that holds its own key has no month between: each chunk key is wrapped under the customer's key directly, so that
every unwrapping is one chunk that the customer sees. Pure: keys arrive as arguments; `vault.holder` uses the customer's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from evenhand.vault.sealing import seal, unseal

KEY_BYTES = 32
_NO_PROJECT = bytes(16)


@dataclass(frozen=True, slots=True)
class WrappedMonth:
    """The key of one project (or of the organization's directory) for one month, under the customer key of `reference`."""

    organization_id: UUID
    id: UUID
    project_id: UUID | None
    month: date
    reference: str
    wrapped: bytes = field(repr=False)

    @property
    def binding(self) -> bytes:
        """What ties it to its tenant, project, month and id."""
        return month_binding(self.organization_id, self.id, self.project_id, self.month)


@dataclass(frozen=True, slots=True)
class WrappedChunk:
    """A chunk key, wrapped: under its month's key, or, with a reference, under that customer key directly."""

    id: UUID
    month: WrappedMonth
    reference: str | None
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """The key that rows are sealed under: one for at most 500 tasks and what hangs on them."""

    organization_id: UUID
    id: UUID
    project_id: UUID | None
    secret: bytes = field(repr=False)


def new_secret() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def wrap_chunk_key(month_secret: bytes, month: WrappedMonth, chunk_key_id: UUID, secret: bytes) -> bytes:
    """A chunk key's secret under its month's key."""
    return seal(month_secret, secret, chunk_binding(month, chunk_key_id))


def unwrap_chunk_key(month_secret: bytes, chunk: WrappedChunk) -> bytes:
    """The inverse of wrap_chunk_key. Raises InvalidTag."""
    return unseal(month_secret, chunk.wrapped, chunk_binding(chunk.month, chunk.id))


def month_binding(organization_id: UUID, id_: UUID, project_id: UUID | None, month: date) -> bytes:
    """Associated data of a month's key under the customer's: tenant, project, id, month."""
    project = project_id.bytes if project_id else _NO_PROJECT
    return b"project-key/1" + organization_id.bytes + project + id_.bytes + month.strftime("%Y%m").encode()


def chunk_binding(month: WrappedMonth, chunk_key_id: UUID) -> bytes:
    """Associated data of a chunk key under its month's."""
    return b"chunk-key/1" + month.organization_id.bytes + month.id.bytes + chunk_key_id.bytes


def direct_binding(month: WrappedMonth, chunk_key_id: UUID) -> bytes:
    """Associated data of a chunk key that is wrapped under the customer's key directly."""
    return b"chunk-key-direct/1" + month.organization_id.bytes + month.id.bytes + chunk_key_id.bytes
