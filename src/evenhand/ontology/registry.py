"""The kinds there are: built-in modules by their place, others by entry point. A new kind touches nothing here."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from evenhand.core.plugins import plugged
from evenhand.ontology import inputs, questions
from evenhand.ontology.kind import InputKind, QuestionKind


@cache
def question_kinds() -> dict[str, QuestionKind]:
    """Every question kind by name: built-in, then plug-ins of the group `evenhand.questions`."""
    return plugged(questions, "kind", "evenhand.questions")


@cache
def input_kinds() -> dict[str, InputKind]:
    """Every input kind by name: built-in, then plug-ins of the group `evenhand.inputs`."""
    return plugged(inputs, "kind", "evenhand.inputs")


@cache
def preset_names() -> frozenset[str]:
    """The presets that ship, by the names of their files."""
    folder = files("evenhand.ontology").joinpath("presets")
    return frozenset(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
