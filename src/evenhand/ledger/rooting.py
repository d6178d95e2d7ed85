"""One hash over the checkpoints of all customers, every ten minutes in the public governance log.

A leaf is the RFC 6962 hash over 32 random bytes and the text of a customer's checkpoint; nobody else can tell whose it is, or
whether it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from evenhand.ledger.actions import Action
from evenhand.ledger.cover import cover, covered_leaf
from evenhand.ledger.entries import put_on_public_record
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import read_note
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")
APART_SECONDS = 600
# Without news a root is still a sign of life.
APART_SECONDS_MAX = 3600
KEPT_DAYS = 90


class Rooting:
    """Makes the roots. database: connections of the sequencer's role."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def root(self) -> bool:
        """A root, when one is due; there is never more to do at once."""
        now = self._clock.now()
        async with self._database.statement() as connection, connection.transaction():
            last = await _queries.row(connection, "newest_root")
            if last is not None and last["at"] <= now < last["at"] + timedelta(seconds=APART_SECONDS):
                return False
            if not await _queries.value(connection, "lock_sequencer"):
                return False
            rows = [row for row in await _queries.rows(connection, "checkpoints_of_customers") if _is_note(row["note"])]
            is_due = last is None or not last["at"] <= now < last["at"] + timedelta(seconds=APART_SECONDS_MAX)
            if rows and (is_due or any(last is not None and row["made_at"] > last["at"] for row in rows)):
                await self._make(connection, rows, last["number"] + 1 if last else 1)
        return False

    async def _make(self, connection: Connection, rows: Sequence[Any], number: int) -> None:
        now = self._clock.now()
        made = cover([_text_of(row["note"]) for row in rows])
        await _queries.run(connection, "add_root", number=number, root=made.root, size=made.size, now=now)
        for row, place in zip(rows, made.places, strict=True):
            await _queries.run(
                connection,
                "add_root_leaf",
                organization_id=row["organization_id"],
                number=number,
                generation=row["generation"],
                checkpoint_size=row["size"],
                index=place.index,
                salt=place.salt,
                proof=place.proof,
            )
        body = {"number": number, "root": made.root.hex(), "size": made.size}
        await put_on_public_record(connection, Action.LOG_ROOT, body, now=now)
        before = now - timedelta(days=KEPT_DAYS)
        for name in ("forget_root_leaves", "forget_roots"):
            await _queries.run(connection, name, before=before)


def _is_note(text: str) -> bool:
    """Whether it was signed once. A row that somebody forged is left out, and its owner misses it; the others have their root."""
    try:
        return bool(read_note(text.encode()))
    except Unreadable:
        return False


def root_leaf(salt: bytes, checkpoint: str) -> bytes:
    """The leaf of a customer's checkpoint, by its text without signatures."""
    return covered_leaf(salt, _text_of(checkpoint))


def _text_of(checkpoint: str) -> bytes:
    return read_note(checkpoint.encode()).text.encode()
