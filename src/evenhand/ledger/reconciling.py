"""The ceremony that ends a stop: a log begins anew beside the old one, or goes on where that provably contradicts nothing.

A log stops when its rows are not what was signed, and after every restored backup: what was signed since is unknown here, and a
second tree of the same size would be a fork. By default the old log is closed, its files stay, and a new one with an origin of its
own begins with an entry that names the old head. It goes on under its old origin only with the newest published checkpoint at
hand (decision 12). The public log commits to what became of customers' logs, and names none of them (decision 15).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from evenhand.core.canonical import canonical_json
from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Action
from evenhand.ledger.bundles import Log
from evenhand.ledger.checkpoint import Checkpoint, log_key, open_checkpoint
from evenhand.ledger.cover import Place, cover
from evenhand.ledger.entries import put_on_public_record
from evenhand.ledger.entry import GOVERNANCE
from evenhand.ledger.lines import write_base64
from evenhand.ledger.model import LogForked
from evenhand.ledger.publishing import CHECKPOINT, Publisher, Signers
from evenhand.ledger.sequencing import CUSTOMERS, PUBLIC, Sequencer, frontier_of, leaf_hashes, require_leaves
from evenhand.ledger.tree import EMPTY_ROOT, Frontier
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")
_LAST_ID = 2**63 - 1
_LAST_XID = 2**64 - 1
_LEAVES_READ = 20_000


@dataclass(eq=False)
class PublishedUnknown(PlatformError):
    """After a restored backup nothing here knows what was published since."""

    origin: str
    code: ClassVar[str] = "published-unknown"
    hint: ClassVar[str] = (
        "Give the folder with the newest published checkpoint of this log (a customer's fetched copy will do) with --published,"
        " or leave --same-log out: a new log then begins beside the old one."
    )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of a stopped log. origin: under which it goes on. size, root: the old head; published: what the files said."""

    old_origin: str
    origin: str
    size: int
    root: str
    published: int
    reason: str
    taken: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """A log as it stood, in the words of the entries. published: the greatest size that a file at hand says; root: in base 64."""

    log: str
    published: int
    reason: str
    root: str
    size: int


