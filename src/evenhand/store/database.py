"""The pool and the two ways to use it: one statement on its own, or a transaction bound to one tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from evenhand.core.errors import QuotaReached, StorageFull, Unavailable
from evenhand.store.queries import Connection

# What a trigger raises when an organization would hold more than its quota (`usage_counted`).
QUOTA_REACHED = "EVH01"
_SESSION_SETTINGS = {
    "search_path": "evenhand",
    "jit": "off",
    "timezone": "UTC",
    # Whatever the server's own default is: after a lock was waited for, what its holder committed must be seen.
    "default_transaction_isolation": "read committed",
    # Likewise: a look is released once its record is on the disk, which a server may have been told not to wait for.
    "synchronous_commit": "on",
    "application_name": "evenhand",
    # Nothing that writes lives longer than this: the ledger's cursor waits for the oldest writer.
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "10s",
}


# The server is stopping, was killed, or is not there; it has too much to do: a lock or a statement took longer than may be, or two
# statements waited for each other. Nothing was written in either case, and a second try may go through.
_GONE = frozenset({"57P01", "57P02", "57P03", "08006", "08003", "53300"})
_BUSY = frozenset({"55P03", "57014", "40P01", "40001"})

# A connection that was not needed for so long is given back, all but one: each is a process of the server's, with 4 to 8 MB, and
# costs 20 ms to have again. POLLING_SECONDS is for who asks again and again of its own accord, and is late for nobody.
SPARE_SECONDS, POLLING_SECONDS = 300.0, 10.0


class Database:
    """Connections of the app role. Every statement about a customer's rows runs inside `tenant`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str, *, size: int, software: str, spare_seconds: float = SPARE_SECONDS) -> Database:
        """Open a pool of at most `size` connections; `software` names this release in every ledger entry.

        spare_seconds: after how long a connection that nobody needed is given back.
        """
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            # The tenant is set for one transaction only, so there is nothing to reset between uses (0.73x the rate with).
            reset=_nothing,
            max_inactive_connection_lifetime=spare_seconds,
            server_settings={**_SESSION_SETTINGS, "evenhand.software": software},
            command_timeout=60,
        )
        return cls(pool)

    async def close(self) -> None:
        """Close every connection, waiting for those in use."""
        await self._pool.close()

    @property
    def busy(self) -> int:
        """How many connections are in use now."""
        return self._pool.get_size() - self._pool.get_idle_size()

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        """A connection outside any transaction: each statement commits by itself. For the functions of the hot path."""
        async with self._acquired() as connection:
            yield connection

    @asynccontextmanager
    async def tenant(self, organization_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that sees and writes one organization's rows and no others; committed at the end."""
        async with self._acquired() as connection:
            # One trip for both. The value is a UUID, so it cannot break out of the quotes.
            await connection.execute(
                f"begin; select set_config('evenhand.organization', '{UUID(str(organization_id))}', true)"
            )
            try:
                yield connection
            except BaseException:
                await connection.execute("rollback")
                raise
            await connection.execute("commit")

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Connection]:
        with _spoken_plainly():
            async with self._pool.acquire() as connection:
                try:
                    yield connection
                except asyncpg.InternalClientError:
                    # Its server was killed between two messages, and the driver has lost count of what it waits for: whoever
                    # came next would be handed the same broken connection.
                    connection.terminate()
                    raise

    @asynccontextmanager
    async def listening(self, channel: str, callback: Callable[[str], None]) -> AsyncIterator[Connection]:
        """A connection that calls `callback(payload)` for every notification on `channel` while the block lasts."""

        def heard(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
            callback(str(payload))

        async with self._pool.acquire() as connection:
            await connection.add_listener(channel, heard)
            try:
                yield connection
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(channel, heard)


async def _nothing(_connection: asyncpg.Connection) -> None:
    return None


class _spoken_plainly:
    """Turns the driver's words for "disk full" and "not running" into errors that carry a remedy."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, asyncpg.DiskFullError | asyncpg.OutOfMemoryError):
            raise StorageFull() from error
        if isinstance(error, asyncpg.PostgresError):
            if error.sqlstate == QUOTA_REACHED:
                raise QuotaReached(
                    what=str(error).splitlines()[0], allowed=int(getattr(error, "detail", 0) or 0)
                ) from None
            if error.sqlstate in _GONE or error.sqlstate in _BUSY:
                raise Unavailable(part="database") from error
            return
        if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | ConnectionError):
            raise Unavailable(part="database") from error
