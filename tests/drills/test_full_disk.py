"""A full disk: a clear error, nothing half-written, nothing shown without its record, and all goes on once there is room."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from database import Cluster
from evenhand.core.errors import PlatformError, StorageFull, Unavailable
from evenhand.ledger.grant import Grant
from evenhand.store.postgres import PostgresServer, find_binaries
from evenhand.vault.service import Sealed
from world import World, world_on

SIZE = "256m"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of a quarter of a gigabyte."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


@pytest.fixture
async def world(small_disk: Path) -> AsyncIterator[World]:
    """A world whose database lies on it."""
    server = PostgresServer(small_disk / "postgres", find_binaries(major=18), settings={"max_wal_size": "32MB"})
    address = server.start()
    try:
        copy = await Cluster(server, address, 18).clone()
        async with world_on(copy) as made:
            yield made
    finally:
        server.stop(patience_seconds=0)


class Room:
    """The space that is left, taken and given back."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"

    def take(self, leave_bytes: int) -> None:
        """All but so much."""
        free = os.statvfs(self._file.parent).f_bavail * os.statvfs(self._file.parent).f_frsize
        with self._file.open("ab") as file:
            for _ in range(max(0, free - leave_bytes) // 65536):
                file.write(bytes(65536))

    def give_back(self) -> None:
        """All of it."""
        self._file.unlink()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system of its own")


@pytest.mark.check(13)
@needs_root
async def test_a_full_disk_is_said_and_leaves_nothing_half_done(world: World, small_disk: Path) -> None:
    bank = await world.organization()
    people = await bank.members(3)
    project = await bank.project(tasks=400, opinions=3)
    opened: list[Grant] = []
    vault_open = world.services.vault.open

    async def watched(grant: Grant, sealed: list[Sealed]) -> list[bytes]:
        opened.append(grant)
        return await vault_open(grant, sealed)

    world.services.vault.open = watched  # type: ignore[method-assign,assignment]
    room = Room(small_disk)
    room.take(leave_bytes=3 << 20)
    rows = [{"inputs": {"text": f"A long letter {number}. " + "x" * 3000}} for number in range(400)]
    before = len(await project.task_ids())
    said: list[type[BaseException]] = []
    acknowledged: dict[tuple[object, object], str] = {}

    for number in range(40):
        person = people[number % 3]
        try:
            if number % 4 == 3:
                await project.add_rows(rows, "Large")
            else:
                task = await project.take(person)
                result = await project.submit(person, task)
                acknowledged[task, person.id] = result["annotation_id"]
        except PlatformError as error:
            said.append(type(error))
            if number > 8 and len(said) > 3:
                break

    print(f"\n{len(acknowledged)} answers acknowledged, then {[each.__name__ for each in said]}")
    assert said, "the disk was never full"
    assert set(said) <= {StorageFull, Unavailable}, said
    room.give_back()
    for _ in range(600):
        try:
            async with world.superuser() as connection:
                await connection.fetchval("select 1")
                break
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)  # it recovers
    books = await project.books()
    assert books.unbalanced == []
    assert books.overanswered == []
    assert (len(books.rows) - before) % 400 == 0, "a chunk goes in whole or not at all"
    async with world.superuser() as connection:
        kept = await connection.fetch("select task_id, person_id, annotation_id from annotation")
        places = await connection.fetch("select xid::text || '.' || id as place from ledger_inbox")
    answers = {((row["task_id"], row["person_id"]), str(row["annotation_id"])) for row in kept}
    assert set(acknowledged.items()) <= answers
    assert {grant.id for grant in opened} <= {row["place"] for row in places}, "something was opened without its record"
    assert (await project.claim(people[0]))["status"] == "ok"
