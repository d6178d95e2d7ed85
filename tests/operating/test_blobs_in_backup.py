"""Files of tasks count against the quota of bytes, and go with a project whose days in the trash are over."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from PIL import Image

from evenhand.delivery.deletion import Deletion
from evenhand.ontology.presets import expand
from evenhand.work.model import ProjectSettings
from web import Web, web_of
from world import Organization, World


@pytest_asyncio.fixture
async def web(world: World) -> AsyncIterator[Web]:
    async with web_of(world) as made:
        yield made


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def pictures(bank: Organization) -> UUID:
    """A project that shows pictures."""
    ontology = expand("image-classification", {"labels": ["cat", "dog"]})
    made = await bank.world.services.work.projects.create(bank.owner.actor, "Pets", ontology, ProjectSettings())
    return UUID(made["id"])


def noise(width: int = 200) -> bytes:
    """A picture that does not compress."""
    file = io.BytesIO()
    Image.frombytes("RGB", (width, width), os.urandom(3 * width * width)).save(file, "PNG")
    return file.getvalue()


async def send(web: Web, bank: Organization, project: UUID, content: bytes) -> int:
    async with web.script(bank.owner) as client:
        headers = {"content-type": "image/png", "x-file-name": f"{os.urandom(4).hex()}.png"}
        answer = await client.post(f"/projects/{project}/images", content=content, headers=headers)
        return answer.status_code


async def objects(world: World) -> set[Path]:
    return {path for path in (world.settings.data / "blobs").rglob("*") if path.is_file()}


async def held(world: World, bank: Organization) -> int:
    return (await world.services.people.members.organization(bank.id))["usage"]["bytes"]


async def test_a_file_beyond_the_quota_of_bytes_is_refused_and_no_task_shows_it(
    world: World, web: Web, bank: Organization
):
    project, picture = await pictures(bank), noise()
    first = await send(web, bank, project, picture)
    async with world.superuser() as connection:
        change = "update organization set quota_bytes = $1 where organization_id = $2"
        await connection.execute(change, len(picture) + 50_000, bank.id)

    second = await send(web, bank, project, noise())

    assert first == 200
    assert second == 403
    assert len(picture) < await held(world, bank) < len(picture) + 50_000


async def test_the_objects_of_a_deleted_project_are_deleted_too(world: World, web: Web, bank: Organization):
    project = await pictures(bank)
    before = await objects(world)
    await send(web, bank, project, noise())
    stored = await objects(world) - before
    await world.services.work.projects.set_state(bank.owner.actor, project, "trashed")
    world.clock.advance(days=31)

    await Deletion(world.services.database, world.clock).delete_due()
    while await world.services.files.media.drop_unused():
        pass

    assert len(stored) == 1
    assert await objects(world) & stored == set()
    assert await held(world, bank) == 0
    async with world.superuser() as connection:
        assert await connection.fetchval("select count(*) from evenhand.media where organization_id = $1", bank.id) == 0
