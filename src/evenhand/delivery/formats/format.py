"""The contract of a format that a release may be written in beside its own lines. One module each, found by `registry`.

A format reads what `items.jsonl` and `labels.jsonl` say of a task, writes files that other tools open, and says what it could
not carry. What is written lies in memory files until it is sealed: nothing of it reaches the disk unsealed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from evenhand.ontology.ontology import Ontology

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Labeled:
    """A task of a release with its labels. item: as imported, each file's facts in its input. labels: as in `labels.jsonl`."""

    task: str
    item: Mapping[str, Any]
    labels: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a format. name: within the release. rows: what it holds, in the format's own unit. blocks: its bytes, read once."""

    name: str
    media_type: str
    rows: int
    blocks: Iterator[bytes]


class Losses:
    """What could not be carried, counted by a sentence that names it. `{count}` in the sentence becomes how often."""

    def __init__(self, *always: str) -> None:
        self._always = always
        self._counted: Counter[str] = Counter()

    def add(self, sentence: str, count: int = 1) -> None:
        """Something was left out or changed."""
        self._counted[sentence] += count

    def told(self) -> list[str]:
        """One sentence a kind of loss: first what every file of the format loses, then what was met, by the alphabet."""
        return [
            *self._always,
            *(sentence.replace("{count}", str(count)) for sentence, count in sorted(self._counted.items()) if count),
        ]


class Writer(Protocol):
    """Takes the tasks of one release, each once, and then gives its files."""

    losses: Losses

    def add(self, task: Labeled) -> None:
        """One more task."""

    def files(self) -> Iterator[Written]:
        """What came of all of them; the blocks of a file are read before the next file is asked for."""

    def close(self) -> None:
        """Lets the memory go. Called whatever happened."""


class Format(Protocol):
    """A format. name: as requests spell it. title: as people know it."""

    name: ClassVar[str]
    title: ClassVar[str]

    def fits(self, ontology: Ontology) -> bool:
        """Whether anything that is asked could be carried."""

    def writer(self, ontology: Ontology) -> Writer:
        """A writer for one release, under the ontology that its labels are read by."""


class Spool:
    """Bytes that are written once and read once, in memory. descriptor: of the file in memory, for what writes by itself."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("format")

    def write(self, content: bytes) -> None:
        """Append."""
        view = memoryview(content)
        while view:
            view = view[os.write(self.descriptor, view) :]

    def blocks(self) -> Iterator[bytes]:
        """All of it, in blocks of 1 MiB."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        while block := os.read(self.descriptor, _BLOCK_BYTES):
            yield block

    def close(self) -> None:
        """Let the memory go."""
        os.close(self.descriptor)
