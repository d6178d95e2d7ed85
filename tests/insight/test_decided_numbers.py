"""Numbers that were decided: the row of the decision has the estimate with its interval, and it replays like a class does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from replaying_decisions import decisions_of, replayed_otherwise

from database import Copy
from evenhand.insight.sweeping import REST
from evenhand.work.browsing import TaskFilter
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from world import Member, Project, World, sabotage, world_on

ONTOLOGY: dict[str, Any] = {
    "format": "evenhand-ontology/1",
    "name": "lengths",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {"name": "length", "kind": "number", "text": "How long?", "settings": {"min": 0, "max": 120, "step": 0.5}}
    ],
}
OFFS = (0.0, 0.5, 10.0)  # one of the three always says ten too much


@pytest.fixture
async def newest(newest_copy: Copy) -> AsyncIterator[World]:
    """A world of the test's own, which it can sweep, on the newest major."""
    async with world_on(newest_copy) as made:
        yield made


async def sweep(project: Project) -> None:
    """Every fit that is due."""
    world = project.world
    world.clock.advance(seconds=REST.total_seconds())
    while await world.relay.tell():
        pass
    while await world.services.sweeper.sweep():
        pass


async def measure(project: Project, people: Sequence[Member]) -> None:
    """Everybody measures what they are dealt, and the worker decides."""
    places = {str(id_): place for place, id_ in enumerate(await project.task_ids())}
    for off, person in zip(OFFS, people, strict=True):
        while (found := await project.claim(person))["status"] == "ok":
            task = found["assignment"]["task_id"]
            said = [{"question": "length", "value": 12.0 + 7.5 * places[task] + off}]
            answer = Answer(1, said, uuid4(), active_ms=1000)
            labeling = project.world.services.work.labeling
            await labeling.submit(person.actor, project.id, UUID(task), answer, next_=False, held=[])
    while await project.world.services.work.deciding.decide_in(project.organization.id, project.id):
        pass


async def decided(world: World) -> tuple[Project, list[UUID]]:
    """Eight lengths decided before there is a fit, then four by the first, which the second has followed. (project, those four)."""
    bank = await world.organization()
    settings = ProjectSettings(opinions=len(OFFS), review_rate=0.001)
    made = await world.services.work.projects.create(bank.owner.actor, "Lengths", ONTOLOGY, settings)
    project = Project(bank, UUID(made["id"]))
    people = await bank.members(len(OFFS))
    await project.add(8)
    await measure(project, people)
    await sweep(project)
    first = set(await project.task_ids())
    await project.add(4, "Second")
    await measure(project, people)
    await sweep(project)
    return project, [each for each in await project.task_ids() if each not in first]


async def test_a_decided_number_has_its_estimate_in_its_own_row_and_stands_although_a_later_fit_came(
    newest: World,
) -> None:
    project, later = await decided(newest)
    actor, browsing = project.owner.actor, newest.services.work.browsing

    made = await decisions_of(project)
    page = await browsing.tasks(actor, project.id, TaskFilter(), None, 50)
    moves = (await browsing.task(actor, project.id, later[0]))["history"]
    async with newest.superuser() as connection:
        written = await connection.fetch(
            "select t.task_id, l.source, l.code, l.probability from task_label l join task t"
            " using (organization_id, project_id, task_no) where l.project_id = $1",
            project.id,
        )

    assert {len(row["estimates"]) for row in made if row["task_id"] not in later} == {0}, "there was no fit"
    of_task = {row["task_id"]: row for row in made if row["task_id"] in later}
    assert len(of_task) == 4
    for place, id_ in enumerate(await project.task_ids()):
        if id_ in of_task:
            [value], [low], [high] = (of_task[id_][name] for name in ("estimates", "estimate_lows", "estimate_highs"))
            assert low < value < high < low + 20
            assert abs(value - (12.0 + 7.5 * place)) < 6, "whoever always says too much is known by then"
    labels = {UUID(row["id"]): row["consensus"][0] for row in page["items"]}
    for id_, row in of_task.items():
        stands = labels[id_]
        assert (stands["source"], stands["fit_no"]) == ("decision", row["fit_no"])
        assert (stands["low"], stands["high"]) == (row["estimate_lows"][0], row["estimate_highs"][0])
        assert abs(stands["value"] - row["estimates"][0]) <= 0.25, "on the question's step"
    assert {each["source"] for id_, each in labels.items() if id_ not in of_task} == {"model"}
    found = {row["task_id"]: (row["source"], row["code"], row["probability"]) for row in written}
    assert {id_: found[id_] for id_ in of_task} == {id_: ("decision", labels[id_]["value"], None) for id_ in of_task}
    [told] = moves[-1]["estimates"]
    [estimate] = of_task[later[0]]["estimates"]
    assert (told["question"], told["value"], told["model"]) == ("length", estimate, "stacked")


async def replayed(world: World) -> list[Any]:
    """What does not come out again, with newer fits there and the votes gone."""
    project, _ = await decided(world)
    async with world.superuser() as connection:
        await connection.execute("delete from vote where project_id = $1", project.id)
    made = await decisions_of(project)
    assert {row["fit_no"] is None for row in made} == {True, False}
    return await replayed_otherwise(project, made)


async def test_estimates_replay_from_the_rows_of_decisions_and_the_fit_that_each_names(newest: World) -> None:
    assert await replayed(newest) == []


@pytest.mark.parametrize(
    ("kept", "instead"),
    [
        ("estimate_highs = p_estimate_highs", "estimate_highs = p_estimate_lows"),
        ("estimates = p_estimates", "estimates = array(select each + 1 from unnest(p_estimates) each)"),
    ],
)
async def test_another_estimate_in_the_row_is_noticed(newest: World, kept: str, instead: str) -> None:
    await sabotage(newest.copy, "stage_decide", kept, instead)

    assert len(await replayed(newest)) == 4
