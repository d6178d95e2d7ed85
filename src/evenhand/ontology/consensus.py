"""The label of one question: what stands for the answers, how probable that is, and by what. For tables and releases alike.

One rule says what stands (`label`): a verdict; else what was decided by a fit; else what the fit that stands says; else what the
question's kind merges the votes to. Of gold stands what is known of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal

from evenhand.core.canonical import JsonValue
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.document import EachTarget
from evenhand.ontology.kind import Comparisons, Merged, MergedRegion, Nominal, Ordinal, Part, Shown, Structured
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.quality.share import smoothed_share

# Two classes that a model cannot tell apart differ by rounding.
_CLOSE = 1e-6
Source = Literal["gold", "verdict", "decision", "model", "votes"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a fitted model says of one question about one task.

    code: as votes are coded; of numbers, the estimate. probability: that it is right; None of numbers: their estimate has an
    interval instead, of 95 %, in the unit of the answers. source: `decision`, when the task was decided, or `model`, as it stands.
    """

    code: float
    probability: float | None
    source: Literal["decision", "model"]
    model: str
    version: str
    fit_no: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Consensus:
    """What several answers say together; each weighs one.

    value: None where it is not resolved; candidates: the equals of a tie, in an order that depends on nobody, else the value alone.
    share: of the answers, backing the value. probability: by a model, its own; else the share smoothed, see `quality.share`.
    regions: of kinds that have them. source: what it was made by; told: by which model, where one made it.
    """

    value: JsonValue
    candidates: tuple[JsonValue, ...]
    share: float
    probability: float
    merged: Merged
    regions: tuple[RegionConsensus, ...] = ()
    source: Source = "votes"
    told: Told | None = None

    @property
    def origin(self) -> dict[str, Any]:
        """What it was made by, as the contract says it; of a model's label with its model, version, fit and interval."""
        if self.told is None:
            return {"source": self.source}
        named = {"model": self.told.model, "model_version": self.told.version, "fit_no": self.told.fit_no}
        ends = dict(zip(("low", "high"), self.told.interval or (), strict=False))
        return {"source": self.source, **named, **ends}


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


def label(asked: Asked, values: Sequence[JsonValue], told: Told | None = None, shown: Shown = NOWHERE) -> Consensus:
    """What stands where nobody gave a verdict: what a model says of the answers, else what they merge to.

    A model that finds its likeliest answer no likelier than not says nothing where the votes tie: a tie is never broken by order.
    An estimate is brought onto the question's step, and within its answers where the question does not allow it.
    """
    found = consensus(asked, values, shown)
    if told is None or not found.merged.answers:
        return found
    if told.probability is None:
        return replace(_stating(found, _allowed(asked, told.code, values, shown), told), share=found.share)
    if found.merged.status == "tied" and told.probability <= 0.5 + _CLOSE:
        return found
    value = asked.read(asked.kind.decode(asked.settings, told.code, asked.codebook, shown))
    backing = sum(asked.kind.canonical(asked.settings, each) == value for each in values)
    return replace(_stating(found, value, told), share=backing / len(values), probability=told.probability)


def _stating(found: Consensus, value: JsonValue, told: Told) -> Consensus:
    merged = replace(found.merged, value=value, method=told.model, status="resolved", alternatives=())
    return replace(found, value=value, candidates=(value,), merged=merged, source=told.source, told=told)


def _allowed(asked: Asked, number: float, values: Sequence[JsonValue], shown: Shown) -> JsonValue:
    """The number nearest to an estimate that the question allows."""
    codes = [asked.kind.vote(asked.settings, each, asked.codebook, shown) for each in values]
    given = [each for each in codes if each is not None]
    value = asked.kind.merge(asked.settings, [number], [1.0], shown).value
    if not all(each.is_warning for each in asked.kind.check(asked.settings, value, shown)):
        within = min(max(number, min(given)), max(given))
        value = asked.kind.merge(asked.settings, [within], [1.0], shown).value
    return value


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
        source="verdict",
    )


