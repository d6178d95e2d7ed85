"""HashiCorp Vault or OpenBao, Transit secrets engine: the key never leaves it.

The contract is developer.hashicorp.com/vault/api-docs/secret/transit. The key is an AEAD key (aes256-gcm96, for one): where
a wrapped key belongs goes along as `associated_data`. For a key with derivation a digest of it is the `context` too, so that every
place has a key of its own. The token is read from its file at every call, because agents renew it there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import certifi
from pydantic import BaseModel, ConfigDict, Field

from evenhand.vault.key_service import CALL_SECONDS, Asking, KeyServiceUnavailable, WrapDoesNotOpen

if TYPE_CHECKING:
    import httpx

kind = "vault_transit"
_ANSWER_BYTES_MAX = 64 << 10
# What Vault and OpenBao say when a ciphertext is not theirs, or not for this place. All else that is refused, is refused.
_NOT_OURS = ("authentication failed", "invalid ciphertext", "unable to decrypt", "could not decode", "no prefix")


class TransitSettings(BaseModel):
    """How to reach one key of one Transit engine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(pattern=r"^https?://[^/\s]+$", max_length=300)
    key: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")
    token_file: Path
    mount: str = Field(default="transit", pattern=r"^[A-Za-z0-9._/-]{1,100}$")
    namespace: str | None = Field(default=None, max_length=200)
    certificates: Path | None = None
    is_derived: bool = False


class Transit:
    """One key of a Transit engine."""

    def __init__(self, name: str, settings: TransitSettings) -> None:
        self._name = name
        self._settings = settings
        self._client: httpx.AsyncClient | None = None

    @property
    def reference(self) -> str:
        """The address of the key."""
        said = self._settings
        space = f"{said.namespace.strip('/')}/" if said.namespace else ""
        return f"vault_transit:{said.address}/v1/{space}{said.mount}/keys/{said.key}"

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """POST /encrypt: `vault:v<version>:<base64>`, kept as it comes."""
        answer = await self._call("POST", "encrypt", {"plaintext": _text(secret), **self._binds(bound_to)})
        return str(answer["ciphertext"]).encode("ascii")

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """POST /decrypt."""
        answer = await self._call(
            "POST", "decrypt", {"ciphertext": wrapped.decode("ascii", "replace"), **self._binds(bound_to)}
        )
        return base64.b64decode(answer["plaintext"], validate=True)

    async def check(self) -> None:
        """GET /keys: it is there, and can encrypt and decrypt."""
        answer = await self._call("GET", "keys", None)
        if not (answer["supports_encryption"] and answer["supports_decryption"]):
            raise KeyServiceUnavailable(service=self._name, reason="refused")

    async def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            await self._client.aclose()

    def _binds(self, bound_to: bytes) -> dict[str, str]:
        binds = {"associated_data": _text(bound_to)}
        if self._settings.is_derived:
            binds["context"] = _text(hashlib.sha256(bound_to).digest())
        return binds

    async def _call(self, verb: str, what: Literal["encrypt", "decrypt", "keys"], body: Any) -> Mapping[str, Any]:
        """The `data` of an answer. Raises KeyServiceUnavailable, WrapDoesNotOpen, and ValueError for what is no answer."""
        import httpx

        said = self._settings
        headers = {"X-Vault-Request": "true", "X-Vault-Token": self._token()}
        if said.namespace:
            headers["X-Vault-Namespace"] = said.namespace
        try:
            content = b""
            address = f"{said.address}/v1/{said.mount}/{what}/{said.key}"
            async with self._connection().stream(verb, address, json=body, headers=headers) as answer:
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > _ANSWER_BYTES_MAX:
                        raise ValueError("too long an answer")
        except httpx.TimeoutException:
            raise KeyServiceUnavailable(service=self._name, reason="timeout") from None
        except httpx.HTTPError:
            raise KeyServiceUnavailable(service=self._name, reason="unreachable") from None
        if answer.status_code != 200:
            self._refuse(answer.status_code, content.decode(errors="replace"))
        data: Mapping[str, Any] = json.loads(content)["data"]
        return data

    def _refuse(self, status: int, text: str) -> None:
        if status == 400 and any(words in text for words in _NOT_OURS):
            raise WrapDoesNotOpen
        if status == 404 or (status == 400 and "key not found" in text):
            raise KeyServiceUnavailable(service=self._name, reason="gone")
        # 429 and 5xx: standby, sealed, overloaded; it may be otherwise in a moment.
        raise KeyServiceUnavailable(
            service=self._name, reason="unreachable" if status == 429 or status >= 500 else "refused"
        )

    def _token(self) -> str:
        try:
            return self._settings.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise KeyServiceUnavailable(service=self._name, reason="refused") from None

    def _connection(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            trusted = self._settings.certificates or certifi.where()
            self._client = httpx.AsyncClient(
                timeout=CALL_SECONDS,
                verify=ssl.create_default_context(cafile=str(trusted)),
                trust_env=False,
                follow_redirects=False,
            )
        return self._client


def open_service(name: str, settings: Mapping[str, Any]) -> Transit:
    """One from its settings. Raises pydantic's ValidationError."""
    return Transit(name, TransitSettings.model_validate(dict(settings)))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
