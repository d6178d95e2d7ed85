"""Passages marked in texts, text by text; their tokens; and which of them can lie side by side in formats that know no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import regex

from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.ontology import Asked, Ontology

Range = tuple[int, int]
_CHUNK = re.compile(r"\S+")
# Scripts that put no space between words: each letter is a token.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = regex.compile(rf"(?V1)[[\p{{L}}\p{{N}}\p{{M}}_]--[{_UNSPACED}]]+|[{_UNSPACED}]\p{{M}}*|\X")


@dataclass(frozen=True, slots=True)
class Passage:
    """Ranges of code points, 0-based and half-open, in order; several where the passage is in pieces."""

    label: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text in which somebody looked. marked: question -> its passages by where they begin, none where nothing was found."""

    address: str
    text: str
    marked: Mapping[str, Sequence[Passage]]


def marking(ontology: Ontology) -> list[Asked]:
    """The questions that mark passages."""
    return [asked for asked in ontology.questions if asked.kind.has_regions and asked.kind.needs == "text"]


def marked_texts(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[MarkedText]:
    """Every text of a task in which passages were looked for, in document order."""
    parts = ontology.parts(task.item)
    names = {asked.name for asked in marking(ontology)}
    found: dict[str, dict[str, list[Passage]]] = {}
    for label in task.labels:
        name, value = str(label["question"]), label["value"]
        if name not in names:
            continue
        if value is None:
            losses.add(f"labels of {name} that are undecided: {{count}}")
            continue
        for address in _texts(parts, str(label["target"])):
            found.setdefault(address, {}).setdefault(name, [])
        for region in value["regions"]:
            address = region.get("on") or label["target"]
            if address not in found or name not in found[address]:
                losses.add(f"passages of {name} in a text that is there no more: {{count}}")
                continue
            if region.get("unsure"):
                losses.add(f"that the edges of a passage are in doubt: {{count}} of {name}")
            given = [(int(start), int(end)) for start, end in region["ranges"]]
            ranges = tuple(_without_space(str(parts[address].text), each) for each in given)
            losses.add(f"spaces at the ends of passages of {name}: {{count}} passages", ranges != tuple(given))
            if kept := tuple((start, end) for start, end in ranges if start < end):
                found[address][name].append(Passage(str(region.get("label") or name), kept))
    for address, part in parts.items():
        if address in found:
            marked = {name: sorted(each, key=lambda one: one.ranges) for name, each in found[address].items()}
            yield MarkedText(address, str(part.text), marked)


def _texts(parts: Mapping[str, Part], target: str) -> list[str]:
    part = parts.get(target)
    if part is None:
        return []
    if part.text is not None:
        return [target]
    return [each.address for each in Shown(part, parts).below("block") if each.text is not None]


def _without_space(text: str, place: Range) -> Range:
    """Without the space at either end, which is in no token; empty where there is nothing else."""
    said = text[place[0] : place[1]]
    start = place[0] + len(said) - len(said.lstrip())
    return start, start + len(said.strip())


def apart(passages: Sequence[Passage], question: str, losses: Losses) -> list[tuple[Range, str]]:
    """Ranges that overlap no other, in order: pieces on their own, of what overlaps the longer, else the earlier."""
    pieces = []
    for passage in passages:
        if len(passage.ranges) > 1:
            losses.add(f"which pieces are one passage: {{count}} of {question} are in several")
        pieces += [(each, passage.label) for each in passage.ranges]
    kept: list[tuple[Range, str]] = []
    for (start, end), label in sorted(pieces, key=lambda piece: (piece[0][0] - piece[0][1], piece)):
        if any(start < until and since < end for (since, until), _ in kept):
            losses.add(f"passages of {question} within or across a longer one: {{count}}")
        else:
            kept.append(((start, end), label))
    return sorted(kept)


def tokens(text: str, cuts: Sequence[int] = ()) -> list[Range]:
    """Words, and everything else that is no space one by one. cuts: offsets at which a token ends in any case."""
    found: list[Range] = []
    edges = sorted(set(cuts))
    for chunk in _CHUNK.finditer(text):
        for token in _TOKEN.finditer(chunk[0]):
            start, end = chunk.start() + token.start(), chunk.start() + token.end()
            inside = [edge for edge in edges if start < edge < end]
            found += pairwise([start, *inside, end])
    return found


def plain(label: Any) -> str:
    """A label without spaces."""
    return "_".join(str(label).split())
