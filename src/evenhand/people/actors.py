"""Who a token is, remembered for a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from evenhand.boundary.actor import Actor
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.people")

ACTOR_KEPT = timedelta(seconds=5)
_ACTORS_KEPT_MAX = 10_000
# A use is written down once in so long, or in a tenth of the time that a session lasts unused.
_USE_WRITTEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of a token, and when. use_from: from when on a use of it is worth writing down; None: never."""

    read_at: datetime
    actor: Actor | None
    use_from: datetime | None = None


class Actors:
    """The people and programs behind tokens."""

    def __init__(self, database: Database, clock: Clock, idle: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._actors: dict[bytes, _Known] = {}

    async def authenticate(self, token_sha256: bytes, *, is_used: bool = False) -> Actor | None:
        """The Authenticate port: who a token is, at most five seconds old. is_used: a person is there, and the session lives on.

        Work on the queue does not lean on this memory: claim and submit ask the database again in their own statement.
        """
        now = self._clock.now()
        known = self._actors.get(token_sha256)
        if known is None or now - known.read_at >= ACTOR_KEPT:
            known = await self._read(token_sha256, now)
        if is_used and known.use_from is not None and now >= known.use_from:
            async with self._database.statement() as connection:
                await _queries.value(connection, "session_use", token_sha256=token_sha256, now=now, idle=self._idle)
            known = await self._read(token_sha256, now)
        return known.actor

    async def _read(self, token_sha256: bytes, now: datetime) -> _Known:
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "actor", token_sha256=token_sha256, now=now)
        known = _Known(now, None)
        if row is not None:
            known = _Known(now, _actor(row, token_sha256), self._use_from(row))
        if len(self._actors) >= _ACTORS_KEPT_MAX:
            self._actors.clear()
        self._actors[token_sha256] = known
        return known

    def _use_from(self, row: asyncpg.Record) -> datetime | None:
        if row["ends_at"] is None or row["expires_at"] >= row["ends_at"]:
            return None
        last_written: datetime = row["expires_at"] - self._idle
        return last_written + min(_USE_WRITTEN_EVERY, self._idle / 10)

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
