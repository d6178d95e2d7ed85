"""The trash: thirty days to change one's mind, then nothing is left but what the ledger says; retention and old drafts."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from evenhand.core.errors import Conflict, NotFound
from evenhand.delivery.certificate import digest_of
from evenhand.delivery.deletion import Deletion
from evenhand.delivery.statement import open_envelope, public_key
from evenhand.ledger.actions import Purpose
from evenhand.vault.sealing import Kind
from evenhand.vault.service import KeyDestroyed, Sealed
from world import Organization, Project, World


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def filled(bank: Organization, tasks: int = 3) -> Project:
    """A project with answers, a comment, a draft, tags, guidelines and a release."""
    services = bank.world.services
    project = await bank.project(guideline="# Decide")
    await project.add_rows([{"inputs": {"text": f"Letter {n}"}, "tags": ["post"]} for n in range(tasks)])
    await services.work.guidelines.consent(bank.owner.actor, project.id, 1)
    await project.answer(bank.owner)
    release = await services.releases.create(bank.owner.actor, project.id, "First", "done")
    await services.builder.build(bank.id, UUID(release["id"]))
    return project


async def trash(project: Project) -> None:
    await project.world.services.work.projects.set_state(project.owner.actor, project.id, "trashed")


def deletion(world: World) -> Deletion:
    return Deletion(world.services.database, world.clock)


async def rows_that_name(world: World, project: Project, tasks: list[UUID]) -> dict[str, int]:
    """How many rows of each table hold the id of a project or of one of its tasks, the ledger's aside."""
    names = [str(project.id), *map(str, tasks)]
    found = {}
    async with world.superuser() as connection:
        tables = await connection.fetch(
            "select relname from pg_class where relnamespace = 'evenhand'::regnamespace and relkind in ('r', 'p')"
        )
        for table in (row["relname"] for row in tables):
            named = "exists (select from unnest($1::text[]) n where t::text like '%' || n || '%')"
            count = await connection.fetchval(f"select count(*) from evenhand.{table} t where {named}", names)
            if count and table != "ledger_inbox":
                found[table] = count
    return found


async def test_for_thirty_days_a_project_comes_back_whole(world: World, bank: Organization):
    project = await filled(bank)
    await trash(project)
    world.clock.advance(days=29)

    await deletion(world).delete_due()
    restored = await world.services.work.projects.set_state(bank.owner.actor, project.id, "active")

    assert restored["state"] == "active"
    assert len(await project.task_ids()) == 3
    assert (await project.books()).unbalanced == []


async def test_after_thirty_days_nothing_is_left_but_its_key_ring_without_keys_and_the_ledger(
    world: World, bank: Organization
):
    project, kept = await filled(bank), await filled(bank)
    tasks = await project.task_ids()
    before = await rows_that_name(world, project, tasks)
    await trash(project)
    world.clock.advance(days=31)

    with pytest.raises(Conflict, match="thirty days"):
        await world.services.work.projects.set_state(bank.owner.actor, project.id, "active")
    while await deletion(world).delete_due():
        pass
    await deletion(world).delete_due()

    assert {"annotation", "task", "release", "vote", "project", "batch", "queue"} <= before.keys()
    # An import's chunk holds the import's id alone; keys stay as rows that say when they were destroyed.
    assert set(await rows_that_name(world, project, tasks)) == {"project_key"}
    async with world.superuser() as connection:
        wrapped = await connection.fetchval(
            "select count(*) from evenhand.project_key k left join evenhand.chunk_key c using (organization_id, project_key_id)"
            " where k.project_id = $1 and (k.wrapped is not null or c.wrapped is not null)",
            project.id,
        )
        actions = await connection.fetch(
            "select action, quantity from evenhand.ledger_inbox where object_id = $1 and action in (6, 16) order by id",
            project.id,
        )
    assert wrapped == 0
    assert [row["action"] for row in actions] == [6, 16]
    with pytest.raises(NotFound):
        await world.services.work.projects.get(bank.owner.actor, project.id)
    assert len(await kept.task_ids()) == 3
    assert (await world.services.people.members.organization(bank.id))["usage"]["tasks"] == 3


async def certificates(world: World, project: Project) -> list[dict[str, Any]]:
    """The predicates of the signed certificates of a project's deletion, each with its digest in the organization's log."""
    found = []
    for each in await world.services.shredding.all(project.owner.actor):
        if each["subject_id"] == str(project.id) and each["certificate"] is not None:
            signed = each["certificate"]
            paper = open_envelope(json.dumps(signed).encode(), public_key(world.services.keys.signing_seed))
            found.append({**paper["predicate"], "digest": digest_of(signed)})
    return found


async def test_what_the_trash_deletes_has_a_signed_certificate_that_says_no_more_than_was_done(
    world: World, bank: Organization
):
    project = await filled(bank)
    await trash(project)
    world.clock.advance(days=31)

    for _ in range(2):
        await world.services.shredding.delete_due()
        await world.services.shredding.shred_due()

    [paper] = await certificates(world, project)
    async with world.superuser() as connection:
        digests = await connection.fetch(
            "select object_digest from evenhand.ledger_inbox where object_id = $1 and action = 16 and object_digest is not null",
            project.id,
        )
        public = await connection.fetchval(
            "select count(*) from evenhand.governance_inbox where body->>'certificate_sha256' = $1",
            paper["digest"].hex(),
        )
    assert (paper["scope"], paper["method"], paper["claim"]) == ("project", "key-destruction", "Keys destroyed")
    assert paper["keys_destroyed"] > 0
    assert any("backups" in each for each in paper["not_done"])
    assert [row["object_digest"] for row in digests] == [paper["digest"]]
    assert public == 1


