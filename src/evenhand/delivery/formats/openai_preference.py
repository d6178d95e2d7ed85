"""OpenAI, direct preference optimization: `input`, `preferred_output`, `non_preferred_output`. Nothing beside these is accepted.

https://platform.openai.com/docs/guides/direct-preference-optimization
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from evenhand.delivery.formats.conversation import spoken
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.training import PREFERRED, preferences, preferring
from evenhand.ontology.ontology import Ontology

NAMELESS = "which task a row is of: the format has no place for it"


class OpenAiPreference:
    """The format."""

    name: ClassVar[str] = "openai-preference"
    title: ClassVar[str] = "OpenAI preference"

    def fits(self, ontology: Ontology) -> bool:
        """Whether replies are compared or rewritten."""
        return bool(preferring(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `openai-preference.jsonl`."""
        return LinesWriter("openai-preference.jsonl", ontology, _rows, preferring(ontology), PREFERRED, NAMELESS)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    for each in preferences(task, ontology, losses):
        said = spoken((each.before, each.better, each.worse), "openai", losses)
        if said is None:
            continue
        prompt, better, worse = said
        if any(len(reply) > 1 or reply[0]["role"] != "assistant" for reply in (better, worse)):
            losses.add("pairs with a reply of several messages: {count}")
            continue
        tools = functions(each.tools)
        offered = {"tools": tools, "parallel_tool_calls": True} if tools else {}
        yield {"input": {"messages": prompt, **offered}, "preferred_output": better, "non_preferred_output": worse}


def functions(tools: Sequence[Any]) -> list[dict[str, Any]]:
    """Tools as OpenAI names them: those that are no such object yet are put into one."""
    return [
        dict(tool) if tool.get("type") == "function" and "function" in tool else {"type": "function", "function": tool}
        for tool in tools
        if isinstance(tool, Mapping)
    ]


format_ = OpenAiPreference()
