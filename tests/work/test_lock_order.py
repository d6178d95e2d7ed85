"""Whoever touches slots of several tasks meets the sweepers in one order: none waits for one who waits for them.

Each story stops the two at the one place where, in the wrong order, each would hold what the other needs; PostgreSQL would end one
of them with a deadlock. The order is the one at the head of work/functions.sql; a saboteur leaves out the step that keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from evenhand.core.errors import PlatformError
from world import Member, Project, World, sabotage

LOCKED_FIRST = ".person_id for update"


async def outcomes(*calls: asyncio.Task[Any]) -> list[Any]:
    """What each returned, or the code of our own refusal: that of a deadlock is `unavailable`."""
    said = await asyncio.gather(*calls, return_exceptions=True)
    for each in said:
        if isinstance(each, BaseException) and not isinstance(each, PlatformError):
            raise each
    return [each.code if isinstance(each, PlatformError) else each for each in said]


async def two_holds(world: World, opinions: int) -> tuple[Project, Member, Member, UUID, UUID]:
    """A project where one person holds the first task of the queue and another the second, each with places left."""
    bank = await world.organization()
    ana, ben = await bank.members(2)
    project = await bank.project(opinions=opinions)
    (second,) = await project.add(1)
    assert await project.take(ana) == second
    await project.add_rows([{"inputs": {"text": "Urgent."}, "priority": 250}])
    first = await project.take(ben)
    return project, ana, ben, first, second


async def at_once(
    world: World, lock: str, on: UUID, one: Callable[[], Awaitable[Any]], other: Callable[[], Awaitable[Any]]
) -> list[Any]:
    """Both, while somebody else holds what `lock` finds; let go once each of them waits or is through."""
    async with world.superuser() as third:
        await third.execute("begin")
        await third.execute(lock, on)
        first = asyncio.ensure_future(one())
        await world.copy.until_stuck(first)
        second = asyncio.ensure_future(other())
        await world.copy.until_stuck(first, second)
        await third.execute("commit")
        return await outcomes(first, second)


async def assigned_while_swept(world: World) -> list[Any]:
    """Two tasks assigned to a person whose lease of the second, and somebody else's of the first, is just being taken back."""
    project, ana, _, first, second = await two_holds(world, opinions=3)
    world.clock.advance(minutes=31)
    change, owner = world.services.work.browsing.change, project.owner.actor
    said = await at_once(
        world,
        "select from slot where task_id = $1 for update",
        first,
        lambda: change(owner, project.id, [first, second], "assign", str(ana.id)),
        world.relay.sweep,
    )
    assert (await project.books()).unbalanced == []
    return [len(each) if isinstance(each, list) else each for each in said]


async def unassigned_while_swept(world: World) -> list[Any]:
    """Four assigned tasks taken back, the last of the queue first, while a sweeper takes back what others hold of them."""
    bank = await world.organization()
    ana, *others = await bank.members(5)
    project = await bank.project(tasks=4, opinions=2)
    change, owner = world.services.work.browsing.change, project.owner.actor
    # By whichever index they are found, the last of the queue comes first.
    tasks = sorted(await project.task_ids())
    await change(owner, project.id, tasks[:1], "priority", 0)
    for some in (tasks[:1], tasks[1:]):
        await change(owner, project.id, some, "assign", str(ana.id))
    for each in others:
        await project.take(each)
    world.clock.advance(minutes=31)
    said = await at_once(
        world,
        "select from queue where project_id = $1 for update",
        project.id,
        lambda: change(owner, project.id, tasks, "unassign", str(ana.id)),
        world.relay.sweep,
    )
    assert (await project.books()).unbalanced == []
    return [len(each) if isinstance(each, list) else each for each in said]


async def returned_while_swept(world: World) -> list[Any]:
    """A task given back while somebody else's lease of it, which ran out, is taken back too."""
    bank = await world.organization()
    ana, ben = await bank.members(2)
    project = await bank.project(tasks=1, opinions=3)
    task = await project.take(ben)
    world.clock.advance(minutes=31)
    assert await project.take(ana) == task
    give_back = world.services.work.labeling.end_lease
    said = await at_once(
        world,
        "select from slot where task_id = $1 for update",
        task,
        lambda: give_back(ana.actor, project.id, task, None, None, next_=False, held=[]),
        world.relay.sweep,
    )
    assert (await project.books()).unbalanced == []
    return [each["status"] if isinstance(each, dict) else each for each in said]


async def skipped_at_once(world: World) -> list[Any]:
    """Two who skip, and ask for the next, where what the other gives back is all that is left."""
    project, ana, ben, first, second = await two_holds(world, opinions=2)
    skip = world.services.work.labeling.end_lease

    async def skipped(who: Member, task: UUID) -> str:
        ended = await skip(who.actor, project.id, task, "unclear", None, next_=True, held=[])
        following = ended["next"]
        assert following is not None
        return {first: "first", second: "second"}.get(UUID(following["assignment"]["task_id"]), "another") \
            if following["status"] == "ok" else following["status"]  # fmt: skip

    said = await at_once(
        world,
        "select from queue where project_id = $1 for update",
        project.id,
        lambda: skipped(ben, first),
        lambda: skipped(ana, second),
    )
    assert (await project.books()).unbalanced == []
    return said


async def test_assigning_and_a_sweeper(own_world: World) -> None:
    assert await assigned_while_swept(own_world) == [1, False]  # the second is still theirs until it is swept


async def test_unassigning_and_a_sweeper(own_world: World) -> None:
    assert await unassigned_while_swept(own_world) == [4, False]


async def test_giving_back_and_a_sweeper(own_world: World) -> None:
    assert await returned_while_swept(own_world) == ["ok", False]


async def test_two_who_skip_are_each_dealt_what_the_other_gave_back(own_world: World) -> None:
    assert await skipped_at_once(own_world) == ["second", "first"]


@pytest.mark.parametrize(
    ("function", "story"), [("tasks_reserve", assigned_while_swept), ("tasks_unreserve", unassigned_while_swept)]
)
async def test_a_manager_who_does_not_lock_what_is_held_first_is_noticed(
    saboteurs_world: World, function: str, story: Callable[[World], Awaitable[list[Any]]]
) -> None:
    await sabotage(saboteurs_world.copy, function, LOCKED_FIRST, ".person_id")

    assert "unavailable" in await story(saboteurs_world)


async def test_whoever_waits_for_a_place_while_holding_one_is_noticed(saboteurs_world: World) -> None:
    for old, new in (("not p_waits and p_stage < 5", "false"), ("s.rank is null and p_waits", "s.rank is null")):
        await sabotage(saboteurs_world.copy, "claim_next", old, new)

    assert "unavailable" in await skipped_at_once(saboteurs_world)


async def test_a_sweeper_that_writes_the_queues_row_before_its_slots_is_noticed(saboteurs_world: World) -> None:
    await sabotage(
        saboteurs_world.copy, "sweep_leases",
        "from back b group by 1, 2 order by 1, 2", "from gone b where b.rank is not null group by 1, 2 order by 1, 2",
    )  # fmt: skip

    assert "unavailable" in await returned_while_swept(saboteurs_world)
