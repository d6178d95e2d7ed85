"""Keeps the embedded server running: when it dies it is started again, and somebody is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from evenhand.core.errors import PlatformError
from evenhand.store.postgres.address import Address
from evenhand.store.postgres.server import PostgresServer

_LOOK_SECONDS = 0.1
_PAUSE_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Died:
    """The postmaster is gone without having been stopped."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """It answers again, `after_seconds` since its death was seen. The address is the same as before."""

    address: Address
    after_seconds: float


@dataclass(frozen=True, slots=True)
class RestartFailed:
    """It did not come back; the next attempt follows after a pause."""

    error: Exception
    pause_seconds: float


Event = Died | Restarted | RestartFailed


async def watch(server: PostgresServer, tell: Callable[[Event], None]) -> None:
    """Run until cancelled, starting `server` again whenever it died. Cancel it before calling `server.stop`.

    Committed rows come back by PostgreSQL's own recovery. Pauses between failed attempts grow from 1 to 30 s.
    """
    while True:
        while server.is_alive():  # noqa: ASYNC110 -- a process has no event to wait for without a thread of its own
            await asyncio.sleep(_LOOK_SECONDS)
        tell(Died())
        began = time.monotonic()
        address = await _start_again(server, tell)
        tell(Restarted(address, time.monotonic() - began))


async def _start_again(server: PostgresServer, tell: Callable[[Event], None]) -> Address:
    pause_seconds = 1.0
    while True:
        try:
            return await asyncio.to_thread(server.start)
        except (PlatformError, OSError) as error:
            tell(RestartFailed(error, pause_seconds))
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, _PAUSE_SECONDS_MAX)
