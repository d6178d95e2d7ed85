"""What runs beside the requests: the relay that counts and tells, the sweepers that take back and tidy.

Every step is safe to run in any number of processes and to be killed at any moment: one relay at a time holds a lock in the
database, an event is counted in the transaction that forgets it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from evenhand.core.errors import PlatformError
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.work.model import CHUNK_ROWS

_queries = Queries.of("evenhand.work")
CHANNEL = "evenhand_events"
RELAY_SECONDS = 0.1
# What nobody has written to for QUIET_SECONDS is asked less often, which nobody sees: see `Relay.listen`.
QUIET_SECONDS, QUIET_RELAY_SECONDS = 10.0, 0.25
SWEEP_SECONDS = 3.0
FLOOR_SECONDS = 30.0
# No part of the times after which steps are due again: what began apart does not come together in the next round.
APART_SECONDS = 0.07
TAKE_MAX = 5_000
SWEEP_MAX = 500
FLOORS_MAX = 200
# A notification holds at most 8,000 bytes; a project's key is 73.
_KEYS_A_NOTICE = 100

# What higher rooms do with the events, in the transaction in which they are forgotten.
Teller = Callable[[Connection, Sequence[dict[str, Any]]], Awaitable[None]]
# What higher rooms do beside it: every so many seconds, a step that says whether there is more.
Round = tuple[float, Callable[[], Awaitable[bool]]]


@dataclass(frozen=True, slots=True)
class Woken:
    """A step that the relay wakes, so that it costs nothing while there is nothing for it.

    by: what wakes it, tasks that wait for a decision, or events. seconds: after how long it looks by itself, should nobody wake
    it. apart_seconds: at least so long between two.
    """

    by: Literal["undecided", "events"]
    step: Callable[[], Awaitable[bool]]
    seconds: float
    apart_seconds: float = 0.0
    bell: asyncio.Event = field(default_factory=asyncio.Event)


log = structlog.get_logger(__name__)
EVENTS = Counter("evenhand_outbox_events_total", "Events the relay has counted.")
EXPIRED = Counter("evenhand_leases_expired_total", "Leases taken back because they ran out.")
LAG = Gauge("evenhand_relay_last_seconds", "Unix time of the relay's last round.", multiprocess_mode="max")


class Relay:
    """The worker's rounds. `run` goes on until it is cancelled."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rounds: Sequence[Round] = (),
        tellers: Sequence[Teller] = (),
        woken: Sequence[Woken] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._rounds = rounds
        self._tellers = tellers
        self._woken = woken
        self._told_at = time.monotonic()

    async def run(self) -> None:
        """All rounds side by side."""
        own: list[Round] = [(RELAY_SECONDS, self.listen), (SWEEP_SECONDS, self.sweep), (FLOOR_SECONDS, self.tidy)]
        await run_rounds([*own, *self._rounds], self._woken)

    async def listen(self) -> bool:
        """Tell, every tenth of a second while anybody works, and later where nobody does; whether there may be more."""
        if await self.tell():
            return True
        if time.monotonic() - self._told_at > QUIET_SECONDS:
            await asyncio.sleep(QUIET_RELAY_SECONDS - RELAY_SECONDS)
        return False

    async def tell(self) -> bool:
        """Count what happened and wake whoever watches; whether there may be more."""
        async with self._database.statement() as connection, connection.transaction():
            row = await _queries.row(connection, "relay_take", max=TAKE_MAX)
            assert row is not None
            LAG.set(time.time())
            events: list[dict[str, Any]] = json.loads(row["events"]) if row["events"] else []
            self._wake(is_undecided=row["is_undecided"], has_events=bool(events))
            if not events:
                return False
            for tell in self._tellers:
                await tell(connection, events)
            EVENTS.inc(len(events))
            keys = sorted({f"{each['organization_id']}/{each['project_id']}" for each in events if each["project_id"]})
            for start in range(0, len(keys), _KEYS_A_NOTICE):
                notice = ",".join(keys[start : start + _KEYS_A_NOTICE])
                await connection.execute("select pg_notify($1, $2)", CHANNEL, notice)
        return len(events) == TAKE_MAX

    def _wake(self, *, is_undecided: bool, has_events: bool) -> None:
        if has_events or is_undecided:
            self._told_at = time.monotonic()
        for each in self._woken:
            if is_undecided if each.by == "undecided" else has_events:
                each.bell.set()

    async def sweep(self) -> bool:
        """Take back leases that ran out, and what was set aside for somebody who did not come."""
        async with self._database.statement() as connection:
            swept: int = await _queries.value(connection, "sweep_leases", now=self._clock.now(), max=SWEEP_MAX)
            freed: int = await _queries.value(connection, "sweep_routes", now=self._clock.now(), max=SWEEP_MAX)
        EXPIRED.inc(swept)
        return SWEEP_MAX in (swept, freed)

    async def tidy(self) -> bool:
        """Raise queue floors, forget stale drafts, finish batches that a crash left half dealt."""
        async with self._database.statement() as connection:
            after: int | None = 0
            while after is not None:
                after = await _queries.value(connection, "raise_floors", after=after, max=FLOORS_MAX)
            forgotten: int = await _queries.value(connection, "sweep_drafts", max=CHUNK_ROWS)
            unopened = await _queries.rows(connection, "batches_unopened")
        for batch in unopened:
            await open_batch(self._database, self._clock, batch["organization_id"], batch["batch_id"])
        return forgotten == CHUNK_ROWS


async def run_rounds(rounds: Sequence[Round], woken: Sequence[Woken] = ()) -> None:
    """Steps side by side, each again and again, until this is cancelled.

    Each begins a moment after the one before it, so that steps which find nothing share a connection, where together they
    would open one each.
    """
    async with asyncio.TaskGroup() as group:
        for place, (seconds, step) in enumerate(rounds):
            group.create_task(_every(seconds, step, place * APART_SECONDS))
        for each in woken:
            group.create_task(_when_woken(each))


async def _every(seconds: float, step: Callable[[], Awaitable[bool]], after_seconds: float) -> None:
    """Repeat a step every so many seconds."""
    await asyncio.sleep(after_seconds)
    while True:
        await _through(step)
        await asyncio.sleep(seconds)


async def _when_woken(woken: Woken) -> None:
    """Repeat a step when it is woken, and every so many seconds all the same."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(woken.seconds):
                await woken.bell.wait()
        # Before it looks: what comes while it looks wakes it again.
        woken.bell.clear()
        await _through(woken.step)
        await asyncio.sleep(woken.apart_seconds)


async def _through(step: Callable[[], Awaitable[bool]]) -> None:
    """A step, at once again while it says there is more. A database that is away is waited for."""
    try:
        while await step():
            pass
    except (PlatformError, asyncpg.PostgresError, OSError, TimeoutError) as error:
        log.warning("relay.waits", step=step.__name__, cause=type(error).__name__)
        await asyncio.sleep(1)


async def open_batch(database: Database, clock: Clock, organization_id: Any, batch_id: Any) -> None:
    """Make the slots of a published batch, in chunks; repeating it changes nothing."""
    after: int | None = 0
    while after is not None:
        async with database.statement() as connection:
            row = await _queries.row(
                connection,
                "batch_open",
                organization_id=organization_id,
                batch_id=batch_id,
                after=after,
                max=CHUNK_ROWS,
                now=clock.now(),
            )
        after = row["last_no"] if row else None
