"""A ciphertext that was moved or changed does not open, and the log of the organization where it was seen says so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from prometheus_client.registry import REGISTRY

from evenhand.ledger.actions import Purpose
from evenhand.vault.alarms import Alarms
from evenhand.vault.sealing import DoesNotOpen
from world import Organization, Project, World


async def swap(one: Project, other: Project) -> tuple[UUID, UUID]:
    """Somebody with the database exchanges what two tenants' tasks hold; the two tasks."""
    [task], [theirs] = await one.task_ids(), await other.task_ids()
    async with one.world.superuser() as connection:
        sealed = dict(
            await connection.fetch("select task_id, sealed from task where task_id = any($1)", [task, theirs])
        )
        for here, there in ((task, theirs), (theirs, task)):
            await connection.execute("update task set sealed = $2 where task_id = $1", here, sealed[there])
    return task, theirs


async def alarms(world: World, organization: Organization) -> list[Any]:
    async with world.superuser() as connection:
        return await connection.fetch(
            "select object_id, decision, action from ledger_inbox where organization_id = $1 and rule = 'does-not-open'",
            organization.id,
        )


def counted() -> float:
    return REGISTRY.get_sample_value("evenhand_does_not_open_total") or 0.0


async def look(project: Project, task: UUID) -> Any:
    return await project.world.services.work.browsing.task(project.owner.actor, project.id, task)


@pytest.fixture
async def swapped(world: World) -> tuple[Project, Project, UUID]:
    bank, rival = await world.organization("Bank"), await world.organization("Rival")
    ours, theirs = await bank.project(1), await rival.project(1)
    task, _ = await swap(ours, theirs)
    return ours, theirs, task


@pytest.mark.check(14)
async def test_a_row_swapped_between_tenants_does_not_open_and_is_an_alarm_where_it_was_seen(
    world: World, swapped: tuple[Project, Project, UUID]
):
    ours, theirs, task = swapped
    before = counted()

    with pytest.raises(DoesNotOpen):
        await look(ours, task)

    assert [tuple(each) for each in await alarms(world, ours.organization)] == [(task, "deny", 1)]
    assert await alarms(world, theirs.organization) == []
    assert counted() == before + 1


async def test_an_alarm_is_told_once_a_minute_however_often_somebody_looks(
    world: World, swapped: tuple[Project, Project, UUID]
):
    ours, _, task = swapped

    for _ in range(5):
        with pytest.raises(DoesNotOpen):
            await look(ours, task)

    assert len(await alarms(world, ours.organization)) == 1


async def test_an_alarm_is_no_look_that_covers_another(world: World, swapped: tuple[Project, Project, UUID]):
    ours, _, task = swapped
    with pytest.raises(DoesNotOpen):
        await look(ours, task)

    async with world.superuser() as connection:
        facts = await connection.fetchrow(
            "select g.* from ledger_inbox i, grant_facts(i.xid, i.id) g where i.object_id = $1 and i.rule = 'does-not-open'",
            task,
        )

    assert facts is None or facts["organization_id"] is None


@pytest.mark.saboteur(14)
async def test_the_saboteur_without_the_alarm_nobody_would_hear_of_it(
    world: World, swapped: tuple[Project, Project, UUID], monkeypatch: pytest.MonkeyPatch
):
    ours, _, task = swapped

    async def silent(*_: Any) -> None:
        return None

    monkeypatch.setattr(Alarms, "raise_", silent)
    with pytest.raises(DoesNotOpen):
        await look(ours, task)

    assert await alarms(world, ours.organization) == []


async def test_one_flipped_bit_is_an_alarm_too(world: World):
    bank = await world.organization("Bank")
    project = await bank.project(1)
    [task] = await project.task_ids()
    async with world.superuser() as connection:
        await connection.execute(
            "update task set sealed = set_bit(sealed, 200, 1 - get_bit(sealed, 200)) where task_id = $1", task
        )
    grant = await world.services.grants.to_software(bank.id, Purpose.CHECK, [task])

    with pytest.raises(DoesNotOpen):
        await look(project, task)

    assert len(await alarms(world, bank)) == 1
    assert grant
