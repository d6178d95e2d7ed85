"""What keeps the logs beside the requests: rounds of the worker, or of a process of their own, on connections of their own role."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.boundary.outbound import Guard
from evenhand.ledger.publishing import Publisher, Signers
from evenhand.ledger.reconciling import Reconciled, Reconciliation
from evenhand.ledger.rooting import Rooting
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.witnesses import Witnesses
from evenhand.store.blobs import ObjectStore
from evenhand.store.clock import Clock
from evenhand.store.database import POLLING_SECONDS, Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.ledger")
SEQUENCE_SECONDS = 0.5
PUBLISH_SECONDS = 2.0
ROOT_SECONDS = 30.0
_CONNECTIONS = 2


@dataclass(frozen=True, slots=True)
class _Parts:
    sequencer: Sequencer
    witnesses: Witnesses
    publisher: Publisher
    reconciliation: Reconciliation
    rooting: Rooting


class LogKeeper:
    """Connects when it is first needed, and again after the database was away: the worker runs on without it."""

    def __init__(
        self,
        url: str,
        blobs: ObjectStore,
        signers: Signers,
        guard: Guard,
        clock: Clock,
        *,
        domain: str | None,
        software: str,
    ) -> None:
        self._url = url
        self._guard = guard
        self._blobs = blobs
        self._signers = signers
        self._clock = clock
        self._domain = domain
        self._software = software
        self._database: Database | None = None
        self._parts: _Parts | None = None
        self._connecting = asyncio.Lock()

    @property
    def rounds(self) -> list[tuple[float, Callable[[], Awaitable[bool]]]]:
        """The steps, and after how many seconds each is due again."""
        return [(SEQUENCE_SECONDS, self.sequence), (PUBLISH_SECONDS, self.publish), (ROOT_SECONDS, self.root)]

    async def sequence(self) -> bool:
        """Give what was recorded its place in the logs; whether there is more."""
        return await (await self._opened()).sequencer.sequence()

    async def publish(self) -> bool:
        """Sign and publish what has its place; whether there is more."""
        return await (await self._opened()).publisher.publish()

    async def root(self) -> bool:
        """Put a hash over all customers' checkpoints into the governance log, when one is due."""
        return await (await self._opened()).rooting.root()

    async def reconcile(self, *, same_log: bool, published: Path | None) -> list[Reconciled]:
        """End the stop of every log that stopped. Raises what `Reconciliation.run` raises."""
        return await (await self._opened()).reconciliation.run(same_log=same_log, published=published)

    async def witnesses(self) -> Witnesses:
        """Who they are, and changing that."""
        return (await self._opened()).witnesses

    async def status(self) -> list[dict[str, Any]]:
        """Every log, the governance log first: origin, state, entries, and how many of them are published."""
        await self._opened()
        assert self._database is not None
        async with self._database.statement() as connection:
            return [dict(row) for row in await _queries.rows(connection, "all_logs")]

    async def close(self) -> None:
        """Give the connections back."""
        if self._database is not None:
            await self._database.close()

    async def _opened(self) -> _Parts:
        async with self._connecting:
            if self._parts is None:
                self._database = await Database.connect(
                    self._url, size=_CONNECTIONS, software=self._software, spare_seconds=POLLING_SECONDS
                )
                domain = self._domain or await self._own_domain()
                sequencer = Sequencer(self._database, self._clock, domain)
                witnesses = Witnesses(self._database, self._blobs, self._guard, self._clock)
                publisher = Publisher(self._database, sequencer, witnesses, self._blobs, self._signers, self._clock)
                reconciliation = Reconciliation(self._database, sequencer, publisher, self._signers, self._clock)
                self._parts = _Parts(
                    sequencer, witnesses, publisher, reconciliation, Rooting(self._database, self._clock)
                )
            return self._parts

    async def _own_domain(self) -> str:
        """A name for logs of an installation that has none of its own: no other has it, and nobody can reach it."""
        assert self._database is not None
        async with self._database.statement() as connection:
            return f"{(await _queries.value(connection, 'installation_id')).hex[-12:]}.localhost"
