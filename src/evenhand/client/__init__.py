"""The SDK: `Client` and `AsyncClient` over HTTP, typed, repeating what may be repeated. It knows the contract and no room."""

from __future__ import annotations

from evenhand.client.asynchronous import AsyncClient
from evenhand.client.content import UnknownFormat
from evenhand.client.errors import BY_CODE, EvenhandError, RefusedError, Unreachable
from evenhand.client.files import DamagedFile
from evenhand.client.sync import Client

__all__ = [
    "BY_CODE",
    "AsyncClient",
    "Client",
    "DamagedFile",
    "EvenhandError",
    "RefusedError",
    "UnknownFormat",
    "Unreachable",
]
