"""Customers' own keys: managed, brought, held; chosen, rotated, revoked; and what every process does within seconds of it."""

from __future__ import annotations

import json
import os
from datetime import date
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lending import CountedKey, another_process, lend, rewrap, sealed_task

from database import Copy
from evenhand.ledger.actions import Action, Purpose
from evenhand.vault import kept
from evenhand.vault.key_service import KeyServiceUnavailable, WrapDoesNotOpen
from evenhand.vault.keyring import WrappedMonth, direct_binding
from evenhand.vault.policies import ServiceNeeded
from evenhand.vault.service import Vault
from evenhand.vault.services.local_file import LocalKey
from world import Organization, Project, World, world_on


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


@pytest.fixture
def key(world: World, bank: Organization) -> CountedKey:
    made = CountedKey(os.urandom(32))
    lend(world, bank, bank=made)
    return made


@pytest.fixture
def always_fresh(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes ask at every opening whose keys changed, instead of every two seconds."""
    world.services.vault._kept.clear()
    monkeypatch.setattr(kept, "FRESH_SECONDS", 0.0)


async def choose(bank: Organization, mode: str, service: str | None = None) -> None:
    """Choose, and let the worker finish."""
    await bank.world.services.key_policies.choose(bank.owner.actor, mode, service)
    await rewrap(bank.world, bank)


async def opened(vault: Vault, project: Project, task: UUID) -> str:
    """The text of a task, through a vault."""
    world = project.world
    grant = await world.services.grants.to_software(project.organization.id, Purpose.CHECK, [task])
    return json.loads(await vault.open_one(grant, await sealed_task(world, project, task)))["inputs"]["text"]["text"]


async def references(bank: Organization) -> tuple[set[str], set[str | None]]:
    """Under what the months and the chunks of an organization lie."""
    async with bank.world.superuser() as connection:
        months = await connection.fetch("select key_reference from project_key where organization_id = $1", bank.id)
        chunks = await connection.fetch("select key_reference from chunk_key where organization_id = $1", bank.id)
    return {row[0] for row in months}, {row[0] for row in chunks}


# ---------------------------------------------------------------------------------------------------- three ways to keep --
async def test_a_brought_key_wraps_every_month_and_content_reads_as_before(
    world: World, bank: Organization, key: CountedKey
):
    project = await bank.project(3)
    [task, *_] = await project.task_ids()

    await choose(bank, "bring", "bank")

    assert await references(bank) == ({key.reference}, {None})
    assert await opened(world.services.vault, project, task) == "Letter 0."
    assert await opened(another_process(world), project, task) == "Letter 0."
    assert len(await project.add(2)) == 2


async def test_a_held_key_wraps_each_chunk_so_that_every_unwrapping_is_one_chunk(
    world: World, bank: Organization, key: CountedKey
):
    project = await bank.project(2)
    [task, _] = await project.task_ids()
    await choose(bank, "hold", "bank")
    elsewhere = another_process(world)
    key.calls.clear()

    text = await opened(elsewhere, project, task)

    assert text == "Letter 0."
    assert key.calls == {"unwrap": 1}
    assert await references(bank) == ({key.reference}, {key.reference})


async def test_what_is_written_under_a_held_key_is_wrapped_under_it_directly(
    world: World, bank: Organization, key: CountedKey
):
    await choose(bank, "hold", "bank")

    project = await bank.project(2)
    [task, _] = await project.task_ids()

    async with world.superuser() as connection:
        row = await connection.fetchrow(
            "select c.key_reference, c.wrapped, c.chunk_key_id, k.project_key_id, k.month from chunk_key c"
            " join project_key k using (organization_id, project_key_id)"
            " join task t on t.chunk_key_id = c.chunk_key_id where t.task_id = $1",
            task,
        )
    month = WrappedMonth(bank.id, row["project_key_id"], project.id, row["month"], "", b"")
    assert row["key_reference"] == key.reference
    assert len(await LocalKey.unwrap(key, row["wrapped"], direct_binding(month, row["chunk_key_id"]))) == 32


async def test_the_way_back_to_managed_leaves_nothing_under_the_customers_key(
    world: World, bank: Organization, key: CountedKey
):
    project = await bank.project(2)
    [task, _] = await project.task_ids()
    await choose(bank, "hold", "bank")
    await project.add(1)

    await choose(bank, "managed")
    key.is_on = False

    assert await references(bank) == ({world.services.keys.reference}, {None})
    assert await opened(another_process(world), project, task) == "Letter 0."


async def test_people_label_under_every_way_of_keeping(world: World, bank: Organization, key: CountedKey):
    project = await bank.project(6)
    ana = await bank.member()

    for mode, service in (("bring", "bank"), ("hold", "bank"), ("managed", None)):
        await choose(bank, mode, service)
        await project.answer(ana)

    assert (await project.books()).total("answers") == 3


async def test_another_customers_service_cannot_be_chosen(world: World, bank: Organization, key: CountedKey):
    rival = await world.organization("Rival")

    with pytest.raises(ServiceNeeded) as refused:
        await world.services.key_policies.choose(rival.owner.actor, "bring", "bank")
    with pytest.raises(ServiceNeeded):
        await world.services.key_policies.choose(rival.owner.actor, "hold", "")

    assert refused.value.facts() == {"mode": "bring", "service": "bank"}
    assert (await world.services.key_policies.state(rival.owner.actor))["choices"] == []


async def test_a_service_that_cannot_be_used_is_not_chosen(world: World, bank: Organization, key: CountedKey):
    key.is_on = False

    with pytest.raises(KeyServiceUnavailable):
        await world.services.key_policies.choose(bank.owner.actor, "bring", "bank")
    with pytest.raises(ServiceNeeded):
        await world.services.key_policies.choose(bank.owner.actor, "bring", None)

    assert (await world.services.key_policies.state(bank.owner.actor))["mode"] == "managed"


# ---------------------------------------------------------------------------------------------------- wrapping anew --
async def test_a_rotation_wraps_every_key_anew_and_is_on_record(world: World, bank: Organization, key: CountedKey):
    await bank.project(2)
    await choose(bank, "bring", "bank")
    async with world.superuser() as connection:
        before = await connection.fetch("select wrapped from project_key where organization_id = $1", bank.id)
        last = await connection.fetchval("select coalesce(max(id), 0) from governance_inbox")

    await world.services.key_policies.rotate(bank.owner.actor)
    await rewrap(world, bank)

    async with world.superuser() as connection:
        after = await connection.fetch("select wrapped from project_key where organization_id = $1", bank.id)
        rules = await connection.fetch(
            "select action, rule from ledger_inbox where organization_id = $1 and action = any($2) order by id",
            bank.id,
            [int(Action.POLICY_CHANGE), int(Action.KEY_ROTATE)],
        )
        public = await connection.fetch("select body::text from governance_inbox where id > $1 order by id", last)
    assert not {bytes(row[0]) for row in before} & {bytes(row[0]) for row in after}
    assert [row["rule"] for row in rules] == [
        "keys-bring",
        f"rewrapped:{len(before)}",
        "keys-rotated",
        f"rewrapped:{len(before)}",
    ]
    assert [row["body"] for row in public] == ['{"ceremony":"keys-rotated"}'], (
        "everybody reads this: not whose, not which key"
    )
    state = await world.services.key_policies.state(bank.owner.actor)
    assert (state["version"], state["rewrapping"]["keys"]) == (3, len(after))
    assert state["rewrapping"]["finished_at"] is not None


async def test_a_worker_that_dies_while_it_rewraps_is_gone_on_from(
    world: World, bank: Organization, key: CountedKey, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("evenhand.vault.rewrapping.KEYS_A_STEP", 1)
    project = await bank.project(2)
    [task, _] = await project.task_ids()
    await world.services.key_policies.choose(bank.owner.actor, "hold", "bank")
    assert await world.services.rewrapping.step(bank.id)
    key.is_on = False

    assert not await world.services.rewrapping.step(bank.id)
    stopped = await world.services.key_policies.state(bank.owner.actor)
    key.is_on = True
    await rewrap(world, bank)

    assert "refuses" in str(stopped["rewrapping"]["problem"])
    assert stopped["rewrapping"]["finished_at"] is None
    finished = await world.services.key_policies.state(bank.owner.actor)
    assert finished["rewrapping"]["problem"] is None
    assert [each["key"] for each in finished["held"]] == [key.reference]
    assert await opened(another_process(world), project, task) == "Letter 0."


async def test_a_key_that_is_destroyed_while_it_is_rewrapped_stays_destroyed(
    world: World, bank: Organization, key: CountedKey, monkeypatch: pytest.MonkeyPatch
):
    project = await bank.project(1)
    await world.services.key_policies.choose(bank.owner.actor, "bring", "bank")
    real = world.services.rewrapping._holder.rewrap_month

    async def destroyed_meanwhile(policy, month, ceremony):
        new = await real(policy, month, ceremony)
        async with world.superuser() as connection:
            await connection.execute(
                "update project_key set wrapped = null, destroyed_at = now() where project_key_id = $1", month.id
            )
        return new

    monkeypatch.setattr(world.services.rewrapping._holder, "rewrap_month", destroyed_meanwhile)
    await rewrap(world, bank)

    async with world.superuser() as connection:
        left = await connection.fetchval("select count(wrapped) from project_key where project_id = $1", project.id)
    assert left == 0


# ------------------------------------------------------------------------------------------------------ taking it back --
@pytest.mark.usefixtures("always_fresh")
async def test_a_revoked_key_opens_nothing_in_any_process_and_a_restored_one_does(world: World, bank: Organization):
    project = await bank.project(2)
    [task, _] = await project.task_ids()
    processes = [world.services.vault, another_process(world)]
    for each in processes:
        assert await opened(each, project, task) == "Letter 0."

    await world.services.key_policies.revoke(bank.owner.actor)
    for each in processes:
        with pytest.raises(KeyServiceUnavailable) as refused:
            await opened(each, project, task)
        assert refused.value.reason == "revoked"
    with pytest.raises(KeyServiceUnavailable):
        await project.add(1)
    await world.services.key_policies.restore(bank.owner.actor)

    for each in processes:
        assert await opened(each, project, task) == "Letter 0."


async def test_without_asking_who_changed_a_process_would_go_on_opening(world: World, bank: Organization, monkeypatch):
    """The saboteur of the epoch: a process that never asks keeps what it has."""
    project = await bank.project(2)
    [task, _] = await project.task_ids()
    assert await opened(world.services.vault, project, task) == "Letter 0."
    monkeypatch.setattr(world.services.vault._kept, "_fresh_until", float("inf"))

    await world.services.key_policies.revoke(bank.owner.actor)

    assert await opened(world.services.vault, project, task) == "Letter 0."
    monkeypatch.undo()
    world.services.vault._kept.clear()


def test_a_process_asks_every_few_seconds_and_a_lent_key_lasts_no_longer_than_that():
    assert kept.FRESH_SECONDS <= 5.0
    assert kept.LENT_SECONDS <= 5.0


@pytest.mark.usefixtures("always_fresh")
async def test_others_never_notice_a_revoked_key(world: World, bank: Organization):
    rival = await world.organization("Rival")
    project = await rival.project(1)
    [task] = await project.task_ids()

    await world.services.key_policies.revoke(bank.owner.actor)

    assert await opened(world.services.vault, project, task) == "Letter 0."


async def test_a_key_that_its_owner_switched_off_at_the_service_closes_here_within_seconds(
    world: World, bank: Organization, key: CountedKey, monkeypatch: pytest.MonkeyPatch
):
    project = await bank.project(1)
    [task] = await project.task_ids()
    await choose(bank, "bring", "bank")
    assert await opened(world.services.vault, project, task) == "Letter 0."
    key.is_on = False
    now = kept.time.monotonic()
    monkeypatch.setattr("evenhand.vault.kept.time.monotonic", lambda: now + kept.LENT_SECONDS + 1)

    with pytest.raises(KeyServiceUnavailable) as refused:
        await opened(world.services.vault, project, task)

    assert refused.value.reason == "refused"


async def test_no_opening_asks_the_database_for_keys_it_has(world: World, bank: Organization):
    project = await bank.project(1)
    [task] = await project.task_ids()
    sealed = await sealed_task(world, project, task)
    grant = await world.services.grants.to_software(bank.id, Purpose.CHECK, [task])
    await world.services.vault.open_one(grant, sealed)
    asked: list[str] = []
    real = world.services.database.tenant

    def watched(organization_id):
        asked.append("tenant")
        return real(organization_id)

    world.services.vault._database.tenant = watched  # type: ignore[method-assign]
    try:
        for _ in range(100):
            await world.services.vault.open_one(grant, sealed)
    finally:
        del world.services.vault._database.tenant  # type: ignore[attr-defined]

    assert asked == []


# --------------------------------------------------------------------------------------------------------- moved keys --
@pytest.mark.check(14)
@pytest.mark.parametrize("mode", ["managed", "bring", "hold"])
async def test_a_wrapped_key_moved_to_another_tenant_does_not_open_and_is_an_alarm(mode: str, newest_copy: Copy):
    async with world_on(newest_copy) as world:
        bank, rival = await world.organization("Bank"), await world.organization("Rival")
        secret = os.urandom(32)
        lend(world, bank, bank=CountedKey(secret))
        lend(world, rival, rival=CountedKey(secret))  # even with one key for both
        ours, theirs = await bank.project(1), await rival.project(2)
        if mode != "managed":
            await choose(bank, mode, "bank")
            await choose(rival, mode, "rival")
        task = await moved(theirs, ours)

        with pytest.raises(Exception, match="does not open"):
            await opened(another_process(world), ours, task)

        assert await alarms(bank) == 1


async def moved(theirs: Project, ours: Project) -> UUID:
    """Somebody with the database puts another tenant's row, with the keys above it, where ours was; the task."""
    [task], [_, other] = await ours.task_ids(), await theirs.task_ids()
    async with ours.world.superuser() as connection:
        await connection.execute(
            "update project_key k set wrapped = x.wrapped from project_key x where k.project_id = $1 and x.project_id = $2",
            ours.id,
            theirs.id,
        )
        await connection.execute(
            "update chunk_key c set wrapped = (select x.wrapped from chunk_key x join task t using (chunk_key_id)"
            " where t.task_id = $2) where c.chunk_key_id = (select chunk_key_id from task where task_id = $1)",
            task,
            other,
        )
        await connection.execute(
            "update task t set sealed = x.sealed, version = x.version from task x where t.task_id = $1 and x.task_id = $2",
            task,
            other,
        )
    return task


async def alarms(bank: Organization) -> int:
    """How many an organization's log tells of."""
    async with bank.world.superuser() as connection:
        count: int = await connection.fetchval(
            "select count(*) from ledger_inbox where organization_id = $1 and rule = 'does-not-open'", bank.id
        )
    return count


class Unbound:
    """The same cipher, to which all places are one."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, nonce: bytes, data: bytes, _: bytes) -> bytes:
        return self._cipher.encrypt(nonce, data, None)

    def decrypt(self, nonce: bytes, data: bytes, _: bytes) -> bytes:
        return self._cipher.decrypt(nonce, data, None)


@pytest.mark.saboteur(14)
async def test_the_saboteur_if_nothing_were_bound_to_its_place_another_tenants_row_would_open_as_ours(
    newest_copy: Copy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("evenhand.vault.sealing.CIPHERS", {1: Unbound})
    async with world_on(newest_copy) as world:
        bank, rival = await world.organization("Bank"), await world.organization("Rival")
        ours = await bank.project(1)
        task = await moved(await rival.project(2), ours)

        assert await opened(another_process(world), ours, task) == "Letter 1."
        assert await alarms(bank) == 0


KEY = LocalKey(bytes(range(32)))
PLACES = st.tuples(
    st.sampled_from([UUID(int=1), UUID(int=2)]),
    st.sampled_from([UUID(int=3), UUID(int=4)]),
    st.sampled_from([UUID(int=5), UUID(int=6), None]),
    st.sampled_from([date(2026, 1, 1), date(2026, 2, 1)]),
    st.sampled_from([KEY, LocalKey(bytes(32))]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(here=PLACES, there=PLACES)
async def test_a_wrapped_key_opens_where_it_was_wrapped_and_nowhere_else(here, there):
    organization, id_, project, month, service = here
    wrapped = await service.wrap(bytes(32), WrappedMonth(organization, id_, project, month, "", b"").binding)
    to = WrappedMonth(*there[:4], "", b"").binding

    if here == there:
        assert await there[4].unwrap(wrapped, to) == bytes(32)
    else:
        with pytest.raises(WrapDoesNotOpen):
            await there[4].unwrap(wrapped, to)
