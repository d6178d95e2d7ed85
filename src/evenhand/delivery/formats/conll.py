"""CoNLL-2003: a token a line, its tag last (BIO), an empty line after each line of the text, `-DOCSTART-` before each text.

Tjong Kim Sang, De Meulder, 2003, "Introduction to the CoNLL-2003 Shared Task", doi:10.3115/1119176.1119195
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from evenhand.delivery.formats.format import Labeled, Losses, Spool, Written
from evenhand.delivery.formats.lines import ALWAYS
from evenhand.delivery.formats.passages import Range, apart, marked_texts, marking, plain, tokens
from evenhand.ontology.ontology import Ontology

_ALWAYS = (
    ALWAYS,
    "which task a text is of, the spaces in it, what its words are: columns two and three are `_`",
)
_START = "-DOCSTART- -X- O O\n\n"


class Conll:
    """The format."""

    name: ClassVar[str] = "conll"
    title: ClassVar[str] = "CoNLL (BIO)"

    def fits(self, ontology: Ontology) -> bool:
        """Whether passages are marked."""
        return bool(marking(ontology))

    def writer(self, ontology: Ontology) -> _Writer:
        """Writes a file `NAME.conll` for each question that marks passages."""
        return _Writer(ontology)


class _Writer:
    def __init__(self, ontology: Ontology) -> None:
        self.losses = Losses(*_ALWAYS)
        self._ontology = ontology
        self._spools = {asked.name: Spool() for asked in marking(ontology)}
        self._counts = dict.fromkeys(self._spools, 0)

    def add(self, task: Labeled) -> None:
        """The texts of the task."""
        for label in task.labels:
            if label["question"] not in self._spools:
                self.losses.add(f"labels of {label['question']}, which the format has no place for: {{count}}")
        for marked in marked_texts(task, self._ontology, self.losses):
            for name, passages in marked.marked.items():
                lines = _lines(marked.text, apart(passages, name, self.losses), name, self.losses)
                if lines:
                    self._spools[name].write((_START + lines).encode())
                    self._counts[name] += 1

    def files(self) -> Iterator[Written]:
        """One a question. Rows are texts."""
        for name, spool in self._spools.items():
            yield Written(f"{name}.conll", "text/plain; charset=utf-8", self._counts[name], spool.blocks())

    def close(self) -> None:
        """Let the memory go."""
        for spool in self._spools.values():
            spool.close()


def _lines(text: str, spans: Sequence[tuple[Range, str]], name: str, losses: Losses) -> str:
    """The tokens of a text with their tags; "" where it has none. spans: apart from each other, in order."""
    words = tokens(text)
    starts, ends = {start for start, _ in words}, {end for _, end in words}
    moved = sum(since not in starts or until not in ends for (since, until), _ in spans)
    losses.add(f"edges of passages of {name} that are no edges of words, moved there: {{count}} passages", moved)
    found: list[str] = []
    before, last, at, taken = None, 0, 0, set()
    for start, end in words:
        is_first = bool(found) and "\n" in text[last:start]
        if is_first:
            found.append("")
        while at < len(spans) and spans[at][0][1] <= start:
            at += 1
        inside = at if at < len(spans) and spans[at][0][0] < end else None
        tag = "O"
        if inside is not None:
            taken.add(inside)
            goes_on = inside == before
            if goes_on and is_first:
                losses.add(f"passages of {name} over the end of a line, cut there: {{count}}")
            tag = f"{'I' if goes_on and not is_first else 'B'}-{plain(spans[inside][1])}"
        found.append(f"{text[start:end]} _ _ {tag}")
        before, last = inside, end
    losses.add(f"passages of {name} in a word that another has: {{count}}", len(spans) - len(taken))
    return "\n".join(found) + "\n\n" if found else ""


format_ = Conll()
