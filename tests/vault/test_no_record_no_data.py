"""No record, no data: when the record cannot be written or the key service does not answer, not a byte is released."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from lending import CountedKey, lend, rewrap

from database import Copy
from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Purpose
from evenhand.vault import service
from evenhand.vault.key_service import Asking, KeyServiceUnavailable
from world import Organization, Project, World, world_on

FAILURES = (PlatformError, asyncpg.PostgresError, OSError)


class Door:
    """Counts what comes out of the vault."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.released = 0
        real = service._open_one

        def watched(*given: Any) -> bytes:
            content = real(*given)
            self.released += len(content)
            return content

        monkeypatch.setattr(service, "_open_one", watched)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


@pytest_asyncio.fixture
async def own(newest_copy: Copy) -> AsyncIterator[World]:
    async with world_on(newest_copy, pool_size=8) as made:
        yield made


async def entries(world: World) -> int:
    async with world.superuser() as connection:
        return await connection.fetchval("select count(*) from ledger_inbox")


async def read_only_inbox(world: World, is_on: bool) -> None:
    verb = "revoke insert on ledger_inbox from" if is_on else "grant insert on ledger_inbox to"
    async with world.superuser() as connection:
        await connection.execute(f"{verb} evenhand_work, evenhand_sweep, evenhand_wall")


@pytest.mark.check(13)
async def test_when_the_record_is_read_only_nothing_is_released(own: World, door: Door):
    bank = await own.organization("Bank")
    project = await bank.project(2)
    ana = await bank.member()
    task = (await project.task_ids())[0]
    await read_only_inbox(own, True)
    before, door.released = await entries(own), 0

    for way in (
        lambda: project.claim(ana),
        lambda: own.services.work.browsing.task(bank.owner.actor, project.id, task),
        lambda: own.services.grants.to_software(bank.id, Purpose.CHECK, [task]),
    ):
        with pytest.raises(FAILURES):
            await way()

    assert (door.released, await entries(own)) == (0, before)


@pytest.mark.saboteur(13)
async def test_the_saboteur_with_the_record_writable_the_same_looks_are_released_and_recorded(own: World, door: Door):
    bank = await own.organization("Bank")
    project = await bank.project(2)
    ana = await bank.member()
    await read_only_inbox(own, True)
    await read_only_inbox(own, False)
    before, door.released = await entries(own), 0

    await project.take(ana)

    assert door.released > 0
    assert await entries(own) > before


class SlowKey(CountedKey):
    """A key service that answers nothing for longer than anybody waits."""

    is_slow = False

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        if self.is_slow:
            await asyncio.sleep(60)
        return await super().unwrap(wrapped, bound_to, asking)


@pytest_asyncio.fixture
async def slow(own: World) -> tuple[Organization, Project, SlowKey]:
    bank = await own.organization("Bank")
    key = SlowKey(os.urandom(32))
    lend(own, bank, bank=key)
    own.services.vault._holder._services.named(bank.id, "bank")._call_seconds = 0.3  # type: ignore[attr-defined]
    project = await bank.project(2)
    await own.services.key_policies.choose(bank.owner.actor, "hold", "bank")
    await rewrap(own, bank)
    own.services.vault._kept.clear()
    return bank, project, key


@pytest.mark.check(13)
async def test_while_its_key_service_hangs_nothing_of_a_customer_is_released(
    own: World, slow: tuple[Organization, Project, SlowKey], door: Door
):
    bank, project, key = slow
    ana = await bank.member()
    own.services.vault._kept.clear()
    key.is_slow = True
    before, door.released = await entries(own), 0

    with pytest.raises(KeyServiceUnavailable) as refused:
        await project.claim(ana)

    assert refused.value.code == "key-service-unavailable"
    assert door.released == 0
    assert await entries(own) > before, "the look that was granted is on record, though nothing came of it"


async def test_while_a_key_service_hangs_others_work_on_and_the_server_is_ready(
    own: World, slow: tuple[Organization, Project, SlowKey]
):
    """Forty openings wait for the service, five times as many as there are connections; somebody else labels meanwhile."""
    bank, project, key = slow
    rival = await own.organization("Rival")
    theirs, bo = await rival.project(3), await rival.member()
    tasks = await project.task_ids()
    grant = await own.services.grants.to_software(bank.id, Purpose.CHECK, tasks)
    own.services.vault._kept.clear()
    key.is_slow = True
    async with own.superuser() as connection:
        chunks = await connection.fetch("select distinct chunk_key_id from task where project_id = $1", project.id)

    waiting = [
        asyncio.create_task(own.services.vault._unwrapped(bank.id, {chunks[0]["chunk_key_id"]}, grant))
        for _ in range(40)
    ]
    await asyncio.sleep(0)
    for _ in range(3):
        await theirs.answer(bo)
    async with own.services.database.statement() as connection:
        ready = await connection.fetchval("select 1")
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert ready == 1
    assert {type(each) for each in answers} == {KeyServiceUnavailable}
    assert (await theirs.books()).total("answers") == 3


async def test_a_release_waits_for_its_key_service_and_no_other_waits_with_it(
    own: World, slow: tuple[Organization, Project, SlowKey]
):
    bank, project, key = slow
    rival = await own.organization("Rival")
    theirs = await rival.project(1)
    own.services.vault._kept.clear()
    releases = own.services.releases
    ours = await releases.create(bank.owner.actor, project.id, "", "all")
    own.clock.advance(seconds=1)
    other = await releases.create(rival.owner.actor, theirs.id, "", "all")
    own.services.vault._kept.clear()
    key.is_slow = True

    await own.services.builder.build_waiting()
    async with own.superuser() as connection:
        ids = [UUID(ours["id"]), UUID(other["id"])]
        found = dict(await connection.fetch("select release_id, state from release where release_id = any($1)", ids))
    key.is_slow = False
    await asyncio.sleep(2.1)  # the service is left in peace for so long
    await own.services.builder.build_waiting()

    assert [found[each] for each in ids] == ["building", "ready"]
    assert (await releases.get(bank.owner.actor, UUID(ours["id"])))["state"] == "ready"
