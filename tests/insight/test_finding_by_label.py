"""Tasks sorted, narrowed and queued again by what their labels say, how sure they are and what made them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from database import Copy
from evenhand.core.errors import Malformed, NotAllowed
from evenhand.insight.label_writing import write_labels
from evenhand.insight.standing_labels import LABEL
from evenhand.insight.sweeping import REST
from evenhand.work.browsing import TaskFilter
from evenhand.work.gold import Known
from stage_verbs import adjudicate, dealt, decide, review
from world import Member, Organization, Project, World, world_on

STAGED = {"review_rate": 0.0, "adjudicate_below": 0.01}


@pytest.fixture
async def own(newest_copy: Copy) -> AsyncIterator[World]:
    """A world of the test's own, which it can sweep."""
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


async def mixed(bank: Organization, tasks: int = 12, **settings: Any) -> tuple[Project, list[UUID], list[Member]]:
    """Three people answer; of every third task one says otherwise. (project, tasks in their order, people)."""
    project = await bank.project(tasks=tasks, opinions=3, **settings)
    people = await bank.members(3)
    ids = await project.task_ids()
    places = {str(id_): place for place, id_ in enumerate(ids)}
    for number, person in enumerate(people):
        while (found := await project.claim(person))["status"] == "ok":
            place = places[found["assignment"]["task_id"]]
            said = "yes" if place % 2 == 0 else "no"
            other = "no" if said == "yes" else "yes"
            await project.submit(person, ids[place], other if place % 3 == 0 and number == place % 2 else said)
    return project, ids, people


