"""`backup`, `restore` and `upgrade`: an installation into a folder, out of it, and from one release to the next."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from evenhand import __version__
from evenhand.cli import embedded
from evenhand.cli.settings import settings_for
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.store import schema
from evenhand.store.backup import Backup, NothingToBackUp, Tell, make_backup, restore_backup
from evenhand.store.blobs import open_blobs
from evenhand.store.clock import SystemClock
from evenhand.store.postgres import Binaries, find_binaries
from evenhand.vault.keyfile import open_key_file, refuse_inside, require_key_of

DataFolder = Annotated[Path | None, typer.Option(help="The data folder.")]
KeyFile = Annotated[Path | None, typer.Option(help="The key file; outside the data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@dataclass(eq=False)
class StillRunning(PlatformError):
    """Evenhand runs on this data folder."""

    path: str
    code: ClassVar[str] = "still-running"
    hint: ClassVar[str] = "Stop it first: while the schema changes nothing else may work on it."

    def __str__(self) -> str:
        return f"Evenhand runs on {self.path}."


@dataclass(eq=False)
class FolderNotEmpty(PlatformError):
    """The data folder to restore into is not empty."""

    path: str
    code: ClassVar[str] = "folder-not-empty"
    hint: ClassVar[str] = "Name a data folder that does not exist yet; what is in this one was not touched."

    def __str__(self) -> str:
        return f"{self.path} is not empty."


def backup(
    into: Annotated[Path, typer.Argument(help="The folder to make. It must not exist yet.")],
    data: DataFolder = None,
    json_: AsJson = False,
) -> None:
    """Copy the whole installation into one folder, while it runs: database, objects, ledger, all sealed, and never the key.

    The copy does not depend on PostgreSQL's version. Without the key file nobody can read it, you neither: keep that elsewhere.
    """
    settings = settings_for(data=data)
    with _progress(is_quiet=json_) as tell:
        made = asyncio.run(_back_up(settings, into, tell))
    facts = {"backup": str(into), **{name: made.facts[name] for name in ("bytes", "files", "counts", "key_reference")}}
    counts = made.facts["counts"]
    _say(
        facts,
        f"{into}: {counts['projects']} projects, {counts['tasks']} tasks, {counts['annotations']} annotations,"
        f" {counts['ledger_entries']} ledger entries; {made.facts['files']} files, {made.facts['bytes'] / 1e6:.1f} MB.\n"
        "The key file is not in it. Without that file the backup opens for nobody.",
        json_,
    )


def restore(
    source: Annotated[Path, typer.Argument(help="The backup's folder.")],
    data: DataFolder = None,
    key_file: KeyFile = None,
    check: Annotated[bool, typer.Option("--check", help="Only read it and compare every digest.")] = False,
    json_: AsJson = False,
) -> None:
    """Bring a backup back, into a data folder that does not exist yet (or an empty database of DATABASE_OWNER_URL).

    Digests and key are checked before anything is written. A backup of an older release comes back in today's form.
    """
    settings = settings_for(data=data, key_file=key_file)
    with _progress(is_quiet=json_) as tell:
        if check:
            files = Backup.open(source).check(tell)
        else:
            facts = asyncio.run(_restore(settings, source, tell))
    if check:
        _say({"backup": str(source), "files": files, "whole": True}, f"{source} is whole: {files} files.", json_)
        return
    start = "evenhand up" if settings.database_url else f"evenhand up --data {settings.data}"
    _say(facts, f"{source} is back, {facts['files']} files checked. Start it: {start}", json_)


def upgrade(
    data: DataFolder = None,
    into: Annotated[
        Path | None, typer.Option(help="Where the backup goes. Default: beside the data folder, named by the time.")
    ] = None,
    json_: AsJson = False,
) -> None:
    """Bring the data of an older release up to this one. Makes a backup first; refuses what a newer release wrote."""
    settings = settings_for(data=data)
    with _progress(is_quiet=json_) as tell:
        facts = asyncio.run(_upgrade(settings, into, tell))
    told = (
        [f"Backup: {facts['backup']}", *facts["steps"], f"Up to date with {__version__}."]
        if facts["steps"]
        else [f"Up to date with {__version__} already; nothing was changed."]
    )
    _say(facts, "\n".join(told), json_)


async def _back_up(settings: Settings, into: Path, tell: Tell) -> Backup:
    _require_installation(settings)
    async with embedded.database_of(settings, _starting(tell)) as at:
        return await _back_up_at(at, into, tell)


async def _back_up_at(at: Settings, into: Path, tell: Tell) -> Backup:
    assert at.database_owner_url is not None
    binaries = await _programs(at)
    blobs = open_blobs(at.blob_url, at.data)
    return await make_backup(into, at.database_owner_url, binaries, blobs, now=SystemClock().now(), tell=tell)


async def _restore(settings: Settings, source: Path, tell: Tell) -> dict[str, Any]:
    """1. What can be refused is refused before anything is written. 2. The data folder is marked. 3. All of it comes in."""
    found = Backup.open(source)
    refuse_inside(settings.key_path, settings.data)
    keys = open_key_file(settings.key_path, settings.data, may_create=False)
    require_key_of(keys, found.facts["key_reference"], settings.key_path)
    if settings.data.exists() and any(settings.data.iterdir()) and settings.database_url is None:
        raise FolderNotEmpty(path=str(settings.data))
    files = await asyncio.to_thread(found.check, tell)
    is_new = not settings.data.exists()
    embedded.prepare_data_folder(settings.data)
    mark = settings.data / embedded.UNFINISHED
    mark.touch()
    try:
        async with embedded.database_of(settings, _starting(tell)) as at:
            steps = await _restore_at(at, found, tell)
    except BaseException:
        _clear(settings, is_new=is_new)
        raise
    mark.unlink()
    return {"restored": str(source), "files": files, "steps": steps, "counts": found.facts["counts"]}


def _clear(settings: Settings, *, is_new: bool) -> None:
    """Take away what a restore that failed has made, so that it can simply be repeated."""
    if settings.database_url is not None:
        (settings.data / embedded.UNFINISHED).unlink(missing_ok=True)
        return
    for each in settings.data.iterdir():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != embedded.UNFINISHED:
            each.unlink(missing_ok=True)
    (settings.data / embedded.UNFINISHED).unlink(missing_ok=True)
    if is_new:
        settings.data.rmdir()


async def _restore_at(at: Settings, found: Backup, tell: Tell) -> list[str]:
    assert at.database_owner_url is not None and at.database_url is not None
    return await restore_backup(
        found,
        at.database_owner_url,
        await _programs(at),
        open_blobs(at.blob_url, at.data),
        app_role=schema.user_of(at.database_url),
        now=SystemClock().now(),
        tell=tell,
    )


async def _upgrade(settings: Settings, into: Path | None, tell: Tell) -> dict[str, Any]:
    _require_installation(settings)
    if settings.database_url is None and embedded.running_urls(settings.data):
        raise StillRunning(path=str(settings.data))
    async with embedded.database_of(settings, _starting(tell)) as at:
        assert at.database_owner_url is not None and at.database_url is not None
        owner = await schema.connect(at.database_owner_url)
        try:
            if await schema.key_reference(owner) is None:
                raise NothingToBackUp()
            steps = await schema.pending(owner)
        finally:
            await owner.close()
        made = None
        if steps:
            made = await _back_up_at(at, into or _beside(settings.data, SystemClock().now()), tell)
        done = await schema.upgrade(at.database_owner_url, app_role=schema.user_of(at.database_url))
    return {"backup": str(made.folder) if made else None, "steps": done, "software": __version__}


def _beside(data: Path, now: datetime) -> Path:
    data = data.absolute()
    return data.with_name(f"{data.name}.backup-{now:%Y%m%dT%H%M%SZ}")


def _require_installation(settings: Settings) -> None:
    """A command that reads must not make a database where there is none."""
    if settings.database_url is None and not (settings.data / "postgres").exists():
        raise embedded.DataFolderUnusable(path=str(settings.data), reason="there is no installation in it")


async def _programs(at: Settings) -> Binaries:
    """Programs that are not older than the server, which is what copying it asks for."""
    assert at.database_owner_url is not None
    connection = await schema.connect(at.database_owner_url)
    major = connection.get_server_version().major
    await connection.close()
    if at.postgres_binaries is not None:
        return find_binaries(at.postgres_binaries)
    for each in range(major, major + 4):
        try:
            return await asyncio.to_thread(find_binaries, None, major=each)
        except PlatformError:
            continue
    return find_binaries(major=major)


def _starting(tell: Tell) -> Any:
    return lambda _seconds, _saying: tell("Starting PostgreSQL", 0, 0)


@contextmanager
def _progress(*, is_quiet: bool) -> Iterator[Tell]:
    """A line with a bar on standard error where somebody watches; nothing where nobody does."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of or None)


def _say(facts: dict[str, Any], words: str, as_json: bool) -> None:
    print(json.dumps(facts) if as_json else words)
