"""Who a token is, remembered for a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg

from evenhand.boundary.actor import Actor
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.people")

ACTOR_KEPT = timedelta(seconds=5)
_ACTORS_KEPT_MAX = 10_000


class Actors:
    """The people and programs behind tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._actors: dict[bytes, tuple[datetime, Actor | None]] = {}

    async def authenticate(self, token_sha256: bytes) -> Actor | None:
        """The Authenticate port: who a token is, at most five seconds old.

        Work on the queue does not lean on this memory: claim and submit ask the database again in their own statement.
        """
        now = self._clock.now()
        known = self._actors.get(token_sha256)
        if known and now - known[0] < ACTOR_KEPT:
            return known[1]
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "actor", token_sha256=token_sha256, now=now)
        actor = _actor(row, token_sha256) if row else None
        if len(self._actors) >= _ACTORS_KEPT_MAX:
            self._actors.clear()
        self._actors[token_sha256] = (now, actor)
        return actor

    def forget(self, token_sha256: bytes) -> None:
        """Ask the database again who this token is."""
        self._actors.pop(token_sha256, None)

    def forget_all(self) -> None:
        """Ask the database again who anybody is."""
        self._actors.clear()


def _actor(row: asyncpg.Record, token_sha256: bytes) -> Actor:
    return Actor(
        organization_id=row["organization_id"],
        person_id=row["person_id"],
        role=row["role"],
        pseudonym=row["pseudonym"],
        annotator_no=row["annotator_no"],
        actor_commitment=row["actor_commitment"],
        vendor_id=row["vendor_id"],
        kind=row["kind"],
        scopes=row["scopes"],
        csrf=row["csrf"],
        credential_id=row["credential_id"],
        token_sha256=token_sha256,
    )
