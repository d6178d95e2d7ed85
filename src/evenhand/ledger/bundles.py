"""The entries of a log, spelled from the rows that they were made from as these stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from evenhand.ledger.entry import GOVERNANCE, EntryWriter
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")


@dataclass(frozen=True, slots=True)
class Log:
    """One log, as whoever reads it needs to know it."""

    organization_id: UUID
    generation: int
    opaque: str
    origin: str
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, row: Any) -> Log:
        """From a row that has these columns."""
        return cls(row["organization_id"], row["generation"], row["opaque"], row["origin"], row["salt"])

    @property
    def folder(self) -> str:
        """Where its files lie among the objects of the installation."""
        return f"ledger/{self.opaque}"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: the hash that the tree has, and the entry that its row makes now. None: the row is not there any more."""

    index: int
    hash: bytes
    entry: bytes | None


async def leaves_of(connection: Connection, log: Log, start: int, stop: int) -> list[Leaf]:
    """The leaves start .. stop - 1, or those of them that are there."""
    writer = EntryWriter(log.origin, log.salt)
    is_public = log.organization_id == GOVERNANCE
    rows = await _queries.rows(
        connection,
        "rows_of_public_leaves" if is_public else "rows_of_leaves",
        organization_id=log.organization_id,
        generation=log.generation,
        start=start,
        stop=stop,
    )
    spell = writer.public_entry if is_public else writer.entry
    return [Leaf(row[0], row[1], _entry(spell, tuple(row)[2:])) for row in rows]


def _entry(spell: Any, row: Sequence[Any]) -> bytes | None:
    if row[0] is None:
        return None
    entry: bytes = spell(row)[1]
    return entry
