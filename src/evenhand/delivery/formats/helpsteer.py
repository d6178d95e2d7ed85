"""Attributes in the manner of HelpSteer: a row a reply, a column a rating, counted from 0. Wang et al., 2023, arXiv:2311.09528.

`context` holds what was said before as HelpSteer3 does; `prompt` is its text where that is one message, as in HelpSteer and
HelpSteer2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from evenhand.delivery.formats.conversation import spoken
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.training import rated, ratings
from evenhand.ontology.ontology import Ontology

_COLUMNS = ("prompt", "context", "response", "task")
_FROM_ZERO = "the levels' own numbers and texts: a column counts them from 0, the lowest"
_LEVELS = 5


class HelpSteer:
    """The format."""

    name: ClassVar[str] = "helpsteer"
    title: ClassVar[str] = "HelpSteer attributes"

    def fits(self, ontology: Ontology) -> bool:
        """Whether replies are rated."""
        return bool(rated(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `helpsteer.jsonl`."""
        scales = {asked.name: asked.kind.encode(asked.settings, [], asked.codebook) for asked in rated(ontology)}
        others = [
            f"{name} has {levels} levels, HelpSteer's attributes have {_LEVELS}"
            for name, scale in scales.items()
            if (levels := getattr(scale, "levels", _LEVELS)) != _LEVELS
        ]
        return LinesWriter("helpsteer.jsonl", ontology, _rows, scales, _FROM_ZERO, *others)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    names = [asked.name for asked in rated(ontology)]
    for each in ratings(task, ontology, losses):
        said = spoken((each.before, each.reply), "trl", losses)
        if said is None:
            continue
        context, reply = said
        if len(reply) != 1 or "tool_calls" in reply[0] or not reply[0].get("content"):
            losses.add("replies that are more than one text: {count}")
            continue
        is_one = len(context) == 1 and context[0]["role"] == "user"
        if not is_one:
            losses.add("prompts of other than one message, which only `context` has: {count}")
        row = {"prompt": context[0]["content"] if is_one else None, "context": context, "response": reply[0]["content"]}
        columns = {name if name not in _COLUMNS else f"{name}_rating": each.ranks.get(name) for name in names}
        yield row | {name: rank[0] if rank else None for name, rank in columns.items()} | {"task": task.task}


format_ = HelpSteer()
