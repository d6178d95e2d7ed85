"""The sweep: taken once, kept whole or not at all, at rest between fits; and columns read as the database sends them."""

from __future__ import annotations

import asyncio
import struct
from typing import Any
from uuid import UUID

import pytest

from database import Copy
from evenhand.insight.columns import TASKS, unpacked
from evenhand.insight.sweeping import FAILED_REST, REST, SILENCE, Sweeper
from evenhand.store.queries import Connection
from evenhand.work.gold import Known
from world import Project, World, sabotage, world_on


async def told(world: World) -> None:
    """Count what happened."""
    while await world.relay.tell():
        pass


async def state_of(world: World, project: Project) -> dict[str, Any] | None:
    """The sweep's row."""
    async with world.superuser() as connection:
        row = await connection.fetchrow("select * from quality_sweep where project_id = $1", project.id)
    return dict(row) if row else None


async def project_with_votes(world: World, tasks: int = 3) -> Project:
    """Two people, some tasks, both answers to each."""
    organization = await world.organization()
    project = await organization.project(tasks, opinions=2)
    for person in await organization.members(2):
        for task in range(tasks):
            await project.answer(person, "yes" if task else "no")
    await told(world)
    return project


async def test_a_project_is_fitted_once_and_again_only_when_something_changed_and_it_has_rested(
    own_world: World,
) -> None:
    world = own_world
    project = await project_with_votes(world)
    sweeper = world.services.sweeper

    assert await sweeper.sweep()
    assert not await sweeper.sweep(), "nothing changed"
    await project.add(1, "Second")
    await told(world)
    assert not await sweeper.sweep(), "it rests"
    world.clock.advance(seconds=REST.total_seconds())
    assert await sweeper.sweep()

    found = await state_of(world, project)
    assert found is not None
    assert (found["state"], found["attempt"], found["votes"]) == ("done", 2, 6)


async def test_two_workers_never_fit_one_project_at_once(own_world: World) -> None:
    world = own_world
    await project_with_votes(world)

    taken = await asyncio.gather(*(world.services.sweeper.sweep() for _ in range(4)))

    assert sum(taken) == 1


async def test_a_worker_that_died_is_followed_after_its_silence_and_writes_nothing_if_it_comes_back(
    own_world: World,
) -> None:
    world = own_world
    project = await project_with_votes(world)
    away = asyncio.Event()

    async def slow(_connection: Connection, _organization_id: UUID, _project_id: UUID) -> dict[int, dict[int, float]]:
        await away.wait()
        return {}

    first = Sweeper(world.services.database, world.services.ontologies, world.clock, slow)
    late = asyncio.create_task(first.sweep())
    while await state_of(world, project) is None:
        await asyncio.sleep(0.01)
    assert not await world.services.sweeper.sweep(), "somebody has it"
    world.clock.advance(seconds=SILENCE.total_seconds() + 1)
    assert await world.services.sweeper.sweep()
    fitted = await state_of(world, project)
    away.set()
    await late

    assert fitted is not None
    assert (fitted["state"], fitted["attempt"]) == ("done", 2)
    assert await state_of(world, project) == fitted


async def test_a_project_that_cannot_be_fitted_says_so_and_keeps_no_other_from_it(own_world: World) -> None:
    world = own_world
    broken, sound = await project_with_votes(world), await project_with_votes(world)

    async def gold(_connection: Connection, _organization_id: UUID, project_id: UUID) -> dict[int, dict[int, float]]:
        if project_id == broken.id:
            raise ValueError("a code that there is not")
        return {}

    sweeper = Sweeper(world.services.database, world.services.ontologies, world.clock, gold)
    while await sweeper.sweep():
        pass

    states = [await state_of(world, each) for each in (broken, sound)]
    assert [each["state"] for each in states if each] == ["failed", "done"]
    shown = await world.services.insight.quality.overview(broken.owner.actor, broken.id)
    assert (shown["state"], shown["cause"]) == ("failed", "ValueError")
    await broken.add(1, "Second")
    await told(world)
    world.clock.advance(seconds=FAILED_REST.total_seconds())
    assert await world.services.sweeper.sweep()
    assert (await world.services.insight.quality.overview(broken.owner.actor, broken.id))["state"] == "fitted"


