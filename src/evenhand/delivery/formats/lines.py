"""Formats that are one file of JSON lines, a row an example: what such a format is beside the function that makes its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from evenhand.delivery.formats.format import Labeled, Losses, Spool, Written
from evenhand.ontology.ontology import Ontology

ALWAYS = "whether a label was reviewed, how sure it is and what it was made by: labels.jsonl says it"
Rows = Callable[[Labeled, Ontology, Losses], Iterator[Mapping[str, Any]]]


class LinesWriter:
    """Writes `name`. rows: those of one task, with what they lose counted. uses: the questions whose labels are in them."""

    def __init__(self, name: str, ontology: Ontology, rows: Rows, uses: Collection[str], *always: str) -> None:
        self.losses = Losses(ALWAYS, *always)
        self._name, self._ontology, self._rows, self._uses = name, ontology, rows, uses
        self._spool, self._count = Spool(), 0

    def add(self, task: Labeled) -> None:
        """The rows of the task."""
        for label in task.labels:
            if label["question"] not in self._uses:
                self.losses.add(f"labels of {label['question']}, which the format has no place for: {{count}}")
        for row in self._rows(task, self._ontology, self.losses):
            self._spool.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self._count += 1

    def files(self) -> Iterator[Written]:
        """One file."""
        yield Written(self._name, "application/x-ndjson", self._count, self._spool.blocks())

    def close(self) -> None:
        """Let the memory go."""
        self._spool.close()
