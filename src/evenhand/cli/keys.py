"""`evenhand keys`: the key file's copy in escrow, and its way back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from evenhand.cli import embedded
from evenhand.cli.settings import settings_for
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.store import schema

if TYPE_CHECKING:
    from evenhand.vault.keyfile import KeyFile

app = typer.Typer(
    help="Keys: the key file and its escrow; where an organization's keys live; shredding.", no_args_is_help=True
)

Data = Annotated[Path | None, typer.Option(help="The data folder.")]
Key = Annotated[Path | None, typer.Option("--key-file", help="The key file. Default: beside the data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@dataclass(eq=False)
class FileInTheWay(PlatformError):
    """There is a file of this name already, and it is not replaced."""

    path: str
    code: ClassVar[str] = "file-in-the-way"
    hint: ClassVar[str] = "Choose another name, or move that file away first."

    def __str__(self) -> str:
        return f"{self.path} exists already, and it is not replaced."


@dataclass(eq=False)
class FileUnreadable(PlatformError):
    """A file that was named cannot be read."""

    path: str
    reason: str
    code: ClassVar[str] = "file-unreadable"
    hint: ClassVar[str] = "Check the name, and that this account may read it."

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.reason}."


@app.command("escrow")
def escrow(
    into: Annotated[Path, typer.Option(help="The escrow file to write.")],
    recipients: Annotated[list[str] | None, typer.Argument(help="age1… or ssh-…, one for each officer.")] = None,
    recipients_file: Annotated[
        Path | None, typer.Option("--recipients-file", "-R", help="A file with one recipient a line, as age reads it.")
    ] = None,
    data: Data = None,
    key_file: Key = None,
    json_: AsJson = False,
) -> None:
    """Write a copy of the key file that only the named officers can open. Any one of them suffices.

    The copy is an ordinary age file: `age -d -i OFFICER.txt FILE` opens it on a machine that has never seen Evenhand.
    """
    from evenhand.vault.escrow import write_escrow
    from evenhand.vault.keyfile import open_key_file

    settings = settings_for(data=data, key_file=key_file)
    keys = open_key_file(settings.key_path, settings.data, may_create=False)
    named = [*(recipients or []), *(_recipients_in(recipients_file) if recipients_file else [])]
    try:
        write_escrow(keys, named, into)
    except FileExistsError:
        raise FileInTheWay(path=str(into)) from None
    _tell(
        {"escrow": str(into), "key": keys.reference, "recipients": len(named)},
        f"{into} holds the key file for {len(named)} recipient{'s' * (len(named) != 1)}. Test it once:"
        f" evenhand keys restore {into} --identity OFFICER.txt --key-file /some/other/place.key",
        json_,
    )


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="The escrow file.")],
    identity: Annotated[Path, typer.Option(help="An officer's identity: AGE-SECRET-KEY-1…, or an SSH private key.")],
    data: Data = None,
    key_file: Key = None,
    json_: AsJson = False,
) -> None:
    """Bring the key file back from an escrow file. A key file that is there is never replaced."""
    from evenhand.vault.escrow import restore
    from evenhand.vault.keyfile import refuse_inside, write_durably

    settings = settings_for(data=data, key_file=key_file)
    refuse_inside(settings.key_path, settings.data)
    keys = restore(_read(file), _identity_in(_read(identity).decode(errors="replace")))
    try:
        write_durably(settings.key_path, keys.as_json())
    except FileExistsError:
        raise FileInTheWay(path=str(settings.key_path)) from None
    _tell(
        {"key_file": str(settings.key_path), "key": keys.reference}, f"The key file is back: {settings.key_path}", json_
    )


@app.command("divide")
def divide(
    broker: Annotated[Path, typer.Option(help="The file to write for the broker: all of the key file.")],
    server: Annotated[Path, typer.Option(help="The file to write for the servers: without the key that unwraps.")],
    new: Annotated[
        bool, typer.Option("--new", help="Draw the secrets anew, for an installation that was never started.")
    ] = False,
    data: Data = None,
    key_file: Key = None,
    json_: AsJson = False,
) -> None:
    """Write the key file as two: one for the broker, one for the servers beside it. The key file itself stays as it is."""
    from evenhand.vault.keyfile import make_key_file, open_key_file, refuse_inside, write_durably

    settings = settings_for(data=data, key_file=key_file)
    if new and settings.key_path.exists():
        raise FileInTheWay(path=str(settings.key_path))
    keys = make_key_file() if new else open_key_file(settings.key_path, settings.data, may_create=False)
    for path in (broker, server):
        refuse_inside(path, settings.data)
        if path.exists():
            raise FileInTheWay(path=str(path))
    write_durably(broker, keys.as_json())
    write_durably(server, keys.without_customer_key().as_json())
    _tell(
        {"broker": str(broker), "server": str(server), "key": keys.reference},
        f"{broker} is for the broker's user alone; {server} for the servers. "
        + (f"Put {broker} into escrow." if new else f"Put {settings.key_path} into escrow, then away."),
        json_,
    )


@dataclass(eq=False)
class KeyFileHalf(PlatformError):
    """This key file is a server's beside a broker: there is no customer key in it."""

    key_file: str
    code: ClassVar[str] = "key-file-half"
    hint: ClassVar[str] = "Name the broker's file with --key-file; the servers' stays as it is."


