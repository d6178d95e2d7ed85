"""The SDK: `Client` and `AsyncClient` over HTTP, typed, repeating what may be repeated. It knows the contract and no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.client.content import NoPictures, UnknownFormat
from evenhand.client.errors import BY_CODE, EvenhandError, RefusedError, Unreachable
from evenhand.client.files import DamagedFile

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient
    from evenhand.client.sync import Client

__all__ = [
    "BY_CODE",
    "AsyncClient",
    "Client",
    "DamagedFile",
    "EvenhandError",
    "NoPictures",
    "RefusedError",
    "UnknownFormat",
    "Unreachable",
]


def __getattr__(name: str) -> Any:
    """The clients, and httpx with them, imported when first asked for: errors and formats are light."""
    if name == "Client":
        from evenhand.client.sync import Client

        return Client
    if name == "AsyncClient":
        from evenhand.client.asynchronous import AsyncClient

        return AsyncClient
    raise AttributeError(f"module 'evenhand.client' has no attribute {name!r}")
