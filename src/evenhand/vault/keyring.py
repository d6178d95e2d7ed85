"""The key tree: customer key -> project-month key -> chunk key. Each wrap is AES-256-GCM with associated data of its own.

Pure: keys and randomness arrive as arguments; `vault.store` keeps the wrapped forms.
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
class ProjectKey:
    """The key of one project (or of the organization's directory) for one month, unwrapped."""

    organization_id: UUID
    id: UUID
    project_id: UUID | None
    month: date
    secret: bytes = field(repr=False)


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


def wrap_project_key(customer_key: bytes, key: ProjectKey) -> bytes:
    """The project-month key under the customer's key."""
    return seal(customer_key, key.secret, _binds_project_key(key.organization_id, key.id, key.project_id, key.month))


def unwrap_project_key(
    customer_key: bytes, wrapped: bytes, organization_id: UUID, id_: UUID, project_id: UUID | None, month: date
) -> ProjectKey:
    """The inverse of wrap_project_key. Raises InvalidTag for another key, tenant, project or month."""
    secret = unseal(customer_key, wrapped, _binds_project_key(organization_id, id_, project_id, month))
    return ProjectKey(organization_id, id_, project_id, month, secret)


def wrap_chunk_key(project_key: ProjectKey, key: ChunkKey) -> bytes:
    """The chunk key under its project-month key."""
    return seal(project_key.secret, key.secret, _binds_chunk_key(project_key, key.id))


def unwrap_chunk_key(project_key: ProjectKey, wrapped: bytes, id_: UUID) -> ChunkKey:
    """The inverse of wrap_chunk_key. Raises InvalidTag."""
    secret = unseal(project_key.secret, wrapped, _binds_chunk_key(project_key, id_))
    return ChunkKey(project_key.organization_id, id_, project_key.project_id, secret)


def _binds_project_key(organization_id: UUID, id_: UUID, project_id: UUID | None, month: date) -> bytes:
    project = project_id.bytes if project_id else _NO_PROJECT
    return b"project-key/1" + organization_id.bytes + project + id_.bytes + month.strftime("%Y%m").encode()


def _binds_chunk_key(project_key: ProjectKey, id_: UUID) -> bytes:
    return b"chunk-key/1" + project_key.organization_id.bytes + project_key.id.bytes + id_.bytes
