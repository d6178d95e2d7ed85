"""Presets: usual ontologies in one word. JSON files with holes; expanding one gives a whole body, which is what is stored."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from evenhand.core.errors import PlatformError, Problem
from evenhand.ontology.document import check_ontology
from evenhand.ontology.registry import input_kinds, question_kinds


@dataclass(eq=False)
class UnknownPreset(PlatformError):
    """There is no preset of that name."""

    preset: str
    known: list[str]
    code: ClassVar[str] = "unknown-preset"
    hint: ClassVar[str] = "Take one of `known`, or send an ontology of your own."


@dataclass(eq=False)
class HoleRefused(PlatformError):
    """What was given for a preset's hole does not fit."""

    problems: list[Problem]
    code: ClassVar[str] = "hole-refused"
    hint: ClassVar[str] = "The preset's holes are listed by GET /api/v1/presets."


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset as its file says it. holes: name -> {"path": where it goes, "title", "example"}."""

    name: str
    version: int
    title: str
    description: str
    when_to_use: str
    holes: dict[str, Any]
    body: dict[str, Any]
    sample: dict[str, Any]


@cache
def presets() -> dict[str, Preset]:
    """Every preset by name whose kinds this installation knows; others would be offered and then refused."""
    found = {}
    for file in files("evenhand.ontology.presets").iterdir():
        if file.name.endswith(".json"):
            content = json.loads(file.read_text(encoding="utf-8"))
            if _is_known(content["body"]):
                found[content["name"]] = Preset(**content)
    return dict(sorted(found.items()))


def _is_known(body: Mapping[str, Any]) -> bool:
    return {each["kind"] for each in body["inputs"]} <= input_kinds().keys() and {
        each["kind"] for each in body["questions"]
    } <= question_kinds().keys()


def preset_summaries() -> list[dict[str, Any]]:
    """The presets as the API lists them."""
    return [
        {
            "name": preset.name,
            "title": preset.title,
            "description": preset.description,
            "when_to_use": preset.when_to_use,
            "holes": preset.holes,
            "sample": preset.sample,
            "body": expand(preset.name, {}),
        }
        for preset in presets().values()
    ]


def expand(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The whole body of a preset. A hole is a list of option values (or labels), or the language.

    name: `ner` or `ner/1`. Raises UnknownPreset, HoleRefused.
    """
    short = name.partition("/")[0]
    if short not in presets():
        raise UnknownPreset(preset=name, known=list(presets()))
    preset = presets()[short]
    body = copy.deepcopy(preset.body)
    body["preset"] = f"{preset.name}/{preset.version}"
    problems = [
        Problem(
            f"/with/{hole}", "unknown_field", f"This preset has no hole {hole!r}.", f"It has {', '.join(preset.holes)}."
        )
        for hole in given
        if hole not in preset.holes and hole != "language"
    ]
    for hole, value in given.items():
        if hole == "language":
            body["language"] = value
        elif hole in preset.holes:
            _fill(body, preset.holes[hole]["path"], value)
    problems += [each.under("/with") for each in check_ontology(body) if not each.is_warning]
    if problems:
        raise HoleRefused(problems)
    return body


def _fill(body: dict[str, Any], path: list[Any], value: Any) -> None:
    *way, last = path
    at: Any = body
    for step in way:
        at = at[step]
    if isinstance(value, list):
        value = [each if isinstance(each, dict) else {"value": each} for each in value]
    at[last] = value