class Reconciliation:
    """Ends stops. Everything runs as the sequencer's role, under its lock."""

    def __init__(
        self, database: Database, sequencer: Sequencer, publisher: Publisher, signers: Signers, clock: Clock
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._publisher = publisher
        self._signers = signers
        self._clock = clock

    async def run(self, *, same_log: bool = False, published: Path | None = None) -> list[Reconciled]:
        """Reconcile every stopped log, the governance log first.

        same_log: go on under the old origins. published: a folder with `checkpoint`, or with one folder a log.
        Raises PublishedUnknown, LogForked, LogShrunk for a log that cannot go on as it was: it stays stopped, the others go on.
        """
        async with self._database.statement() as connection:
            stopped = await _queries.rows(connection, "logs_stopped")
        found, refused = [], None
        for row in stopped:
            try:
                found.append(await self._look(row, same_log=same_log, folder=published))
            except PlatformError as error:
                refused = refused or error
        done = []
        for each, row, place in await self._note(found):
            done.append(await self._go_on(each, row, place, same_log=same_log))
        if refused is not None:
            raise refused
        return done

    async def _look(self, row: Any, *, same_log: bool, folder: Path | None) -> tuple[Stopped, Any]:
        """What is published of a log, and whether it may go on."""
        here, brought = await self._here(Log.of(row)), self._brought(Log.of(row), folder)
        known = [*here, *brought]
        if same_log:
            await self._require_extension(row, known, has_evidence=bool(brought))
        size, root = _head_of(row)
        published = max((each.size for each in known), default=0)
        return Stopped(row["origin"], published, row["reason"], root, size), row

    async def _go_on(self, at: Stopped, row: Any, place: tuple[int, int], *, same_log: bool) -> Reconciled:
        """The cursor passes the entry, which is committed; then the rows that waited."""
        await self._pass_by(row, place)
        while True:
            async with self._database.statement() as connection, connection.transaction():
                if await _queries.value(connection, "lock_sequencer"):
                    origin, taken = await self._reopen(connection, row, place, same_log=same_log)
                    return Reconciled(at.log, origin, at.size, at.root, at.published, at.reason, taken)
            await asyncio.sleep(0.1)

    # ------------------------------------------------------------------------------------------------ may it go on --
    async def _here(self, log: Log) -> list[Checkpoint]:
        """The checkpoint in the store. What lies there and is not ours says nothing: the rows and what is brought have to do."""
        with suppress(LogForked):
            published = await self._publisher.published(log)
            return [published] if published is not None else []
        return []

    def _brought(self, log: Log, folder: Path | None) -> list[Checkpoint]:
        """Checkpoints of a log that came from outside. Raises Unreadable, SignatureRefused for what this log did not sign."""
        key = log_key(log.origin, self._signers(log.origin))
        paths = (folder / CHECKPOINT, folder / log.opaque / CHECKPOINT) if folder else ()
        return [open_checkpoint(path.read_bytes(), key)[0] for path in paths if path.is_file()]

    async def _require_extension(self, row: Any, known: Sequence[Checkpoint], *, has_evidence: bool) -> None:
        if row["reason"] == "restored" and not has_evidence:
            raise PublishedUnknown(origin=row["origin"])
        async with self._database.statement() as connection:
            await require_leaves(connection, row)
            for each in known:
                if each.size > row["size"] or await _root_at(connection, row, each.size) != each.root:
                    raise LogForked(row["organization_id"], row["generation"], row["origin"], each.size)

    # -------------------------------------------------------------------------------------------------- the ceremony --
    async def _note(self, found: Sequence[tuple[Stopped, Any]]) -> list[tuple[Stopped, Any, tuple[int, int]]]:
        """The entries, committed: in the public log its own by name and one over all customers'; in each customer's its own."""
        now = self._clock.now()
        placed = []
        for at, row in found:
            if row["organization_id"] == GOVERNANCE:
                async with self._database.statement() as connection, connection.transaction():
                    place = await put_on_public_record(connection, Action.LOG_RECONCILE, asdict(at), now=now)
                placed.append((at, row, place))
        customers = [(at, row) for at, row in found if row["organization_id"] != GOVERNANCE]
        if not customers:
            return placed
        made = cover([canonical_json(asdict(at)) for at, _ in customers])
        async with self._database.statement() as connection, connection.transaction():
            body = {"logs": {"root": made.root.hex(), "size": made.size}}
            await put_on_public_record(connection, Action.LOG_RECONCILE, body, now=now)
        for (at, row), shown in zip(customers, made.places, strict=True):
            rule = f"{at.log} stood at {at.size} {at.root}, published {at.published}, stopped: {at.reason}; {_opening(shown)}"
            async with self._database.statement() as connection, connection.transaction():
                noted = await _queries.row(
                    connection,
                    "note_reconciled",
                    organization_id=row["organization_id"],
                    rule=rule,
                    quantity=at.size,
                    now=now,
                )
            assert noted is not None
            placed.append((at, row, (noted["xid"], noted["id"])))
        return placed

    async def _pass_by(self, row: Any, place: tuple[int, int]) -> None:
        """Until the cursor of the inbox is beyond a place: what lies before it is then nobody's to take but ours."""
        while True:
            await self._sequencer.sequence()
            async with self._database.statement() as connection:
                at = await _queries.row(connection, "cursor", inbox=_inbox_of(row))
            assert at is not None
            if (at["xid"], at["id"]) >= place:
                return
            await asyncio.sleep(0.1)

    async def _reopen(
        self, connection: Connection, row: Any, place: tuple[int, int], *, same_log: bool
    ) -> tuple[str, int]:
        organization_id, generation = row["organization_id"], row["generation"]
        rows = await self._rows_left(connection, row)
        if same_log:
            await _queries.run(connection, "reopen_log", organization_id=organization_id, generation=generation)
            origin = row["origin"]
        else:
            await _queries.run(connection, "close_log", organization_id=organization_id, generation=generation)
            origin = await self._sequencer.begin(connection, organization_id, generation + 1, row["salt"])
            # The first entry of the new log says which one it follows.
            rows.sort(key=lambda each: (each[0], each[1]) != place)
        await self._sequencer.append(connection, rows)
        return origin, len(rows)

    async def _rows_left(self, connection: Connection, row: Any) -> list[Any]:
        """Rows from where the log stopped up to the cursor. Within each era (xid, id) orders them."""
        inbox = _inbox_of(row)
        at = await _queries.row(connection, "cursor", inbox=inbox)
        assert at is not None
        floors, first = at["floors"], row["stopped_era"] - 1
        rows: list[Any] = []
        for era in range(first, len(floors)):
            is_present = era == len(floors) - 1
            bounds = {
                "xid": row["stopped_xid"] if era == first else 0,
                "id": row["stopped_id"] if era == first else 0,
                "to_xid": at["xid"] if is_present else _LAST_XID,
                "to_id": at["id"] if is_present else _LAST_ID,
                "floor": floors[era],
                "ceiling": _LAST_ID if is_present else floors[era + 1],
            }
            if inbox == PUBLIC:
                rows += await _queries.rows(connection, "public_rows_left", **bounds)
            else:
                rows += await _queries.rows(connection, "rows_left", organization_id=row["organization_id"], **bounds)
        return rows


def _opening(place: Place) -> str:
    """With what a customer shows that the public entry is about its log too."""
    return f"public {place.index} {place.salt.hex()} {','.join(each.hex() for each in place.proof) or '-'}"


def _head_of(row: Any) -> tuple[int, str]:
    """(size, root) as the log's row has them, or, where that was forged into no tree at all, as they were last signed."""
    try:
        return row["size"], write_base64(frontier_of(row).root())
    except LogForked:
        return row["signed_size"], write_base64(row["signed_root"] or EMPTY_ROOT)


def _inbox_of(row: Any) -> str:
    return PUBLIC if row["organization_id"] == GOVERNANCE else CUSTOMERS


async def _root_at(connection: Connection, row: Any, size: int) -> bytes:
    frontier = Frontier()
    while frontier.size < size:
        stop = min(frontier.size + _LEAVES_READ, size)
        frontier.extend(await leaf_hashes(connection, row, frontier.size, stop))
    return frontier.root()
