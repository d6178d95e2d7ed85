"""The sequencer: gives every row of the inboxes its place in a log, once, in the order (xid, id), and makes the trees grow.

One pass is one transaction: rows above the cursor and below the oldest running transaction are spelled, hashed and appended to
their logs, and the cursor moves. Killed at any moment it leaves a pass whole or not at all. It works as a role of its own, which
alone may write the tables of the logs, and under a lock that one sequencer in the installation can hold.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from evenhand.ledger.entry import GOVERNANCE, EntryWriter
from evenhand.ledger.model import LogForked, LogShrunk, LogWrong, SecondSequencer
from evenhand.ledger.tree import Frontier, ProofRefused, leaf_hash
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")
ROWS_MAX = 5_000
CUSTOMERS, PUBLIC = "customers", "governance"
_LEAVES_READ = 20_000

log = structlog.get_logger(__name__)
SEQUENCED = Counter("evenhand_ledger_entries_total", "Entries that got their place in a log.")
STOPPED = Counter("evenhand_ledger_logs_stopped_total", "Logs that stopped because they are not what they were.")


@dataclass(slots=True)
class _Growing:
    """One log during a pass. old_size: before it; rows: those of the pass, in order."""

    organization_id: UUID
    generation: int
    writer: EntryWriter
    frontier: Frontier
    old_size: int
    is_open: bool
    hashes: list[bytes] = field(default_factory=list)


class Sequencer:
    """Passes over the inboxes. database: connections of the sequencer's own role. domain: the first part of new origins."""

    def __init__(self, database: Database, clock: Clock, domain: str) -> None:
        self._database = database
        self._clock = clock
        self._domain = domain
        self._writers: dict[tuple[UUID, int], EntryWriter] = {}
        # Logs whose tree was recomputed from their leaves since this process started, at the size they then had or grew to.
        self._proven: dict[tuple[UUID, int], int] = {}

    async def sequence(self) -> bool:
        """One pass over each inbox that holds rows to take; whether there may be more."""
        async with self._database.statement() as connection:
            waiting = await _queries.rows(connection, "waiting")
        more = [await self._pass(row["inbox"], ROWS_MAX) for row in waiting]
        return any(more)

    async def _pass(self, inbox: str, limit: int) -> bool:
        try:
            async with self._database.statement() as connection, connection.transaction():
                if not await _queries.value(connection, "lock_sequencer"):
                    return False
                return await self._take(connection, inbox, limit)
        except LogWrong as error:
            # The pass was rolled back. The log stops; those of everybody else go on with the next one.
            await self.stop(error)
            return True

    async def _take(self, connection: Connection, inbox: str, limit: int) -> bool:
        at = await _queries.row(connection, "cursor", inbox=inbox)
        assert at is not None
        rows = await _queries.rows(
            connection,
            "take" if inbox == CUSTOMERS else "take_public",
            xid=at["xid"],
            id=at["id"],
            floor=at["floors"][-1],
            limit=limit,
        )
        if not rows:
            return False
        await self.append(connection, rows)
        moved = await _queries.run(
            connection,
            "move_cursor",
            inbox=inbox,
            xid=rows[-1][0],
            id=rows[-1][1],
            old_xid=at["xid"],
            old_id=at["id"],
        )
        if moved != 1:
            raise SecondSequencer()
        return len(rows) == limit

    async def append(self, connection: Connection, rows: Sequence[Any]) -> None:
        """Give rows of one inbox, in order, the next places of their logs. Those of a stopped log are left where they are.

        Raises LogForked, LogShrunk when a log's leaves are not those of its tree.
        """
        logs = await self._logs_of(connection, dict.fromkeys(row[2] for row in rows))
        organizations, generations, indexes, entry_ids = [], [], [], []
        hashes: list[bytes] = []
        xids, ids = [], []
        for row in rows:
            into = logs[row[2]]
            if not into.is_open:
                continue
            entry_id, entry = into.writer.public_entry(row) if row[2] == GOVERNANCE else into.writer.entry(row)
            organizations.append(into.organization_id)
            generations.append(into.generation)
            indexes.append(into.old_size + len(into.hashes))
            hashed = leaf_hash(entry)
            into.hashes.append(hashed)
            hashes.append(hashed)
            entry_ids.append(entry_id)
            xids.append(row[0])
            ids.append(row[1])
        await _queries.run(
            connection,
            "add_leaves",
            organization_ids=organizations,
            generations=generations,
            indexes=indexes,
            hashes=hashes,
            entry_ids=entry_ids,
            xids=xids,
            ids=ids,
        )
        for each in logs.values():
            await self._grow(connection, each)
        SEQUENCED.inc(len(hashes))

    async def _grow(self, connection: Connection, into: _Growing) -> None:
        if not into.hashes:
            return
        into.frontier.extend(into.hashes)
        grown = await _queries.run(
            connection,
            "grow_log",
            organization_id=into.organization_id,
            generation=into.generation,
            old_size=into.old_size,
            size=into.frontier.size,
            frontier=list(into.frontier.hashes),
        )
        if grown != 1:
            raise SecondSequencer()

    async def _logs_of(self, connection: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, _Growing]:
        """The logs of these organizations; those that have none yet get theirs."""
        wanted = list(organization_ids)
        rows = await _queries.rows(connection, "logs_of", organization_ids=wanted)
        if missing := set(wanted) - {row["organization_id"] for row in rows}:
            for organization_id in sorted(missing):
                await self.begin(connection, organization_id, 1)
            rows = await _queries.rows(connection, "logs_of", organization_ids=wanted)
        return {row["organization_id"]: await self._growing(connection, row) for row in rows}

    async def begin(
        self, connection: Connection, organization_id: UUID, generation: int, salt: bytes | None = None
    ) -> str:
        """A new log of an organization; its origin, whose opaque part tells nobody whose it is.

        salt: that of the log before it, so that an entry keeps its id wherever it stands.
        """
        opaque = secrets.token_hex(16)
        if organization_id == GOVERNANCE:
            opaque = "governance" if generation == 1 else f"governance-{generation}"
        await _queries.run(
            connection,
            "begin_log",
            organization_id=organization_id,
            generation=generation,
            opaque=opaque,
            origin=f"{self._domain}/log/{opaque}",
            salt=salt or secrets.token_bytes(32),
            now=self._clock.now(),
        )
        return f"{self._domain}/log/{opaque}"

    async def _growing(self, connection: Connection, row: Any) -> _Growing:
        key = row["organization_id"], row["generation"]
        if key not in self._writers:
            self._writers[key] = EntryWriter(row["origin"], row["salt"])
        is_open = row["state"] == "open"
        frontier = frontier_of(row) if is_open else Frontier()
        if is_open and key not in self._proven:
            await require_leaves(connection, row)
            self._proven[key] = row["size"]
        return _Growing(*key, self._writers[key], frontier, row["size"], is_open)

    async def stop(self, error: LogWrong) -> None:
        """Stop a log for good: it takes no entry and signs nothing until somebody reconciles it."""
        inbox = PUBLIC if error.organization_id == GOVERNANCE else CUSTOMERS
        async with self._database.statement() as connection:
            stopped = await _queries.run(
                connection,
                "stop_log",
                organization_id=error.organization_id,
                generation=error.generation,
                inbox=inbox,
                reason=error.code,
            )
        if stopped:
            STOPPED.inc()
            log.error("ledger.stopped", log=error.origin, cause=error.code, at=error.at)