async def test_gold_teaches_the_model_and_its_answers_count_as_checks(own_world: World) -> None:
    world = own_world
    organization = await world.organization()
    project = await organization.project(30)
    alone = await organization.member()
    answers = {await project.answer(alone, "yes" if task % 3 else "no"): task for task in range(30)}
    # On every third task something else was right.
    known = [
        (task_id, Known("hidden", [{"question": "label", "value": "no" if at % 3 == 1 else "yes" if at % 3 else "no"}]))
        for task_id, at in answers.items()
    ]
    await world.services.work.gold.make(organization.owner.actor, project.id, known)
    await told(world)

    await world.services.sweeper.sweep()

    book = world.services.insight.quality
    (person,) = (await book.people(organization.owner.actor, project.id, None))["items"]
    overview = await book.overview(organization.owner.actor, project.id)
    assert person["checked"] == 30
    assert person["accuracy"]
    assert person["accuracy"]["mean"] == pytest.approx(20 / 30)
    assert overview["questions"][0]["gold"] == 30


async def test_tasks_in_the_trash_count_no_longer(own_world: World) -> None:
    world = own_world
    project = await project_with_votes(world)
    gone = (await project.task_ids())[0]
    await world.services.work.browsing.change(project.owner.actor, project.id, [gone], "trash", None)
    await told(world)
    await world.services.sweeper.sweep()

    shown = await world.services.insight.quality.overview(project.owner.actor, project.id)

    assert shown["questions"][0]["tasks"] == 2


async def test_what_was_found_goes_with_the_project(own_world: World) -> None:
    world = own_world
    project = await project_with_votes(world)
    await world.services.insight.quality.set_target(project.owner.actor, project.id, 0.9)
    await world.services.sweeper.sweep()
    await world.services.work.projects.set_state(project.owner.actor, project.id, "trashed")
    world.clock.advance(days=31)

    while await world.services.shredding.delete_due():
        pass

    async with world.superuser() as connection:
        for table in ("sweep", "target", "question", "person", "task", "slice"):
            left = await connection.fetchval(f"select count(*) from quality_{table} where project_id = $1", project.id)
            assert left == 0, table


async def test_where_every_attempt_is_taken_for_the_newest_a_late_worker_would_overwrite(newest_copy: Copy) -> None:
    async with world_on(newest_copy) as world:
        project = await project_with_votes(world)
        await sabotage(newest_copy, "quality_take", "attempt = s.attempt + 1,", "")
        away = asyncio.Event()

        async def slow(
            _connection: Connection, _organization_id: UUID, _project_id: UUID
        ) -> dict[int, dict[int, float]]:
            await away.wait()
            return {}

        late = asyncio.create_task(
            Sweeper(world.services.database, world.services.ontologies, world.clock, slow).sweep()
        )
        while await state_of(world, project) is None:
            await asyncio.sleep(0.01)
        world.clock.advance(seconds=SILENCE.total_seconds() + 1)
        # The one that follows is still reading when the late one comes back.
        async with world.services.database.statement() as connection:
            await connection.fetch("select * from quality_take($1, $2)", world.clock.now(), SILENCE)
        away.set()
        await late

        found = await state_of(world, project)
        assert found is not None
        assert found["state"] == "done", "written by whoever had lost their turn"


def row(*values: tuple[str, int]) -> bytes:
    """One tuple of a binary COPY."""
    packed = struct.pack(">h", len(values))
    for format_, value in values:
        data = struct.pack(">" + format_, value)
        packed += struct.pack(">i", len(data)) + data
    return packed


HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def test_binary_rows_become_columns() -> None:
    found = unpacked(HEADER + row(("q", 7), ("i", 0)) + row(("q", -1), ("i", 3)) + b"\xff\xff", TASKS)

    assert found["task_no"].tolist() == [7, -1]
    assert found["batch"].tolist() == [0, 3]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        HEADER,
        HEADER + row(("q", 7)) + b"\xff\xff",
        HEADER + row(("q", 7), ("i", 0)),
        HEADER + row(("i", 0), ("q", 7)) + b"\xff\xff",
    ],
    ids=["nothing", "no end", "too few", "cut off", "other columns"],
)
def test_rows_of_other_columns_are_refused(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"bytes|size"):
        unpacked(sent, TASKS)
