"""On the quality page a vendor has its name of the public register, where its people work and for whoever may read the register."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from parties import Scene, entity

from database import Copy
from world import Member, Organization, sabotage, world_on


@pytest.fixture
async def scene(newest_copy: Copy) -> AsyncIterator[Scene]:
    """An installation of its own, whose functions may be changed and whose votes may be swept."""
    async with world_on(newest_copy) as world:
        yield await Scene.of(world)


async def named_here(scene: Scene, customer: Organization) -> dict[UUID, str | None]:
    async with scene.world.services.database.tenant(customer.id) as connection:
        rows = await connection.fetch("select organization_id, name from vendors_here()")
    return {row["organization_id"]: row["name"] for row in rows}


async def test_a_vendor_has_its_name_of_the_public_register_where_its_people_work(scene: Scene) -> None:
    world = scene.world
    vendor, elsewhere = await scene.vendor("north"), await scene.vendor("south")
    nameless = await world.organization("East", "vendor")
    await scene.file(*(entity(scene.name(word), f"Words {word} Ltd") for word in ("north", "south")))
    lab, other = await scene.customer("lab"), await scene.customer("other")
    project = await lab.project(2, opinions=3)
    people = [*await scene.works(vendor, lab), *await scene.works(nameless, lab), await lab.member()]
    await scene.works(elsewhere, other)
    for person in people:
        for label in ("yes", "no"):
            await project.answer(person, label)
    while await world.relay.tell() or await world.services.sweeper.sweep():
        pass
    key = await world.with_key(lab.id, lab.owner.id, lab.owner.email, ["quality.read", "project.read"])

    async def names(who: Member) -> dict[str, str | None]:
        told = await world.services.insight.quality.question(who.actor, project.id, "label")
        return {each["subject"]: each["name"] for each in told["slices"] if each["dimension"] == "vendor"}

    found = await names(lab.owner)

    assert found == {str(vendor.id): "Words north Ltd", str(nameless.id): None, str(lab.id): None}
    assert await names(key) == dict.fromkeys(found), "it may not read the register"
    assert await named_here(scene, lab) == {vendor.id: "Words north Ltd", nameless.id: None}


async def test_without_its_condition_a_customer_would_learn_who_works_for_others(scene: Scene) -> None:
    vendor = await scene.vendor("north")
    lab, other = await scene.customer("lab"), await scene.customer("other")
    await scene.works(vendor, other)
    assert await named_here(scene, lab) == {}

    await sabotage(
        scene.world.copy, "vendors_here", "m.organization_id = current_setting('evenhand.organization')::uuid and", ""
    )

    assert vendor.id in await named_here(scene, lab)
