"""What the verbs of people put on record: the names that they open, and what they do to members, keys and settings."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ledger.grant import Mint
from evenhand.store.clock import Clock
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")


class Records:
    """Looks of the software at what it keeps of people, and entries in the ledger."""

    def __init__(self, vault: Vault, mint: Mint, clock: Clock) -> None:
        self._vault = vault
        self._mint = mint
        self._clock = clock

    async def opened(self, purpose: Purpose, sealed: list[Sealed]) -> list[dict[str, Any]]:
        """Open rows of one organization for the software itself; the look is recorded there."""
        objects = [each.object_id for each in sealed]
        grant = await self._mint.to_software(sealed[0].organization_id, purpose, objects)
        return [json.loads(content) for content in await self._vault.open(grant, sealed)]

    async def note(
        self, connection: Connection, actor: Actor | None, action: Action, *, subject_id: UUID, rule: str | None = None
    ) -> None:
        """Leave an entry. actor: None for whoever is not signed in."""
        await put_on_record(connection, actor, action, now=self._clock.now(), subject_id=subject_id, rule=rule)


def sealed_person(row: Any) -> Sealed:
    """A person of a row that names her vendor."""
    return Sealed(row["vendor_id"], None, row["person_id"], Kind.PERSON, row["chunk_key_id"], row["sealed"])
