"""A full disk where logs are published: the older log stays whole, nothing newer is proven, all comes out once there is room."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from database import Copy
from evenhand.bootstrap import open_log_keeper
from evenhand.core.errors import StorageFull
from evenhand.ledger.checkpoint import read_checkpoint
from evenhand.ledger.keeping import LogKeeper
from evenhand.ledger.note import read_note
from web import web_of
from world import Organization, Project, World, world_on

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system of its own")


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of a megabyte, real to whoever writes to it."""
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "tmpfs", folder], check=True)
        yield Path(folder)
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
async def world(newest_copy: Copy, small_disk: Path) -> AsyncIterator[World]:
    """A world whose blobs, logs among them, lie on it."""
    async with world_on(newest_copy) as made:
        made.settings.data.mkdir(exist_ok=True)
        blobs = made.settings.data / "blobs"
        if blobs.exists():
            blobs.rmdir()
        blobs.symlink_to(small_disk)
        yield made


async def kept(world: World, keeper: LogKeeper) -> None:
    """Sequence and publish all there is."""
    while await keeper.sequence():
        pass
    world.clock.advance(seconds=11)
    while await keeper.publish():
        pass


async def receipts(script: httpx.AsyncClient, project: Project, task: object) -> list[bytes]:
    """The receipt of each look at a task."""
    looks = (await script.get(f"/projects/{project.id}/tasks/{task}/looks")).json()["items"]
    return [(await script.get(f"/ledger/entries/{each['entry_id']}/receipt")).content for each in looks]


async def published(script: httpx.AsyncClient, bank: Organization) -> int:
    """The size of the checkpoint that is served."""
    facts = (await script.get("/ledger")).json()
    path = httpx.URL(facts["log"]["url"]).path
    served = await script.get(f"http://evenhand.test{path}/checkpoint")
    return read_checkpoint(read_note(served.content).text).size


@pytest.mark.check(13)
async def test_a_full_disk_leaves_the_older_log_and_proves_nothing_newer(world: World, small_disk: Path) -> None:
    keeper = open_log_keeper(world.settings, world.services)
    bank = await world.organization()
    project = await bank.project(tasks=3)
    await project.answer(await bank.member())
    await kept(world, keeper)
    async with web_of(world) as web, web.script(bank.owner) as script:
        before = await published(script, bank)
        task = await project.answer(await bank.member())
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

        with pytest.raises(StorageFull):
            await kept(world, keeper)
        during = await published(script, bank), await receipts(script, project, task)
        filler.unlink()
        await kept(world, keeper)
        after = await published(script, bank), await receipts(script, project, task)
    await keeper.close()

    assert during[0] == before < after[0]
    assert all(b"evenhand receipt v1" in each for each in during[1]), "promised, and not yet proven"
    assert all(each.startswith(b"c2sp.org/tlog-proof@v1\n") for each in after[1])
    assert during[1]
