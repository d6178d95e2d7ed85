"""spaCy: JSON lines, each what `Doc.to_json` writes and `Doc.from_json` reads. https://spacy.io/api/doc#from_json

`spans` has every passage under its question's name, overlapping ones too; `ents` those of the first question that lie apart. Tokens
end where a passage does, so that no edge moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.passages import MarkedText, Range, apart, marked_texts, marking, tokens
from evenhand.ontology.ontology import Ontology

_TOKENS = "how a model's own tokenizer cuts a text: tokens are words, cut at the edges of what is marked"


class Spacy:
    """The format."""

    name: ClassVar[str] = "spacy"
    title: ClassVar[str] = "spaCy"

    def fits(self, ontology: Ontology) -> bool:
        """Whether passages are marked."""
        return bool(marking(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `spacy.jsonl`."""
        return LinesWriter("spacy.jsonl", ontology, _rows, [asked.name for asked in marking(ontology)], _TOKENS)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    for marked in marked_texts(task, ontology, losses):
        yield _doc(marked, losses) | {"meta": {"task": task.task, "target": marked.address}}


def _doc(marked: MarkedText, losses: Losses) -> dict[str, Any]:
    spans: dict[str, list[dict[str, Any]]] = {}
    for name, passages in marked.marked.items():
        spans[name] = [_span(each, passage.label) for passage in passages for each in passage.ranges]
    first, *others = marked.marked
    ents = [_span(each, label) for each, label in apart(marked.marked[first], first, losses)]
    for name in others:
        # Pieces are counted where they are cut apart, for `ents`; of the others nothing is.
        if several := sum(len(passage.ranges) > 1 for passage in marked.marked[name]):
            losses.add(f"which pieces are one passage: {{count}} of {name} are in several", several)
    cuts = [edge for each in spans.values() for span in each for edge in (span["start"], span["end"])]
    ranges = _with_spaces(marked.text, tokens(marked.text, cuts))
    return {
        "text": marked.text,
        "ents": ents,
        "spans": spans,
        "tokens": [{"id": number, "start": start, "end": end} for number, (start, end) in enumerate(ranges)],
    }


def _span(place: Range, label: str) -> dict[str, Any]:
    return {"start": place[0], "end": place[1], "label": label, "kb_id": ""}


def _with_spaces(text: str, words: list[Range]) -> list[Range]:
    """To spaCy one space after a word is part of it, and all other space a token."""
    found: list[Range] = []
    at = 0
    for start, end in [*words, (len(text), len(text))]:
        if found and text[at:start].startswith(" "):
            at += 1
        if at < start:
            found.append((at, start))
        if start < end:
            found.append((start, end))
        at = end
    return found


format_ = Spacy()
