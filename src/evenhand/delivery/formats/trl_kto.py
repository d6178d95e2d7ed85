"""TRL, unpaired preference (KTO): `prompt`, `completion` and whether that is desirable, `label`.

Of a rating, what lies above the middle of its scale is desirable and what lies below is not. Without ratings, so is a reply that is
better in all of its pairs, or worse in all. https://huggingface.co/docs/trl/dataset_formats

Ethayarajh et al., 2024, arXiv:2402.01306
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from evenhand.core.canonical import canonical_json
from evenhand.delivery.formats.conversation import Node, spoken
from evenhand.delivery.formats.format import Labeled, Losses
from evenhand.delivery.formats.lines import LinesWriter
from evenhand.delivery.formats.training import preferences, preferring, rated, ratings
from evenhand.ontology.ontology import Ontology

_RATED = (
    "a reply that is rated above the middle of the scale is desirable, one below is not; how far from it is not said"
)
_COMPARED = (
    "a reply that is better in every pair is desirable, one that is worse in every pair is not; than which is not said"
)
Judged = tuple[str, tuple[Node, ...], tuple[Node, ...], tuple[Any, ...], bool]


class TrlKto:
    """The format."""

    name: ClassVar[str] = "trl-kto"
    title: ClassVar[str] = "TRL unpaired preference (KTO)"

    def fits(self, ontology: Ontology) -> bool:
        """Whether replies are rated, compared or rewritten."""
        return bool(rated(ontology) or preferring(ontology))

    def writer(self, ontology: Ontology) -> LinesWriter:
        """Writes `trl-kto.jsonl`."""
        by_ratings = [asked.name for asked in rated(ontology)]
        uses = by_ratings or preferring(ontology)
        return LinesWriter("trl-kto.jsonl", ontology, _rows, uses, _RATED if by_ratings else _COMPARED)


def _rows(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Mapping[str, Any]]:
    found = _by_ratings if rated(ontology) else _by_pairs
    for question, before, reply, tools, is_desirable in found(task, ontology, losses):
        if said := spoken((before, reply), "trl", losses):
            yield {"prompt": said[0], "completion": said[1], "label": is_desirable,
                   **({"tools": [*tools]} if tools else {}), "task": task.task, "question": question}  # fmt: skip


def _by_ratings(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Judged]:
    """By the first question that rates replies; the others say nothing here."""
    decides, *others = (asked.name for asked in rated(ontology))
    for each in ratings(task, ontology, losses):
        for name in others:
            if name in each.ranks:
                losses.add(f"ratings of {name}, for {decides} decides: {{count}}")
        if decides not in each.ranks:
            continue
        rank, levels = each.ranks[decides]
        if 2 * rank == levels - 1:
            losses.add(f"replies that {decides} rates in the middle: {{count}}")
        else:
            yield decides, each.before, each.reply, each.tools, 2 * rank > levels - 1


def _by_pairs(task: Labeled, ontology: Ontology, losses: Losses) -> Iterator[Judged]:
    found: dict[bytes, tuple[Judged, set[bool]]] = {}
    for pair in preferences(task, ontology, losses):
        for reply, is_better in ((pair.better, True), (pair.worse, False)):
            key = canonical_json([*pair.before, *reply])
            judged = (pair.question, pair.before, reply, pair.tools, is_better)
            found.setdefault(key, (judged, set()))[1].add(is_better)
    for judged, sides in found.values():
        if len(sides) > 1:
            losses.add("replies that are better than one and worse than another: {count}")
        else:
            yield judged


format_ = TrlKto()
