"""A customer key in a local file: that of the installation itself, or one that a customer put on a medium of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from pydantic import BaseModel, ConfigDict

from evenhand.vault.key_service import SECRET_BYTES, Asking, KeyServiceUnavailable, WrapDoesNotOpen
from evenhand.vault.keyfile import reference_of
from evenhand.vault.sealing import seal, unseal

kind = "file"


class FileSettings(BaseModel):
    """Where the file is: 32 random bytes, nothing else, readable by its owner only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path


class LocalKey:
    """32 bytes that are in memory."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def reference(self) -> str:
        """A digest of the key: which one it is, without saying anything about it."""
        return reference_of(self._secret)

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """AES-256-GCM."""
        return seal(self._secret, secret, bound_to)

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """The inverse."""
        try:
            return unseal(self._secret, wrapped, bound_to)
        except InvalidTag:
            raise WrapDoesNotOpen from None

    async def check(self) -> None:
        """It is here."""

    async def close(self) -> None:
        """Nothing to give back."""


class FileOnAMedium(LocalKey):
    """The same from a file that is read at every use: whoever pulls the medium has revoked the key."""

    def __init__(self, name: str, settings: FileSettings) -> None:
        self._name = name
        self._path = settings.path
        super().__init__(self._read())

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """As with the key in the file now."""
        return seal(self._read(), secret, bound_to)

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """As with the key in the file now."""
        try:
            return unseal(self._read(), wrapped, bound_to)
        except InvalidTag:
            raise WrapDoesNotOpen from None

    async def check(self) -> None:
        """It is there and 32 bytes long."""
        self._read()

    def _read(self) -> bytes:
        try:
            secret = self._path.read_bytes()
        except OSError:
            raise KeyServiceUnavailable(service=self._name, reason="unreachable") from None
        if len(secret) != SECRET_BYTES:
            raise KeyServiceUnavailable(service=self._name, reason="garbage")
        return secret


def open_service(name: str, settings: Mapping[str, Any]) -> FileOnAMedium:
    """One from its settings. Raises pydantic's ValidationError, KeyServiceUnavailable."""
    return FileOnAMedium(name, FileSettings.model_validate(dict(settings)))
