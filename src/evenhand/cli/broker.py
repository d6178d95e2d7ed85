"""`evenhand broker`: the process that alone holds customers' keys, for the servers of this machine."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from evenhand.cli.settings import settings_for
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings


@dataclass(eq=False)
class BrokerNeedsDatabase(PlatformError):
    """The broker asks the database for every grant, and was not told where it is."""

    code: ClassVar[str] = "broker-needs-database"
    hint: ClassVar[str] = "Set DATABASE_URL to the database, as a login that is a member of evenhand_broker."


@dataclass(eq=False)
class SocketTaken(PlatformError):
    """The broker cannot listen on this socket."""

    path: str
    reason: str
    code: ClassVar[str] = "socket-taken"
    hint: ClassVar[str] = "Name a socket in a folder that the broker's user may write to."


def broker(
    socket: Annotated[Path, typer.Option(help="The Unix socket to listen on; its group may ask.")] = Path(
        "/run/evenhand-broker/broker.sock"
    ),
    key_file: Annotated[Path | None, typer.Option("--key-file", help="The key file with the customer key.")] = None,
) -> None:
    """Unwrap keys for the servers of this machine, for grants that are on record. Run it as a user of its own.

    Servers find it by EVENHAND_BROKER=unix:/path, and need no key that unwraps. Stop with Ctrl C.
    """
    settings = settings_for(key_file=key_file)
    if settings.database_url is None:
        raise BrokerNeedsDatabase()
    asyncio.run(_serve(settings, socket))


async def _serve(settings: Settings, path: Path) -> None:
    from evenhand.bootstrap import open_broker

    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with open_broker(settings) as made:
        try:
            await made.start(path)
        except OSError as error:
            raise SocketTaken(path=str(path), reason=error.strerror or type(error).__name__) from None
        print(f"The broker listens at {path}, as user {os.getuid()}.", flush=True)
        try:
            await ended.wait()
        finally:
            await made.stop()
