"""TRL, preference (DPO and its kin): `prompt`, `chosen`, `rejected`, each a list of messages.

https://huggingface.co/docs/trl/dataset_formats
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from evenhand.delivery.formats.conversation import spoken
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.training import PREFERRED, preferences, preferring
from evenhand.ontology.ontology import Ontology


class TrlPreference:
    """The format."""

    name: ClassVar[str] = "trl-preference"
    title: ClassVar[str] = "TRL preference (DPO)"

    def fits(self, ontology: Ontology) -> bool:
        """Whether replies are compared or rewritten."""
        return bool(preferring(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `trl-preference.jsonl`."""
        return LinesWriter("trl-preference.jsonl", ontology, _rows, preferring(ontology), PREFERRED)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    for each in preferences(task, ontology, losses):
        if said := spoken((each.before, each.better, each.worse), "trl", losses):
            tools = {"tools": [*each.tools]} if each.tools else {}
            yield {"prompt": said[0], "chosen": said[1], "rejected": said[2], **tools, "task": task.task,
                   "question": each.question}  # fmt: skip


format_ = TrlPreference()
