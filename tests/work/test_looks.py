"""Nothing is opened without a committed entry (invariant 3): every grant shown to the vault is on record by then, and covers it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from database import Copy
from evenhand.ledger.actions import Purpose
from evenhand.ledger.grant import OBJECTS_MAX, Grant
from evenhand.vault.sealing import Kind
from evenhand.vault.service import NotGranted, Sealed, Vault
from evenhand.work.browsing import TaskFilter
from world import World, world_on


class Witness:
    """Stands at the door: looks every grant up on a connection of its own before anything is opened."""

    def __init__(self, vault: Vault, connection: asyncpg.Connection) -> None:
        self._open = vault.open
        self._connection = connection
        self.seen: list[tuple[Purpose, int]] = []
        self.unrecorded: list[Grant] = []
        vault.open = self.open  # type: ignore[method-assign]

    async def open(self, grant: Grant, sealed: Sequence[Sealed]) -> list[bytes]:
        """Like the vault's; the entry of the grant must be committed, allow, and name every object."""
        xid, _, id_ = grant.id.partition(".")
        row = await self._connection.fetchrow(
            "select organization_id, decision, purpose, object_id, object_ids from ledger_inbox"
            " where xid = $1::text::xid8 and id = $2",
            xid,
            int(id_),
        )
        named = {row["object_id"], *(row["object_ids"] or ())} if row else set()
        is_recorded = (
            row is not None
            and (row["organization_id"], row["decision"], row["purpose"])
            == (grant.organization_id, "allow", grant.purpose)
            and {each.granted_as for each in sealed} <= named
        )
        if not is_recorded:
            self.unrecorded.append(grant)
        self.seen.append((grant.purpose, len(sealed)))
        return await self._open(grant, sealed)


async def everything(world: World) -> None:
    """One of everything that reads content, in one customer's day."""
    services = world.services
    bank = await world.organization()
    ana, ben = await bank.members(2)
    project = await bank.project(tasks=6, opinions=2, guideline="# Read me")
    owner, labeling, browsing = bank.owner.actor, services.work.labeling, services.work.browsing
    for person in (ana, ben):
        await services.work.guidelines.consent(person.actor, project.id, 1)
    first = await project.take(ana)
    await labeling.save_draft(ana.actor, project.id, first, [{"question": "label", "value": "yes"}], 1)
    await project.claim(ana)
    await services.work.remarks.remark(ana.actor, project.id, first, "comment", "What is this?", None)
    await services.work.remarks.comments(ana.actor, project.id, first)
    await project.submit(ana, first, next_=True)
    await labeling.reopen(ana.actor, project.id, first)
    await project.submit(ana, first, "no")
    await project.answer(ben)
    await labeling.my_answers(ana.actor, project.id, None, 50)
    await services.work.own_answers.one(ana.actor, project.id, first, None)
    await services.work.projects.my_work(ana.actor)
    await services.work.projects.page(owner, None, None, 50)
    await services.work.versions.ontology(owner, project.id)
    await services.work.guidelines.get(owner, project.id)
    await services.work.projects.clone(owner, project.id, "Copy")
    await browsing.tasks(owner, project.id, TaskFilter(), None, 50)
    await browsing.task(owner, project.id, first)
    await browsing.batches(owner, project.id)
    await services.insight.insight.progress(owner, project.id)
    await services.people.members.listed(owner)
    await services.people.members.self_facts(ana.actor)
    await services.people.keys.listed(owner)
    await services.people.members.organization(bank.id)
    release = await services.releases.create(owner, project.id, "A note", "all")
    await services.builder.build(bank.id, UUID(release["id"]))
    size, content = await services.releases.file(owner, UUID(release["id"]), "labels.jsonl")
    assert len(b"".join([block async for block in content])) == size


@pytest.fixture
async def connection(own_world: World) -> AsyncIterator[asyncpg.Connection]:
    async with own_world.superuser() as made:
        yield made


async def test_every_reader_shows_a_grant_that_is_committed_and_names_what_it_opens(
    own_world: World, connection: asyncpg.Connection
) -> None:
    witness = Witness(own_world.services.vault, connection)

    await everything(own_world)

    assert witness.unrecorded == []
    looked = {purpose for purpose, _ in witness.seen}
    assert {"label", "reopen", "browse", "directory", "check", "release", "download"} <= looked
    assert max(count for _, count in witness.seen) <= OBJECTS_MAX


async def test_a_grant_whose_entry_was_rolled_back_is_noticed(newest_copy: Copy) -> None:
    async with world_on(newest_copy) as world, world.superuser() as connection:
        bank = await world.organization()
        project = await bank.project(tasks=1)
        [task] = await project.task_ids()
        witness = Witness(world.services.vault, connection)
        await project.take(await bank.member())
        assert witness.unrecorded == []

        # The same look, with its entry taken away before the door opens.
        grant = await world.services.grants.to_software(bank.id, Purpose.CHECK, [task])
        await connection.execute("delete from ledger_inbox where xid::text || '.' || id = $1", grant.id)
        async with world.services.database.tenant(bank.id) as tenant:
            row: Any = await tenant.fetchrow("select * from task where task_id = $1", task)
        sealed = Sealed(bank.id, project.id, task, Kind.TASK, row["chunk_key_id"], row["sealed"])
        assert json.loads((await world.services.vault.open(grant, [sealed]))[0])["inputs"]
        assert witness.unrecorded == [grant]


async def test_a_grant_opens_what_it_names_and_nothing_else(world: World) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=2)
    first, second = await project.task_ids()
    grant = await world.services.grants.to_person(bank.owner.actor, Purpose.BROWSE, [first])
    async with world.services.database.tenant(bank.id) as tenant:
        row = await tenant.fetchrow("select * from task where task_id = $1", second)
    sealed = Sealed(bank.id, project.id, second, Kind.TASK, row["chunk_key_id"], row["sealed"])

    with pytest.raises(NotGranted):
        await world.services.vault.open(grant, [sealed])
