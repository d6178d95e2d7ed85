"""The publisher: signs what a log's tree is, and writes it as static files that anybody can check (C2SP tlog-tiles).

The order is what keeps a crash harmless: entries and tiles are durable first, then the row of the checkpoint, and last the file
`checkpoint`, so that whatever a published checkpoint speaks of is there. All content follows from the leaves, so a step that is
repeated writes the same bytes. Before it signs, the publisher compares the tree that the files make with the sequencer's, and at
its first meeting with a log the published checkpoint with the rows: a smaller or another tree is not signed, the log stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from prometheus_client import Counter

from evenhand.ledger.bundles import Leaf, Log, leaves_of
from evenhand.ledger.checkpoint import Checkpoint, log_key, open_checkpoint, sign_checkpoint
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.model import LogForked, LogShrunk, LogWrong
from evenhand.ledger.note import Note, SignatureRefused, Signer, read_note
from evenhand.ledger.sequencing import Sequencer, frontier_of
from evenhand.ledger.tiles import TILE_WIDTH, Edge, Tile, widths, write_bundle
from evenhand.ledger.tree import leaf_hash
from evenhand.ledger.witnesses import SILENT_SECONDS, Witnesses
from evenhand.store.blobs import BlobMissing, ObjectStore
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")
APART_SECONDS = 10
LOGS_MAX = 50
ASKED_AT_ONCE = 8
CHECKPOINT = "checkpoint"
_LEAVES_AT_ONCE = 16 * TILE_WIDTH

Signers: TypeAlias = Callable[[str], Signer]
"""The key of a log by its origin: the port to the vault."""

PUBLISHED = Counter("evenhand_ledger_checkpoints_total", "Checkpoints that were signed and published.")


@dataclass(frozen=True, slots=True)
class _Signed:
    """A checkpoint whose files and row are there, and whose own file is not, or not with every cosignature."""

    log: Log
    size: int
    note: Note


class Publisher:
    """Signs and publishes what the sequencer appended. database: connections of the sequencer's role."""

    def __init__(
        self,
        database: Database,
        sequencer: Sequencer,
        witnesses: Witnesses,
        blobs: ObjectStore,
        signers: Signers,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._witnesses = witnesses
        self._blobs = blobs
        self._signers = signers
        self._clock = clock
        # Logs whose published checkpoint was compared with the rows since this process started.
        self._met: set[tuple[UUID, int]] = set()

    async def publish(self) -> bool:
        """A checkpoint of every log that has news and had none in the last ten seconds; whether there are more such logs."""
        async with self._database.statement() as connection:
            if not await _queries.value(connection, "lock_publisher"):
                return False
            try:
                now = self._clock.now()
                due = await _queries.rows(
                    connection, "logs_due", before=now - timedelta(seconds=APART_SECONDS), now=now, limit=LOGS_MAX
                )
                signed = [each for row in due if (each := await self._signed(connection, row)) is not None]
                await self._bring_out(connection, [*signed, *await self._unwitnessed(connection, now, signed)])
            finally:
                if not connection.is_closed():
                    await _queries.value(connection, "unlock_publisher")
        return len(due) == LOGS_MAX

    async def _signed(self, connection: Connection, row: Any) -> _Signed | None:
        try:
            await self._meet(connection, row)
            return await self._checkpoint(connection, row)
        except LogWrong as error:
            await self._sequencer.stop(error)
            return None

    # ------------------------------------------------------------------------------------------------ what is out there --
    async def _meet(self, connection: Connection, row: Any) -> None:
        """See that what is published is what was signed. Raises LogShrunk, LogForked.

        A database that was set back by other means than `evenhand restore` is found here: the file knows more than the rows.
        """
        key = row["organization_id"], row["generation"]
        if key in self._met:
            return
        published = await self.published(Log.of(row))
        if published is not None:
            if published.size > row["signed_size"]:
                raise LogShrunk(*key, row["origin"], row["signed_size"])
            signed = await _queries.row(
                connection, "checkpoint_at", organization_id=key[0], generation=key[1], size=published.size
            )
            if signed is None or signed["root"] != published.root:
                raise LogForked(*key, row["origin"], published.size)
        self._met.add(key)

    async def published(self, log: Log) -> Checkpoint | None:
        """The checkpoint in the file of a log, which this installation must have signed. None: there is none yet.

        Raises LogForked when somebody else wrote it.
        """
        try:
            content = await self._blobs.whole(f"{log.folder}/{CHECKPOINT}")
        except BlobMissing:
            return None
        try:
            return open_checkpoint(content, log_key(log.origin, self._signers(log.origin)))[0]
        except (Unreadable, SignatureRefused):
            raise LogForked(log.organization_id, log.generation, log.origin, 0) from None

    # ------------------------------------------------------------------------------------------------------ going on --
    async def _checkpoint(self, connection: Connection, row: Any) -> _Signed:
        """1 where the last checkpoint ended; 2 files up to now; 3 the same tree as the sequencer's; 4 the row. The file follows.

        A checkpoint whose row is there and whose file did not come out is that file's alone.
        """
        log, size = Log.of(row), row["size"]
        if row["signed_size"] == size:
            return _Signed(log, size, _note_of(log, row["note"], size))
        edge = await self._edge(connection, row)  # 1
        while edge.size < size:  # 2
            await self._write(connection, log, edge, min((edge.size // _LEAVES_AT_ONCE + 1) * _LEAVES_AT_ONCE, size))
        for tile, content in edge.partial.items():
            await self._blobs.replace(f"{log.folder}/{tile.path}", content)
        root = frontier_of(row).root()
        if edge.root() != root:  # 3
            raise LogForked(log.organization_id, log.generation, log.origin, size)
        note = sign_checkpoint(Checkpoint(log.origin, size, root), self._signers(log.origin))
        await _queries.run(  # 4
            connection,
            "add_checkpoint",
            organization_id=log.organization_id,
            generation=log.generation,
            size=size,
            root=root,
            note=note.write().decode(),
            now=self._clock.now(),
        )
        return _Signed(log, size, note)

    # ---------------------------------------------------------------------------------------------------- coming out --
    async def _unwitnessed(self, connection: Connection, now: datetime, besides: Sequence[_Signed]) -> list[_Signed]:
        """Published checkpoints that a witness has not cosigned, or not within the hour."""
        rows = await _queries.rows(
            connection,
            "logs_unwitnessed",
            hour_ago=now - timedelta(hours=1),
            moment_ago=now - timedelta(seconds=SILENT_SECONDS),
            limit=LOGS_MAX,
        )
        done, found = {each.log for each in besides}, []
        for row in rows:
            if (log := Log.of(row)) in done:
                continue
            try:
                found.append(_Signed(log, row["published_size"], _note_of(log, row["note"], row["published_size"])))
            except LogWrong as error:
                await self._sequencer.stop(error)
        return found

    async def _bring_out(self, connection: Connection, signed: Sequence[_Signed]) -> None:
        """Ask the witnesses, of several logs at once, and write the files."""
        for start in range(0, len(signed), ASKED_AT_ONCE):
            some = signed[start : start + ASKED_AT_ONCE]
            asking = (self._witnesses.cosigned(each.log, each.size, each.note) for each in some)
            for each, note in zip(some, await asyncio.gather(*asking), strict=True):
                await self._blobs.replace(f"{each.log.folder}/{CHECKPOINT}", note.write())
                await _queries.run(
                    connection,
                    "set_published",
                    organization_id=each.log.organization_id,
                    generation=each.log.generation,
                    size=each.size,
                )
                PUBLISHED.inc()

    async def _edge(self, connection: Connection, row: Any) -> Edge:
        """The right edge at the last checkpoint: from the files, or from the leaves when the files are gone or spoilt."""
        log, size = Log.of(row), row["signed_size"]
        try:
            partial = {}
            for level, width in enumerate(widths(size)):
                if width % TILE_WIDTH:
                    tile = Tile(level, width // TILE_WIDTH, width % TILE_WIDTH)
                    partial[tile] = await self._blobs.whole(f"{log.folder}/{tile.path}")
            edge = Edge(size, partial)
            if size == 0 or edge.root() == row["signed_root"]:
                return edge
        except (BlobMissing, Unreadable):
            pass
        # From the first leaf on: whatever file is missing is written again.
        return Edge()

    async def _write(self, connection: Connection, log: Log, edge: Edge, stop: int) -> None:
        """The entries of the leaves from the edge to before `stop`, and the tiles that these fill. Raises LogForked, LogShrunk."""
        start = edge.size
        first = start // TILE_WIDTH * TILE_WIDTH
        leaves = await leaves_of(connection, log, first, stop)
        wrong = next((n for n, leaf in enumerate(leaves, first) if leaf.index != n or not _is_of(leaf)), None)
        if wrong is not None:
            raise LogForked(log.organization_id, log.generation, log.origin, wrong)
        if len(leaves) < stop - first:
            raise LogShrunk(log.organization_id, log.generation, log.origin, first + len(leaves))
        for at in range(first, stop, TILE_WIDTH):
            tile = Tile(0, at // TILE_WIDTH, min(TILE_WIDTH, stop - at))
            bundle = write_bundle(leaf.entry or b"" for leaf in leaves[at - first : at - first + tile.width])
            await self._blobs.replace(f"{log.folder}/{tile.entries_path}", bundle)
        for tile, content in edge.extend([leaf.hash for leaf in leaves[start - first :]]).items():
            await self._blobs.replace(f"{log.folder}/{tile.path}", content)


def _note_of(log: Log, note: str, size: int) -> Note:
    """The checkpoint of a row. Raises LogForked for a text that was never signed: one forged row must not stop other logs."""
    try:
        return read_note(note.encode())
    except Unreadable:
        raise LogForked(log.organization_id, log.generation, log.origin, size) from None


def _is_of(leaf: Leaf) -> bool:
    return leaf.entry is not None and leaf_hash(leaf.entry) == leaf.hash
