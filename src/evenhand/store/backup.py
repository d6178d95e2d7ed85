"""Backups: one folder that holds an installation whole, ciphertext as it is, and never its key.

DIR/
  manifest.json      what made it, when, of which key; counts; the digest of files.jsonl
  files.jsonl        one line a file: name, size, SHA-256
  database.dump      a logical dump of one snapshot, which any PostgreSQL from 15 on takes
  blobs/…            every sealed object

The dump is taken first and the objects after it. An object is whole before a task shows it, so whatever the snapshot's tasks show
is among the objects; the few that are newer do no harm. One that is deleted meanwhile was shown by no task any more, or by a
project whose days in the trash were over: restored, its row is forgotten again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import asyncpg

from evenhand import __version__
from evenhand.core.errors import PlatformError
from evenhand.core.times import rfc3339
from evenhand.store import schema
from evenhand.store.blobs import INCOMING, BlobExists, BlobMissing, ObjectStore
from evenhand.store.postgres import Binaries, dump, restore
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.store")
FORMAT = "evenhand-backup/1"
SCHEMA, ROLE = "evenhand", "evenhand_backup"
_PIECE_BYTES = 1 << 20

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much (0: not known)."""


@dataclass(eq=False)
class BackupInTheWay(PlatformError):
    """The folder for the backup is there already."""

    path: str
    code: ClassVar[str] = "backup-in-the-way"
    hint: ClassVar[str] = "Name a folder that does not exist yet; a backup never writes over another."

    def __str__(self) -> str:
        return f"{self.path} exists already."


@dataclass(eq=False)
class BackupDamaged(PlatformError):
    """This folder is no backup, or not all of it is as it was made."""

    path: str
    reason: str
    code: ClassVar[str] = "backup-damaged"
    hint: ClassVar[str] = "Use another copy of the backup. Nothing was restored."

    def __str__(self) -> str:
        return f"The backup {self.path} cannot be used: {self.reason}."


@dataclass(eq=False)
class BackupTooNew(PlatformError):
    """A newer release made this backup."""

    software: str
    code: ClassVar[str] = "backup-too-new"
    hint: ClassVar[str] = "Restore it with that release or a later one. Nothing was restored."

    def __str__(self) -> str:
        return f"This backup was made by Evenhand {self.software}, and this is {__version__}."


@dataclass(eq=False)
class NothingToBackUp(PlatformError):
    """There is no installation in this database."""

    code: ClassVar[str] = "nothing-to-back-up"
    hint: ClassVar[str] = "Check --data and DATABASE_OWNER_URL."


@dataclass(eq=False)
class DatabaseNotEmpty(PlatformError):
    """There is an installation already where the backup should go."""

    address: str
    code: ClassVar[str] = "database-not-empty"
    hint: ClassVar[str] = "Restore into an empty database or a data folder that does not exist yet."

    def __str__(self) -> str:
        return f"There is an installation already in {self.address}."


@dataclass(frozen=True, slots=True)
class File:
    """One file of a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup folder whose manifest was read. facts: the manifest."""

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Backup:
        """Read the manifest. Raises BackupDamaged, BackupTooNew."""
        try:
            facts = json.loads((folder / "manifest.json").read_bytes())
            is_ours = facts["format"].startswith("evenhand-backup/")
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            is_ours = False
        if not is_ours:
            raise BackupDamaged(path=str(folder), reason="it has no manifest that can be read")
        if facts["format"] != FORMAT or schema.ordered(facts["software"]) > schema.ordered(__version__):
            raise BackupTooNew(software=facts["software"])
        return cls(folder, facts)

    def files(self) -> Iterator[File]:
        """Every file but the manifest and the list itself. Raises BackupDamaged when the list is not the one made."""
        content = self._read("files.jsonl")
        if hashlib.sha256(content).hexdigest() != self.facts["files_sha256"]:
            raise BackupDamaged(path=str(self.folder), reason="files.jsonl is not the one that was made")
        for line in content.splitlines():
            yield File(**json.loads(line))

    def check(self, tell: Tell) -> int:
        """Read every file and compare it with its digest; how many there are. Raises BackupDamaged, naming the first bad one."""
        count, done = 0, 0
        for file in self.files():
            try:
                found = _digest(self.folder / file.name)
            except OSError:
                raise BackupDamaged(path=str(self.folder), reason=f"{file.name} is missing") from None
            if found != (file.bytes, file.sha256):
                raise BackupDamaged(path=str(self.folder), reason=f"{file.name} is not as it was made")
            count, done = count + 1, done + file.bytes
            tell("Checking", done, self.facts["bytes"])
        return count

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise BackupDamaged(path=str(self.folder), reason=f"{name} is missing") from None


# ----------------------------------------------------------------------------------------------------------- making --
async def make_backup(
    into: Path, owner_url: str, binaries: Binaries, blobs: ObjectStore, *, now: datetime, tell: Tell
) -> Backup:
    """Write a backup while everything runs on. `into` appears whole, at the end, or not at all.

    Raises BackupInTheWay, NothingToBackUp, DumpFailed, DatabaseUnreachable, Unavailable.
    """
    unfinished = _make_folder(into)
    try:
        facts = await _write(unfinished, owner_url, binaries, blobs, tell)
        facts = {"format": FORMAT, "made_at": rfc3339(now), **facts}
        (unfinished / "manifest.json").write_text(json.dumps(facts, indent=2) + "\n")
        await asyncio.to_thread(_settle, unfinished)
        unfinished.rename(into)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Backup(into, facts)