@dataclass(eq=False)
class StillInUse(PlatformError):
    """Something lies under a former customer key still."""

    keys: int
    code: ClassVar[str] = "still-in-use"
    hint: ClassVar[str] = (
        "Start every process again that has read the file before it was renewed, and let a worker run: it wraps a few a second."
    )

    def __str__(self) -> str:
        return f"{self.keys} keys lie under a former customer key still; without it they would not open."


@app.command("renew")
def renew(data: Data = None, key_file: Key = None, json_: AsJson = False) -> None:
    """Draw a new customer key into the key file. What lies under the one before is wrapped anew by the worker.

    The file keeps the one before until evenhand keys retire. Secrets that find texts and sign stay as they are.
    """
    from evenhand.vault.keyfile import replace_durably

    settings = settings_for(data=data, key_file=key_file)
    keys = _whole(settings)
    new = keys.renewed()
    replace_durably(settings.key_path, new.as_json())
    assert new.service is not None
    _tell(
        {"key_file": str(settings.key_path), "key": new.service.reference, "former": len(new.former)},
        f"{settings.key_path} has a new customer key. Put it into escrow, then start every process again, workers last;"
        " then evenhand keys retire.",
        json_,
    )


@app.command("retire")
def retire(data: Data = None, key_file: Key = None, json_: AsJson = False) -> None:
    """Take former customer keys out of the key file, once nothing lies under them. Backups from before need their old escrow."""
    from evenhand.vault.keyfile import replace_durably

    settings = settings_for(data=data, key_file=key_file)
    keys = _whole(settings)
    left = asyncio.run(_left_under(settings, [each.reference for each in keys.former_services]))
    if left:
        raise StillInUse(keys=left)
    replace_durably(settings.key_path, keys.retired().as_json())
    _tell(
        {"key_file": str(settings.key_path), "retired": len(keys.former)},
        f"{len(keys.former)} former customer key{'s' * (len(keys.former) != 1)} taken out of {settings.key_path}."
        " Whoever destroys every copy of them closes the backups from before.",
        json_,
    )


def _whole(settings: Settings) -> KeyFile:
    from evenhand.vault.keyfile import open_key_file

    keys = open_key_file(settings.key_path, settings.data, may_create=False)
    if keys.service is None:
        raise KeyFileHalf(key_file=str(settings.key_path))
    return keys


async def _left_under(settings: Settings, references: list[str]) -> int:
    """How many keys of this installation lie under one of these."""
    from evenhand.vault.keyfile import open_key_file, require_key_of
    from evenhand.vault.rewrapping import keys_under

    async with embedded.database_of(settings) as running:
        assert running.database_url is not None
        connection = await schema.connect(running.database_url)
        try:
            known = await schema.key_reference(connection)
            if known is not None:
                keys = open_key_file(settings.key_path, settings.data, may_create=False)
                require_key_of(keys, known, settings.key_path)
            await connection.execute("set search_path = evenhand")
            return await keys_under(connection, references)
        finally:
            await connection.close()


def _recipients_in(path: Path) -> Iterator[str]:
    for line in _read(path).decode(errors="replace").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def _identity_in(text: str) -> str:
    """The identity in a file as `age-keygen` writes it, where comments stand around it."""
    if text.lstrip().startswith("-----BEGIN"):
        return text
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or type(error).__name__) from None


def _tell(facts: dict[str, object], words: str, as_json: bool) -> None:
    print(json.dumps(facts) if as_json else words)
