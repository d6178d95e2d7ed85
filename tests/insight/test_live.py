"""The live path: between two sweeps votes are read by what the last one learned, and what was decided is told from its rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import asyncpg
import numpy as np
import pytest
from replaying_decisions import decisions_of, replayed_otherwise

from evenhand.core.errors import Malformed
from evenhand.insight.classing import classed
from evenhand.insight.live import Live
from evenhand.insight.packing import packed, unpacked
from evenhand.insight.sweeping import REST
from evenhand.quality.estimation import estimate
from evenhand.quality.number_crowd import NumberCrowd
from evenhand.quality.stopping import Crowd, crowd_of_fit, unknown_crowd
from evenhand.quality.truth import infer
from evenhand.work.deciding import Labeled, Vote, Workflow
from world import Member, Organization, Project, World, sabotage

ADAPTIVE = {"opinions_max": 5, "sure": 0.9}
FIVE = {"most": 5, "sure": 0.9, "routed": False}


async def decide(project: Project) -> None:
    """The worker's round, for this project alone."""
    while await project.world.services.work.deciding.decide_in(project.organization.id, project.id):
        pass


async def sweep(project: Project) -> None:
    """Every fit that is due."""
    world = project.world
    world.clock.advance(seconds=REST.total_seconds())
    while await world.relay.tell():
        pass
    while await world.services.sweeper.sweep():
        pass


async def rows(project: Project, sql: str) -> list[asyncpg.Record]:
    """Behind every wall; $1 is the project."""
    async with project.world.superuser() as connection:
        return await connection.fetch(sql, project.id)


async def answer_all(project: Project, people: Sequence[Member], seed: int = 1) -> None:
    """Everybody answers whatever they are dealt: the first two rightly (even tasks are yes), the others by chance."""
    chance = random.Random(seed)
    places = {id_: place for place, id_ in enumerate(await project.task_ids())}
    for number, person in enumerate(people):
        while (dealt := await project.claim(person))["status"] == "ok":
            task = next(id_ for id_ in places if str(id_) == dealt["assignment"]["task_id"])
            right = "yes" if places[task] % 2 == 0 else "no"
            await project.submit(person, task, right if number < 2 else chance.choice(["yes", "no"]))


async def labeled_of(project: Project) -> list[Labeled]:
    """Every task with its votes as they are stored."""
    found = await rows(
        project,
        "select t.task_id, t.task_no, v.question_no, v.annotator_no, v.code from task t join vote v using (organization_id,"
        " project_id, task_no) where t.project_id = $1 order by t.task_no, v.question_no, v.annotator_no",
    )
    votes: dict[tuple[Any, int], list[Vote]] = {}
    for row in found:
        vote = Vote(row["question_no"], row["annotator_no"], row["code"])
        votes.setdefault((row["task_id"], row["task_no"]), []).append(vote)
    return [Labeled(id_, no, len(each), tuple(each)) for (id_, no), each in votes.items()]


def live_of(world: World) -> Live:
    """One with an empty memory, as another worker has it."""
    return Live(world.services.database, world.services.ontologies)


# ------------------------------------------------------------------------------------------------- what stands --
async def test_after_a_sweep_what_stands_is_the_batch_fit_of_the_same_votes(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=16, opinions=4, review_rate=1.0)
    await answer_all(project, await bank.members(4))
    await sweep(project)

    labeled = await labeled_of(project)
    found = await live_of(own_world).how_sure(bank.id, project.id, Workflow(1, 1.0, None), labeled)

    ontology = await own_world.services.ontologies.get(bank.id, project.id, 1)
    [asked] = ontology.questions
    columns = [(task.task_no, vote.annotator_no, vote.code) for task in labeled for vote in task.votes]
    codes = classed(asked, np.array([row[2] for row in columns]))
    batch = infer([row[0] for row in columns], [row[1] for row in columns], codes.places, codes.classes)
    assert [each.probability for each in found] == pytest.approx(batch.confidences.tolist(), abs=1e-6)
    assert {each.model for each in found} == {"stacked"}


async def test_a_vote_that_came_after_the_sweep_is_weighed_by_what_the_sweep_learned_of_its_author(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=30, opinions=4, review_rate=1.0)
    people = await bank.members(4)
    await answer_all(project, people)
    await sweep(project)
    numbers = [
        row["annotator_no"]
        for row in await rows(project, "select distinct annotator_no from vote where project_id = $1")
    ]
    right = {
        row["annotator_no"]: row["accuracy"]
        for row in await rows(project, "select annotator_no, accuracy from quality_person where project_id = $1")
    }
    known, doubtful = max(numbers, key=right.__getitem__), min(numbers, key=right.__getitem__)
    code = (await labeled_of(project))[0].votes[0].code
    fresh = [Labeled(bank.id, 10**9 + place, 1, (Vote(1, who, code),)) for place, who in enumerate((known, doubtful))]
    question_no = (await labeled_of(project))[0].votes[0].question_no
    fresh = [
        Labeled(each.task_id, each.task_no, 1, (Vote(question_no, each.votes[0].annotator_no, code),)) for each in fresh
    ]

    by_known, by_doubtful = await live_of(own_world).how_sure(bank.id, project.id, Workflow(1, 1.0, None), fresh)

    assert (by_known.probability or 0) > (by_doubtful.probability or 0) + 0.1


