"""`kill -9` of whoever decides, at points of a round and at random moments: each task is decided once, and all of it replays."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from replaying_decisions import decisions_of, replayed_otherwise

from database import Copy
from evenhand.store.clock import SystemClock
from evenhand.vault.keyfile import make_key_file, write_durably
from world import Member, Project, World, sabotage, world_on

PROGRAM = Path(__file__).with_name("deciding_process.py")
LEAST, MOST = 2, 5
POINTS = ["after stage_decide"]
MORE_POINTS = ["after votes_on", "before stage_decide", "before add_fit", "after forget_fits", "after end_sweep"]


@pytest.fixture
async def living(newest_copy: Copy) -> AsyncIterator[World]:
    """A world in which time passes, whose keys another process may read."""
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as folder:
        key_file = Path(folder) / "test.key"
        write_durably(key_file, make_key_file().as_json())
        async with world_on(newest_copy, clock=SystemClock(), key_file=key_file) as made:
            yield made


async def started(world: World, killed: str | None = None) -> subprocess.Popen[bytes]:
    """A decider, once it is ready."""
    settings = {
        "data": str(world.settings.data),
        "key_file": str(world.settings.key_file),
        "database_url": world.copy.app_url,
        "database_owner_url": world.copy.owner_url,
        "database_sequencer_url": world.copy.sequencer_url,
        "log_domain": world.settings.log_domain,
        "pool_size": 4,
    }
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, str(PROGRAM), json.dumps(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **({"KILLED": killed} if killed else {})},
    )
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == b"ready\n"
    return process


async def ended(process: subprocess.Popen[bytes], patience_seconds: float = 0.0) -> int:
    """How a decider ended, by itself within some seconds or killed."""
    try:
        code = await asyncio.to_thread(process.wait, patience_seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        code = await asyncio.to_thread(process.wait, 20)
    assert process.stdout is not None
    process.stdout.close()
    return code


async def crowd(world: World, tasks: int, people: int) -> tuple[Project, list[Member]]:
    """A project with adaptive opinions, and who answers."""
    bank = await world.organization()
    project = await bank.project(tasks=tasks, opinions=LEAST, opinions_max=MOST, sure=0.9)
    return project, await bank.members(people)


async def answering(project: Project, people: Sequence[Member], seed: int, patience_seconds: float) -> None:
    """Everybody answers whatever they are dealt until all is done: even tasks are yes, and one of four errs."""
    chance = random.Random(seed)
    places = {str(id_): place for place, id_ in enumerate(await project.task_ids())}

    async def one(person: Member) -> None:
        while True:
            dealt = await project.claim(person)
            if dealt["status"] == "ok":
                task = dealt["assignment"]["task_id"]
                is_yes = (places[task] % 2 == 0) == (chance.random() < 0.75)
                await project.submit(person, UUID(task), "yes" if is_yes else "no")
            elif await is_done(project):
                return
            else:
                await asyncio.sleep(0.05)

    await asyncio.wait_for(asyncio.gather(*(one(person) for person in people)), patience_seconds)


async def is_done(project: Project) -> bool:
    """Whether every task is decided for good."""
    async with project.world.superuser() as connection:
        left = await connection.fetchval(
            "select count(*) from task t left join task_stage s using (organization_id, task_id)"
            " where t.project_id = $1 and s.place is distinct from 'done'",
            project.id,
        )
    return left == 0


async def wrong(project: Project) -> list[str]:
    """What is not as it must be, in words."""
    made = await decisions_of(project)
    found = [f"a decision does not replay: {each}" for each in await replayed_otherwise(project, made)]
    books = await project.books()
    if books.unbalanced or books.overanswered:
        found.append("the books do not balance")
    for row in books.rows:
        mine = [each for each in made if each["task_id"] == row["task_id"]]
        if [each["no"] for each in mine] != list(range(1, len(mine) + 1)):
            found.append("a decision is missing, or was made twice")
        if [each["to_place"] for each in mine].count("done") != 1 or mine[-1]["to_place"] != "done":
            found.append("a task was not decided once, at last")
        if row["got"] != LEAST + sum(each["opinions"] for each in mine):
            found.append("a task has other opinions than were asked for")
    return found


async def killed(
    project: Project,
    people: Sequence[Member],
    kills: int,
    seed: int,
    within_seconds: float,
    patience_seconds: float = 300,
) -> int:
    """So many kills at random moments while people answer, then peace until all is decided; how many hit before that."""
    chance = random.Random(seed)
    answers = asyncio.create_task(answering(project, people, seed, patience_seconds))
    hits = 0
    while hits < kills and not answers.done():
        process = await started(project.world)
        await asyncio.sleep(chance.random() * within_seconds)
        assert await ended(process) == -signal.SIGKILL
        hits += not answers.done()
    process = await started(project.world)
    try:
        await answers
    finally:
        await ended(process)
    return hits


@pytest.mark.parametrize(
    "point",
    [*POINTS, *(pytest.param(each, marks=pytest.mark.drill) for each in MORE_POINTS)],
    ids=lambda each: each.replace(" ", "-"),
)
async def test_killed_at_a_point_of_a_round_it_decides_each_task_once_when_it_comes_back(
    living: World, point: str
) -> None:
    project, people = await crowd(living, tasks=5, people=5)
    answers = asyncio.create_task(answering(project, people, seed=3, patience_seconds=300))
    first = await started(living, killed=point)

    code = await ended(first, patience_seconds=60)
    second = await started(living)
    try:
        await answers
    finally:
        await ended(second)

    assert code == -signal.SIGKILL
    assert await wrong(project) == []


@pytest.mark.parametrize(
    ("kills", "tasks"), [(2, 10), pytest.param(60, 600, marks=pytest.mark.drill)], ids=["few", "many"]
)
async def test_killed_at_random_moments_it_decides_each_task_once_and_all_of_it_replays(
    living: World, kills: int, tasks: int
) -> None:
    project, people = await crowd(living, tasks, people=6)

    hits = await killed(project, people, kills, seed=11, within_seconds=0.5, patience_seconds=30 * kills + 60)

    assert hits >= kills // 2
    assert await wrong(project) == []


async def test_opinions_that_no_decision_asked_for_are_seen(living: World) -> None:
    await sabotage(living.copy, "stage_decide", "set opinions = p_opinions", "set opinions = 0")
    project, people = await crowd(living, tasks=3, people=5)

    await killed(project, people, kills=0, seed=5, within_seconds=0.0)

    assert "a task has other opinions than were asked for" in await wrong(project)
