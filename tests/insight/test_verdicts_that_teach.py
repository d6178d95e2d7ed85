"""What reviewers and adjudicators say of answers teaches the statistics, as long as it stands."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest

from evenhand.insight.sweeping import REST
from evenhand.quality import infer
from stage_verbs import adjudicate, dealt, decide, review
from web import web_of
from world import Member, Organization, Project, World

TASKS, JUDGED = 10, 6
DISPUTED = {"opinions": 2, "adjudicate_below": 0.99}


async def swept(project: Project) -> None:
    """Count what happened, and fit."""
    world = project.world
    world.clock.advance(seconds=REST.total_seconds())
    while await world.relay.tell():
        pass
    while await world.services.sweeper.sweep():
        pass


async def accuracies(project: Project) -> dict[UUID, float]:
    """Person -> accuracy by the newest fit."""
    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            "select m.person_id, q.accuracy from quality_person q join membership m using (organization_id, annotator_no)"
            " where q.project_id = $1",
            project.id,
        )
    return {row["person_id"]: row["accuracy"] for row in rows}


async def sureness(project: Project) -> dict[UUID, float]:
    """Task -> probability of its likeliest answer, by the newest fit."""
    async with project.world.superuser() as connection:
        rows = await connection.fetch("select task_id, probability from quality_task where project_id = $1", project.id)
    return {row["task_id"]: row["probability"] for row in rows}


async def who_never_agree(bank: Organization) -> tuple[Project, Member, Member, Member]:
    """Ana always says yes, Ben always no, and everything waits for an adjudicator."""
    project = await bank.project(tasks=TASKS, **DISPUTED)
    ana, ben, rita = await bank.member(), await bank.member(), await bank.member("reviewer")
    for person, label in ((ana, "yes"), (ben, "no")):
        for _ in range(TASKS):
            await project.answer(person, label)
    await decide(project)
    return project, ana, ben, rita


async def told_of(project: Project) -> dict[str, dict[str, float]]:
    """Pseudonym -> accuracy as the quality page is told it, over HTTP."""
    async with web_of(project.world) as web, web.script(project.owner) as owner:
        answer = await owner.get(f"/projects/{project.id}/quality/people")
    assert answer.status_code == 200, answer.text
    return {each["pseudonym"]: each["accuracy"] for each in answer.json()["items"]}


async def test_the_quality_page_tells_of_authors_otherwise_once_an_adjudicator_decided(own_world: World) -> None:
    bank = await own_world.organization()
    project, ana, ben, rita = await who_never_agree(bank)
    await swept(project)
    before = await told_of(project)

    for _ in range(JUDGED):
        task = (await dealt(project, rita, "adjudicate"))["task_id"]
        await adjudicate(project, rita, task, "decide", "no")
    unswept = await told_of(project)
    await swept(project)
    after = await told_of(project)

    assert unswept == before, "what is shown is what was fitted"
    refuted, confirmed = ana.actor.pseudonym, ben.actor.pseudonym
    assert before[refuted] == pytest.approx(before[confirmed])
    assert after[refuted]["high"] < before[refuted]["high"] - 0.1
    assert after[confirmed]["low"] > before[confirmed]["low"] + 0.1
    assert after[refuted]["high"] < after[confirmed]["low"]


async def test_what_an_adjudicator_decided_moves_the_authors_accuracy_and_the_tasks_that_nobody_decided(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project, ana, ben, rita = await who_never_agree(bank)
    await swept(project)
    before, unsure = await accuracies(project), await sureness(project)

    decided = []
    for _ in range(JUDGED):
        task = UUID((await dealt(project, rita, "adjudicate"))["task_id"])
        await adjudicate(project, rita, task, "decide", "no")
        decided.append(task)
    await swept(project)

    after, sure = await accuracies(project), await sureness(project)
    assert before[ana.id] == pytest.approx(before[ben.id]), "who is right, nobody could tell"
    assert after[ana.id] < before[ana.id] - 0.2
    assert after[ben.id] > before[ben.id] + 0.2
    left = set(await project.task_ids()) - set(decided)
    assert all(sure[task] > unsure[task] + 0.1 for task in left)
    assert all(sure[task] == 1.0 for task in decided)


async def test_a_decision_that_is_doubted_again_teaches_nothing_any_more(own_world: World) -> None:
    bank = await own_world.organization()
    project, ana, _, rita = await who_never_agree(bank)
    await swept(project)
    before = await accuracies(project)
    task = UUID((await dealt(project, rita, "adjudicate"))["task_id"])
    await adjudicate(project, rita, task, "decide", "no")
    await swept(project)
    taught = await accuracies(project)

    await own_world.services.work.browsing.requeue(project.owner.actor, project.id, [task], "adjudicate", 1)
    await swept(project)

    assert taught[ana.id] < before[ana.id]
    assert (await accuracies(project))[ana.id] == pytest.approx(before[ana.id])


async def test_what_a_reviewer_accepted_measures_people_and_makes_no_task_certain(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=6, opinions=3, review_rate=1.0)
    people, rita = await bank.members(3), await bank.member("reviewer")
    for person, label in zip(people, ("yes", "yes", "no"), strict=True):
        for _ in range(6):
            await project.answer(person, label)
    await decide(project)
    await swept(project)
    before = await accuracies(project)

    for _ in range(5):
        await review(project, rita, await dealt(project, rita), "accept")
    await swept(project)

    after, alone = await accuracies(project), people[2].id
    assert after[alone] < before[alone]
    assert all(after[person.id] > before[person.id] for person in people[:2])
    assert max((await sureness(project)).values()) < 1.0


async def test_what_a_reviewer_put_in_the_place_of_an_answer_is_held_against_its_author(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=3, opinions=2, review_rate=1.0)
    people, rita = await bank.members(2), await bank.member("reviewer")
    for person in people:
        for _ in range(3):
            await project.answer(person, "yes")
    await decide(project)
    await swept(project)
    before = await accuracies(project)

    await review(project, rita, await dealt(project, rita), "fix", fixed="no")
    await swept(project)

    after = await accuracies(project)
    assert all(after[person.id] < before[person.id] - 0.1 for person in people)


def reviewed(seed: int = 4) -> tuple[list[np.ndarray], np.ndarray, dict[int, int], dict[int, int]]:
    """Votes of three people, the truth, and what a reviewer said who saw the first hundred tasks: instead, and as it was."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, 300)
    what, who = np.repeat(np.arange(300), 3), np.tile(np.arange(3), 300)
    codes = np.where(random.random(900) < 0.75, truth[what], 1 - truth[what])
    most = np.bincount(what, weights=codes) > 1.5
    said = {task: int(truth[task]) for task in range(100)}
    fixed = {task: code for task, code in said.items() if most[task] != code}
    return [what, who, codes], truth, fixed, {task: code for task, code in said.items() if task not in fixed}


def test_errors_alone_would_measure_people_too_low_and_what_was_accepted_beside_them_puts_it_right() -> None:
    columns, truth, fixed, accepted = reviewed()
    right = np.mean(columns[2] == truth[columns[0]])

    errors = infer(*columns, 2, verdicts=fixed).accuracies().mean.mean()
    both = infer(*columns, 2, verdicts=fixed, accepted=accepted).accuracies().mean.mean()

    assert errors < right
    assert abs(both - right) < abs(errors - right)


def test_what_was_shown_before_it_was_judged_does_not_tell_how_far_the_crowd_is_to_be_trusted() -> None:
    columns, _, fixed, accepted = reviewed()

    found = infer(*columns, 2, verdicts=fixed, accepted=accepted)

    assert found.trust == infer(*columns, 2).trust != infer(*columns, 2, gold=fixed).trust
    assert found.probabilities[[*fixed]].max(axis=1).tolist() == [1.0] * len(fixed)
    assert found.probabilities[[*accepted]].max() < 1.0
