"""What should have stood in a step's place: a text, or calls of tools with their arguments, held against the tools of the trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Shown
from evenhand.ontology.schemas import schema_problems

TEXT_MAX = 200_000
CALLS_MAX = 64
NAME_MAX = 256


class Call(BaseModel):
    """A call as it should have been made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
    arguments: dict[str, Any] = Field(default_factory=dict)


class Corrected(BaseModel):
    """Calls in the order in which they should have been made, and what should have been said with them."""

    model_config = ConfigDict(extra="forbid")

    calls: Annotated[list[Call], Field(min_length=1, max_length=CALLS_MAX)]
    content: Annotated[str, Field(max_length=TEXT_MAX)] | None = None


def check_replacement(value: Any, shown: Shown) -> Iterator[Problem]:
    """Every defect, pointers below it: tools that the trace does not offer, arguments that the tool's schema refuses."""
    text = value.get("content") if isinstance(value, dict) else value
    if not isinstance(value, str | dict) or not (text is None or isinstance(text, str)):
        remedy = 'Send a text, or {"calls": [{"name": …, "arguments": {…}}]}.'
        yield problem("bad_value", "This is neither a text nor a corrected call.", remedy)
        return
    if isinstance(text, str) and len(text) > TEXT_MAX:
        yield problem("too_long", f"What stands in its place has at most {TEXT_MAX} characters.", "Shorten it.")
    if isinstance(value, str):
        return
    calls = value.get("calls")
    if value.keys() - {"calls", "content"} or not isinstance(calls, list) or not 0 < len(calls) <= CALLS_MAX:
        message = f"A corrected step has 1 to {CALLS_MAX} calls."
        yield problem("bad_value", message, 'Send {"calls": [{"name": …, "arguments": {…}}], "content": …}.')
        return
    tools = tools_of(shown)
    for index, call in enumerate(calls):
        yield from (each.under(f"/calls/{index}") for each in _check_call(call, tools))


def tools_of(shown: Shown) -> dict[str, Any]:
    """name -> schema of its arguments, of the tools that the trace offers; {} where it does not say."""
    about = shown.parts.get(shown.target.input or "", shown.target)
    tools: dict[str, Any] = about.facts.get("tools", {})
    return tools


def canonical_replacement(value: Any) -> JsonValue:
    """The text, or the calls with their arguments; None where it says nothing."""
    if not isinstance(value, dict):
        return value or None
    calls: list[JsonValue] = [{"name": each["name"], "arguments": each.get("arguments", {})} for each in value["calls"]]
    return {"calls": calls} | ({"content": value["content"]} if value.get("content") else {})


def _check_call(call: Any, tools: Mapping[str, Any]) -> Iterator[Problem]:
    name = call.get("name") if isinstance(call, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= NAME_MAX or call.keys() - {"name", "arguments"}:
        yield problem(
            "bad_value", "A call has the name of its tool, and arguments.", 'Send {"name": …, "arguments": {…}}.'
        )
        return
    arguments = call.get("arguments", {})
    if not isinstance(arguments, dict):
        yield problem("bad_value", "Arguments are an object.", "Send them by name.", "/arguments")
        return
    if tools and name not in tools:
        message = f"The agent has no tool {name!r}."
        yield problem("unknown_option", message, "Call one that it has.", "/name", sorted(tools))
    elif isinstance(schema := tools.get(name), dict):
        for each in schema_problems(schema, arguments):
            yield each.under("/arguments") if "arguments" in call else Problem("", each.code, each.message, each.remedy)