def frontier_of(row: Any) -> Frontier:
    """A log's tree as its row has it. Raises LogForked when size and hashes make none: one forged row must not stop other logs."""
    try:
        return Frontier(row["size"], row["frontier"])
    except ProofRefused:
        raise LogForked(row["organization_id"], row["generation"], row["origin"], row["size"]) from None


async def require_leaves(connection: Connection, row: Any) -> None:
    """Recompute a log's tree from its leaves. Raises LogShrunk when there are too few, LogForked when they make another tree."""
    frontier = Frontier()
    while frontier.size < row["size"]:
        stop = min(frontier.size + _LEAVES_READ, row["size"])
        hashes = await leaf_hashes(connection, row, frontier.size, stop)
        frontier.extend(hashes)
    if list(frontier.hashes) != list(row["frontier"]):
        raise LogForked(row["organization_id"], row["generation"], row["origin"], row["size"])


async def leaf_hashes(connection: Connection, row: Any, start: int, stop: int) -> list[bytes]:
    """The leaf hashes start .. stop - 1 of a log. Raises LogShrunk when some are not there."""
    found = await _queries.rows(
        connection,
        "leaf_hashes",
        organization_id=row["organization_id"],
        generation=row["generation"],
        start=start,
        stop=stop,
    )
    if len(found) != stop - start:
        gap = next((start + n for n, each in enumerate(found) if each["index"] != start + n), start + len(found))
        raise LogShrunk(row["organization_id"], row["generation"], row["origin"], gap)
    return [each["hash"] for each in found]
