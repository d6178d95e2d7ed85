"""Leases under a clock that jumps: whatever it says, no task is answered by more people than it wants, and no opinion is lost."""

from __future__ import annotations

import random
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest

from database import Copy
from evenhand.core.errors import PlatformError
from world import Books, World, sabotage, world_on

HOUR, DAY = 3_600, 86_400
JUMPS = [1, 60, HOUR, DAY, -1, -60, -HOUR, -DAY]


async def worked(world: World, seed: int) -> Books:
    """Three people claim, answer and let go among sweeps and jumps; then the clock is right and everything is worked off."""
    chance = random.Random(seed)
    bank = await world.organization()
    people = await bank.members(3)
    project = await bank.project(tasks=6, opinions=2)
    held: dict[int, list[UUID]] = {number: [] for number in range(3)}
    for _ in range(60):
        number = chance.randrange(3)
        match chance.choice(["claim", "claim", "submit", "submit", "jump", "sweep"]):
            case "claim":
                dealt = await project.claim(people[number])
                if dealt["status"] == "ok":
                    held[number].append(UUID(dealt["assignment"]["task_id"]))
            case "submit" if held[number]:
                with suppress(PlatformError):
                    await project.submit(people[number], held[number].pop())
            case "jump":
                world.clock.advance(seconds=chance.choice(JUMPS))
            case "sweep":
                await world.relay.sweep()
    world.clock.advance(seconds=10 * DAY)
    await world.relay.sweep()
    for who in people:
        while (dealt := await project.claim(who))["status"] == "ok":
            await project.submit(who, UUID(dealt["assignment"]["task_id"]))
    return await project.books()


@pytest.mark.parametrize("seed", range(6))
async def test_no_jump_loses_or_doubles_an_opinion(newest_copy: Copy, seed: int) -> None:
    async with world_on(newest_copy) as world:
        books = await worked(world, seed)

    assert books.unbalanced == []
    assert books.overanswered == []
    assert books.total("got") == 12, "in the end every task has its two opinions"


async def test_a_late_answer_that_leaves_its_slot_where_it_is_is_found(newest_copy: Copy) -> None:
    await sabotage(newest_copy, "lease_resume", "if a.state = 3 and a.rank is not null then", "if false then")

    """An opinion too many: the constraint of consensus is the second guard, and refuses it."""
    async with world_on(newest_copy) as world:
        with pytest.raises(asyncpg.CheckViolationError, match="never_more_than_wanted"):
            for seed in range(20):
                await worked(world, seed)