async def test_a_worker_that_dies_between_the_deletion_and_its_certificate_certifies_when_it_is_back(
    world: World, bank: Organization, monkeypatch: pytest.MonkeyPatch
):
    project = await filled(bank)
    await trash(project)
    world.clock.advance(days=31)

    async def killed(*_: Any) -> None:
        raise ConnectionError("killed")

    monkeypatch.setattr(world.services.shredding, "_certify", killed)
    with pytest.raises(ConnectionError):
        await world.services.shredding.delete_due()
    monkeypatch.undo()
    nothing = await certificates(world, project)
    await world.services.shredding.shred_due()

    assert nothing == []
    assert len(await certificates(world, project)) == 1


async def test_what_was_copied_before_does_not_open_once_the_keys_are_destroyed(world: World, bank: Organization):
    project = await filled(bank, tasks=1)
    [task] = await project.task_ids()
    async with world.superuser() as connection:
        row = await connection.fetchrow("select chunk_key_id, sealed from evenhand.task where task_id = $1", task)
    await trash(project)
    world.clock.advance(days=31)

    await deletion(world).delete_due()

    world.services.vault._kept.clear()
    grant = await world.services.grants.to_software(bank.id, Purpose.CHECK, [task])
    copy = Sealed(bank.id, project.id, task, Kind.TASK, row["chunk_key_id"], row["sealed"])
    with pytest.raises(KeyDestroyed):
        await world.services.vault.open(grant, [copy])


async def test_a_worker_that_is_killed_in_between_is_gone_on_from(
    world: World, bank: Organization, monkeypatch: pytest.MonkeyPatch
):
    project = await filled(bank, tasks=5)
    await trash(project)
    world.clock.advance(days=31)
    monkeypatch.setattr("evenhand.delivery.deletion.TASKS_A_STEP", 2)
    real, steps = world.services.database.statement, []

    def dying():
        steps.append(1)
        if len(steps) == 4:
            raise ConnectionError("killed")
        return real()

    monkeypatch.setattr(world.services.database, "statement", dying)
    with pytest.raises(ConnectionError):
        await deletion(world).delete_due()
    monkeypatch.setattr(world.services.database, "statement", real)
    left = len(await project.task_ids())
    await deletion(world).delete_due()

    assert 0 < left < 5
    assert set(await rows_that_name(world, project, [])) == {"project_key"}


async def test_what_was_archived_longer_ago_than_the_organization_keeps_goes_into_the_trash_first(
    world: World, bank: Organization
):
    people, projects = world.services.people, world.services.work.projects
    project, active = await filled(bank), await filled(bank)
    await people.members.organization_update(bank.owner.actor, "Bank", 100)
    await projects.set_state(bank.owner.actor, project.id, "archived")

    world.clock.advance(days=99)
    await deletion(world).delete_due()
    before = (await projects.get(bank.owner.actor, project.id))["state"]
    world.clock.advance(days=2)
    await deletion(world).delete_due()
    after = await projects.get(bank.owner.actor, project.id)
    world.clock.advance(days=31)
    await deletion(world).delete_due()

    assert (before, after["state"]) == ("archived", "trashed")
    assert after["trashed_until"] is not None
    with pytest.raises(NotFound):
        await projects.get(bank.owner.actor, project.id)
    assert (await projects.get(bank.owner.actor, active.id))["state"] == "active"


async def test_drafts_that_nobody_came_back_to_are_forgotten_and_those_of_held_tasks_kept(
    world: World, bank: Organization
):
    project = await bank.project(2, lease_minutes=60 * 24 * 7)
    ana = await bank.member()
    labeling = world.services.work.labeling
    old = await project.take(ana)
    await labeling.save_draft(ana.actor, project.id, old, [{"question": "label", "value": "yes"}], 1)
    world.clock.advance(days=95)
    await world.relay.sweep()
    held = await project.take(bank.owner)
    await labeling.save_draft(bank.owner.actor, project.id, held, [{"question": "label", "value": "yes"}], 1)

    await deletion(world).delete_due()

    async with world.superuser() as connection:
        drafts = await connection.fetch("select person_id from evenhand.draft where organization_id = $1", bank.id)
    assert [row["person_id"] for row in drafts] == [bank.owner.id]


async def test_a_webhook_of_a_deleted_project_goes_with_it(world: World, bank: Organization):
    project = await filled(bank)
    webhooks = world.services.webhooks
    await webhooks.create(bank.owner.actor, "https://93.184.215.14/", ["task.done"], project.id, "")
    await webhooks.create(bank.owner.actor, "https://93.184.215.14/", ["task.done"], None, "")
    await trash(project)
    world.clock.advance(days=31)

    await deletion(world).delete_due()

    assert [each["project_id"] for each in await webhooks.all(bank.owner.actor)] == [None]