NOTHING_TOLD: Mapping[int, Told] = {}


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
    ontology: Ontology,
    item: Mapping[str, Any],
    given: Sequence[Given],
    resolved: Resolved | None = None,
    told: Mapping[int, Told] = NOTHING_TOLD,
) -> Iterator[tuple[Asked, str, Consensus]]:
    """(question, target, consensus) of everything that was answered about an item, in the order of the questions.

    resolved outranks every model and merge: then these are its answers and no others. told: by question number, see `label`.

    A pure function of its arguments. One to what the question meant in an earlier epoch is no answer to it; one of an older version
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
        shown = Shown(parts.get(target) or Part(target, "region"), parts)
        yield asked, target, label(asked, values, told.get(asked.no), shown)


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
    """(question, target, values as the present version reads them) of everything that was answered, without what it refuses.

    Regions that answers name are called alike by all: by what `alike` finds that they mark.
    """
    parts = ontology.parts(item)
    if any(getattr(asked.kind, "names_regions", False) for asked in ontology.questions):
        given = alike(ontology, parts, given)
    for asked, target, values in answered(ontology, given):
        yield asked, target, [value for each in values if _passes(asked, value := asked.read(each), target, parts)]


def alike(ontology: Ontology, parts: Mapping[str, Part], given: Sequence[Given]) -> list[Given]:
    """The same answers, where those that name regions name what is marked, by the id it has in the consensus of all.

    Everybody numbers their own regions: k1 of one is not k1 of another. What nobody else marked gets an id of its own.
    """
    names: list[dict[str, str]] = [{} for _ in given]
    for asked in ontology.questions:
        if asked.kind.has_regions and hasattr(asked.kind, "things"):
            taken: set[str] = set()
            for target, those in _by_target(ontology, asked, given).items():
                shown = Shown(parts.get(target) or Part(target, "region"), parts)
                passing = [(who, value) for who, value in those if _passes(asked, value, target, parts)]
                things = asked.kind.things(asked.settings, [value for _, value in passing], shown)
                # What is marked elsewhere is something else, though both may have the same id in their consensus.
                called = {thing: _free(thing, taken) for of in things for thing in of.values()}
                taken.update(called.values())
                for (who, _), of in zip(passing, things, strict=True):
                    names[who].update({f"{asked.name}:{id_}": f"{asked.name}:{called[of[id_]]}" for id_ in of})
            for who, each in enumerate(given):
                _name_the_rest(names[who], asked, each, taken)
    return [_renamed(ontology, each, names[who]) for who, each in enumerate(given)]


def _by_target(ontology: Ontology, asked: Asked, given: Sequence[Given]) -> dict[str, list[tuple[int, JsonValue]]]:
    """target -> (place in `given`, value as it counts now) of what was answered to one question."""
    found: dict[str, list[tuple[int, JsonValue]]] = {}
    for who, each in enumerate(given):
        for question, target, [value] in answered(ontology, [each]):
            if question is asked:
                found.setdefault(target, []).append((who, asked.read(value)))
    return found


def _name_the_rest(names: dict[str, str], asked: Asked, given: Given, taken: set[str]) -> None:
    """Names of their own for regions that are matched with none: of answers that no longer count, of kinds that match none."""
    for answer in given.answers:
        if answer["question"] == asked.name and "value" in answer:
            for id_ in asked.kind.labels(asked.settings, answer["value"]):
                if f"{asked.name}:{id_}" not in names:
                    taken.add(free := _free("u1", taken))
                    names[f"{asked.name}:{id_}"] = f"{asked.name}:{free}"


def _free(id_: str, taken: set[str]) -> str:
    return id_ if id_ not in taken else next(name for number in count(1) if (name := f"u{number}") not in taken)


def _renamed(ontology: Ontology, given: Given, names: Mapping[str, str]) -> Given:
    kinds = {each.name: each.kind for each in ontology.questions if getattr(each.kind, "names_regions", False)}
    return Given(
        [
            {**answer, "value": kinds[answer["question"]].renamed(answer["value"], names)}  # type: ignore[attr-defined]
            if answer["question"] in kinds and "value" in answer
            else answer
            for answer in given.answers
        ],
        given.ontology,
    )


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
