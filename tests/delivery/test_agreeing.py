"""Agreement on spans, boxes and texts of a release: alpha by the distance of their kind, though no answer stays."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest

from evenhand.delivery.agreeing import Agreeing
from evenhand.delivery.rows import FrozenTask
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.presets import expand

ONTOLOGY = Ontology.compile(expand("ner", {"labels": ["PER", "ORG"]}))
TEXT = "a" * 60


def frozen(number: int, *answers: list[tuple[int, int]], stage: int = 1) -> FrozenTask:
    """A task in which each annotator marked these ranges."""
    annotations: list[dict[str, Any]] = []
    for ranges in answers:
        regions = [{"id": f"k{place}", "label": "PER", "ranges": [[*each]]} for place, each in enumerate(ranges)]
        said = {"question": "entities", "target": "text", "value": {"regions": regions}}
        annotations.append({"content": {"answers": [said]}, "ontology_version": 1, "stage": stage})
    return FrozenTask(UUID(int=number), "First", {"inputs": {"text": {"text": TEXT}}}, annotations)


async def told(*tasks: FrozenTask) -> list[Any]:
    agreeing = Agreeing(ONTOLOGY)
    for task in tasks:
        agreeing.add(task, {1: ONTOLOGY})
    return await agreeing.told()


async def test_alpha_is_one_less_the_distance_within_tasks_over_that_by_chance() -> None:
    dice = random.Random(3)
    marks = []
    for _ in range(12):
        start = dice.randrange(0, 40)
        marks.append([[(start, start + 8)], [(start, start + dice.choice((8, 9)))], [(start + 2, start + 8)]])

    [found] = await told(*(frozen(number, *answers) for number, answers in enumerate(marks)))

    [asked] = ONTOLOGY.questions
    pooled = [each for answers in marks for each in answers]

    def apart(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> float:
        values = [
            {"regions": [{"id": "k0", "label": "PER", "ranges": [[*each]]} for each in ranges]}
            for ranges in (one, other)
        ]
        return asked.kind.distance(asked.settings, values[0], values[1], NOWHERE)  # type: ignore[arg-type]

    within = sum(sum(apart(*pair) for pair in combinations(answers, 2)) for answers in marks) / len(pooled)
    chance = [apart(*pair) for pair in combinations(pooled, 2)]
    assert found["value"] == pytest.approx(1 - within / (sum(chance) / len(chance)))
    assert found["low"] < found["value"] < found["high"]
    assert (found["question"], found["level"], found["tasks"], found["votes"]) == ("entities", "distance", 12, 36)


async def test_what_a_reviewer_decided_is_no_opinion_and_one_answer_alone_is_no_pair() -> None:
    assert await told(frozen(1, [(0, 4)]), frozen(2, [(0, 4)], [(0, 4)], stage=2)) == []


async def test_where_all_marked_the_same_or_one_task_alone_has_two_answers_it_is_undefined() -> None:
    [same] = await told(*(frozen(number, [], []) for number in range(3)))
    [alone] = await told(frozen(1, [(0, 4)], [(5, 9)]))

    assert (same["undefined"], same["votes"]) == ("one-value", 6)
    assert (alone["undefined"], alone["votes"]) == ("one-task", 2)


async def test_of_many_answers_a_sample_judges_chance() -> None:
    dice = random.Random(5)
    tasks = []
    for number in range(200):
        start = dice.randrange(0, 40)
        tasks.append(frozen(number, [(start, start + 8)], [(start, start + dice.choice((8, 12)))]))

    [found] = await told(*tasks)
    [few] = await told(*tasks[:45])

    assert found["votes"] == 400
    assert found["value"] == pytest.approx(few["value"], abs=0.1)
