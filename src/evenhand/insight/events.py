"""The live stream of a project: one LISTEN connection a process, fanned out to every page that watches.

An event holds the whole state, so resuming is easy: a client that comes back with `Last-Event-ID` gets the present state if
it has moved since, and then what follows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from uuid import UUID

import structlog

from evenhand.core.errors import Unavailable
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.insight")
CHANNEL = "evenhand_events"
HEARTBEAT_SECONDS = 20.0

log = structlog.get_logger(__name__)


class Events:
    """Wakes the streams of projects that changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_ending = False

    def end(self) -> None:
        """End every stream that is open, and those to come, at once: a server that stops waits for its last answers."""
        self._is_ending = True
        self._wake_all()

    async def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End every stream."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._wake_all()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.listening(CHANNEL, self._heard) as connection:
                    self._wake_all()
                    while not connection.is_closed():
                        await asyncio.sleep(5)
                        await connection.fetchval("select 1")
            except asyncio.CancelledError:
                raise
            except (Unavailable, OSError, TimeoutError) as error:
                log.warning("events.disconnected", cause=type(error).__name__)
            await asyncio.sleep(1)

    def _heard(self, payload: str) -> None:
        for key in payload.split(","):
            for watcher in self._watchers.get(key, ()):
                watcher.set()

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.set()

    async def stream(self, organization_id: UUID, project_id: UUID, last_event_id: str | None) -> AsyncIterator[bytes]:
        """Server-sent events of one project's counts, from now on; a comment every 20 s keeps the connection open."""
        key = f"{organization_id}/{project_id}"
        watcher = asyncio.Event()
        watcher.set()
        self._watchers.setdefault(key, set()).add(watcher)
        seen = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else -1
        try:
            while True:
                try:
                    await asyncio.wait_for(watcher.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if self._is_ending:
                    return
                watcher.clear()
                async with self._database.tenant(organization_id) as connection:
                    row = await _queries.row(
                        connection, "count_version", organization_id=organization_id, project_id=project_id
                    )
                if row is not None and row["version"] != seen:
                    seen = row["version"]
                    counts = {name: row[name] for name in ("tasks", "done", "answers", "skipped", "reports")}
                    yield f"id: {seen}\nevent: progress\ndata: {json.dumps(counts)}\n\n".encode()
                # A page needs no more than two pictures a second, however fast the work goes.
                await asyncio.sleep(0.5)
        finally:
            self._leave(key, watcher)

    async def holds(self, organization_id: UUID) -> AsyncIterator[bytes]:
        """Whether work for an organization is on hold: at once, whenever it changes, and again with every sign of life.

        An item must not stay on a screen for want of one notification, so the state is read anew every 20 s as well.
        """
        key = f"{organization_id}/hold"
        watcher = asyncio.Event()
        watcher.set()
        self._watchers.setdefault(key, set()).add(watcher)
        seen: bool | None = None
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(watcher.wait(), HEARTBEAT_SECONDS)
                if self._is_ending:
                    return
                watcher.clear()
                async with self._database.tenant(organization_id) as connection:
                    is_held = bool(await _queries.value(connection, "is_on_hold", organization_id=organization_id))
                if is_held == seen:
                    yield b": still here\n\n"
                    continue
                seen = is_held
                yield f"event: hold\ndata: {json.dumps({'on_hold': is_held})}\n\n".encode()
        finally:
            self._leave(key, watcher)

    def _leave(self, key: str, watcher: asyncio.Event) -> None:
        self._watchers[key].discard(watcher)
        if not self._watchers[key]:
            del self._watchers[key]
