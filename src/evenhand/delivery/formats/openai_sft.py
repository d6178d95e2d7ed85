"""OpenAI, supervised fine-tuning: `messages`, the last of them the reply, and `tools`. Nothing beside these is accepted.

https://platform.openai.com/docs/guides/supervised-fine-tuning
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from evenhand.delivery.formats.conversation import spoken
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.openai_preference import NAMELESS, functions
from evenhand.delivery.formats.training import DEMONSTRATED, demonstrations, written
from evenhand.ontology.ontology import Ontology


class OpenAiSft:
    """The format."""

    name: ClassVar[str] = "openai-sft"
    title: ClassVar[str] = "OpenAI SFT"

    def fits(self, ontology: Ontology) -> bool:
        """Whether replies are written."""
        return bool(written(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `openai-sft.jsonl`."""
        return LinesWriter("openai-sft.jsonl", ontology, _rows, written(ontology), DEMONSTRATED, NAMELESS)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    for each in demonstrations(task, ontology, losses):
        said = spoken((each.before, each.reply), "openai", losses, weights=True)
        if said is None:
            continue
        prompt, reply = said
        if reply[-1]["role"] != "assistant":
            losses.add("replies that do not end with the assistant: {count}")
            continue
        # Every message of the assistant is trained on that does not say otherwise: here only the reply is what somebody wrote.
        earlier = [{"weight": 0, **one} if one["role"] == "assistant" else one for one in prompt]
        tools = functions(each.tools)
        yield {"messages": [*earlier, *reply], **({"tools": tools} if tools else {})}


format_ = OpenAiSft()
