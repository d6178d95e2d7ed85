"""Everything at once, with leases of a moment: at the end every opinion that was wanted is given, held or free, and none twice.

And the plans of the hot path: no statement of it reads a whole table, not even when its plan was made while that was empty.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest

from database import Copy
from evenhand.core.errors import PlatformError
from evenhand.store.clock import SystemClock
from world import Member, Organization, Project, World, read_books, world_on

HOT = (
    *("slot", "assignment", "task", "annotation", "consensus", "vote", "queue_member", "draft"),
    *("credential", "membership", "person"),
)


class Soak:
    """People, sweepers and managers on one project, until the time is over."""

    def __init__(self, world: World, bank: Organization, project: Project, seed: int) -> None:
        self.world = world
        self.bank = bank
        self.project = project
        self.random = random.Random(seed)
        self.said: Counter[str] = Counter()
        self.keys: set[UUID] = set()

    async def until(self, deadline: float, step: Callable[[], Awaitable[object]], pause: float = 0.0) -> None:
        """Repeat a step; what our own errors say is part of the game, everything else ends the test."""
        while time.monotonic() < deadline:
            try:
                await step()
            except PlatformError as error:
                self.said[error.code] += 1
            await asyncio.sleep(pause)

    def annotator(self, who: Member) -> Callable[[], Awaitable[object]]:
        """Claims, and mostly answers; sometimes skips, returns, forgets, or comes too late."""
        labeling = self.world.services.work.labeling

        async def step() -> None:
            dealt = await self.project.claim(who)
            self.said[dealt["status"]] += 1
            if dealt["status"] != "ok":
                await asyncio.sleep(0.01)
                return
            task = UUID(dealt["assignment"]["task_id"])
            chance = self.random.random()
            if chance < 0.05:
                await labeling.end_lease(who.actor, self.project.id, task, "unclear", None, next_=False, held=[])
            elif chance < 0.08:
                await labeling.end_lease(who.actor, self.project.id, task, None, None, next_=False, held=[])
            elif chance > 0.9:
                await asyncio.sleep(0.06)  # longer than the lease
            if chance >= 0.08:
                self.said[(await self.project.submit(who, task, next_=chance < 0.5))["status"]] += 1

        return step

    async def manage(self) -> None:
        """Priorities, trash and back, assignments, more opinions, a pause, more tasks."""
        services, owner = self.world.services, self.bank.owner.actor
        tasks = self.random.sample(await self.project.task_ids(), 5)
        change = services.work.browsing.change
        chance = self.random.random()
        if chance < 0.3:
            await change(owner, self.project.id, tasks, "priority", self.random.randrange(256))
        elif chance < 0.5:
            await change(owner, self.project.id, tasks, "trash", None)
            await asyncio.sleep(0.02)
            await change(owner, self.project.id, tasks, "restore", None)
        elif chance < 0.7:
            await change(owner, self.project.id, tasks, "assign", str(self.random.choice(self.people).id))
        elif chance < 0.8:
            await services.work.projects.set_state(owner, self.project.id, "paused")
            await services.work.projects.set_state(owner, self.project.id, "active")
        elif chance < 0.9:
            await services.work.projects.change(
                owner, self.project.id, {"opinions": self.random.choice([1, 2, 3])}, None
            )
        else:
            await self.project.add_rows(
                [{"inputs": {"text": "One more."}, "priority": self.random.choice([1, 128, 250])}] * 10
            )

    async def run(self, seconds: float, people: list[Member]) -> None:
        """Everybody at once."""
        self.people = people
        deadline = time.monotonic() + seconds
        relay = self.world.relay
        await asyncio.gather(
            *(self.until(deadline, self.annotator(person)) for person in people),
            *(self.until(deadline, relay.sweep, 0.02) for _ in range(2)),
            self.until(deadline, relay.tidy, 0.03),
            self.until(deadline, relay.tell, 0.03),
            self.until(deadline, self.manage, 0.02),
        )


@pytest.fixture
async def real_time(copy: Copy) -> AsyncIterator[World]:
    """A world in which time passes."""
    async with world_on(copy, pool_size=24, clock=SystemClock()) as made:
        yield made


@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.drill)])
async def test_the_books_balance_after_everything_at_once(real_time: World, seconds: float) -> None:
    bank = await real_time.organization()
    people = await bank.members(8)
    project = await bank.project(tasks=300, opinions=2)
    async with real_time.superuser() as connection:
        await connection.execute(
            "update queue set lease = interval '40 milliseconds' where project_id = $1", project.id
        )
    soak = Soak(real_time, bank, project, seed=1)

    await soak.run(seconds, people)
    await asyncio.sleep(0.1)
    while await real_time.relay.sweep() or await real_time.relay.tell():
        pass

    async with real_time.superuser() as connection:
        books = await read_books(connection, project.id)
        deadlocks = await connection.fetchval(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
        twice = await connection.fetchval(
            "select count(*) from (select task_id, person_id from annotation where version = 1 group by 1, 2 having count(*) > 1) x"
        )
        counted = await connection.fetchrow("select * from project_count where project_id = $1", project.id)
    print(f"PostgreSQL {real_time.copy.major}, {seconds} s: {len(books.rows)} tasks, {dict(soak.said)}")
    assert books.unbalanced == []
    assert books.overanswered == []
    assert (deadlocks, twice) == (0, 0)
    assert (counted["answers"], counted["done"]) == (
        books.total("answers"),
        sum(row["got"] >= row["wanted"] for row in books.rows),
    )
    assert soak.said["ok"] > 20


# ------------------------------------------------------------------------------------------------------------- plans --
async def whole_reads(copy: Copy, cycles: int) -> dict[str, int]:
    """How often each hot table was read as a whole by claims and answers that began on an empty queue."""
    async with copy.connect() as connection:
        query = "select relname, seq_scan from pg_stat_user_tables where relname = any($1::text[])"
        async with world_on(copy, pool_size=2) as world:
            bank = await world.organization()
            ana = await bank.member()
            project = await bank.project()
            labeling = world.services.work.labeling
            for _ in range(8):
                assert (await project.claim(ana))["status"] == "empty"
            await project.add(cycles)
            # As autovacuum does whenever it likes: from now on the tables are known to be small.
            await connection.execute("analyze task, assignment, draft, queue, annotation, slot, vote")
            await connection.execute("select pg_stat_force_next_flush()")
            before = dict(await connection.fetch(query, list(HOT)))
            task = await project.take(ana)
            for _ in range(cycles - 1):
                await labeling.save_draft(ana.actor, project.id, task, [{"question": "label", "value": "yes"}], 1)
                await labeling.prolong(ana.actor, task)
                result = await project.submit(ana, task, next_=True)
                task = UUID(result["next"]["assignment"]["task_id"])
        # The connections are closed now, and have told what they did.
        await asyncio.sleep(0.3)
        await connection.execute("select pg_stat_clear_snapshot()")
        after = dict(await connection.fetch(query, list(HOT)))
    return {name: after[name] - before.get(name, 0) for name in after if after[name] > before.get(name, 0)}


async def test_the_hot_path_reads_no_table_as_a_whole(copy: Copy) -> None:
    assert await whole_reads(copy, 60) == {}


async def test_a_queue_that_is_read_as_a_whole_is_noticed(newest_copy: Copy) -> None:
    async with newest_copy.connect() as superuser:
        await superuser.execute("alter table slot drop constraint slot_pkey")

    assert "slot" in await whole_reads(newest_copy, 20)
