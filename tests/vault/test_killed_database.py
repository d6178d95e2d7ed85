"""No record, no data, while the database is killed: before a look is committed, after it, and again and again under load.

Every process of the server is killed at once, so that what it had not written is gone, as with a machine that loses power.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from lending import sealed_task

from database import Cluster
from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Purpose
from evenhand.ledger.grant import Grant
from evenhand.store import database as store
from evenhand.store.postgres import PostgresServer, find_binaries, processes
from evenhand.vault.sealing import Kind, seal
from evenhand.vault.service import Sealed, Vault
from world import Project, World, world_on

SEALED_MORE_BYTES = len(seal(bytes(32), b"", b""))


class Killed:
    """A server of the test's own that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.server = PostgresServer(folder / "postgres", find_binaries(major=18))
        self.cluster = Cluster(self.server, self.server.start(), 18)

    @property
    def processes(self) -> list[int]:
        """All of its processes."""
        return processes.workers_in(self.server.layout.cluster)

    def kill(self) -> None:
        """All at once, the postmaster first, so that no process has time to write what it holds."""
        assert self.server.pid is not None
        for pid in (self.server.pid, *self.processes):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it went with the postmaster
        deadline = time.monotonic() + 20
        while self.server.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    async def back(self) -> None:
        """Start it again, and wait until it has recovered."""
        assert await asyncio.to_thread(self.server.start) == self.cluster.address

    def stop_writing_ahead(self) -> None:
        """Stop the process that writes the log of commits nobody waits for, which would else come by five times a second."""
        named = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in self.processes}
        [writer] = [pid for pid, name in named.items() if b"walwriter" in name]
        os.kill(writer, signal.SIGSTOP)


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o755)
    made = Killed(folder)
    yield made
    made.server.stop(patience_seconds=0)
    shutil.rmtree(folder)


@dataclass
class Door:
    """What came out of the vault: for which grant, of which object, how many bytes of which kind."""

    released: list[tuple[str, UUID, Kind, int]] = field(default_factory=list)

    @property
    def byte_count(self) -> int:
        """All of it."""
        return sum(size for *_, size in self.released)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made, real = Door(), Vault.open

    async def watched(self: Vault, grant: Grant, sealed: list[Sealed]) -> list[bytes]:
        contents = await real(self, grant, sealed)
        made.released += [
            (grant.id, each.granted_as, each.kind, len(content)) for each, content in zip(sealed, contents, strict=True)
        ]
        return contents

    monkeypatch.setattr(Vault, "open", watched)
    return made


@pytest_asyncio.fixture
async def make_world(killed: Killed) -> AsyncIterator[Callable[..., Any]]:
    """Worlds on databases of the server."""
    opened: list[Any] = []

    async def made(*setting: str) -> World:
        copy = await killed.cluster.clone()
        async with copy.connect() as superuser:
            for each in setting:
                await superuser.execute(f"alter database {copy.name} set {each}")
        context = world_on(copy, pool_size=8)
        opened.append(context)
        return await context.__aenter__()

    yield made
    for context in opened:
        await context.__aexit__(None, None, None)