def test_what_a_fit_learned_comes_back_from_its_bytes_as_it_was() -> None:
    every = np.array([1, 1, 2, 2, 3, 4]), np.array([1, 2, 1, 2, 1, 9]), np.array([0, 0, 1, 0, 1, 1])
    scale = infer(*every, 3, level="ordinal", gold={3: 2})
    for crowd in (crowd_of_fit(infer(*every, 2)), crowd_of_fit(scale), unknown_crowd(3)):
        again = unpacked(packed(crowd))
        assert isinstance(again, Crowd)

        assert (again.model, again.version) == (crowd.model, crowd.version)
        for one, other in zip(again.mixture.posterior(*every), crowd.mixture.posterior(*every), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(again.confusions([1, 2, 9]), crowd.confusions([1, 2, 9]))
    numbers = estimate(every[0], every[1], [1.5, 2.0, 8.0, 7.5, 3.0, 4.0]).crowd
    assert numbers is not None
    again = unpacked(packed(numbers))
    assert isinstance(again, NumberCrowd)
    assert (again.model, again.version) == (numbers.model, numbers.version)
    columns = np.array([7, 7, 8]), np.array([1, 9, 2]), np.array([2.0, 5.0, 6.0])
    for one, other in zip(again.estimates(*columns), numbers.estimates(*columns), strict=True):
        np.testing.assert_array_equal(one, other)


# ---------------------------------------------------------------------------------------------------- adaptive --
async def adaptive_project(
    bank: Organization, tasks: int, people: int, **settings: Any
) -> tuple[Project, list[Member]]:
    project = await bank.project(tasks=tasks, **{"opinions": 2, **ADAPTIVE, **settings})
    return project, await bank.members(people)


async def answer_and_decide(project: Project, people: Sequence[Member], label: str) -> None:
    """Rounds in which everybody answers what they are dealt and the worker decides, until nothing is dealt any more."""
    is_over = False
    while not is_over:
        is_over = True
        for number, person in enumerate(people):
            while (dealt := await project.claim(person))["status"] == "ok":
                is_over = False
                ids = await project.task_ids()
                place = next(place for place, id_ in enumerate(ids) if str(id_) == dealt["assignment"]["task_id"])
                said = {"split": ("yes", "no")[number % 2], "alternating": ("yes", "no")[place % 2]}.get(label, label)
                await project.submit(person, ids[place], said)
        await decide(project)


async def test_people_who_agree_are_asked_less_often_than_people_who_do_not(own_world: World) -> None:
    bank = await own_world.organization()
    agreed, people = await adaptive_project(bank, 3, 6)
    split, _ = await adaptive_project(bank, 3, 0)

    await answer_and_decide(agreed, people, "yes")
    await answer_and_decide(split, people, "split")

    assert {row["got"] for row in (await agreed.books()).rows} == {3}, "the warm-up, while nobody is known"
    assert {row["got"] for row in (await split.books()).rows} == {5}, "the most"
    assert not (await agreed.books()).unbalanced
    assert not (await split.books()).unbalanced
    assert {row["place"] for row in await rows(split, "select place from task_stage where project_id = $1")} == {"done"}


async def test_one_more_opinion_can_be_assigned_to_somebody(own_world: World) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 1, 3)
    await project.answer(people[0], "yes")
    task = await project.answer(people[1], "no")
    await decide(project)

    browsing, ben = own_world.services.work.browsing, people[2]
    await browsing.change(project.owner.actor, project.id, [task], "assign", str(ben.id))

    assert (await project.books()).total("free") == 0
    assert await project.answer(people[2], "no") == task


async def test_once_people_are_known_two_answers_are_enough(own_world: World) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 30, 3)
    await answer_and_decide(project, people, "alternating")
    await sweep(project)
    first = set(await project.task_ids())
    await project.add(4, "Second")

    await answer_and_decide(project, people, "alternating")

    later = [row for row in (await project.books()).rows if row["task_id"] not in first]
    assert [row["got"] for row in later] == [2, 2, 2, 2]


async def test_quality_tells_what_adaptive_opinions_saved_and_how_often_the_sweep_says_otherwise(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 6, 3)
    await answer_and_decide(project, people, "yes")
    await sweep(project)

    found = await own_world.services.insight.quality.overview(project.owner.actor, project.id)

    told = found["decided"]
    assert (told["tasks"], told["answers"], told["planned"], told["saved"]) == (6, 18, 30, 12)
    assert (told["compared"], told["differing"]) == (6, 0)
    assert found["questions"][0]["answers_saved"] == 12


