"""The formats there are: built-in modules by their place, others by entry point. A new format touches nothing here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from evenhand.delivery import formats as package
from evenhand.delivery.formats.format import Format


@cache
def formats() -> dict[str, Format]:
    """Every format by name: built-in, then plug-ins of the group `evenhand.formats`."""
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(package.__path__):
        each = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "format_", None)
        if each is not None:
            found[each.name] = each
    for entry in entry_points(group="evenhand.formats"):
        plugged = entry.load()
        found.setdefault(plugged.name, plugged)
    return found
