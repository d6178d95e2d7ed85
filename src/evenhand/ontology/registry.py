"""The kinds there are: built-in modules by their place, others by entry point. A new kind touches nothing here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files

from evenhand.ontology import inputs, questions
from evenhand.ontology.kind import InputKind, QuestionKind


@cache
def question_kinds() -> dict[str, QuestionKind]:
    """Every question kind by name: built-in, then plug-ins of the group `evenhand.questions`."""
    found: dict[str, QuestionKind] = {}
    for module in pkgutil.iter_modules(questions.__path__):
        kind = getattr(importlib.import_module(f"{questions.__name__}.{module.name}"), "kind", None)
        if kind is not None:
            found[kind.name] = kind
    for entry in entry_points(group="evenhand.questions"):
        plugged = entry.load()
        found.setdefault(plugged.name, plugged)
    return found


@cache
def input_kinds() -> dict[str, InputKind]:
    """Every input kind by name: built-in, then plug-ins of the group `evenhand.inputs`."""
    found: dict[str, InputKind] = {}
    for module in pkgutil.iter_modules(inputs.__path__):
        kind = getattr(importlib.import_module(f"{inputs.__name__}.{module.name}"), "kind", None)
        if kind is not None:
            found[kind.name] = kind
    for entry in entry_points(group="evenhand.inputs"):
        plugged = entry.load()
        found.setdefault(plugged.name, plugged)
    return found


@cache
def preset_names() -> frozenset[str]:
    """The presets that ship, by the names of their files."""
    folder = files("evenhand.ontology").joinpath("presets")
    return frozenset(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
