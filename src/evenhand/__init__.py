"""Evenhand, the neutral data-labelling platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.client import AsyncClient as AsyncClient
    from evenhand.client import Client as Client

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The clients, imported when first asked for: `import evenhand` itself loads nothing."""
    if name in ("Client", "AsyncClient"):
        from evenhand import client

        return getattr(client, name)
    raise AttributeError(f"module 'evenhand' has no attribute {name!r}")
