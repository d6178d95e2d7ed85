"""A real PostgreSQL for a test process, on the majors that are supported, and copies of one prepared database.

The first test that asks for a major starts its server; every copy is cloned from a template that the schema runner made, as a
role that is no superuser. All of it lies in one folder that is removed when the process ends.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from evenhand.store import schema
from evenhand.store.postgres import Address, PostgresServer, find_binaries

OWNER, APP, SEQUENCER, TEMPLATE = "evenhand_owner", "evenhand_runtime", schema.SEQUENCER_LOGIN, "template_evenhand"
MAJORS = (18, 15)
_PASSWORD = "only-for-tests"  # the server listens on loopback, and lives for one run
_names = itertools.count(1)


@dataclass(frozen=True)
class Copy:
    """One database of its own. app_url: as the processes log in. owner_url: as migrations do. superuser_url: as nobody does.

    sequencer_url: as the sequencer logs in, which alone may write the tables of the logs.
    """

    name: str
    major: int
    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    superuser_url: str = field(repr=False)
    sequencer_url: str = field(repr=False)

    @asynccontextmanager
    async def connect(self, role: str | None = None, *, as_: str = "superuser") -> AsyncIterator[asyncpg.Connection]:
        """A connection as `superuser`, `owner`, `app` or `sequencer`; with `role`, set to that one."""
        urls = {
            "superuser": self.superuser_url,
            "owner": self.owner_url,
            "app": self.app_url,
            "sequencer": self.sequencer_url,
        }
        url = urls[as_]
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("set search_path = evenhand, pg_catalog")
            if role is not None:
                await connection.execute(f"set session authorization {role}")
            yield connection
        finally:
            await connection.close()

    async def until_stuck(self, *tasks: asyncio.Task[Any]) -> None:
        """Returns when each of these is done or waits for a lock of this database. Raises TimeoutError after a minute."""
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        async with self.connect() as superuser, asyncio.timeout(60):
            while sum(each.done() for each in tasks) + await superuser.fetchval(waiting) < len(tasks):
                await asyncio.sleep(0.01)


class Cluster:
    """A running server of one major, with the template in it."""

    def __init__(self, server: PostgresServer, address: Address, major: int) -> None:
        self.server = server
        self.address = address
        self.major = major
        self._has_template = False

    async def empty(self) -> Copy:
        """A new database of the owner's, without anything in it."""
        return await self._made(f"test_{next(_names)}", None)

    async def clone(self) -> Copy:
        """A new database with the whole schema in it."""
        if not self._has_template:
            template = await self._made(TEMPLATE, None)
            await schema.prepare(template.owner_url, app_role=APP)
            await schema.make_sequencer_login(template.owner_url, _PASSWORD)
            self._has_template = True
        return await self._made(f"test_{next(_names)}", TEMPLATE)

    async def drop(self, copy: Copy) -> None:
        """Remove a copy that is no longer needed."""
        superuser = await asyncpg.connect(self.address.tcp_url)
        try:
            await superuser.execute(f"drop database {copy.name} with (force)")
        finally:
            await superuser.close()

    async def _made(self, name: str, template: str | None) -> Copy:
        superuser = await asyncpg.connect(self.address.tcp_url)
        try:
            for role, rights in ((OWNER, "createrole"), (APP, "nocreaterole")):
                if not await superuser.fetchval("select exists (select from pg_roles where rolname = $1)", role):
                    await superuser.execute(
                        f"create role {role} login nosuperuser nobypassrls {rights} password '{_PASSWORD}'"
                    )
            await superuser.execute(
                f"create database {name} owner {OWNER}" + (f" template {template}" if template else "")
            )
            if template:
                # Rights on a database are not copied with it.
                await superuser.execute(f"revoke temporary, create on database {name} from public")
        finally:
            await superuser.close()
        here = self.address.in_database(name)
        return Copy(
            name,
            self.major,
            here.as_user(APP, _PASSWORD).tcp_url,
            here.as_user(OWNER, _PASSWORD).tcp_url,
            here.tcp_url,
            here.as_user(SEQUENCER, _PASSWORD).tcp_url,
        )


@contextmanager
def clusters() -> Iterator[dict[int, Cluster]]:
    """Servers by major, started when first asked for, stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir=_place()))
    # Root runs PostgreSQL as nobody, who must be able to enter.
    folder.chmod(0o755)
    made = _Clusters(folder)
    try:
        yield made
    finally:
        for cluster in made.values():
            cluster.server.stop(patience_seconds=0)  # at once: nothing in it is needed any more
        shutil.rmtree(folder)


def _place() -> Path | None:
    """Memory where there is enough of it: what a disk does is tested elsewhere, by pulling its plug."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return memory if has_room else None


class _Clusters(dict[int, Cluster]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, major: int) -> Cluster:
        # Its workers are writers of the whole server: while one of them is about some database, the relay of every other waits.
        settings = {"autovacuum": "off"}
        server = PostgresServer(self._folder / str(major), find_binaries(major=major), settings=settings)
        address = server.start()
        self[major] = Cluster(server, address, major)
        return self[major]