def _make_folder(into: Path) -> Path:
    """The folder that a backup is written in until it is whole."""
    if into.exists():
        raise BackupInTheWay(path=str(into))
    unfinished = into.with_name(into.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    return unfinished


async def _write(folder: Path, owner_url: str, binaries: Binaries, blobs: ObjectStore, tell: Tell) -> dict[str, Any]:
    owner = await schema.connect(owner_url)
    files: list[File] = []
    try:
        await owner.execute("set idle_in_transaction_session_timeout = 0; set statement_timeout = 0")
        async with owner.transaction(isolation="repeatable_read", readonly=True):
            facts = await _facts(owner)
            tell("Copying the database", 0, 0)
            snapshot = await _queries.value(owner, "export_snapshot")
            await asyncio.to_thread(
                dump, binaries, owner_url, folder / "database.dump", snapshot=snapshot, schema=SCHEMA, role=ROLE
            )
        files.append(_file(folder, "database.dump"))
        async for file in _copy_blobs(folder, blobs, tell):
            files.append(file)
    finally:
        await owner.close()
    content = "".join(json.dumps({"name": f.name, "bytes": f.bytes, "sha256": f.sha256}) + "\n" for f in files).encode()
    (folder / "files.jsonl").write_bytes(content)
    return {
        **facts,
        "bytes": sum(file.bytes for file in files),
        "files": len(files),
        "files_sha256": hashlib.sha256(content).hexdigest(),
    }


async def _facts(owner: asyncpg.Connection) -> dict[str, Any]:
    try:
        await owner.execute(f"set local role {ROLE}")
        row = await _queries.row(owner, "backup_facts")
        owners = await _queries.rows(owner, "function_owners")
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError):
        raise NothingToBackUp() from None
    assert row is not None
    if row["key_reference"] is None:
        raise NothingToBackUp()
    counted = ("organizations", "projects", "tasks", "annotations", "releases", "ledger_entries")
    return {
        "software": row["software"],
        "postgres": str(owner.get_settings().server_version),
        "key_reference": row["key_reference"],
        "migrations": list(row["migrations"]),
        "counts": {name: row[name] for name in counted},
        "function_owners": {each["routine"]: each["owner"] for each in owners},
    }


async def _copy_blobs(folder: Path, blobs: ObjectStore, tell: Tell) -> AsyncIterator[File]:
    done = 0
    async for listed in blobs.list():
        if listed.name.startswith(INCOMING):
            continue  # not sealed yet, and nobody's task: a backup holds nothing in clear
        path = folder / "blobs" / listed.name
        path.parent.mkdir(parents=True, exist_ok=True)
        seen = hashlib.sha256()
        try:
            with path.open("xb") as file:
                for start in range(0, listed.size_bytes, _PIECE_BYTES):
                    piece = await blobs.get(listed.name, start, min(start + _PIECE_BYTES, listed.size_bytes))
                    seen.update(piece)
                    file.write(piece)
        except BlobMissing:
            path.unlink()  # deleted since it was listed
            continue
        yield File(f"blobs/{listed.name}", listed.size_bytes, seen.hexdigest())
        done += listed.size_bytes
        tell("Copying objects", done, 0)


# -------------------------------------------------------------------------------------------------------- restoring --
async def restore_backup(
    backup: Backup,
    owner_url: str,
    binaries: Binaries,
    blobs: ObjectStore,
    *,
    app_role: str | None,
    now: datetime,
    tell: Tell,
) -> list[str]:
    """Bring a checked backup into an empty database and an empty store. Returns the schema's steps taken since it was made.

    The database comes in one transaction, after the objects; whatever fails before leaves no installation behind.
    Raises DatabaseNotEmpty, DumpFailed, BackupDamaged.
    """
    owner = await schema.connect(owner_url)
    try:
        if await schema.key_reference(owner) is not None:
            raise DatabaseNotEmpty(address=schema.place_of(owner_url))
        await _bring_blobs(backup, blobs, tell)
        tell("Restoring the database", 0, 0)
        async with schema.bare(owner):
            await asyncio.to_thread(restore, binaries, owner_url, backup.folder / "database.dump", schema=SCHEMA)
            async with owner.transaction():
                for routine, name in backup.facts["function_owners"].items():
                    await owner.execute(f'alter routine evenhand.{_unqualified(routine)} owner to "{name}"')
                await _queries.value(owner, "outbox_restored")
                await _queries.value(owner, "ledger_restored", now=now)
    finally:
        await owner.close()
    return await schema.upgrade(owner_url, app_role=app_role)


async def _bring_blobs(backup: Backup, blobs: ObjectStore, tell: Tell) -> None:
    done = 0
    for file in backup.files():
        if not file.name.startswith("blobs/"):
            continue
        try:
            await blobs.put(file.name.removeprefix("blobs/"), _pieces(backup.folder / file.name))
        except BlobExists:
            # A restore that broke off left it; what it holds was checked before, and objects never change.
            continue
        done += file.bytes
        tell("Restoring objects", done, 0)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


def _unqualified(routine: str) -> str:
    return routine.removeprefix("evenhand.")


def _file(folder: Path, name: str) -> File:
    size, digest = _digest(folder / name)
    return File(name, size, digest)


def _digest(path: Path) -> tuple[int, str]:
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            seen.update(piece)
            size += len(piece)
    return size, seen.hexdigest()


def _settle(folder: Path) -> None:
    """Wait until everything is on the disk: a backup that is there is whole, also after a power cut."""
    for path in (*sorted(folder.rglob("*")), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
