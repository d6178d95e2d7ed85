"""The installation's own customer key, renewed: what lies under the one before opens until it is wrapped anew."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from lending import CountedKey, lend, sealed_task

from database import Copy
from evenhand.ledger.actions import Action, Purpose
from evenhand.vault import rewrapping
from evenhand.vault.configured import KeyServices
from evenhand.vault.holder import LocalHolder
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.keyfile import (
    KeyFile,
    make_key_file,
    open_key_file,
    parse_key_file,
    replace_durably,
    require_key_of,
    write_durably,
)
from evenhand.vault.service import Vault
from world import Organization, Project, World, world_on


def reference(keys: KeyFile) -> str:
    assert keys.service is not None
    return keys.service.reference


# ------------------------------------------------------------------------------------------------------------- the file --
def test_a_renewed_file_is_the_same_installations_and_comes_back_as_it_was(tmp_path: Path):
    first = make_key_file()

    second = first.renewed()
    third = second.renewed()

    assert parse_key_file(third.as_json(), tmp_path) == third
    assert third.former == (second.customer_key, first.customer_key)
    assert (third.reference, third.lookup_key, third.signing_seed) == (
        first.reference,
        first.lookup_key,
        first.signing_seed,
    )
    require_key_of(third.retired(), first.reference, tmp_path)
    assert third.without_customer_key() == first.without_customer_key()
    assert str(first.customer_key) not in repr(third)


def test_a_file_is_replaced_whole_with_its_mode_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, keys = tmp_path / "a.key", make_key_file()
    write_durably(path, keys.as_json())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evenhand.vault.keyfile.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_durably(path, keys.renewed().as_json())
    monkeypatch.undo()
    before = open_key_file(path, tmp_path / "data", may_create=False)
    replace_durably(path, keys.renewed().as_json())

    assert before == keys
    assert open_key_file(path, tmp_path / "data", may_create=False).former == (keys.customer_key,)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a.key"]


# ----------------------------------------------------------------------------------------------------------- the content --
@asynccontextmanager
async def started(copy: Copy, keys: KeyFile, folder: Path) -> AsyncIterator[World]:
    """The processes, started again with this key file."""
    path = folder / f"{os.urandom(4).hex()}.key"
    write_durably(path, keys.as_json())
    async with world_on(copy, key_file=path) as world:
        yield world


async def months(world: World, organization: UUID) -> set[str]:
    """Under which keys the months of an organization lie."""
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select key_reference from project_key where organization_id = $1 and wrapped is not null", organization
        )
    return {row["key_reference"] for row in rows}


async def text_of(world: World, project: Project, keys: KeyFile) -> str:
    """The project's first task, through a process that has unwrapped nothing yet, with this key file."""
    there = Project(Organization(world, project.organization.id, project.organization.owner), project.id)
    [task] = await there.task_ids()
    grant = await world.services.grants.to_software(project.organization.id, Purpose.CHECK, [task])
    holder = LocalHolder(KeyServices(keys.service, former=keys.former_services))
    vault = Vault(world.services.database, keys, world.clock, holder)
    return (await vault.open_one(grant, await sealed_task(world, there, task))).decode()


async def follow(world: World) -> None:
    """What the worker does within a minute of its start, until it is done."""
    await world.services.rewrapping.follow_key_file()
    while await world.services.rewrapping.rewrap_due():
        pass


async def left_under(world: World, keys: KeyFile) -> int:
    """What `evenhand keys retire` asks."""
    async with world.services.database.statement() as connection:
        return await rewrapping.keys_under(connection, [each.reference for each in keys.former_services])


async def test_after_a_renewal_everything_opens_is_wrapped_anew_and_needs_the_old_key_no_more(
    newest_copy: Copy, tmp_path: Path
):
    old = make_key_file()
    new = old.renewed()
    async with started(newest_copy, old, tmp_path) as world:
        bank = await world.organization("Bank")
        project = await bank.project(1)
    async with started(newest_copy, new, tmp_path) as world:
        before = await text_of(world, project, new)
        waiting = await left_under(world, new)
        await follow(world)
        nothing = await left_under(world, new)
        under = await months(world, bank.id)
        after = await text_of(world, project, new.retired())
        with pytest.raises(KeyServiceUnavailable):
            await text_of(world, project, old)
        async with world.superuser() as connection:
            told = await connection.fetch(
                "select rule from ledger_inbox where organization_id = $1 and action = $2 order by xid, id",
                bank.id,
                int(Action.KEY_ROTATE),
            )
            public = await connection.fetchval(
                "select count(*) from governance_inbox where body::text like '%key-file-renewed%'"
            )

    assert "Letter 0." in before
    assert after == before
    assert (waiting > 0, nothing) == (True, 0)
    assert under == {reference(new)}
    assert told[0]["rule"] == "key-file-renewed"
    assert told[1]["rule"].startswith("rewrapped:")
    assert public == 1


async def test_the_saboteur_a_key_that_is_retired_before_it_is_followed_opens_nothing(
    newest_copy: Copy, tmp_path: Path
):
    """What `keys_under` counts is what would not open: `evenhand keys retire` refuses while it counts anything."""
    old = make_key_file()
    new = old.renewed()
    async with started(newest_copy, old, tmp_path) as world:
        project = await (await world.organization("Bank")).project(1)

    async with started(newest_copy, new, tmp_path) as world:
        assert await left_under(world, new) > 0
        with pytest.raises(KeyServiceUnavailable):
            await text_of(world, project, new.retired())


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rewrapping, "KEYS_A_STEP", 1)
    yield


@pytest.mark.usefixtures("one_at_a_time")
async def test_a_worker_that_dies_on_the_way_is_gone_on_from_and_begins_no_second_time(
    newest_copy: Copy, tmp_path: Path
):
    old = make_key_file()
    new = old.renewed()
    async with started(newest_copy, old, tmp_path) as world:
        bank = await world.organization("Bank")
        project = await bank.project(1)
        await bank.project(1)
    async with started(newest_copy, new, tmp_path) as world:
        await world.services.rewrapping.follow_key_file()
        await world.services.rewrapping.step(bank.id)
        half = await months(world, bank.id)
    async with started(newest_copy, new, tmp_path) as world:
        await follow(world)
        await world.services.rewrapping.follow_key_file()
        state = await world.services.key_policies.state(bank.owner.actor)
        text = await text_of(world, project, new.retired())

    assert half == {reference(old), reference(new)}
    assert (state["mode"], state["version"], state["rewrapping"]["problem"]) == ("managed", 2, None)
    assert [each["key"] for each in state["held"]] == [reference(new)]
    assert "Letter 0." in text


async def test_whoever_brought_a_key_never_notices(newest_copy: Copy, tmp_path: Path):
    old = make_key_file()
    secret = os.urandom(32)
    async with started(newest_copy, old, tmp_path) as world:
        bank = await world.organization("Bank")
        lend(world, bank, bank=CountedKey(secret))
        await world.services.key_policies.choose(bank.owner.actor, "bring", "bank")
        await world.services.rewrapping.step(bank.id)
        while await world.services.rewrapping.step(bank.id):
            pass
        before = await months(world, bank.id)

    async with started(newest_copy, old.renewed(), tmp_path) as world:
        await follow(world)

        assert await months(world, bank.id) == before
        assert (await world.services.key_policies.state(bank.owner.actor))["version"] == 2
