"""Presets, kinds and ontologies: what can be asked, and what a project asks."""

from __future__ import annotations

from typing_extensions import TypedDict

from evenhand.boundary.shapes import Defect, Json, JsonObject, OntologyBody, Shape, Time


class Hole(Shape):
    """A place in a preset that its user fills. path: where in the body it goes."""

    path: list[str | int]
    title: str
    example: Json


class Preset(Shape):
    """A usual project in one word. body: its ontology with the holes at their defaults; sample: one item it suits."""

    name: str
    title: str
    description: str
    when_to_use: str
    holes: dict[str, Hole]
    sample: JsonObject
    body: OntologyBody


class KindFacts(Shape):
    """A kind this installation knows. settings: JSON Schema."""

    name: str
    settings: JsonObject


class InputKindFacts(KindFacts):
    """A kind of input. parts: what a question can be asked about one by one. offers: `text` or `pixels` that can be marked."""

    parts: list[str]
    offers: list[str]


class QuestionKindFacts(KindFacts):
    """A kind of question. has_regions: its answers mark parts that other questions can be about. needs: what it marks."""

    targets: list[str]
    has_regions: bool
    needs: str | None


class Kinds(Shape):
    """Every kind this installation knows, plug-ins included."""

    inputs: list[InputKindFacts]
    questions: list[QuestionKindFacts]


class OntologyCheck(Shape):
    """Every defect of an ontology. digest: null while it has any that is not a warning."""

    problems: list[Defect]
    digest: str | None


class ExpandedPreset(Shape):
    """A preset with its holes filled."""

    body: OntologyBody


class OntologyVersion(Shape):
    """One version of a project's ontology. change: the class its author confirmed, `first` for version 1."""

    version: int
    digest: str
    body: OntologyBody
    change: str
    created_at: Time


class OntologyVersionFacts(Shape):
    """One version, without its body."""

    version: int
    change: str
    created_at: Time


OntologyChange = TypedDict("OntologyChange", {"question": str, "class": str, "sentence": str})
OntologyChanged = TypedDict("OntologyChanged", {"version": int, "class": str, "changes": list[OntologyChange]})
OntologyChange.__doc__ = "What changed about one question, how much it touches stored answers, and in words."
OntologyChanged.__doc__ = (
    "The version that now stands, and what changed. class: the strongest of the changes, or `none`."
)
