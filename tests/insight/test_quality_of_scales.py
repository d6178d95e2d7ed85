"""What the quality page says of ratings and of numbers: a model of a scale, estimates with their width, who answers too high."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.work.gold import Known
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from world import Member, Project, World

ONTOLOGY: dict[str, Any] = {
    "format": "evenhand-ontology/1",
    "name": "measures",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {"name": "length", "kind": "number", "text": "How long?", "settings": {"scale": 10, "unit": "cm"}},
        {"name": "grade", "kind": "rating", "text": "How good?", "settings": {"levels": 5}},
    ],
}
TASKS = 24


async def sweep(world: World) -> None:
    while await world.relay.tell():
        pass
    while await world.services.sweeper.sweep():
        pass


async def measured(world: World, leans: Sequence[float], opinions: int) -> tuple[Project, list[Member]]:
    """One task a length from 10 cm on; each person answers too high by so much, in centimeters and in grades above a half."""
    organization = await world.organization()
    settings = ProjectSettings(opinions=opinions)
    made = await world.services.work.projects.create(organization.owner.actor, "Measures", ONTOLOGY, settings)
    project = Project(organization, UUID(made["id"]))
    await project.add(TASKS)
    people = await organization.members(len(leans))
    order = await project.task_ids()
    for place, (person, lean) in enumerate(zip(people, leans, strict=True)):
        for _ in range(TASKS):
            task = await project.take(person)
            at = order.index(task)
            slip = ((at * 7 + place * 3) % 5 - 2) * 0.1
            grade = min(max(at % 5 + 1 + round(lean * 0.5), 1), 5)
            answers = [
                {"question": "length", "value": round(10 + at + lean + slip, 2)},
                {"question": "grade", "value": grade},
            ]
            answer = Answer(1, answers, uuid4(), active_ms=1000)
            await world.services.work.labeling.submit(person.actor, project.id, task, answer, next_=False, held=[])
    return project, people


async def told(project: Project) -> dict[str, dict[str, Any]]:
    overview = await project.world.services.insight.quality.overview(project.owner.actor, project.id)
    return {each["question"]: each for each in json.loads(json.dumps(overview, allow_nan=False))["questions"]}


async def test_of_numbers_it_says_how_wide_the_estimates_are_and_who_answers_too_high(world: World) -> None:
    project, people = await measured(world, [-1.0, 0.0, 3.0], opinions=3)

    await sweep(world)

    length = (await told(project))["length"]
    assert length["model"] == "stacked"
    assert length["estimates"]["tasks"] == TASKS
    assert 0.0 < length["estimates"]["width"] < 8.0
    assert length["probability"] is length["answers_per_correct"] is None
    assert length["missing"] == []
    listed = await world.services.insight.quality.people(project.owner.actor, project.id, "length")
    by_name = {each["pseudonym"]: each for each in listed["items"]}
    lowest, middle, highest = (by_name[person.actor.pseudonym] for person in people)
    assert lowest["lean"]["value"] < middle["lean"]["value"] < highest["lean"]["value"]
    assert highest["lean"]["value"] - lowest["lean"]["value"] == pytest.approx(4.0, abs=0.5)
    assert {each["lean"]["kind"] for each in by_name.values()} == {"amount"}
    assert all(each["spread"]["low"] <= each["spread"]["value"] <= each["spread"]["high"] for each in by_name.values())
    assert {each["accuracy"] for each in by_name.values()} == {None}
    assert highest["checked"] == TASKS


async def test_known_numbers_tell_what_everybody_errs_by(world: World) -> None:
    project, people = await measured(world, [2.0, 3.0, 4.0], opinions=3)
    gold = world.services.work.gold
    order = await project.task_ids()
    right = [
        (
            task,
            Known(
                "hidden", [{"question": "length", "value": 10.0 + at}, {"question": "grade", "value": at % 5 + 1}], ""
            ),
        )
        for at, task in enumerate(order[:12])
    ]
    await gold.make(project.owner.actor, project.id, right)

    await sweep(world)

    assert (await told(project))["length"]["gold"] == 12
    listed = await world.services.insight.quality.people(project.owner.actor, project.id, "length")
    leans = {each["pseudonym"]: each["lean"]["value"] for each in listed["items"]}
    assert [leans[person.actor.pseudonym] for person in people] == pytest.approx([2.0, 3.0, 4.0], abs=0.4)


async def test_numbers_of_one_person_are_said_to_tell_nothing_of_them(world: World) -> None:
    project, people = await measured(world, [0.0], opinions=1)

    await sweep(world)

    length = (await told(project))["length"]
    assert length["missing"] == ["one-annotator", "no-overlap"]
    person = await world.services.insight.quality.person(
        project.owner.actor, project.id, people[0].actor.pseudonym, "length"
    )
    assert (person["lean"], person["spread"], person["checked"]) == (None, None, 0)


async def test_ratings_are_fitted_as_levels_that_have_an_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand.insight import fitting

    levels = []

    def watched(*columns: Any, **options: Any) -> Any:
        levels.append(options["level"])
        return infer(*columns, **options)

    infer = fitting.infer
    monkeypatch.setattr(fitting, "infer", watched)
    project, people = await measured(world, [0.0, 0.0, 2.0], opinions=3)

    await sweep(world)

    assert sorted(levels) == ["numeric", "ordinal"]
    assert (await told(project))["grade"]["level"] == "ordinal"
    listed = await world.services.insight.quality.people(project.owner.actor, project.id, "grade")
    by_name = {each["pseudonym"]: each["lean"] for each in listed["items"]}
    assert by_name[people[2].actor.pseudonym]["value"] > by_name[people[0].actor.pseudonym]["value"] + 0.5
