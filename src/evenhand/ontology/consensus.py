"""The consensus on one question: what its kind merges the answers to, and how probable that is. For tables and releases alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.core.canonical import JsonValue
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.document import EachTarget
from evenhand.ontology.kind import Comparisons, Merged, MergedRegion, Nominal, Ordinal, Part, Shown, Structured
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.quality.share import smoothed_share


@dataclass(frozen=True, slots=True)
class Consensus:
    """What several answers say together; each weighs one.

    value: None where it is not resolved; candidates: the equals of a tie, in an order that depends on nobody, else the value alone.
    share: of the answers, backing the value. probability: the same smoothed, see `quality.share`. regions: of kinds that have them.
    """

    value: JsonValue
    candidates: tuple[JsonValue, ...]
    share: float
    probability: float
    merged: Merged
    regions: tuple[RegionConsensus, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionConsensus:
    """How probable it is that one region of the consensus is there; if so, that its label is right; and that its place is.

    Smoothed shares, as a `Consensus` has one.
    """

    id: str
    exists: float
    label: float
    place: float


def consensus(asked: Asked, values: Sequence[JsonValue], shown: Shown = NOWHERE) -> Consensus:
    """The consensus of the answers to a question about one target. A pure function of them, in whichever order they come."""
    merged = asked.kind.merge(asked.settings, values, [1.0] * len(values), shown)
    is_resolved = merged.status == "resolved"
    equals = [merged.value] if is_resolved else [merged.value, *(value for value, _ in merged.alternatives)]
    share, total = merged.probability, merged.effective
    return Consensus(
        value=merged.value if is_resolved else None,
        candidates=tuple(each for each in equals if each is not None),
        share=share,
        probability=smoothed_share(share * total, total, class_count(asked)) if total else 0.0,
        merged=merged,
        regions=tuple(_smoothed(asked, each, total) for each in merged.regions),
    )


def is_opened(asked: Asked) -> bool:
    """Whether its consensus is in no vote: an answer of this kind is no number, so that answers must be opened to merge them."""
    is_structured = isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Structured)
    return is_structured and not isinstance(asked.question.target, EachTarget)


def _smoothed(asked: Asked, region: MergedRegion, total: float) -> RegionConsensus:
    marked = region.exists * total
    labels = max(len(asked.settings.labels), 1)
    return RegionConsensus(
        region.id,
        smoothed_share(marked, total, 2),
        smoothed_share(region.label * marked, marked, labels),
        smoothed_share(region.place * marked, marked, 2),
    )


def standing(asked: Asked, value: JsonValue, values: Sequence[JsonValue], method: str) -> Consensus:
    """What stands because somebody decided it, with what the answers say of it.

    values: of the annotators. share, of theirs, backs the decided value, and probability is that smoothed: neither is a claim about
    whoever decided. Without any, both are 0.
    """
    backing = sum(asked.kind.canonical(asked.settings, each) == value for each in values)
    share = backing / len(values) if values else 0.0
    return Consensus(
        value=value,
        candidates=(value,),
        share=share,
        probability=smoothed_share(float(backing), float(len(values)), class_count(asked)) if values else 0.0,
        merged=Merged(value, share, len(values), float(len(values)), method, "resolved"),
    )


@dataclass(frozen=True, slots=True)
class Given:
    """All answers of one person on one task, and the ontology under which they were given."""

    answers: Sequence[Mapping[str, Any]]
    ontology: Ontology


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answer that stands for a task, and because of what: `review` or `adjudication`."""

    given: Given
    method: str


def consensus_on(
    ontology: Ontology, item: Mapping[str, Any], given: Sequence[Given], resolved: Resolved | None = None
) -> Iterator[tuple[Asked, str, Consensus]]:
    """(question, target, consensus) of everything that was answered about an item, in the order of the questions.

    resolved outranks every merge: then these are its answers and no others.

    A pure function of the answers. One to what the question meant in an earlier epoch is no answer to it; one of an older version
    that the present one refuses is not merged.
    """
    if resolved is not None:
        others = {(asked.name, target): values for asked, target, values in answers_of(ontology, item, given)}
        for asked, target, [value] in answered(ontology, [resolved.given]):
            theirs = others.get((asked.name, target), [])
            yield asked, target, standing(asked, asked.read(value), theirs, resolved.method)
        return
    parts = ontology.parts(item)
    for asked, target, values in answers_of(ontology, item, given):
        yield asked, target, consensus(asked, values, Shown(parts.get(target) or Part(target, "region"), parts))


def answered(ontology: Ontology, given: Sequence[Given]) -> Iterator[tuple[Asked, str, list[JsonValue]]]:
    """(question, target, values as they were given) of everything that was answered, in the order of the questions."""
    found: dict[tuple[str, str], list[JsonValue]] = {}
    for each in given:
        for answer in each.answers:
            name = answer["question"]
            if "value" in answer and each.ontology.epoch_of(name) == ontology.epoch_of(name):
                found.setdefault((name, answer.get("target") or ""), []).append(answer["value"])
    for asked in ontology.questions:
        for (question, target), values in found.items():
            if question == asked.name:
                yield asked, target, values


def answers_of(
    ontology: Ontology, item: Mapping[str, Any], given: Sequence[Given]
) -> Iterator[tuple[Asked, str, list[JsonValue]]]:
    """(question, target, values as the present version reads them) of everything that was answered, without what it refuses."""
    parts = ontology.parts(item)
    for asked, target, values in answered(ontology, given):
        yield asked, target, [value for each in values if _passes(asked, value := asked.read(each), target, parts)]


def _passes(asked: Asked, value: JsonValue, target: str, parts: Mapping[str, Part]) -> bool:
    shown = Shown(parts.get(target) or Part(target, "region"), parts)
    return not any(not each.is_warning for each in asked.kind.check(asked.settings, value, shown))


def class_count(asked: Asked) -> int:
    """How many different values a question allows; 2, "this or not this", where that has no bound."""
    votes = asked.kind.encode(asked.settings, [], asked.codebook)
    if isinstance(votes, Nominal):
        return max(votes.classes, 1)
    if isinstance(votes, Ordinal):
        return votes.levels
    return 2 * votes.strength + 1 if isinstance(votes, Comparisons) else 2
