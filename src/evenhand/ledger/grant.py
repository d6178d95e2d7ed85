"""The type that opens the vault: proof that a look is on record. Only `walls.grant` makes one, after the commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.ledger.actions import Action, Purpose

OBJECTS_MAX = 500


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to open sealed content of at most 500 objects for one purpose, already recorded and committed.

    id: the place of its entry in the inbox, `xid.id`: another process (the broker) can look it up there.
    person_id: None when the software itself looks (a check, a release).
    """

    id: str
    organization_id: UUID
    person_id: UUID | None
    purpose: Purpose
    objects: frozenset[UUID]

    def covers(self, object_id: UUID) -> bool:
        """Whether this grant names the object."""
        return object_id in self.objects


class Mint(Protocol):
    """The port to `walls.grant`, for the one room below the walls that shows names: `people`."""

    async def to_person(
        self, actor: Actor, purpose: Purpose, objects: Iterable[UUID], action: Action = Action.ASSET_RELEASE
    ) -> Grant:
        """A grant for the person who asks, recorded and committed."""

    async def to_software(
        self, organization_id: UUID, purpose: Purpose, objects: Iterable[UUID], action: Action = Action.ASSET_RELEASE
    ) -> Grant:
        """A grant for the software itself, recorded and committed."""
