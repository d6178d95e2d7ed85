"""Regions laid beside each other, as `quality.matching` reads them, and what was found as the API says it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, cast
from uuid import UUID

from evenhand.insight.opening import Opened
from evenhand.insight.region_shapes import EdgeOffset, Estimated, RegionPerson
from evenhand.ontology.consensus import Given, answers_of
from evenhand.ontology.kind import Part, QuestionKind, Shown
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.ontology.questions.regions import Region, Regional, regions_of
from evenhand.quality.boundaries import boundaries
from evenhand.quality.matching import match


@dataclass(slots=True)
class Marked:
    """Answers and the regions in them, as `quality.matching` reads them.

    tasks, annotators: of each answer; a task is one part of it that the question asks about. answer_of: the answer of each region.
    first, second, likeness: of pairs of regions. edges: of each region.
    """

    tasks: list[int] = field(default_factory=list)
    annotators: list[int] = field(default_factory=list)
    answer_of: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    likeness: list[float] = field(default_factory=list)
    edges: list[tuple[float, ...]] = field(default_factory=list)
    compared: int = 0

    def add(self, kind: Regional, settings: Any, answers: Sequence[tuple[int, list[Region]]], shown: Shown) -> None:
        """Everybody's regions in one part of one task: (annotator number, regions). settings: of the question."""
        task = self.tasks[-1] + 1 if self.tasks else 0
        starts = []
        for annotator, regions in answers:
            starts.append(len(self.edges))
            self.answer_of += [len(self.tasks)] * len(regions)
            self.edges += [kind.edges(region) for region in regions]
            self.tasks.append(task)
            self.annotators.append(annotator)
        for one, other in combinations(range(len(answers)), 2):
            for (i, j), cost in kind.costs(settings, answers[one][1], answers[other][1], shown).items():
                self.first.append(starts[one] + i)
                self.second.append(starts[other] + j)
                self.likeness.append(1.0 - cost)


def mark(marked: Marked, ontology: Ontology, asked: Asked, given_under: Mapping[int, Ontology], look: Opened) -> None:
    """Add the regions of every part of a task that two people or more answered."""
    items = {row["task_id"]: json.loads(item) for row, item in zip(look.tasks, look.items, strict=True)}
    found: dict[tuple[UUID, str], list[tuple[int, list[Region]]]] = {}
    for row, content in zip(look.answers, look.said, strict=True):
        given = Given(json.loads(content)["answers"], given_under[row["ontology_version"]])
        for each, target, values in answers_of(ontology, items[row["task_id"]], [given]):
            if each.no == asked.no:
                regions = [(row["annotator_no"], regions_of(value)) for value in values]
                found.setdefault((row["task_id"], target), []).extend(regions)
    compared = set()
    for (task_id, target), answers in found.items():
        if len(answers) > 1:
            parts = ontology.parts(items[task_id])
            shown = Shown(parts.get(target) or Part(target, "region"), parts)
            marked.add(cast(Regional, asked.kind), asked.settings, answers, shown)
            compared.add(task_id)
    marked.compared += len(compared)


def figured(kind: QuestionKind, marked: Marked, people: Mapping[int, Any], names: Mapping[UUID, str]) -> Any:
    """The figures as the API says them, as far as there are some."""
    told: dict[str, Any] = {
        "compared": marked.compared,
        "answers": len(marked.tasks),
        "regions": len(marked.answer_of),
        "unseen": 0.0,
        "edge_unit": kind.edge_unit if isinstance(kind, Regional) else None,
        "people": [],
    }
    if not isinstance(kind, Regional) or not marked.tasks:
        return {**told, "undefined": "no-overlap" if isinstance(kind, Regional) else "no-regions"}
    found = match(marked.tasks, marked.annotators, marked.answer_of, (marked.first, marked.second, marked.likeness))
    rates = found.rates
    owners = [marked.annotators[answer] for answer in marked.answer_of]
    clusters, marks = found.clusters.tolist(), found.marks.tolist()
    regions = Counter(owners)
    placed = Counter(owner for owner, cluster in zip(owners, clusters, strict=True) if marks[cluster] > 1)
    edges = _edges(kind, marked, owners, found.existence[found.clusters], clusters)
    persons: list[RegionPerson] = [
        {
            "pseudonym": people[no]["pseudonym"],
            "name": names.get(people[no]["person_id"]),
            "person_id": str(people[no]["person_id"]),
            "answers": int(rates.answers[place]),
            "regions": regions[no],
            "things": float(rates.things[place]),
            "missed": _estimated(rates.missed, rates.missed_lows, rates.missed_highs, place),
            "alarms": _estimated(rates.alarms, rates.alarms_lows, rates.alarms_highs, place),
            "placed": placed[no],
            "edges": edges[no] if placed[no] else [],
        }
        for place, no in enumerate(rates.annotator_numbers.tolist())
    ]
    persons.sort(key=lambda each: (each["missed"]["value"], each["alarms"]["value"]))
    return {**told, "unseen": found.unseen, "people": persons, "undefined": None}


def _edges(
    kind: Regional, marked: Marked, owners: Sequence[int], sure: Any, clusters: Sequence[int]
) -> dict[int, list[EdgeOffset]]:
    """By annotator number, what is told of each edge."""
    if not kind.edge_names or not owners:
        return {}
    placed = boundaries(clusters, owners, marked.edges, sure)
    return {
        no: [
            {
                "edge": cast(Any, name),
                "offset": _estimated(placed.offsets, placed.offset_lows, placed.offset_highs, (place, column)),
                "spread": _estimated(placed.spreads, placed.spread_lows, placed.spread_highs, (place, column)),
            }
            for column, name in enumerate(kind.edge_names)
        ]
        for place, no in enumerate(placed.annotator_numbers.tolist())
    }


def _estimated(values: Any, lows: Any, highs: Any, at: Any) -> Estimated:
    return {"value": float(values[at]), "low": float(lows[at]), "high": float(highs[at])}
