"""Keys that a process keeps unwrapped: so many, so long, and none that somebody changed, revoked or destroyed in the meantime.

A process asks every two seconds, with one small statement and never once an opening, whose keys changed since it last asked, and
drops what it has of them. When the database does not answer that, nothing is opened either.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.holder import LENT_SECONDS, Policy
from evenhand.vault.keyring import ChunkKey

_queries = Queries.of("evenhand.vault")
_KEYS_KEPT = 4096
FRESH_SECONDS = 2.0
_FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class PolicyNow:
    """The policy of an organization as it stands. version: what keys made now are wrapped for."""

    policy: Policy = field(default_factory=Policy)
    version: int = 1
    revoked_at: datetime | None = None

    @classmethod
    def of(cls, row: Any) -> PolicyNow:
        """A row of `key_policy`; without one, an organization is managed."""
        if row is None:
            return cls()
        return cls(Policy(row["mode"], row["service"]), row["version"], row["revoked_at"])


class KeptKeys:
    """What one process keeps."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chunks: OrderedDict[tuple[UUID, UUID], tuple[float, ChunkKey]] = OrderedDict()
        self._writing: dict[tuple[UUID, UUID | None, date], tuple[float, ChunkKey]] = {}
        self._policies: dict[UUID, PolicyNow] = {}
        self.successors: dict[tuple[UUID, UUID], UUID] = {}
        self.epoch = 0
        self._fresh_until = 0.0
        self._asking = asyncio.Lock()

    async def freshen(self, connection: Connection | None = None) -> list[UUID]:
        """Drop what changed; whose it was. connection: one that the caller holds already, so that it needs no second."""
        if time.monotonic() < self._fresh_until:
            return []
        if connection is not None:
            return await self._ask(connection)
        async with self._asking:
            if time.monotonic() < self._fresh_until:
                return []
            async with self._database.statement() as own:
                return await self._ask(own)

    async def _ask(self, connection: Connection) -> list[UUID]:
        row = await _queries.row(connection, "key_changes", since=self.epoch)
        assert row is not None
        if self.epoch == 0:
            # The first time there is nothing to drop.
            changed: list[UUID] = []
        else:
            changed = list(row["organizations"])
        for organization_id in changed:
            self.forget(organization_id)
        self.epoch = max(self.epoch, row["epoch"])
        self._fresh_until = time.monotonic() + FRESH_SECONDS
        return changed

    def forget(self, organization_id: UUID) -> None:
        """Drop everything of one organization."""
        for at in [at for at in self._chunks if at[0] == organization_id]:
            del self._chunks[at]
        for place in [place for place in self._writing if place[0] == organization_id]:
            del self._writing[place]
        self._policies.pop(organization_id, None)
        for at in [at for at in self.successors if at[0] == organization_id]:
            del self.successors[at]

    def clear(self) -> None:
        """Drop everything, and ask again before the next opening."""
        self._chunks.clear()
        self._writing.clear()
        self._policies.clear()
        self.successors.clear()
        self._fresh_until = 0.0

    def known(self, organization_id: UUID, ids: Iterable[UUID]) -> tuple[dict[UUID, ChunkKey], list[UUID]]:
        """The keys that are here, and the ids of those that are not."""
        found: dict[UUID, ChunkKey] = {}
        missing = []
        for id_ in ids:
            kept = self._chunks.get((organization_id, id_))
            if kept is None or (kept[0] != _FOR_EVER and kept[0] < time.monotonic()):
                missing.append(id_)
            else:
                found[id_] = kept[1]
        return found, missing

    def keep(self, key: ChunkKey, is_lent: bool, epoch: int) -> None:
        """Keep a key; one that a customer's service lent, for seconds. epoch: when its row was read; a change since drops it."""
        if epoch != self.epoch:
            return
        self._chunks[key.organization_id, key.id] = (_until(is_lent), key)
        if len(self._chunks) > _KEYS_KEPT:
            self._chunks.popitem(last=False)

    def writing(self, organization_id: UUID, project_id: UUID | None, month: date) -> ChunkKey | None:
        """The key that a project's own rows are sealed under this month."""
        kept = self._writing.get((organization_id, project_id, month))
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def keep_writing(self, key: ChunkKey, month: date, is_lent: bool, epoch: int) -> None:
        """Keep it as that."""
        if epoch != self.epoch:
            return
        self._writing[key.organization_id, key.project_id, month] = (_until(is_lent), key)

    def policy(self, organization_id: UUID) -> PolicyNow | None:
        """How an organization keeps its keys, if that is known."""
        return self._policies.get(organization_id)

    def keep_policy(self, organization_id: UUID, policy: PolicyNow, epoch: int) -> None:
        """Keep that."""
        if epoch == self.epoch:
            self._policies[organization_id] = policy


def _until(is_lent: bool) -> float:
    return time.monotonic() + LENT_SECONDS if is_lent else _FOR_EVER
