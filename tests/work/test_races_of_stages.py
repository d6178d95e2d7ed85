"""Races of what follows the answers, on real connections: claims, verdicts, a requeue, and decisions while answers come.

The locks of a claim are those of `test_races`; those of a decision are taken away one by one in `test_deciding`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from database import Copy
from evenhand.core.errors import PlatformError
from stage_verbs import REVIEW_ALL, claimed, dealt, decide, labeled, place, review
from world import Member, Organization, Project, World, sabotage, world_on

REVIEWERS = 6
UNSURE = {"review_rate": 0.0, "adjudicate_below": 0.99}
rounds_of_it = pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.drill)])


async def together(*calls: Any) -> list[Any]:
    """All at once; what each answered, or the code of our own refusal. Anything else is a failure."""
    said = await asyncio.gather(*calls, return_exceptions=True)
    for each in said:
        if isinstance(each, BaseException) and not isinstance(each, PlatformError):
            raise each
    return [each.code if isinstance(each, PlatformError) else each for each in said]


async def waiting(bank: Organization, people: list[Member], stage: str, tasks: int) -> Project:
    """A project with so many tasks at a later stage."""
    project = await bank.project(tasks=tasks, opinions=2, **(REVIEW_ALL if stage == "review" else UNSURE))
    for person, label in zip(people, ("yes", "no"), strict=True):
        for _ in range(tasks):
            await project.answer(person, label)
    await decide(project)
    return project


async def dealt_at_once(project: Project, reviewers: list[Member], stage: str) -> Counter[str]:
    """What everybody is told who claims at the same moment, and how many tasks more than one of them got."""
    said = await together(*(claimed(project, each, stage) for each in reviewers))
    tasks = Counter(each["assignment"]["task_id"] for each in said if each["status"] == "ok")
    return Counter([each["status"] for each in said] + ["twice" for count in tasks.values() if count > 1])


@rounds_of_it
@pytest.mark.parametrize("stage", ["review", "adjudicate"])
async def test_each_task_goes_to_one_of_those_who_claim_at_once(own_world: World, stage: str, rounds: int) -> None:
    bank = await own_world.organization()
    people, reviewers = await bank.members(2), await bank.members(REVIEWERS, "reviewer")

    for _ in range(rounds):
        project = await waiting(bank, people, stage, 2)
        assert await dealt_at_once(project, reviewers, stage) == {"ok": 2, "empty": REVIEWERS - 2}


async def test_without_the_lock_of_its_slot_a_task_goes_to_more_than_one(newest_copy: Copy) -> None:
    async with world_on(newest_copy) as world:
        await sabotage(newest_copy, "claim_next", "for update of q skip locked", "")
        bank = await world.organization()
        people, reviewers = await bank.members(2), await bank.members(REVIEWERS, "reviewer")

        for _ in range(60):
            project = await waiting(bank, people, "review", 1)
            if (await dealt_at_once(project, reviewers, "review"))["twice"]:
                return
    raise AssertionError("no task went to two: the lock is not what keeps them apart")


async def history(project: Project, task: UUID | str) -> list[tuple[int, str, str, str]]:
    """The moves of a task: number, by what, from, to."""
    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            'select no, "by", from_place, to_place from decision where task_id = $1 order by no', UUID(str(task))
        )
    return [tuple(row) for row in rows]


async def free_later(project: Project, task: UUID | str) -> int:
    """Open places of a task after the label stage."""
    async with project.world.superuser() as connection:
        count: int = await connection.fetchval(
            "select count(*) from slot s join queue q using (organization_id, queue_id) where s.task_id = $1 and q.stage in (2, 3)",
            UUID(str(task)),
        )
    return count


@rounds_of_it
async def test_of_two_verdicts_at_once_one_counts_and_the_other_is_told(own_world: World, rounds: int) -> None:
    bank = await own_world.organization()
    [ana], rita = await bank.members(1), await bank.member("reviewer")

    for _ in range(rounds):
        project = await bank.project(tasks=1, **REVIEW_ALL)
        task = await labeled(project, (ana, "yes"))
        assignment = await dealt(project, rita)

        said = await together(
            review(project, rita, assignment, "accept"),
            review(project, rita, assignment, "send-back"),
            review(project, rita, assignment, "fix", fixed="no"),
        )

        [outcome] = [each["outcome"] for each in said if not isinstance(each, str)]
        assert [each for each in said if isinstance(each, str)] == ["already-answered"] * 2
        assert await place(project, task) == outcome
        assert [(no, to) for no, _, _, to in await history(project, task)] == [(1, "review"), (2, outcome)]


@rounds_of_it
async def test_a_verdict_and_a_requeue_at_once_come_one_after_the_other(own_world: World, rounds: int) -> None:
    bank = await own_world.organization()
    [ana], rita = await bank.members(1), await bank.member("reviewer")
    browsing = own_world.services.work.browsing

    for _ in range(rounds):
        project = await bank.project(tasks=1, **REVIEW_ALL)
        task = await labeled(project, (ana, "yes"))
        assignment = await dealt(project, rita)

        await together(
            review(project, rita, assignment, "accept"),
            browsing.requeue(bank.owner.actor, project.id, [task], "adjudicate", 1),
        )

        moves = await history(project, task)
        assert [no for no, *_ in moves] == [*range(1, len(moves) + 1)]
        assert [came for _, _, came, _ in moves[1:]] == [went for *_, went in moves[:-1]]
        assert (await place(project, task), await free_later(project, task)) == (moves[-1][-1], 1)
        assert moves[-1][-1] == "adjudicate", "whichever came first"


@rounds_of_it
async def test_whatever_is_decided_while_answers_come_no_task_is_left_behind(own_world: World, rounds: int) -> None:
    """Adaptive opinions, with several workers: at the end every task has been decided, and nothing waits that nobody can take."""
    bank = await own_world.organization()
    people = await bank.members(5)

    async def work(project: Project, person: Member, label: str) -> None:
        while (claim := await project.claim(person))["status"] == "ok":
            await project.submit(person, UUID(claim["assignment"]["task_id"]), label)

    for _ in range(rounds):
        project = await bank.project(tasks=4, opinions=2, opinions_max=4, sure=0.95)
        for _ in range(8):
            says = zip(people, ("yes", "no", "yes", "no", "yes"), strict=True)
            await together(*(work(project, *each) for each in says), *(decide(project) for _ in range(3)))
        await decide(project)

        books = await project.books()
        assert books.unbalanced == []
        assert [(row["got"] == row["wanted"], row["free"]) for row in books.rows] == [(True, 0)] * 4
        for row in books.rows:
            moves = await history(project, row["task_id"])
            assert await place(project, row["task_id"]) == "done"
            assert [no for no, *_ in moves] == [*range(1, len(moves) + 1)]
            assert row["got"] == 2 + sum(to == "label" for *_, to in moves), (
                "one more for each time that it was asked for"
            )
