"""TRL, supervised fine-tuning: `prompt` and `completion`, both lists of messages. https://huggingface.co/docs/trl/dataset_formats"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from evenhand.delivery.formats.conversation import spoken
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.training import DEMONSTRATED, demonstrations, written
from evenhand.ontology.ontology import Ontology


class TrlSft:
    """The format."""

    name: ClassVar[str] = "trl-sft"
    title: ClassVar[str] = "TRL SFT"

    def fits(self, ontology: Ontology) -> bool:
        """Whether replies are written."""
        return bool(written(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `trl-sft.jsonl`."""
        return LinesWriter("trl-sft.jsonl", ontology, _rows, written(ontology), DEMONSTRATED)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    for each in demonstrations(task, ontology, losses):
        if said := spoken((each.before, each.reply), "trl", losses):
            tools = {"tools": [*each.tools]} if each.tools else {}
            yield {"prompt": said[0], "completion": said[1], **tools, "task": task.task, "question": each.question}


format_ = TrlSft()
