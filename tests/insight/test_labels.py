"""What stands for a task: a verdict, else a decision, else the fit, else the votes; the same in the table and in a release."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from database import Copy
from evenhand.insight.labels import Labels
from evenhand.insight.live import Live
from evenhand.insight.sweeping import REST
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import Told, label
from evenhand.work.browsing import TaskFilter
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from stage_verbs import adjudicate, dealt, decide, review
from world import Organization, Project, World, world_on

REVIEW_ALL = {"review_rate": 1.0}
TASKS = 14


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


def right_for(place: int) -> str:
    return "yes" if place % 2 == 0 else "no"


async def crowd(bank: Organization, **settings: Any) -> tuple[Project, UUID]:
    """Five people answer: two know, three guess, and of the last task all three are wrong. (project, that task)."""
    project = await bank.project(tasks=TASKS, opinions=5, **settings)
    chance = random.Random(7)
    ids = await project.task_ids()
    places = {str(id_): place for place, id_ in enumerate(ids)}
    for number, person in enumerate(await bank.members(5)):
        while (found := await project.claim(person))["status"] == "ok":
            place = places[found["assignment"]["task_id"]]
            guess = chance.choice(["yes", "no"]) if place < TASKS - 1 else "yes"
            await project.submit(person, ids[place], right_for(place) if number < 2 else guess)
    return project, ids[-1]


async def shown(project: Project) -> dict[str, dict[str, Any]]:
    """The label of each task, as the table has it."""
    browsing = project.world.services.work.browsing
    items = (await browsing.tasks(project.owner.actor, project.id, TaskFilter(), None, 50))["items"]
    return {each["id"]: each["consensus"][0] for each in items if each["consensus"]}


async def cut(project: Project) -> UUID:
    made = await project.world.services.releases.create(project.owner.actor, project.id, "", "all")
    return UUID(made["id"])


async def delivered(project: Project, release_id: UUID) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """(the label of each task, the release), built."""
    services, owner = project.world.services, project.owner.actor
    assert await services.builder.build(project.organization.id, release_id)
    _, content = await services.releases.file(owner, release_id, "labels.jsonl")
    lines = b"".join([block async for block in content]).splitlines()
    return {each["task"]: each for each in map(json.loads, lines)}, await services.releases.get(owner, release_id)


def told(label: dict[str, Any]) -> tuple[Any, ...]:
    names = ("value", "probability", "share", "answers", "method", "source", "model", "model_version", "fit_no")
    return tuple(label.get(name) for name in names)


async def test_without_a_fit_a_label_is_what_the_votes_say(newest: World) -> None:
    project, task = await crowd(await newest.organization())

    label = (await shown(project))[str(task)]

    assert (label["value"], label["share"], label["source"], label["method"]) == ("yes", 0.6, "votes", "majority")
    assert "model" not in label
    assert told((await delivered(project, await cut(project)))[0][str(task)]) == told(label)


async def test_a_model_that_knows_who_guesses_overturns_the_majority_in_the_table_and_in_a_release(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project, task = await crowd(bank)
    await sweep(project)

    table = await shown(project)
    labels, release = await delivered(project, await cut(project))

    label = table[str(task)]
    assert (label["value"], label["source"], label["share"]) == ("no", "model", 0.4)
    assert label["probability"] > 0.5
    assert label["model"] == label["method"]
    assert {id_: told(each) for id_, each in labels.items()} == {id_: told(each) for id_, each in table.items()}
    assert [each["value"] for each in table.values()] == [right_for(place) for place in range(TASKS)]
    [made_by] = release["labeled_by"]
    assert made_by == {
        "question": "label",
        "source": "model",
        "model": label["model"],
        "model_version": label["model_version"],
        "fit_no": label["fit_no"],
        "labels": TASKS,
    }
    assert "models" in {each.partition(":")[0] for each in release["losses"]}


async def test_what_a_label_is_as_probable_as_is_what_the_live_path_says_of_the_same_votes(newest: World) -> None:
    bank = await newest.organization()
    project, _ = await crowd(bank)
    await sweep(project)
    services = newest.services

    table = await shown(project)
    async with newest.superuser() as connection:
        numbers = [
            row["task_no"]
            for row in await connection.fetch("select task_no from task where project_id = $1 order by 1", project.id)
        ]
    labels = Labels(services.database, services.ontologies, Live(services.database, services.ontologies))
    said = await labels.told(bank.id, project.id, 1, numbers)

    assert [each["probability"] for each in table.values()] == [
        next(iter(said[number].values())).probability for number in numbers
    ]


async def test_a_decision_stands_as_it_was_made_although_a_later_fit_says_otherwise(newest: World) -> None:
    bank = await newest.organization()
    project, task = await crowd(bank, **REVIEW_ALL)
    await sweep(project)
    await decide(project)
    before = (await shown(project))[str(task)]
    async with newest.superuser() as connection:
        row = await connection.fetchrow("select * from decision where task_id = $1", task)
    await project.add(1, "Second")
    await sweep(project)

    label = (await shown(project))[str(task)]

    assert row is not None
    assert (label["source"], label["probability"], label["fit_no"]) == ("decision", row["posterior"], row["fit_no"])
    assert told(label) == told(before)
    labels, release = await delivered(project, await cut(project))
    assert told(labels[str(task)]) == told(label)
    assert {each["source"] for each in release["labeled_by"]} == {"decision"}


async def test_a_decision_says_nothing_of_votes_that_it_did_not_read(newest: World) -> None:
    bank = await newest.organization()
    project, task = await crowd(bank, **REVIEW_ALL)
    await sweep(project)
    await decide(project)
    async with newest.superuser() as connection:
        await connection.execute(
            "delete from vote v using task t where t.task_id = $1 and v.project_id = t.project_id and v.task_no = t.task_no"
            " and v.annotator_no = (select max(annotator_no) from vote where project_id = t.project_id)",
            task,
        )

    label = (await shown(project))[str(task)]

    assert (label["source"], label["answers"]) == ("model", 4)


async def test_a_verdict_outranks_the_model_and_the_votes(newest: World) -> None:
    bank = await newest.organization()
    project, task = await crowd(bank, **REVIEW_ALL)
    await sweep(project)
    await decide(project)
    rita = await bank.member("reviewer")
    held: dict[str, Any] = {}
    while held.get("task_id") != str(task):
        held = await dealt(project, rita)
        if held["task_id"] != str(task):
            await review(project, rita, held, "accept")
    assert {each["source"] for each in held["consensus"]} == {"votes"}, "in review a model would tell known work"
    await review(project, rita, held, "fix", fixed="yes")

    label = (await shown(project))[str(task)]
    labels, release = await delivered(project, await cut(project))

    assert (label["value"], label["source"], label["method"]) == ("yes", "verdict", "review")
    assert "model" not in label
    assert told(labels[str(task)]) == told(label)
    assert Counter({each["source"]: each["labels"] for each in release["labeled_by"]}) == {
        "verdict": 1,
        "decision": TASKS - 1,
    }


async def test_whoever_adjudicates_is_told_what_the_model_says(newest: World) -> None:
    bank = await newest.organization()
    project, task = await crowd(bank, adjudicate_below=0.9999999)
    await sweep(project)
    await decide(project)
    rita = await bank.member("reviewer")
    held: dict[str, Any] = {}
    while held.get("task_id") != str(task):
        held = await dealt(project, rita, "adjudicate")
        if held["task_id"] != str(task):
            await adjudicate(project, rita, held["task_id"], "decide", "yes", "slip")

    [found] = held["consensus"]

    assert (found["value"], found["source"]) == ("no", "decision")


async def rebuilt(project: Project) -> tuple[bytes, bytes]:
    """(what a release cut now says, built at once; what another cut now says, built after a newer fit and other votes)."""
    services, owner = project.world.services, project.owner.actor
    first, second = await cut(project), await cut(project)
    await delivered(project, first)
    ana = await project.organization.member()
    await project.add(3, "Second", tags=["later"])
    for _ in range(3):
        await project.answer(ana, "no")
    await sweep(project)
    services.builder._labels._fits.clear()  # as another worker builds it
    await delivered(project, second)
    found = []
    for each in (first, second):
        _, content = await services.releases.file(owner, each, "labels.jsonl")
        found.append(b"".join([block async for block in content]))
    return found[0], found[1]


async def test_a_release_is_made_by_the_fit_that_stood_when_it_was_cut_whenever_it_is_built(newest: World) -> None:
    bank = await newest.organization()
    project, _ = await crowd(bank)
    await sweep(project)

    once, again = await rebuilt(project)

    kept = [json.loads(line) for line in again.splitlines()]
    assert kept[:TASKS] == [json.loads(line) for line in once.splitlines()]
    assert {each["source"] for each in kept[:TASKS]} == {"model"}


async def test_a_fit_that_is_forgotten_is_missed_by_that_test(newest_copy: Copy) -> None:
    async with world_on(newest_copy) as world:
        project, _ = await crowd(await world.organization())
        await sweep(project)
        async with world.superuser() as connection:
            await connection.execute(
                "create function forget() returns trigger language plpgsql as"
                " $f$ begin new.is_released := false; return new; end $f$;"
                "create trigger forget before update on quality_fit for each row execute function forget()"
            )

        once, again = await rebuilt(project)

        kept = [json.loads(line) for line in again.splitlines()][:TASKS]
        assert kept != [json.loads(line) for line in once.splitlines()]


async def test_whoever_may_not_manage_tasks_is_shown_the_votes_for_a_model_would_tell_gold_from_work(
    newest: World,
) -> None:
    bank = await newest.organization()
    project, task = await crowd(bank)
    await sweep(project)
    rita = await bank.member("reviewer")

    items = (await newest.services.work.browsing.tasks(rita.actor, project.id, TaskFilter(), None, 50))["items"]

    assert {each["consensus"][0]["source"] for each in items} == {"votes"}
    assert (await shown(project))[str(task)]["source"] == "model"


@pytest.mark.parametrize(("probability", "value"), [(0.5 + 1e-12, None), (0.51, "yes")])
async def test_where_votes_tie_only_a_model_that_can_tell_breaks_the_tie(
    world: World, probability: float, value: str | None
) -> None:
    bank = await world.organization()
    project = await bank.project()
    ontology = await world.services.ontologies.get(bank.id, project.id, 1)
    [asked] = ontology.questions
    code = asked.kind.vote(asked.settings, "yes", asked.codebook, NOWHERE)
    assert code is not None

    found = label(asked, ["yes", "no"], Told(code, probability, "model", "stacked", "1", 3))

    assert (found.value, found.merged.status) == (value, "tied" if value is None else "resolved")


# --------------------------------------------------------------------------------------------------------- numbers --
MEASURED = {
    "format": "evenhand-ontology/1",
    "name": "lengths",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {
            "name": "length",
            "kind": "number",
            "text": "How long?",
            "settings": {"min": 0, "max": 100, "step": 0.5, "unit": "mm"},
        }
    ],
}
LENGTHS = [12.0, 20.0, 31.0, 44.0, 58.0, 63.0, 77.0, 85.0]


async def measured(bank: Organization) -> Project:
    """Three people measure: two are right but for half a millimeter, one always says ten too much."""
    services = bank.world.services
    made = await services.work.projects.create(
        bank.owner.actor, "Lengths", MEASURED, ProjectSettings(opinions=3), guideline=None
    )
    project = Project(bank, UUID(made["id"]))
    await project.add(len(LENGTHS))
    places = {str(id_): place for place, id_ in enumerate(await project.task_ids())}
    for number, person in enumerate(await bank.members(3)):
        while (found := await project.claim(person))["status"] == "ok":
            task = found["assignment"]["task_id"]
            off = (0.0, 0.5, 10.0)[number]
            said = [{"question": "length", "value": LENGTHS[places[task]] + off}]
            answer = Answer(1, said, uuid4(), active_ms=1000)
            await services.work.labeling.submit(person.actor, project.id, UUID(task), answer, next_=False, held=[])
    return project


async def test_a_number_has_the_models_estimate_with_its_interval_in_the_table_and_in_a_release(newest: World) -> None:
    project = await measured(await newest.organization())
    medians = await shown(project)
    await sweep(project)

    table = await shown(project)
    labels, release = await delivered(project, await cut(project))

    assert {each["method"] for each in medians.values()} == {"median"}
    assert {each["source"] for each in table.values()} == {"model"}
    for each in table.values():
        assert each["low"] <= each["value"] <= each["high"] or abs(each["value"] - each["low"]) < 0.5
        assert each["value"] % 0.5 == 0, "on the question's step"
        assert each["high"] - each["low"] < 20
    named = ("value", "low", "high", "probability", "method", "source", "fit_no")
    assert [[each[name] for name in named] for each in labels.values()] == [
        [each[name] for name in named] for each in table.values()
    ]
    assert [each["source"] for each in release["labeled_by"]] == ["model"]


async def test_a_number_whose_votes_changed_since_the_fit_is_the_median_of_them(newest: World) -> None:
    project = await measured(await newest.organization())
    await sweep(project)
    [task, *_] = await project.task_ids()
    async with newest.superuser() as connection:
        await connection.execute(
            "update vote v set code = 20 from task t where t.task_id = $1 and v.project_id = t.project_id"
            " and v.task_no = t.task_no and v.code = 12",
            task,
        )

    table = await shown(project)

    assert (table[str(task)]["source"], table[str(task)]["value"]) == ("votes", 20)
    assert Counter(each["source"] for each in table.values()) == {"votes": 1, "model": len(LENGTHS) - 1}
