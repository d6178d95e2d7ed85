"""What a comparing question compares: the responses, threads or inputs under its target, or options of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Shown
from evenhand.ontology.options import Option, duplicate_values, text_of

COMPARED_MAX = 200


class Comparing(BaseModel):
    """Settings shared by the kinds that compare."""

    model_config = ConfigDict(extra="forbid")

    compare: Literal["response", "thread", "input", "option"] = "response"
    options: Annotated[list[Option], Field(max_length=COMPARED_MAX)] = []


def check_compared(settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
    """Options exactly where options are compared; something in the inputs to compare otherwise."""
    if settings.compare == "option":
        if len(settings.options) < 2:
            return [problem("no_options", "There is nothing to compare.", "Add two options or more.", "/options")]
        return duplicate_values(settings.options, "/options")
    problems = []
    if settings.options:
        message = f"Options are given, but each {settings.compare} is compared."
        problems.append(problem("bad_settings", message, "Remove options, or compare option.", "/options"))
    if settings.compare == "input" and len(inputs) < 2:
        problems.append(problem("bad_settings", "There is one input only.", "Add another input.", "/compare"))
    if settings.compare in ("response", "thread") and "chat" not in inputs.values():
        message = f"No input has a {settings.compare}."
        problems.append(problem("bad_settings", message, "Add a chat input, or compare inputs.", "/compare"))
    return problems


def compared(settings: Any, shown: Shown) -> list[str] | None:
    """Names of what is compared, in canonical order; None where the item is not at hand.

    Options keep the order of the settings, parts the order of the document. A part is named by its own id, or by its whole
    address where two of them share an id.
    """
    if settings.compare == "option":
        return [option.value for option in settings.options]
    if not shown.parts:
        return None
    addresses = [part.address for part in shown.below(settings.compare)]
    ids = Counter(address.rpartition("/")[2] for address in addresses)
    return [address.rpartition("/")[2] if ids[address.rpartition("/")[2]] == 1 else address for address in addresses]


def name_of(settings: Any, name: str) -> str:
    """How a table names one of the compared: an option's text, a part's id."""
    return text_of(settings.options, name) if settings.compare == "option" else name
