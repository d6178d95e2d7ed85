"""The formats there are: built-in modules by their place, others by entry point. A new format touches nothing here."""

from __future__ import annotations

from functools import cache

from evenhand.core.plugins import plugged
from evenhand.delivery import formats as package
from evenhand.delivery.formats.format import Format


@cache
def formats() -> dict[str, Format]:
    """Every format by name: built-in, then plug-ins of the group `evenhand.formats`."""
    return plugged(package, "format_", "evenhand.formats")
