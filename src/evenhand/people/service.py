"""The verbs of people, by subject."""

from __future__ import annotations

from evenhand.ledger.grant import Mint
from evenhand.people.actors import Actors
from evenhand.people.api_keys import ApiKeys
from evenhand.people.links import Links
from evenhand.people.members import Members
from evenhand.people.passkeys import Passkeys
from evenhand.people.passwords import Passwords
from evenhand.people.records import Records
from evenhand.people.sessions import Sessions
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.vault.service import Vault


class People:
    """Sessions, members, links and keys of every organization of the installation."""

    def __init__(self, database: Database, vault: Vault, mint: Mint, clock: Clock, address: str) -> None:
        records = Records(vault, mint, clock)
        self.actors = Actors(database, clock)
        self.passwords = Passwords(database, vault, clock)
        self.sessions = Sessions(database, vault, self.passwords, self.actors, records, clock)
        self.links = Links(database, vault, self.passwords, self.sessions, self.actors, records, clock)
        self.members = Members(database, vault, mint, self.links, self.actors, records, clock)
        self.passkeys = Passkeys(database, vault, self.sessions, self.members, self.passwords, records, clock, address)
        self.keys = ApiKeys(database, vault, self.actors, records, clock)
