"""What is found by its place: an object of one name in each module of a package, then those that others bring by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any


def plugged(package: ModuleType, attribute: str, group: str) -> dict[str, Any]:
    """Each module's `attribute`, by its `name`; then the entry points of `group`, which replace nothing that is built in."""
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(package.__path__):
        each = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), attribute, None)
        if each is not None:
            found[each.name] = each
    for entry in entry_points(group=group):
        each = entry.load()
        found.setdefault(each.name, each)
    return found