async def at_last(verb: Callable[[], Awaitable[Any]]) -> Any:
    """What a verb comes to once the connections that died with the server are replaced."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await verb()
            except PlatformError:
                await asyncio.sleep(0.05)


async def places(world: World) -> dict[str, tuple[set[UUID], str | None]]:
    """Every entry by its place: the objects it names, and what was decided."""
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select xid::text || '.' || id as place, object_id, object_ids, decision from ledger_inbox"
        )
    return {
        row["place"]: ({*(row["object_ids"] or ()), *([row["object_id"]] if row["object_id"] else ())}, row["decision"])
        for row in rows
    }


async def grant_for(world: World, project: Project) -> tuple[Grant, Sealed]:
    """A look at the first task, on record, and the row that it opens."""
    task = (await project.task_ids())[0]
    grant = await world.services.grants.to_software(project.organization.id, Purpose.CHECK, [task])
    return grant, await sealed_task(world, project, task)


# ---------------------------------------------------------------------------------------------- between grant and release --
@pytest.mark.check(13)
async def test_killed_between_the_grant_and_the_release_nothing_is_released_until_its_entry_can_be_read_again(
    make_world, killed: Killed, door: Door
):
    world: World = await make_world()
    project = await (await world.organization("Bank")).project(1)
    grant, sealed = await grant_for(world, project)
    world.services.vault._kept.clear()
    door.released = []

    killed.kill()
    with pytest.raises(PlatformError):
        await world.services.vault.open_one(grant, sealed)
    while_dead = door.byte_count
    await killed.back()
    content = await at_last(lambda: world.services.vault.open_one(grant, sealed))

    assert while_dead == 0
    assert grant.id in await places(world)
    assert door.released == [(grant.id, sealed.object_id, Kind.TASK, len(content))]


@pytest.mark.check(13)
async def test_killed_before_the_look_is_committed_nothing_is_released_and_nothing_recorded(
    make_world, killed: Killed, door: Door
):
    world: World = await make_world()
    bank = await world.organization("Bank")
    project, ana = await bank.project(1), await bank.member()
    before, door.released = await places(world), []
    blocking = await asyncpg.connect(world.copy.superuser_url)
    await blocking.execute("begin; lock table evenhand.ledger_inbox in share mode")  # nobody's entry goes in

    claiming = asyncio.create_task(project.claim(ana))
    async with world.superuser() as connection, asyncio.timeout(60):
        while not await connection.fetchval(
            "select exists (select from pg_locks where not granted and relation = 'evenhand.ledger_inbox'::regclass)"
        ):
            await asyncio.sleep(0.02)
    killed.kill()
    with pytest.raises(PlatformError):
        await claiming
    blocking.terminate()
    await killed.back()

    assert door.byte_count == 0
    assert await places(world) == before
    assert (await at_last(lambda: project.claim(ana)))["status"] == "ok"


# --------------------------------------------------------------------------------------------------- a record that lasts --
async def released_then_killed(world: World, killed: Killed, door: Door) -> bool:
    """Release a task, and kill the server in the same moment; whether the entry of the look is there when it is back."""
    project = await (await world.organization("Bank")).project(1)
    async with world.superuser() as connection:
        await connection.execute("checkpoint")
    killed.stop_writing_ahead()
    door.released = []

    grant, sealed = await grant_for(world, project)
    await world.services.vault.open_one(grant, sealed)
    killed.kill()
    await killed.back()

    assert door.byte_count > 0
    return grant.id in await places(world)


@pytest.mark.check(13)
async def test_what_was_released_is_on_record_after_the_server_was_killed_whatever_its_operator_set(
    make_world, killed: Killed, door: Door
):
    """A PostgreSQL of one's own may be told not to wait for its disk. For looks it waits all the same."""
    world: World = await make_world("synchronous_commit = off")

    assert await released_then_killed(world, killed, door)


@pytest.mark.saboteur(13)
async def test_the_saboteur_without_waiting_for_the_disk_a_look_would_be_released_of_which_nothing_is_known(
    make_world, killed: Killed, door: Door, monkeypatch: pytest.MonkeyPatch
):
    without = {name: value for name, value in store._SESSION_SETTINGS.items() if name != "synchronous_commit"}
    monkeypatch.setattr(store, "_SESSION_SETTINGS", without)
    world: World = await make_world("synchronous_commit = off")

    assert not await released_then_killed(world, killed, door)


# ------------------------------------------------------------------------------------------------------------ under load --
async def label(project: Project, who: Any, stop: asyncio.Event) -> None:
    """Label until told to stop, or until nothing is left; what fails is tried again."""
    while not stop.is_set():
        try:
            dealt = await project.claim(who)
            if dealt["status"] != "ok":
                return
            await project.submit(who, UUID(dealt["assignment"]["task_id"]))
        except PlatformError:
            await asyncio.sleep(0.02)


@pytest.mark.check(13)
async def test_killed_again_and_again_under_load_every_released_byte_is_of_an_object_that_an_entry_names(
    make_world, killed: Killed, door: Door
):
    world: World = await make_world()
    bank = await world.organization("Bank")
    people, project = await bank.members(3), await bank.project(120)
    stop = asyncio.Event()
    labeling = [asyncio.create_task(label(project, each, stop)) for each in people]

    for number in range(1, 4):
        async with asyncio.timeout(60):
            while len(door.released) < 10 * number:
                await asyncio.sleep(0.01)
        killed.kill()
        await killed.back()
    stop.set()
    await asyncio.gather(*labeling)

    recorded = await places(world)
    async with world.superuser() as connection:
        rows = await connection.fetch("select task_id, octet_length(sealed) as bytes from task")
    sizes = {row["task_id"]: row["bytes"] - SEALED_MORE_BYTES for row in rows}
    unrecorded = [
        (place, object_id)
        for place, object_id, *_ in door.released
        if place not in recorded or object_id not in recorded[place][0] or recorded[place][1] == "deny"
    ]
    tasks = [(object_id, size) for _, object_id, kind, size in door.released if kind is Kind.TASK]
    assert unrecorded == []
    assert tasks
    assert [size for _, size in tasks] == [sizes[object_id] for object_id, _ in tasks]
