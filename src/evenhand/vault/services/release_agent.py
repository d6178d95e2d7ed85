"""A customer's release agent: it is asked like a key service, and wants to see the record before it unwraps.

What it is shown comes with the question, or from `prove`, which bootstrap sets: the entry of a grant and the proof that it stands
in a checkpoint that witnesses cosigned. Where no checkpoint holds the entry yet, the agent is not asked: whoever wants the key
tries again.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
from pydantic import BaseModel, ConfigDict, Field

from evenhand.vault.key_service import CALL_SECONDS, Asking, KeyServiceUnavailable, Prove, Reason, WrapDoesNotOpen

if TYPE_CHECKING:
    import httpx

kind = "release_agent"
_REASONS: dict[int, Reason] = {409: "too-early", 429: "overloaded", 503: "unreachable"}


class AgentSettings(BaseModel):
    """Where the agent is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(pattern=r"^https?://[^/\s]+$", max_length=300)
    token_file: Path
    certificates: Path | None = None


class AgentService:
    """One agent."""

    def __init__(self, name: str, settings: AgentSettings) -> None:
        self._name = name
        self._settings = settings
        self._client: httpx.AsyncClient | None = None
        self.prove: Prove | None = None

    @property
    def reference(self) -> str:
        """Its address."""
        return f"release_agent:{self._settings.address}"

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """POST /v1/wrap."""
        answer = await self._call("POST", "wrap", {"secret": _text(secret), "binding": _text(bound_to)})
        return base64.b64decode(answer["wrapped"], validate=True)

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """POST /v1/unwrap, with the record of the look."""
        shown = asking.evidence if asking else None
        if shown is None and self.prove and asking and asking.grant_id:
            shown = await self.prove(asking)
        if shown is None:
            raise KeyServiceUnavailable(service=self._name, reason="too-early")
        entry, proof = shown
        body = {"wrapped": _text(wrapped), "binding": _text(bound_to), "entry": _text(entry), "proof": _text(proof)}
        return base64.b64decode((await self._call("POST", "unwrap", body))["secret"], validate=True)

    async def rewrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """POST /v1/rewrap: the agent does it by itself, and no key leaves it."""
        answer = await self._call("POST", "rewrap", {"wrapped": _text(wrapped), "binding": _text(bound_to)})
        return base64.b64decode(answer["wrapped"], validate=True)

    async def check(self) -> None:
        """GET /v1/check."""
        await self._call("GET", "check", None)

    async def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _call(self, method: str, verb: str, body: Any) -> Mapping[str, Any]:
        import httpx

        try:
            token = self._settings.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise KeyServiceUnavailable(service=self._name, reason="refused") from None
        address = f"{self._settings.address}/v1/{verb}"
        try:
            answer = await self._connection().request(
                method, address, json=body, headers={"authorization": f"Bearer {token}"}
            )
        except httpx.TimeoutException:
            raise KeyServiceUnavailable(service=self._name, reason="timeout") from None
        except httpx.HTTPError:
            raise KeyServiceUnavailable(service=self._name, reason="unreachable") from None
        if answer.status_code == 422:
            raise WrapDoesNotOpen
        if answer.status_code != 200:
            raise KeyServiceUnavailable(service=self._name, reason=_REASONS.get(answer.status_code, "refused"))
        said: Mapping[str, Any] = json.loads(answer.content)
        return said

    def _connection(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            trusted = self._settings.certificates or certifi.where()
            context = ssl.create_default_context(cafile=str(trusted))
            self._client = httpx.AsyncClient(timeout=CALL_SECONDS, verify=context, trust_env=False)
        return self._client


def open_service(name: str, settings: Mapping[str, Any]) -> AgentService:
    """One from its settings. Raises pydantic's ValidationError."""
    return AgentService(name, AgentSettings.model_validate(dict(settings)))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
