"""Whoever has left can be forgotten: the tree still verifies, and nothing that is stored opens the commitment any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
import pytest_asyncio
from ledger_world import read_log, state_of

from evenhand.bootstrap import open_log_keeper
from evenhand.core.errors import Conflict, NotFound
from evenhand.ledger.keeping import LogKeeper
from world import Organization, World, sabotage


@pytest_asyncio.fixture
async def keeper(own_world: World) -> AsyncIterator[LogKeeper]:
    """What keeps the logs of the world, moved by hand."""
    keeper = open_log_keeper(own_world.settings, own_world.services)
    yield keeper
    await keeper.close()


async def keep(world: World, keeper: LogKeeper) -> None:
    """Sequence and publish all there is."""
    while await keeper.sequence():
        pass
    world.clock.advance(seconds=11)
    await keeper.publish()


async def published(world: World, bank: Organization) -> list[bytes]:
    """The entries of the published log, which make its tree."""
    folder = world.settings.data / "blobs" / "ledger" / (await state_of(world.copy, bank.id))["opaque"]
    return read_log(folder)[1]


async def opens(world: World, bank: Organization, commitment: bytes) -> bool:
    """Whether anything that is stored still tells whom a commitment stands for."""
    async with world.superuser() as superuser:
        kept = await superuser.fetch("select salt, value from disclosure where organization_id = $1", bank.id)
        linked = await superuser.fetchval("select count(*) from membership where actor_commitment = $1", commitment)
    return bool(linked) or any(sha256(row["salt"] + row["value"].encode()).digest() == commitment for row in kept)


@pytest.mark.check(21)
async def test_what_was_erased_no_longer_opens_and_the_tree_still_verifies(own_world: World, keeper: LogKeeper) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=3)
    leaver = await bank.member()
    await project.answer(leaver)
    await keep(own_world, keeper)
    commitment = leaver.actor.actor_commitment
    before = await published(own_world, bank)
    members = own_world.services.people.members
    assert await opens(own_world, bank, commitment)

    await members.remove(bank.owner.actor, leaver.id)
    await members.erase_disclosures(bank.owner.actor, leaver.id)
    await keep(own_world, keeper)

    after = await published(own_world, bank)
    assert after[: len(before)] == before
    assert any(commitment.hex().encode() in each for each in before)
    assert not await opens(own_world, bank, commitment)
    assert f'"digest":"{commitment.hex()}"'.encode() in after[-1]
    assert b'"rule":"disclosures erased"' in after[-1]


async def test_members_and_strangers_are_not_erased(own_world: World) -> None:
    bank, rival = await own_world.organization(), await own_world.organization()
    member, theirs = await bank.member(), await rival.member()
    members = own_world.services.people.members

    with pytest.raises(Conflict):
        await members.erase_disclosures(bank.owner.actor, member.id)
    with pytest.raises(NotFound):
        await members.erase_disclosures(bank.owner.actor, theirs.id)
    assert await opens(own_world, rival, theirs.actor.actor_commitment)


@pytest.mark.saboteur(21)
async def test_an_erasure_that_leaves_the_disclosure_is_found(own_world: World) -> None:
    await sabotage(
        own_world.copy, "disclosures_erase", "delete from evenhand.disclosure d", "perform from evenhand.disclosure d"
    )
    bank = await own_world.organization()
    leaver = await bank.member()
    members = own_world.services.people.members

    await members.remove(bank.owner.actor, leaver.id)
    await members.erase_disclosures(bank.owner.actor, leaver.id)

    assert await opens(own_world, bank, leaver.actor.actor_commitment)