async def paged(project: Project, sort: Any = "added", limit: int = 5, **wanted: Any) -> list[dict[str, Any]]:
    """Every task that is found, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        browsing = project.world.services.work.browsing
        page = await browsing.tasks(project.owner.actor, project.id, TaskFilter(**wanted), cursor, limit, sort)
        rows += [dict(each) for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            return rows


def chances(rows: list[dict[str, Any]]) -> list[float]:
    return [round(each["consensus"][0]["probability"], 4) for each in rows if each["consensus"]]


async def test_tasks_come_by_how_sure_their_labels_are_and_those_without_one_last(own: World) -> None:
    project, ids, _ = await mixed(await own.organization())
    more = await project.add(3)
    await sweep(project)

    least, most = await paged(project, "probability"), await paged(project, "-probability")

    assert len(set(chances(least))) > 1
    assert chances(least) == sorted(chances(least))
    assert chances(most) == sorted(chances(most), reverse=True)
    for rows in (least, most):
        assert {each["id"] for each in rows} == {str(id_) for id_ in [*ids, *more]}
        assert len(rows) == len(ids) + 3
        assert [each["id"] for each in rows[-3:]] == [str(id_) for id_ in more]


async def test_paging_by_how_sure_labels_are_repeats_and_leaves_out_nothing_while_tasks_are_added(own: World) -> None:
    project, ids, _ = await mixed(await own.organization())
    await sweep(project)
    browsing, owner = project.world.services.work.browsing, project.owner.actor
    first = await browsing.tasks(owner, project.id, TaskFilter(), None, 5, "probability")

    added = await project.add(2)
    second = await browsing.tasks(owner, project.id, TaskFilter(), first["next_cursor"], 50, "probability")

    found = [each["id"] for each in [*first["items"], *second["items"]]]
    assert sorted(found) == sorted(str(id_) for id_ in [*ids, *added])
    assert found[-2:] == [str(id_) for id_ in added]


@pytest.mark.parametrize(("low", "high"), [(None, 0.9), (0.9, None), (0.6, 0.95)], ids=["below", "from", "between"])
async def test_a_range_of_probabilities_finds_the_tasks_that_the_table_shows_within_it(
    own: World, low: float | None, high: float | None
) -> None:
    project, _, _ = await mixed(await own.organization())
    await sweep(project)
    every = await paged(project)
    within = {each["id"] for each in every if (low or 0) <= round(each["consensus"][0]["probability"], 4) < (high or 2)}

    for sort in ("added", "probability", "-probability"):
        found = await paged(project, sort, limit=3, probability_below=high, probability_from=low)

        assert {each["id"] for each in found} == within
    counted = await project.world.services.work.browsing.count(
        project.owner.actor, project.id, TaskFilter(probability_below=high, probability_from=low)
    )
    assert counted == {"count": len(within), "is_capped": False}


async def test_tasks_are_found_by_what_their_label_says_and_what_made_it(own: World) -> None:
    bank = await own.organization()
    project, ids, _ = await mixed(bank, review_rate=1.0)
    reviewer, judge = await bank.members(2, role="reviewer")
    await decide(project)
    fixed = await dealt(project, reviewer)
    await review(project, reviewer, fixed, "fix", fixed="yes")
    sent = [id_ for id_ in ids if str(id_) != fixed["task_id"]][:1]
    await own.services.work.browsing.requeue(bank.owner.actor, project.id, sent, "adjudicate", 1)
    other = await dealt(project, judge, "adjudicate")
    await adjudicate(project, judge, other["task_id"], "decide", "no", "slip")
    await sweep(project)
    every = {each["id"]: each["consensus"][0] for each in await paged(project)}

    for value in ("yes", "no"):
        found = await paged(project, label=value)
        assert {each["id"] for each in found} == {id_ for id_, each in every.items() if each["value"] == value}
    by = {
        source: {each["id"] for each in await paged(project, label_source=source)}
        for source in ("review", "adjudication", "model", "votes")
    }

    assert by["review"] == {fixed["task_id"]}
    assert by["adjudication"] == {other["task_id"]}
    assert by["model"] == set(every) - by["review"] - by["adjudication"]
    assert by["votes"] == set()
    assert {every[id_]["source"] for id_ in by["model"]} <= {"model", "decision"}


async def test_tasks_are_queued_again_by_what_stands_for_them_and_that_is_taken_back(own: World) -> None:
    project, _, _ = await mixed(await own.organization(), **STAGED)
    await decide(project)
    await sweep(project)
    browsing, owner = project.world.services.work.browsing, project.owner.actor
    wanted = TaskFilter(state="done", label_question="label", label="no", label_source="model")
    says_no = {each["id"] for each in await paged(project) if each["consensus"][0]["value"] == "no"}

    counted = await browsing.count(owner, project.id, wanted)
    ids, more = await browsing.ids_of(owner, project.id, wanted, None)
    queued = await browsing.requeue(owner, project.id, ids, "review", 1)
    states = {each["id"]: each["state"] for each in await paged(project)}
    undone = await browsing.unqueue(owner, project.id, queued)

    assert (counted["count"], more) == (len(says_no), None)
    assert {str(id_) for id_ in queued} == says_no
    assert {id_ for id_, state in states.items() if state == "in-review"} == says_no
    assert set(undone) == set(queued)
    assert {each["state"] for each in await paged(project)} == {"done"}


async def test_labels_follow_a_fit_and_leave_with_the_trash(own: World) -> None:
    project, ids, _ = await mixed(await own.organization())
    await sweep(project)
    browsing, owner = project.world.services.work.browsing, project.owner.actor
    before = await paged(project, "probability")

    await browsing.change(owner, project.id, ids[:2], "trash", None)
    shown = await paged(project, "probability")
    await sweep(project)
    swept = await paged(project, "probability")

    assert len(before) == len(ids)
    assert {each["id"] for each in shown} == {each["id"] for each in swept} == {str(id_) for id_ in ids[2:]}


async def test_gold_says_that_its_answer_is_known_and_is_found_by_no_label(own: World) -> None:
    bank = await own.organization()
    project, ids, _ = await mixed(bank)
    await own.services.work.gold.make(
        bank.owner.actor, project.id, [(ids[0], Known("hidden", [{"question": "label", "value": "no"}]))]
    )
    await sweep(project)

    every = {each["id"]: each["consensus"][0] for each in await paged(project)}
    gold = every[str(ids[0])]
    found = [each["id"] for value in ("yes", "no") for each in await paged(project, label=value)]

    assert (gold["source"], gold["value"], gold["probability"], gold["method"]) == ("gold", "no", 1.0, "gold")
    assert gold["answers"] == 3
    assert gold["share"] == pytest.approx(1 / 3)
    assert "model" not in gold
    assert sorted(found) == sorted(str(id_) for id_ in ids[1:])
    assert (await paged(project, "probability"))[-1]["id"] == str(ids[0])


async def test_whoever_may_not_manage_tasks_finds_none_by_their_labels(own: World) -> None:
    bank = await own.organization()
    project, _, _ = await mixed(bank)
    await sweep(project)
    [reviewer] = await bank.members(1, role="reviewer")
    browsing = own.services.work.browsing

    for wanted in (
        TaskFilter(probability_below=0.9),
        TaskFilter(probability_from=0.9),
        TaskFilter(label="yes"),
        TaskFilter(label_source="model"),
    ):
        with pytest.raises(NotAllowed):
            await browsing.tasks(reviewer.actor, project.id, wanted, None, 5)
        with pytest.raises(NotAllowed):
            await browsing.count(reviewer.actor, project.id, wanted)
    with pytest.raises(NotAllowed):
        await browsing.tasks(reviewer.actor, project.id, TaskFilter(), None, 5, "probability")


async def test_a_question_or_an_answer_that_there_is_not_is_told(own: World) -> None:
    project, _, _ = await mixed(await own.organization(), tasks=1)
    browsing, owner = project.world.services.work.browsing, project.owner.actor

    for wanted, field in (
        (TaskFilter(label="perhaps"), "query:label"),
        (TaskFilter(label_question="other", label="yes"), "query:label_question"),
    ):
        with pytest.raises(Malformed) as refused:
            await browsing.tasks(owner, project.id, wanted, None, 5)
        assert refused.value.problems[0].pointer == field


async def test_a_sweep_that_lost_its_turn_writes_no_label(own: World) -> None:
    project, _, _ = await mixed(await own.organization())
    await sweep(project)
    before = await paged(project, "probability")
    nothing = np.zeros(0, dtype=LABEL)

    await write_labels(own.services.database, project.organization.id, project.id, 99, nothing)

    assert await paged(project, label="yes") != []
    assert [each["id"] for each in await paged(project, "probability")] == [each["id"] for each in before]


async def test_progress_counts_the_labels_that_stand_and_says_what_made_them(own: World) -> None:
    bank = await own.organization()
    project, ids, _ = await mixed(bank, review_rate=1.0)
    await decide(project)
    [reviewer] = await bank.members(1, role="reviewer")
    owner, insight = project.owner.actor, own.services.insight.insight
    [voted] = (await insight.progress(owner, project.id))["labels"]
    fixed = await dealt(project, reviewer)
    was = {each["id"]: each["consensus"][0]["value"] for each in await paged(project)}[fixed["task_id"]]
    await review(project, reviewer, fixed, "fix", fixed="no" if was == "yes" else "yes")
    await sweep(project)

    [stands] = (await insight.progress(owner, project.id))["labels"]
    [seen] = (await insight.progress(reviewer.actor, project.id))["labels"]

    shown = [each["consensus"][0]["value"] for each in await paged(project)]
    assert voted["made_by"] is None
    assert {each["value"]: each["count"] for each in stands["classes"]} == {
        value: shown.count(value) for value in ("yes", "no")
    }
    assert (stands["labels"], stands["ties"]) == (len(ids), 0)
    assert stands["made_by"] == {"review": 1, "adjudication": 0, "model": len(ids) - 1, "votes": 0}
    assert seen["made_by"] is None
