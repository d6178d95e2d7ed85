"""How soon every process obeys: told by each process's own clock, which stands still until the test moves it.

A process that has keys open asks every FRESH_SECONDS whose keys changed. What it may still open until then, and what it may not
open from then on, are events of its clock, and no matter of how fast a machine is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID

import pytest
from lending import CountedKey, another_process, lend, rewrap, sealed_task

from evenhand.ledger.actions import Purpose
from evenhand.vault.holder import LENT_SECONDS
from evenhand.vault.kept import FRESH_SECONDS, KeptKeys
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.service import Vault
from world import Organization, Project, World

JUST_BEFORE = FRESH_SECONDS - 0.001
PROCESSES = 3


class Clocks:
    """The clocks of the processes, moved together."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    for room in ("kept", "holder"):
        monkeypatch.setattr(f"evenhand.vault.{room}.time", SimpleNamespace(monotonic=made.monotonic))
    return made


@pytest.fixture
async def bank(world: World, clocks: Clocks) -> Organization:
    world.services.vault._kept.clear()
    return await world.organization("Bank")


async def read(vault: Vault, project: Project, task: UUID) -> str:
    """The task's text, or why not."""
    world = project.world
    grant = await world.services.grants.to_software(project.organization.id, Purpose.CHECK, [task])
    try:
        content = await vault.open_one(grant, await sealed_task(world, project, task))
    except KeyServiceUnavailable as error:
        return error.reason
    return str(json.loads(content)["inputs"]["text"]["text"])


async def everywhere(processes: list[Vault], project: Project, task: UUID) -> set[str]:
    """What the processes say, all of them."""
    return {await read(each, project, task) for each in processes}


async def with_open_keys(bank: Organization) -> tuple[list[Vault], Project, UUID]:
    """Some processes, each of which has the key of a task open."""
    project = await bank.project(1)
    [task] = await project.task_ids()
    processes = [another_process(bank.world) for _ in range(PROCESSES)]
    assert await everywhere(processes, project, task) == {"Letter 0."}
    return processes, project, task


async def test_a_revoked_key_that_processes_have_open_opens_nothing_at_their_next_question_and_not_a_moment_later(
    bank: Organization, clocks: Clocks
):
    processes, project, task = await with_open_keys(bank)
    policies, owner = bank.world.services.key_policies, bank.owner.actor

    await policies.revoke(owner)
    clocks.now += JUST_BEFORE
    before = await everywhere(processes, project, task)
    clocks.now += FRESH_SECONDS - JUST_BEFORE
    after = await everywhere(processes, project, task)
    await policies.restore(owner)
    clocks.now += FRESH_SECONDS
    again = await everywhere(processes, project, task)

    assert before == {"Letter 0."}  # what is said of it: after two seconds, and not before
    assert after == {"revoked"}
    assert again == {"Letter 0."}


async def test_the_saboteur_a_process_that_does_not_ask_goes_on_for_ever(
    bank: Organization, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
):
    processes, project, task = await with_open_keys(bank)
    await bank.world.services.key_policies.revoke(bank.owner.actor)

    async def never(*_: object) -> list[UUID]:
        return []

    monkeypatch.setattr(KeptKeys, "freshen", never)
    clocks.now += 1000 * FRESH_SECONDS

    assert await everywhere(processes, project, task) == {"Letter 0."}


async def held_by(bank: Organization, key: CountedKey) -> None:
    """The organization's chunks lie under a key of its own."""
    lend(bank.world, bank, bank=key)
    await bank.world.services.key_policies.choose(bank.owner.actor, "hold", "bank")
    await rewrap(bank.world, bank)


@pytest.fixture
def unwrapped() -> Callable[[CountedKey], int]:
    """How often a key was asked to unwrap since the last time this was asked."""
    seen = {"unwrap": 0}

    def since(key: CountedKey) -> int:
        count = key.calls["unwrap"] - seen["unwrap"]
        seen["unwrap"] = key.calls["unwrap"]
        return count

    return since


async def test_after_a_rotation_each_process_asks_for_the_new_wrap_at_its_next_question_and_once(
    bank: Organization, clocks: Clocks, unwrapped: Callable[[CountedKey], int]
):
    key = CountedKey(os.urandom(32))
    await held_by(bank, key)
    clocks.now += FRESH_SECONDS
    processes, project, task = await with_open_keys(bank)
    await bank.world.services.key_policies.rotate(bank.owner.actor)
    await rewrap(bank.world, bank)
    unwrapped(key)

    clocks.now += JUST_BEFORE
    await everywhere(processes, project, task)
    before = unwrapped(key)
    clocks.now += FRESH_SECONDS - JUST_BEFORE
    texts = await everywhere(processes, project, task)
    after = unwrapped(key)

    assert texts == {"Letter 0."}
    assert (before, after) == (0, PROCESSES)


async def test_a_key_that_its_owner_switched_off_in_its_service_closes_when_what_was_lent_is_over(
    bank: Organization, clocks: Clocks
):
    """Nobody tells us: what a service lent is used so long, and then asked for again."""
    key = CountedKey(os.urandom(32))
    await held_by(bank, key)
    clocks.now += FRESH_SECONDS
    processes, project, task = await with_open_keys(bank)

    key.is_on = False
    clocks.now += LENT_SECONDS - 0.001
    before = await everywhere(processes, project, task)
    clocks.now += 0.002
    after = await everywhere(processes, project, task)

    assert before == {"Letter 0."}
    assert after == {"refused"}
