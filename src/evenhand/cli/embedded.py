"""The database of an installation, for commands: somebody else's by its URLs, or our own server, running or to be started."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import asyncpg

from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.store import schema
from evenhand.store.postgres import Binaries, PostgresServer, find_binaries, major_of
from evenhand.store.postgres.server import Progress

OWNER, APP, DATABASE = "evenhand_owner", "evenhand_runtime", "evenhand"
# In a data folder while a backup is being restored into it.
UNFINISHED = "restore.unfinished"
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(eq=False)
class DataFolderUnusable(PlatformError):
    """The data folder cannot be made or written."""

    path: str
    reason: str
    code: ClassVar[str] = "data-folder-unusable"
    hint: ClassVar[str] = "Choose another with --data, or let this account write there."

    def __str__(self) -> str:
        return f"The data folder {self.path} cannot be used: {self.reason}."


@dataclass(eq=False)
class DiskFull(PlatformError):
    """The disk of the data folder is full."""

    path: str
    code: ClassVar[str] = "disk-full"
    hint: ClassVar[str] = "Free at least 1 GiB there and start again; nothing that was stored is lost."

    def __str__(self) -> str:
        return f"The disk of {self.path} is full."


@dataclass(eq=False)
class RestoreUnfinished(PlatformError):
    """A restore into this data folder broke off."""

    path: str
    code: ClassVar[str] = "restore-unfinished"
    hint: ClassVar[str] = "Remove the folder and restore the backup again."

    def __str__(self) -> str:
        return f"A restore into {self.path} broke off."


@dataclass(eq=False)
class NoOwnerUrl(PlatformError):
    """DATABASE_URL is set, and DATABASE_OWNER_URL is not."""

    code: ClassVar[str] = "no-owner-url"
    hint: ClassVar[str] = (
        "Set DATABASE_OWNER_URL to the same database as its owner: making, changing and copying the schema needs it."
    )


def prepare_data_folder(data: Path) -> None:
    """Make the data folder, and see that files can be made in it. Raises DataFolderUnusable, DiskFull.

    Its own mode lets PostgreSQL's account pass through, when that is another than ours.
    """
    probe = data / f".probe-{os.getpid()}"
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o711)
        probe.write_bytes(bytes(4096))
        probe.unlink()
    except OSError as error:
        raise of_os_error(error, data) from None
    if (data / UNFINISHED).exists():
        raise RestoreUnfinished(path=str(data))


def of_os_error(error: OSError, data: Path) -> PlatformError:
    """What an error of the file system means to an operator."""
    if error.errno in _FULL:
        return DiskFull(path=str(data))
    return DataFolderUnusable(path=str(data), reason=(error.strerror or type(error).__name__).lower())


def programs_for(settings: Settings) -> Binaries:
    """PostgreSQL's programs: those of the major version that made the data folder, where there is one and they are here.

    Programs of another version that came to the machine later (Debian's, say) are passed over.
    """
    made_by = major_of(settings.data / "postgres")
    if made_by is not None and settings.postgres_binaries is None:
        try:
            return find_binaries(major=made_by)
        except PlatformError:
            pass  # Others may be here: the start then says which major the folder needs, and the way to another one.
    return find_binaries(settings.postgres_binaries)


def server_of(settings: Settings) -> PostgresServer:
    """The embedded server of the data folder, not started yet."""
    return PostgresServer(settings.data / "postgres", programs_for(settings), settings.postgres_run_as)


async def start(server: PostgresServer, settings: Settings, progress: Progress | None = None) -> Settings:
    """Start the server, see to its logins and its database; the settings with the URLs of both roles."""
    try:
        address = await asyncio.to_thread(server.start, progress)
        passwords = _passwords(settings.data / "logins.json")
    except OSError as error:
        raise of_os_error(error, settings.data) from None
    except PlatformError as error:
        if "No space left on device" in str(error):
            raise DiskFull(path=str(settings.data)) from None
        raise
    superuser = await schema.connect(address.tcp_url)
    try:
        await _make_logins(superuser, passwords)
    finally:
        await superuser.close()
    here = address.in_database(DATABASE)
    return settings.model_copy(
        update={
            "database_url": here.as_user(APP, passwords[APP]).tcp_url,
            "database_owner_url": here.as_user(OWNER, passwords[OWNER]).tcp_url,
        }
    )


def running_urls(data: Path) -> tuple[str, str] | None:
    """The URLs (app, owner) of the embedded server of a data folder while it runs; None when it does not."""
    try:
        lines = (data / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
        passwords = json.loads((data / "logins.json").read_text())
        os.kill(int(lines[0]), 0)
        app, owner = (
            f"postgresql://{name}:{quote(passwords[name])}@127.0.0.1:{int(lines[3])}/{DATABASE}"
            for name in (APP, OWNER)
        )
    except (OSError, ValueError, KeyError, IndexError):
        return None
    return app, owner


@asynccontextmanager
async def database_of(settings: Settings, progress: Progress | None = None) -> AsyncIterator[Settings]:
    """The settings with the URLs of the installation's database, which answers while the block lasts.

    A database of somebody else's is taken as it is. Our own is used where it runs; where it does not, it is started here
    and stopped at the end. Raises NoOwnerUrl, and what starting raises.
    """
    if settings.database_url is not None:
        if settings.database_owner_url is None:
            raise NoOwnerUrl()
        yield settings
        return
    if urls := running_urls(settings.data):
        yield settings.model_copy(update={"database_url": urls[0], "database_owner_url": urls[1]})
        return
    server = server_of(settings)
    try:
        yield await start(server, settings, progress)
    finally:
        await asyncio.to_thread(server.stop)


async def see_to_sequencer(settings: Settings, password: str) -> None:
    """Where nobody chose another login for it, let the sequencer log in with this password."""
    if settings.database_owner_url is not None and settings.database_sequencer_url is None:
        await schema.make_sequencer_login(settings.database_owner_url, password)


def _passwords(path: Path) -> dict[str, str]:
    """The database's own logins: no key to content, so they lie with the data."""
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text())
        return found
    made = {name: secrets.token_urlsafe(24) for name in (OWNER, APP)}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made, file)
    return made


async def _make_logins(superuser: asyncpg.Connection, passwords: dict[str, str]) -> None:
    for name, rights in ((OWNER, "createrole"), (APP, "nocreaterole")):
        if not await superuser.fetchval("select exists (select from pg_roles where rolname = $1)", name):
            await superuser.execute(f"create role {name} login nosuperuser nobypassrls {rights}")
        await superuser.execute(f"alter role {name} password '{passwords[name]}'")
    if not await superuser.fetchval("select exists (select from pg_database where datname = $1)", DATABASE):
        await superuser.execute(f"create database {DATABASE} owner {OWNER}")
