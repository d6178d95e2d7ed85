"""A hardware security module by PKCS#11 (OASIS, version 2.40): AES-GCM with associated data inside the module.

Needs `pip install evenhand[pkcs11]`. A module is a C library that blocks: all calls go through one thread, which alone holds the
session. A wrapped key is nonce || ciphertext || tag, 12 + 32 + 16 bytes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from evenhand.vault.key_service import Asking, KeyServiceUnavailable, WrapDoesNotOpen

kind = "pkcs11"
Answer = TypeVar("Answer")
_NONCE_BYTES = 12
_TAG_BITS = 128


class Pkcs11Settings(BaseModel):
    """One secret key of one token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    module: Path
    token: str = Field(min_length=1, max_length=32)
    key: str = Field(min_length=1, max_length=200)
    pin_file: Path


class Hsm:
    """One AES key of a token."""

    def __init__(self, name: str, settings: Pkcs11Settings) -> None:
        self._name = name
        self._settings = settings
        self._session: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pkcs11")

    @property
    def reference(self) -> str:
        """The key as a PKCS #11 URI (RFC 7512), without the PIN."""
        return f"pkcs11:token={quote(self._settings.token)};object={quote(self._settings.key)};type=secret-key"

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """CKM_AES_GCM with a random nonce."""
        from pkcs11 import GCMParams, Mechanism

        nonce = os.urandom(_NONCE_BYTES)
        sealed = await self._call(
            lambda key: key.encrypt(
                secret, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, bound_to, _TAG_BITS)
            )
        )
        return nonce + bytes(sealed)

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """The inverse."""
        from pkcs11 import DataInvalid, EncryptedDataInvalid, EncryptedDataLenRange, GCMParams, GeneralError, Mechanism

        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return bytes(
                await self._call(
                    lambda key: key.decrypt(
                        sealed, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, bound_to, _TAG_BITS)
                    )
                )
            )
        # SoftHSM says "general error" for a tag that does not fit; a module that is broken says it of `check` too.
        except (EncryptedDataInvalid, EncryptedDataLenRange, DataInvalid, GeneralError):
            raise WrapDoesNotOpen from None

    async def check(self) -> None:
        """The key is there and gives back what it wrapped."""
        wrapped = await self.wrap(bytes(32), b"check")
        if await self.unwrap(wrapped, b"check") != bytes(32):
            raise KeyServiceUnavailable(service=self._name, reason="garbage")

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._session.close)
            self._session = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _call(self, ask: Callable[[Any], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._asked, ask)

    def _asked(self, ask: Callable[[Any], Answer]) -> Answer:
        from pkcs11 import (
            DataInvalid,
            EncryptedDataInvalid,
            EncryptedDataLenRange,
            GeneralError,
            NoSuchKey,
            PinIncorrect,
            PinLocked,
            PKCS11Error,
        )

        try:
            return ask(self._key())
        except (EncryptedDataInvalid, EncryptedDataLenRange, DataInvalid, GeneralError):
            raise
        except NoSuchKey:
            raise KeyServiceUnavailable(service=self._name, reason="gone") from None
        except (PinIncorrect, PinLocked):
            raise KeyServiceUnavailable(service=self._name, reason="refused") from None
        except (PKCS11Error, RuntimeError, OSError):
            # A session that the module forgot (it was pulled, or restarted) is opened again by the next call.
            self._session = None
            raise KeyServiceUnavailable(service=self._name, reason="unreachable") from None

    def _key(self) -> Any:
        """The key's handle, asked for anew each time: a key that was taken out of the token is gone at once."""
        import pkcs11

        if self._session is None:
            token = pkcs11.lib(str(self._settings.module)).get_token(token_label=self._settings.token)
            pin = self._settings.pin_file.read_text(encoding="ascii").strip()
            self._session = token.open(user_pin=pin)
        return self._session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=self._settings.key)


def open_service(name: str, settings: Mapping[str, Any]) -> Hsm:
    """One from its settings. Raises pydantic's ValidationError."""
    return Hsm(name, Pkcs11Settings.model_validate(dict(settings)))
