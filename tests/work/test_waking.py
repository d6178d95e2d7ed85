"""What the worker's rounds are woken by: an installation in which nothing happens asks nothing but whether anything did."""

from __future__ import annotations

import asyncio

from evenhand.work.relay import Relay, Woken, run_rounds
from stage_verbs import REVIEW_ALL
from world import Organization, Project, World


class Counting:
    """A step that counts how often it ran."""

    def __init__(self) -> None:
        self.count = 0
        self.ran = asyncio.Event()

    async def __call__(self) -> bool:
        self.count += 1
        self.ran.set()
        return False


def woken_by(world: World) -> tuple[Relay, Woken, Woken]:
    """A relay, what it wakes for a decision, and what it wakes for events; neither looks by itself."""
    undecided, events = (Woken("undecided", Counting(), 3600), Woken("events", Counting(), 3600))
    return Relay(world.services.database, world.clock, woken=[undecided, events]), undecided, events


async def answered(bank: Organization, **workflow: object) -> Project:
    project = await bank.project(tasks=1, **workflow)
    await project.answer(await bank.member())
    return project


async def test_an_answer_wakes_what_reads_answers_and_no_decision_where_none_is_to_be_made(own_world: World) -> None:
    await answered(await own_world.organization())
    relay, undecided, events = woken_by(own_world)

    await relay.tell()
    assert (undecided.bell.is_set(), events.bell.is_set()) == (False, True)

    events.bell.clear()
    await relay.tell()
    assert not events.bell.is_set()


async def test_what_waits_for_a_decision_wakes_it_although_a_long_writer_holds_the_events_back(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    relay, undecided, events = woken_by(own_world)
    while await relay.tell():
        pass
    events.bell.clear()

    async with own_world.superuser() as writer, writer.transaction():
        await writer.execute("select pg_current_xact_id()")
        await answered(bank, **REVIEW_ALL)
        await relay.tell()

    assert (undecided.bell.is_set(), events.bell.is_set()) == (True, False)


async def test_a_step_runs_when_it_is_woken_and_otherwise_when_its_time_has_come(own_world: World) -> None:
    waits, looks = Woken("undecided", Counting(), 3600), Woken("undecided", Counting(), 0.01)
    task = asyncio.create_task(run_rounds([], [waits, looks]))
    try:
        await asyncio.wait_for(looks.step.ran.wait(), 60)  # type: ignore[attr-defined]
        assert waits.step.count == 0  # type: ignore[attr-defined]

        waits.bell.set()
        await asyncio.wait_for(waits.step.ran.wait(), 60)  # type: ignore[attr-defined]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert waits.step.count == 1  # type: ignore[attr-defined]
