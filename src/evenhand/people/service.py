"""The verbs of people, by subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from evenhand.boundary.outbound import Guard
from evenhand.ledger.grant import Mint
from evenhand.people.actors import Actors
from evenhand.people.api_keys import ApiKeys
from evenhand.people.breached import Breached
from evenhand.people.break_glass import BreakGlasses
from evenhand.people.links import Links
from evenhand.people.members import Members
from evenhand.people.oidc import Client
from evenhand.people.passkeys import Passkeys
from evenhand.people.passwords import Passwords
from evenhand.people.records import Records
from evenhand.people.sessions import Sessions
from evenhand.people.single_sign_on import SingleSignOn
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.vault.service import Vault


@dataclass(frozen=True, slots=True)
class Place:
    """Where people find the installation, the provider that the operator has set up for signing in, if any, and what is asked.

    idle: how long a session lasts that is not used. breached: the list of stolen passwords, if there is one.
    """

    address: str
    provider: Client | None = None
    provider_name: str = "single sign-on"
    outbound: Guard = field(default_factory=Guard)
    idle: timedelta = timedelta(days=1)
    breached: Path | None = None


class People:
    """Sessions, members, links and keys of every organization of the installation."""

    def __init__(self, database: Database, vault: Vault, mint: Mint, clock: Clock, place: Place) -> None:
        records = Records(vault, mint, clock)
        self.actors = Actors(database, clock, place.idle)
        breached = Breached(place.breached) if place.breached else None
        self.passwords = Passwords(database, vault, clock, breached)
        self.sessions = Sessions(database, vault, self.passwords, self.actors, records, clock, place.idle)
        self.links = Links(database, vault, self.passwords, self.sessions, self.actors, records, clock)
        self.members = Members(database, vault, mint, self.links, self.actors, records, clock)
        self.passkeys = Passkeys(
            database, vault, self.sessions, self.members, self.passwords, records, clock, place.address
        )
        self.break_glass = BreakGlasses(database, vault, self.passkeys, self.actors, records, clock)
        self.keys = ApiKeys(database, vault, self.actors, records, clock)
        self.single_sign_on = SingleSignOn(
            database,
            vault,
            self.sessions,
            self.passwords,
            place.outbound,
            clock,
            place.provider,
            place.provider_name,
        )
