"""Worlds whose customers hold keys of their own, and second processes beside a first."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from evenhand.vault.configured import Configured, KeyServices
from evenhand.vault.holder import LocalHolder
from evenhand.vault.key_service import Asking, Guarded, KeyServiceUnavailable
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.vault.services.local_file import LocalKey
from world import Organization, Project, World


class CountedKey(LocalKey):
    """A key service of a customer that counts, and can be switched off."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret)
        self.calls: Counter[str] = Counter()
        self.is_on = True

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        self._count("wrap")
        return await super().wrap(secret, bound_to)

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        self._count("unwrap")
        return await super().unwrap(wrapped, bound_to, asking)

    async def check(self) -> None:
        self._count("check")

    def _count(self, verb: str) -> None:
        if not self.is_on:
            raise KeyServiceUnavailable(service="counted", reason="refused")
        self.calls[verb] += 1


def lend(world: World, organization: Organization, **services: Any) -> None:
    """Set up key services of these names for an organization, beside those that there are."""
    holder = world.services.vault._holder
    assert isinstance(holder, LocalHolder)
    there = holder._services._by_name.values()
    made = [
        Configured(name, "file", frozenset({organization.id}), Guarded(service, name))
        for name, service in services.items()
    ]
    holder._services = KeyServices(world.services.keys.service, iter([*there, *made]))


def another_process(world: World) -> Vault:
    """The vault of another process on the same database, with the same key file and services."""
    holder = world.services.vault._holder
    assert isinstance(holder, LocalHolder)
    return Vault(world.services.database, world.services.keys, world.clock, LocalHolder(holder._services))


async def rewrap(world: World, organization: Organization) -> int:
    """Let the worker finish; how many steps it took."""
    steps = 0
    while await world.services.rewrapping.step(organization.id):
        steps += 1
        assert steps < 1000
    return steps


async def sealed_task(world: World, project: Project, task: UUID) -> Sealed:
    """The row of a task, as it lies."""
    async with world.superuser() as connection:
        row = await connection.fetchrow(
            "select chunk_key_id, sealed, version from evenhand.task where task_id = $1", task
        )
    return Sealed(
        project.organization.id, project.id, task, Kind.TASK, row["chunk_key_id"], row["sealed"], row["version"]
    )
