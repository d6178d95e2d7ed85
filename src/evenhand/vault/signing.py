"""The keys that sign what an installation publishes: each derived from the key file's signing seed, for one use and no other.

HKDF (RFC 5869) with SHA-256 separates them: a signature made by one is nothing to whoever checks for another, and none of them
says anything about the seed, which itself signs releases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """An Ed25519 key (RFC 8032) that signs and shows its public half, and nothing else."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def derive(cls, seed: bytes, use: str) -> Ed25519Signer:
        """The key of one use. seed: 32 bytes. use: what it signs, the same text for the same key for ever."""
        secret = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"evenhand-signer/1\x00" + use.encode()).derive(
            seed
        )
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message)
