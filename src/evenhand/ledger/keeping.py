"""What keeps the logs beside the requests: rounds of the worker, or of a process of their own, on connections of their own role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from evenhand.ledger.sequencing import Sequencer
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.ledger")
SEQUENCE_SECONDS = 0.5
_CONNECTIONS = 2


class LogKeeper:
    """Connects when it is first needed, and again after the database was away: the worker runs on without it."""

    def __init__(self, url: str, clock: Clock, *, domain: str | None, software: str) -> None:
        self._url = url
        self._clock = clock
        self._domain = domain
        self._software = software
        self._database: Database | None = None
        self._sequencer: Sequencer | None = None

    @property
    def rounds(self) -> list[tuple[float, Callable[[], Awaitable[bool]]]]:
        """The steps, and after how many seconds each is due again."""
        return [(SEQUENCE_SECONDS, self.sequence)]

    async def sequence(self) -> bool:
        """Give what was recorded its place in the logs; whether there is more."""
        return await (await self._opened()).sequence()

    async def close(self) -> None:
        """Give the connections back."""
        if self._database is not None:
            await self._database.close()

    async def _opened(self) -> Sequencer:
        if self._sequencer is None:
            self._database = await Database.connect(self._url, size=_CONNECTIONS, software=self._software)
            self._sequencer = Sequencer(self._database, self._clock, self._domain or await self._own_domain())
        return self._sequencer

    async def _own_domain(self) -> str:
        """A name for logs of an installation that has none of its own: no other has it, and nobody can reach it."""
        assert self._database is not None
        async with self._database.statement() as connection:
            return f"{(await _queries.value(connection, 'installation_id')).hex[-12:]}.localhost"
