"""What tests of the ledger share: a sequencer on a world, entries as app leaves them, and a look at what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from database import Copy
from evenhand.ledger.checkpoint import Checkpoint, read_checkpoint
from evenhand.ledger.note import read_note
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.tiles import TILE_WIDTH, Tile, read_bundle, read_tile, tiles_of
from evenhand.ledger.tree import leaf_hash, root_of
from evenhand.store.database import Database

DOMAIN = "labels.example.org"


@asynccontextmanager
async def sequencer_connections(copy: Copy) -> AsyncIterator[Database]:
    """Connections of the sequencer's own role."""
    database = await Database.connect(copy.sequencer_url, size=2, software="evenhand 0 sha256:00")
    try:
        yield database
    finally:
        await database.close()


WAITING = """
  with at as (select inbox, xid, id, floors[cardinality(floors)] as low from ledger_cursor)
select exists (select from at join ledger_inbox i on (i.xid, i.id) > (at.xid, at.id) and i.id >= low where inbox = 'customers')
    or exists (select from at join governance_inbox i on (i.xid, i.id) > (at.xid, at.id) and i.id >= low where inbox = 'governance')
"""


async def sequence(sequencer: Sequencer) -> None:
    """Passes until nothing is left to take. A transaction in any database of the server is waited for, two seconds long."""
    for _ in range(200):
        while await sequencer.sequence():
            pass
        async with sequencer._database.statement() as connection:
            if not await connection.fetchval(WAITING):
                return
        await asyncio.sleep(0.01)


async def record(connection: asyncpg.Connection, organization_id: UUID, count: int = 1) -> list[UUID]:
    """So many entries of an organization, as app leaves them, inside a transaction; the objects that they name."""
    objects = [uuid4() for _ in range(count)]
    await connection.execute("select set_config('evenhand.organization', $1, true)", str(organization_id))
    await connection.executemany(
        "select ledger_note(23::smallint, null, null, $1, null, null, 'manage', null, null, null, now())",
        [(each,) for each in objects],
    )
    return objects


async def put(copy: Copy, organization_id: UUID, count: int = 1) -> list[UUID]:
    """The same in a transaction of its own."""
    async with copy.connect(as_="app") as app, app.transaction():
        return await record(app, organization_id, count)


async def leaves(copy: Copy, organization_id: UUID) -> list[Any]:
    """The leaves of an organization's logs beside the rows that they were made from, in order."""
    async with copy.connect() as superuser:
        found: list[Any] = await superuser.fetch(
            "select l.*, i.xid as row_xid, i.id as row_id, i.object_id from ledger_leaf l left join ledger_inbox i using (xid, id)"
            " where l.organization_id = $1 order by l.generation, l.index",
            organization_id,
        )
    return found


async def state_of(copy: Copy, organization_id: UUID) -> Any:
    """The newest log of an organization."""
    async with copy.connect() as superuser:
        return await superuser.fetchrow(
            "select * from ledger_log where organization_id = $1 order by generation desc limit 1", organization_id
        )


def read_log(folder: Path) -> tuple[Checkpoint, list[bytes]]:
    """What anybody finds in a published log: its checkpoint, and every entry, whose hashes make that tree."""
    content = (folder / "checkpoint").read_bytes()
    checkpoint = read_checkpoint(read_note(content).text)
    entries: list[bytes] = []
    for at in range(0, checkpoint.size, TILE_WIDTH):
        tile = Tile(0, at // TILE_WIDTH, min(TILE_WIDTH, checkpoint.size - at))
        bundle = read_bundle((folder / tile.entries_path).read_bytes(), tile.width)
        assert (folder / tile.path).read_bytes() == b"".join(leaf_hash(entry) for entry in bundle)
        entries += bundle
    for tile in tiles_of(checkpoint.size):
        read_tile((folder / tile.path).read_bytes(), tile.width)
    assert root_of(map(leaf_hash, entries)) == checkpoint.root
    return checkpoint, entries
