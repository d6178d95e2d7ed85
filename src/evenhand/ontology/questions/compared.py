"""What a comparing question compares: the responses, threads or inputs under its target, or options of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Shown
from evenhand.ontology.options import Option, duplicate_values, text_of

COMPARED_MAX = 200


class Comparing(BaseModel):
    """Settings shared by the kinds that compare."""

    model_config = ConfigDict(extra="forbid", strict=True)

    compare: Literal["response", "thread", "input", "option"] = "response"
    options: Annotated[list[Option], Field(max_length=COMPARED_MAX)] = []
    inputs: Annotated[list[str], Field(max_length=COMPARED_MAX)] = []
    """Which inputs are compared; all of them where it is empty. A prompt beside two replies is shown, not compared."""


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
    problems.extend(_check_inputs(settings, inputs))
    if settings.compare in ("response", "thread") and "chat" not in inputs.values():
        message = f"No input has a {settings.compare}."
        problems.append(problem("bad_settings", message, "Add a chat input, or compare inputs.", "/compare"))
    return problems


def _check_inputs(settings: Any, inputs: Mapping[str, str]) -> Iterator[Problem]:
    if settings.inputs and settings.compare != "input":
        message = f"Inputs are named, but each {settings.compare} is compared."
        yield problem("bad_settings", message, "Remove inputs, or compare input.", "/inputs")
        return
    for index, name in enumerate(settings.inputs):
        if name not in inputs:
            message = f"There is no input {name!r}."
            yield problem("bad_settings", message, "Name an input of this ontology.", f"/inputs/{index}", [*inputs])
        elif name in settings.inputs[:index]:
            yield problem("duplicate_value", f"{name!r} stands twice.", "Name it once.", f"/inputs/{index}")
    if len(settings.inputs) == 1:
        yield problem("bad_settings", "One input is nothing to compare.", "Name another.", "/inputs")


def compared(settings: Any, shown: Shown) -> list[str] | None:
    """Names of what is compared, in canonical order; None where the item is not at hand.

    Options keep the order of the settings, parts the order of the document. A part is named by its own id, or by its whole
    address where two of them share an id.
    """
    if settings.compare == "option":
        return [option.value for option in settings.options]
    if not shown.parts:
        return None
    addresses = [
        part.address
        for part in shown.below(settings.compare)
        if settings.compare != "input" or not settings.inputs or part.address in settings.inputs
    ]
    ids = Counter(address.rpartition("/")[2] for address in addresses)
    return [address.rpartition("/")[2] if ids[address.rpartition("/")[2]] == 1 else address for address in addresses]


def contenders(settings: Any, shown: Shown) -> dict[str, str | None]:
    """name -> what it is in every task alike: an option's text, an input, the model behind a reply; None where nothing says."""
    names = compared(settings, shown) or []
    if settings.compare in ("option", "input"):
        return {name: name_of(settings, name) for name in names}
    models: dict[str, str | None] = {}
    for part in shown.below(settings.compare) if shown.parts else ():
        model = part.facts.get("model")
        for name in (part.address, part.address.rpartition("/")[2]):
            models[name] = str(model) if model else None
    return {name: models.get(name) for name in names}


def name_of(settings: Any, name: str) -> str:
    """How a table names one of the compared: an option's text, a part's id."""
    return text_of(settings.options, name) if settings.compare == "option" else name
