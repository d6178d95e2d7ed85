"""What touches a few tasks reads a few slots, however long the queue is.

Row-level security keeps arithmetic from reaching an index on PostgreSQL 15 (work/functions.sql, "Ranks"): a rank computed beside
the comparison has the whole queue read for each task, and nothing but time shows it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from database import MAJORS, Cluster, Copy
from evenhand.store.queries import Queries
from evenhand.work.gold import Known
from world import Member, Project, sabotage, world_on

LONG, FEW = 1500, 20
_insight = Queries.of("evenhand.insight")
Deed = Callable[[Project, Member, list[UUID]], Awaitable[object]]


async def slots_read(copy: Copy, deed: Deed) -> int:
    """How many slots a deed on a few tasks of a long queue read."""
    async with copy.connect() as superuser, world_on(copy, pool_size=2) as world:

        async def so_far() -> int:
            pool = world.services.database
            async with pool.statement() as one, pool.statement() as other:
                for each in (one, other):
                    await each.execute("select pg_stat_force_next_flush()")
            await superuser.execute("select pg_stat_clear_snapshot()")
            read = "select sum(idx_tup_read)::int from pg_stat_user_indexes where relname = 'slot'"
            return int(await superuser.fetchval(read))

        bank = await world.organization()
        ana = await bank.member()
        project = await bank.project(opinions=2)
        await project.add(LONG)
        tasks = (await project.task_ids())[::50][:FEW]
        await superuser.execute("analyze")
        before = await so_far()
        await deed(project, ana, tasks)
        return await so_far() - before


async def assign(project: Project, ana: Member, tasks: list[UUID]) -> None:
    change = project.world.services.work.browsing.change
    assert len(await change(project.owner.actor, project.id, tasks, "assign", str(ana.id))) == FEW


async def raise_priority(project: Project, _: Member, tasks: list[UUID]) -> None:
    change = project.world.services.work.browsing.change
    assert len(await change(project.owner.actor, project.id, tasks, "priority", 200)) == FEW


async def make_gold(project: Project, _: Member, tasks: list[UUID]) -> None:
    known = [(each, Known("hidden", [{"question": "label", "value": "yes"}])) for each in tasks]
    await project.world.services.work.gold.make(project.owner.actor, project.id, known, uuid4())


async def ask_for_places(project: Project, _: Member, tasks: list[UUID]) -> None:
    whose = {"organization_id": project.organization.id, "project_id": project.id}
    async with project.world.services.database.tenant(project.organization.id) as connection:
        assert await _insight.rows(connection, "places_asked_for", **whose, limit=50) == []


@pytest.mark.parametrize("deed", [assign, raise_priority, make_gold, ask_for_places])
async def test_a_deed_on_few_tasks_reads_few_slots(copy: Copy, deed: Deed) -> None:
    assert await slots_read(copy, deed) <= 10 * FEW


@pytest.mark.drill  # only the older PostgreSQL falls for it
async def test_a_rank_computed_beside_the_comparison_is_noticed(all_clusters: dict[int, Cluster]) -> None:
    oldest = all_clusters[MAJORS[-1]]
    copy = await oldest.clone()
    await sabotage(copy, "tasks_reserve", "x.trashed_at is null offset 0) t", "x.trashed_at is null) t")

    assert await slots_read(copy, assign) > 100 * FEW
    await oldest.drop(copy)