async def test_a_task_whose_decision_the_sweep_would_not_make_again_is_counted(own_world: World) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 6, 3)
    await answer_and_decide(project, people, "yes")
    async with own_world.superuser() as connection:
        other = await connection.fetchval("select min(code) + 1 from vote where project_id = $1", project.id)
        [one] = await connection.fetch(
            "update decision set answer_codes = array[$2::float8] where to_place = 'done' and task_id ="
            " (select task_id from task where project_id = $1 limit 1) returning task_id",
            project.id,
            other,
        )
    await sweep(project)

    found = await own_world.services.insight.quality.overview(project.owner.actor, project.id)

    assert (found["decided"]["compared"], found["decided"]["differing"]) == (6, 1), one


async def test_adaptive_opinions_are_a_setting_that_is_cloned_and_taken_back(own_world: World) -> None:
    bank = await own_world.organization()
    project, _ = await adaptive_project(bank, 0, 0)
    projects, actor = own_world.services.work.projects, project.owner.actor

    assert (await projects.get(actor, project.id))["workflow"]["adaptive"] == FIVE
    assert (await projects.clone(actor, project.id, "Again"))["workflow"]["adaptive"] == FIVE

    changed = await projects.change(actor, project.id, {"workflow": {"adaptive": None}}, None)
    assert changed["workflow"]["adaptive"] is None
    changed = await projects.change(actor, project.id, {"workflow": {"review_rate": 0.5}}, None)
    assert changed["workflow"]["adaptive"] is None


async def test_fewer_answers_at_most_than_at_least_are_refused_with_the_place(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(opinions=3)
    projects, actor = own_world.services.work.projects, project.owner.actor

    with pytest.raises(Malformed) as refused:
        await projects.change(actor, project.id, {"workflow": {"adaptive": {"most": 2, "sure": 0.9}}}, None)

    assert [each.pointer for each in refused.value.problems] == ["/workflow/adaptive/most"]
    with pytest.raises(Malformed):
        await bank.project(opinions=3, opinions_max=2, sure=0.9)


# ------------------------------------------------------------------------------------------------------ replay --
async def test_decisions_replay_from_their_rows_and_the_fit_that_they_name_after_newer_fits_and_other_votes(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 20, 6)
    await answer_and_decide(project, people, "split")
    await sweep(project)
    await project.add(10, "Second")
    await answer_and_decide(project, people, "split")
    await sweep(project)
    async with own_world.superuser() as connection:
        await connection.execute("delete from vote where project_id = $1", project.id)

    made = await decisions_of(project)

    assert {row["fit_no"] is None for row in made} == {True, False}
    assert await replayed_otherwise(project, made) == []


async def fits(project: Project) -> list[int]:
    return [
        row["fit_no"] for row in await rows(project, "select fit_no from quality_fit where project_id = $1 order by 1")
    ]


async def test_a_fit_is_kept_while_it_stands_or_a_decision_names_it(own_world: World) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 12, 6)
    await answer_and_decide(project, people, "split")
    await sweep(project)
    [first] = await fits(project)
    await project.add(1, "Second")
    await sweep(project)
    [second] = await fits(project)
    await answer_and_decide(project, people, "split")
    await sweep(project)

    assert first < second
    third = await fits(project)
    assert third[:1] == [second], "it was decided by"
    assert len(third) == 2


async def kept_by_name(project: Project, people: Sequence[Member]) -> bool:
    """Whether the fit of a decision is still there when the next one stands."""
    await answer_and_decide(project, people, "split")
    await sweep(project)
    [named] = await fits(project)
    await project.add(2, "Second")
    await answer_and_decide(project, people, "split")
    await sweep(project)
    return named in await fits(project)


async def test_without_its_name_in_the_decision_a_fit_would_be_forgotten(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "stage_decide", "fit_no = p_fit_no", "fit_no = null")
    bank = await saboteurs_world.organization()

    assert not await kept_by_name(*await adaptive_project(bank, 12, 6))


async def test_a_worker_that_is_killed_between_reading_and_deciding_neither_loses_an_opinion_nor_asks_for_two(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project, people = await adaptive_project(bank, 3, 4)
    for person in people[:2]:
        for _ in range(3):
            await project.answer(person, "yes")
    deciding = own_world.services.work.deciding
    whole = deciding._decide

    class Killed(Exception):
        """What a kill leaves behind: an open transaction, rolled back by the server."""

    async def dies(*arguments: Any) -> Any:
        await whole(*arguments)
        raise Killed

    deciding._decide = dies  # type: ignore[assignment]
    with pytest.raises(Killed):
        await deciding.decide_in(bank.id, project.id)
    deciding._decide = whole
    await decide(project)
    await decide(project)

    books = await project.books()
    assert [(row["wanted"], row["free"]) for row in books.rows] == [(3, 1)] * 3
    assert not books.unbalanced
