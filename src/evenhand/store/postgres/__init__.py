"""The embedded PostgreSQL: its programs, its supervisor, its dumps. See `server` for what it promises."""

from evenhand.store.postgres.address import Address
from evenhand.store.postgres.binaries import Binaries, find_binaries
from evenhand.store.postgres.cluster import major_of
from evenhand.store.postgres.dump import dump, restore
from evenhand.store.postgres.server import PostgresServer
from evenhand.store.postgres.watch import Died, Restarted, RestartFailed, watch

__all__ = [
    "Address",
    "Binaries",
    "Died",
    "PostgresServer",
    "RestartFailed",
    "Restarted",
    "dump",
    "find_binaries",
    "major_of",
    "restore",
    "watch",
]
