"""What the routes of walls are given."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.vault.service import Vault
from evenhand.walls.changing import Changing
from evenhand.walls.grant import Grants
from evenhand.walls.interests import Interests
from evenhand.walls.register import Register
from evenhand.walls.terms import Terms


@dataclass(frozen=True, slots=True)
class WallServices:
    """The register of interests, each customer's own terms, and people's own interests."""

    register: Register
    terms: Terms
    interests: Interests

    @classmethod
    def make(cls, database: Database, vault: Vault, grants: Grants, clock: Clock) -> WallServices:
        """All of them change one register."""
        changing = Changing(database, clock)
        return cls(
            Register(database, changing, clock),
            Terms(database, changing, clock),
            Interests(database, vault, grants, changing, clock),
        )
