"""Row sealing: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce and associated data that names the row.

A sealed row is algorithm (one byte) || nonce || ciphertext || tag. The byte says how it is opened, so that rows under another
algorithm can lie beside those under this one while they are sealed anew; it is bound with the rest, so that none is opened as
another's. Each chunk key seals a few thousand rows at most, far below the 2^32 random nonces one key may use. The associated
data binds algorithm, tenant, project, object, kind and version: a ciphertext moved to another row, tenant or version does not open.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evenhand.core.errors import PlatformError

NONCE_BYTES = 12
TAG_BYTES = 16
_NO_PROJECT = bytes(16)


class Cipher(Protocol):
    """Authenticated encryption under a key of 32 bytes, with a nonce of 12 and a tag of 16 (RFC 5116)."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """What was encrypted. Raises InvalidTag."""


# By the byte that a row begins with. A number is never given another meaning; what rows lie under stays here until none does.
CIPHERS: Mapping[int, Callable[[bytes], Cipher]] = {1: AESGCM}
SEALS_WITH = 1


class Kind(IntEnum):
    """What a sealed row is. The number is part of what binds it; numbers are never reused."""

    ORGANIZATION = 1
    PERSON = 2
    CREDENTIAL = 3
    PROJECT = 4
    ONTOLOGY = 5
    GUIDELINE = 6
    BATCH = 7
    TASK = 8
    DRAFT = 9
    ANNOTATION = 10
    REMARK = 11
    RELEASE = 12
    WEBHOOK = 13
    DELIVERY = 14
    IDEMPOTENCY = 15
    MEDIA = 16
    NOTIFICATION = 17
    CONNECTION = 18
    MEDIA_FACTS = 19
    IMPORT = 20
    IMPORT_REPORT = 21
    PERSON_INTEREST = 22
    GOLD = 24
    SKILL = 25
    PASSKEY = 30
    BREAK_GLASS = 31
    GUIDELINE_SUMMARY = 40
    RULING = 50
    APPEAL = 51
    APPEAL_ANSWER = 52
    CHECK = 60


@dataclass(eq=False)
class DoesNotOpen(PlatformError):
    """A sealed row does not open with its key: it was changed, moved, or its key is not this one."""

    object_id: UUID
    code: ClassVar[str] = "does-not-open"
    hint: ClassVar[str] = "Run evenhand doctor; if the key file is the right one, restore the row from a backup."


def binding(organization_id: UUID, project_id: UUID | None, object_id: UUID, kind: Kind, version: int) -> bytes:
    """Associated data of one row: 16 + 16 + 16 + 2 + 4 bytes, fixed width, hence unambiguous."""
    return b"".join(
        (
            organization_id.bytes,
            project_id.bytes if project_id else _NO_PROJECT,
            object_id.bytes,
            int(kind).to_bytes(2, "big"),
            version.to_bytes(4, "big"),
        )
    )


def seal(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    """Seal one row."""
    algorithm, nonce = bytes([SEALS_WITH]), os.urandom(NONCE_BYTES)
    return algorithm + nonce + CIPHERS[SEALS_WITH](key).encrypt(nonce, content, algorithm + bound_to)


def seal_rows(key: bytes, contents: Sequence[bytes], bound_to: Sequence[bytes]) -> list[bytes]:
    """Seal many rows under one key: one read of the randomness source, sliced (0.08 us a row against 0.38)."""
    algorithm, cipher = bytes([SEALS_WITH]), CIPHERS[SEALS_WITH](key)
    nonces = os.urandom(NONCE_BYTES * len(contents))
    encrypt = cipher.encrypt
    sealed = []
    for index, (content, bound) in enumerate(zip(contents, bound_to, strict=True)):
        nonce = nonces[index * NONCE_BYTES : (index + 1) * NONCE_BYTES]
        sealed.append(algorithm + nonce + encrypt(nonce, content, algorithm + bound))
    return sealed


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Open one row. Raises InvalidTag when anything about it is not as it was sealed."""
    if len(sealed) < 1 + NONCE_BYTES + TAG_BYTES or sealed[0] not in CIPHERS:
        raise InvalidTag
    algorithm, nonce, content = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return CIPHERS[sealed[0]](key).decrypt(nonce, content, algorithm + bound_to)
